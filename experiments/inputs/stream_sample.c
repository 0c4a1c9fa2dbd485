/* Exposures are drawn once, part after part, and what a stream leaves out is never kept. */
#include "experiments/inputs/stream_sample.h"

#include "experiments/inputs/imputations.h"

#include <stdlib.h>

/* Where parts go. The log that they are divided into has their columns, so that the first makes it. */
typedef struct StreamTaker {
    StreamedRule rule;
    StreamedLog *streamed;
} StreamTaker;

static Status take_rows(void *taker, const Log *rows, Message *message)
{
    StreamTaker *t = taker;
    Status status = t->streamed ? STATUS_OK : streamed_log_create(&t->streamed, rows, &t->rule, message);
    return status ? status : streamed_log_add(t->streamed, rows, message);
}

/* Drawn as one part, whose truth and imputations are those of its rows wherever they go. */
static Status draw_whole(const World *world, const Spec *spec, const ExposureDraw *draw, StreamTaker *taker,
                         Truth *truth, Message *message)
{
    Log log;
    Status status = world_draw(world, draw, &log, truth, message);
    if (status)
        return status;
    status = imputations_fill(spec, draw->key, truth, &log, message);
    if (!status)
        status = take_rows(taker, &log, message);
    log_free(&log);
    return status;
}

static Status take_truth(const Truth *whole, const StreamedPart *part, Truth *truth, Message *message)
{
    return truth_select(truth, whole, part->origin, part->log.x.rows, message);
}

bool stream_is_drawn_whole(const Spec *spec)
{
    return source_needs_truth(spec) || spec->imputation != IMPUTATION_LEARNED;
}

Status stream_sample_draw(const World *world, const Spec *spec, const StreamSpan *span, Truth *truth,
                          Sample *sample, Message *message)
{
    const ExposureDraw draw = {&sample->key, "log", SAMPLE_EXPOSURES, (size_t)spec->log_size, 0};
    const bool exposures = spec->delayed.selection != SELECTION_NONE;
    StreamTaker taker = {.rule = {.from = span->from,
                                  .days = spec->world.delay.days - spec->delayed.pretrain,
                                  .closed = span->from - span->window,
                                  .exposures = exposures,
                                  .numbered = truth || exposures}};
    StreamedPart closed = {.origin = NULL};
    Truth whole = {0};
    Status status = stream_is_drawn_whole(spec)
                        ? draw_whole(world, spec, &draw, &taker, truth ? &whole : NULL, message)
                        : world_draw_parts(world, &draw, take_rows, &taker, message);
    if (!status)
        status = streamed_log_take(taker.streamed, &closed, &sample->streamed, message);
    streamed_log_free(taker.streamed);
    if (!status && truth)
        status = take_truth(&whole, &closed, truth, message);
    if (!status && truth)
        status = take_truth(&whole, &sample->streamed, &sample->stream_truth, message);
    if (!status) {
        sample->own[0] = closed.log;
        sample->stream = &sample->streamed.log;
        closed.log = (Log){0};
    }
    streamed_part_free(&closed);
    truth_free(&whole);
    return status;
}
