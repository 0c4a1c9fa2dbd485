/* Who wants several threads waits at the head of a queue, so that smaller ones do not overtake it for ever.
 */
#include "experiments/run/run_outside_internal.h"

void lend_threads(RunState *run, int count)
{
    Outside *o = run->outside;
    pthread_mutex_lock(&o->lock);
    while (o->gathering)
        pthread_cond_wait(&o->changed, &o->lock);
    o->gathering = true;
    while (o->threads < count)
        pthread_cond_wait(&o->changed, &o->lock);
    o->gathering = false;
    o->threads -= count;
    pthread_cond_broadcast(&o->changed);
    pthread_mutex_unlock(&o->lock);
}

void return_threads(RunState *run, int count)
{
    Outside *o = run->outside;
    pthread_mutex_lock(&o->lock);
    o->threads += count;
    pthread_cond_broadcast(&o->changed);
    pthread_mutex_unlock(&o->lock);
}

void outside_enter(RunState *run)
{
    lend_threads(run, 1);
}

void outside_leave(RunState *run)
{
    return_threads(run, 1);
}

/* The place among the devices of the first that has so much of itself free. */
int lend_device(RunState *run, double share)
{
    static const double rounding = 1e-9; /* of shares such as .1 */
    Outside *o = run->outside;
    int found = -1;
    pthread_mutex_lock(&o->lock);
    for (;;) {
        for (int i = 0; found < 0 && i < run->options->devices; i++)
            if (o->device[i] + rounding >= share)
                found = i;
        if (found >= 0)
            break;
        pthread_cond_wait(&o->changed, &o->lock);
    }
    o->device[found] -= share;
    pthread_mutex_unlock(&o->lock);
    return found;
}

void return_device(RunState *run, int place, double share)
{
    Outside *o = run->outside;
    pthread_mutex_lock(&o->lock);
    o->device[place] += share;
    pthread_cond_broadcast(&o->changed);
    pthread_mutex_unlock(&o->lock);
}
