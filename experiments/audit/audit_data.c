/* Real data are loaded here and not by source_open, which wants rows to test on. */
#include "experiments/audit/audit_data.h"

static Status open_real(AuditInput *input, const Spec *spec, Message *message)
{
    const LoadOptions options = {.reader = spec->reader,
                                 .pairs = spec->pairs,
                                 .test_share = spec->test_share,
                                 .test_by = spec->test_by,
                                 .test_optional = true};
    Status status = load_real_data(&input->real, spec->layout, spec->data, &options, &input->key, message);
    if (status)
        return status;
    const Log *test = &input->real.test;
    input->data.log = input->real.log;
    input->data.log.weight = NULL; /* an audit is of the rows as they are */
    input->data.unclicked = input->real.unclicked;
    input->data.unread = input->real.unread;
    if (input->real.kind == REAL_TEST_FORCED)
        input->data.random = *test;
    else
        input->data.test = *test;
    return STATUS_OK;
}

Status audit_input_open(AuditInput *input, const Spec *spec, Message *message)
{
    *input = (AuditInput){.key = {.seed = (uint64_t)spec->seed, .setting = "", .replicate = EVERY_REPLICATE}};
    if (spec->layout && !layout_is_completed(spec->layout))
        return open_real(input, spec, message);
    Status status = source_open(&input->source, spec, "", 0, NULL, message);
    if (!status)
        status = source_draw(input->source, 0, &input->sample, message);
    if (status)
        return status;
    input->key = input->sample.key;
    input->data.log = *input->sample.log;
    if (input->sample.unbiased)
        input->data.random = *input->sample.unbiased;
    return STATUS_OK;
}

const char *audit_input_test(const AuditInput *input)
{
    return input->real.test.x.rows ? real_test_text(input->real.kind) : NULL;
}

void audit_input_close(AuditInput *input)
{
    sample_free(&input->sample);
    source_close(input->source);
    real_data_free(&input->real);
}
