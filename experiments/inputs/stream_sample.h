/* The log of a stream in a simulated world: as much of it as is trained on, in temporary files. */
#pragma once

#include "experiments/inputs/source.h"

/* Draws `log` of sample->key into the sample: own[0] is the exposures whose windows have closed when the
 * stream begins, with imputations, `stream` the clicks or, with a selection, all exposures. Where the setting
 * needs the truth, or imputations that are given, the whole log is in memory while it is drawn; `truth` is
 * sample->truth then, and else NULL. sample_free frees what is in the sample after a failure too. */
Status stream_sample_draw(const World *world, const Spec *spec, const StreamSpan *span, Truth *truth,
                          Sample *sample, Message *message);

/* Whether it is in memory while it is drawn. */
bool stream_is_drawn_whole(const Spec *spec);
