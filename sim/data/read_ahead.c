/* A ring of blocks between two threads: reading rows from text takes about as long as looking their ids up
 * and putting them where they go. */
#include "sim/data/read_ahead.h"

#include "sim/data/reader_internal.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

enum { RING = 3 }; /* one that is filled, one that is taken, and one between them */

struct ReadAhead {
    Reader *reader;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    AheadBlock ring[RING];
    size_t filled, taken; /* blocks so far: those between the two are ready */
    bool stop;
};

static void *fill_ring(void *argument)
{
    ReadAhead *ahead = argument;
    bool last = false;
    while (!last) {
        pthread_mutex_lock(&ahead->lock);
        while (!ahead->stop && ahead->filled == ahead->taken + RING)
            pthread_cond_wait(&ahead->changed, &ahead->lock);
        const bool stop = ahead->stop;
        pthread_mutex_unlock(&ahead->lock);
        if (stop)
            break;
        AheadBlock *to = &ahead->ring[ahead->filled % RING];
        id_queue_clear(&to->ids);
        to->status = reader_fill(ahead->reader, to->block, &to->ids, &to->message);
        last = to->status || !to->block->log.x.rows;
        pthread_mutex_lock(&ahead->lock);
        ahead->filled++;
        pthread_cond_broadcast(&ahead->changed);
        pthread_mutex_unlock(&ahead->lock);
    }
    return NULL;
}

static void ring_free(ReadAhead *ahead)
{
    for (int i = 0; i < RING; i++) {
        row_block_free(ahead->ring[i].block);
        id_queue_free(&ahead->ring[i].ids);
    }
    pthread_cond_destroy(&ahead->changed);
    pthread_mutex_destroy(&ahead->lock);
    free(ahead);
}

ReadAhead *read_ahead_start(Reader *reader)
{
    cpu_set_t processors;
    if (sched_getaffinity(0, sizeof processors, &processors) || CPU_COUNT(&processors) < 2)
        return NULL;
    ReadAhead *ahead = calloc(1, sizeof *ahead);
    if (!ahead)
        return NULL;
    ahead->reader = reader;
    pthread_mutex_init(&ahead->lock, NULL);
    pthread_cond_init(&ahead->changed, NULL);
    Status status = STATUS_OK;
    for (int i = 0; i < RING && !status; i++)
        status = row_block_create(&ahead->ring[i].block, reader, NULL);
    if (!status && !pthread_create(&ahead->thread, NULL, fill_ring, ahead))
        return ahead;
    ring_free(ahead);
    return NULL;
}

AheadBlock *read_ahead_take(ReadAhead *ahead)
{
    pthread_mutex_lock(&ahead->lock);
    while (ahead->filled == ahead->taken)
        pthread_cond_wait(&ahead->changed, &ahead->lock);
    pthread_mutex_unlock(&ahead->lock);
    return &ahead->ring[ahead->taken % RING];
}

void read_ahead_return(ReadAhead *ahead)
{
    pthread_mutex_lock(&ahead->lock);
    ahead->taken++;
    pthread_cond_broadcast(&ahead->changed);
    pthread_mutex_unlock(&ahead->lock);
}

void read_ahead_stop(ReadAhead *ahead)
{
    if (!ahead)
        return;
    pthread_mutex_lock(&ahead->lock);
    ahead->stop = true;
    pthread_cond_broadcast(&ahead->changed);
    pthread_mutex_unlock(&ahead->lock);
    pthread_join(ahead->thread, NULL);
    ring_free(ahead);
}
