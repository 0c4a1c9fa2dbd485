/* Where the rows of an audit come from: files of real data, or the first log of a simulated world. */
#pragma once

#include "experiments/audit/audit.h"
#include "experiments/inputs/source.h"
#include "sim/data/load.h"

/* Zero before it is opened; close it also after a failure. It points into itself. */
typedef struct AuditInput {
    AuditData data; /* borrowed from what follows */
    StreamKey key;  /* of what is fitted */
    RealData real;
    Source *source;
    Sample sample;
} AuditInput;

/* Real rows that were shown at random are forced outcomes (REAL_TEST_FORCED), and else test rows.
 * Where the spec has sweeps or several worlds, the base setting's first log is taken. */
Status audit_input_open(AuditInput *input, const Spec *spec, Message *message);

/* What the test rows of real data are; NULL where there are none. */
const char *audit_input_test(const AuditInput *input);

void audit_input_close(AuditInput *input);
