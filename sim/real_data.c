#include "sim/real_data.h"

void real_data_free(RealData *data)
{
    log_free(&data->log);
    log_free(&data->unbiased);
    log_free(&data->test);
}
