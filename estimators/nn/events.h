/* Embeddings of activity streams. */
#pragma once

#include "estimators/nn/table.h"

/* One table each of items, actions and gaps, in this order. Gaps are looked up by bucket: half powers of 2 of
 * an hour. */
enum { EVENT_TABLES = 3, GAP_BUCKETS = 16 };
int gap_bucket(float days);

/* [item | action | gap] of the events of the rows' users, oldest first: (events |rows|) x (sum of widths),
 * event t of row r in row t |rows| + r. `tables` must stay in place until the step ends. */
Var embed_events(Tape *tape, Table *tables, const RowSet *rows);
