/* The data of a (setting, world): opened by the first task that needs them, closed after the last. */
#include "experiments/run/run_internal.h"

#include <stdlib.h>

Slot *slot_of(const RunState *run, const Task *task)
{
    return &run->slot[task->setting * run->plan.stages.worlds + task->world];
}

static Status store_test(RunState *run, const Task *task, const Slot *slot, Message *message)
{
    pthread_mutex_lock(&run->lock);
    Status status = store_test_set(run->store, run->spec->name, slot->setting->text, task->world,
                                   &source_test_subset(slot->source)->set, message);
    pthread_mutex_unlock(&run->lock);
    return status;
}

void slot_close(Slot *slot)
{
    source_close(slot->source);
    free(slot->setting);
    slot->source = NULL;
    slot->setting = NULL;
}

static Status slot_open(RunState *run, const Task *task, Slot *slot, Message *message)
{
    Setting *setting = slot->setting = malloc(sizeof *setting);
    if (!setting)
        return fail_memory(message, "a setting");
    Status status = settings_make(&run->plan.settings, task->setting, setting, message);
    if (!status)
        status = source_open(&slot->source, &setting->spec, setting->log, (uint32_t)task->world, run->samples,
                             message);
    if (!status)
        status = store_test(run, task, slot, message);
    if (status)
        slot_close(slot);
    return status;
}

Status slot_acquire(RunState *run, const Task *task, Slot **slot, Message *message)
{
    *slot = slot_of(run, task);
    pthread_mutex_lock(&(*slot)->lock);
    Status status = (*slot)->source ? STATUS_OK : slot_open(run, task, *slot, message);
    pthread_mutex_unlock(&(*slot)->lock);
    return status;
}

void slot_hold(Slot *slot)
{
    pthread_mutex_lock(&slot->lock);
    slot->tasks++;
    pthread_mutex_unlock(&slot->lock);
}

void slot_release(Slot *slot)
{
    pthread_mutex_lock(&slot->lock);
    if (--slot->tasks == 0)
        slot_close(slot);
    pthread_mutex_unlock(&slot->lock);
}
