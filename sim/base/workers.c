/* A pool of threads that all run the same function; it does without threads where there are none to be had.
 */
#include "sim/base/workers.h"

#include <pthread.h>
#include <stdlib.h>

Status workers_run(int jobs, void *(*work)(void *argument), void *argument, Message *message)
{
    int started = 0;
    pthread_t *thread = calloc((size_t)jobs + 1, sizeof *thread);
    if (!thread)
        return fail_memory(message, "the workers");
    while (started < jobs && !pthread_create(&thread[started], NULL, work, argument))
        started++;
    if (started == 0)
        work(argument);
    for (int i = 0; i < started; i++)
        pthread_join(thread[i], NULL);
    free(thread);
    return STATUS_OK;
}
