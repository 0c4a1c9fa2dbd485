/* What a file calls a store, held against the layout of schema.h before anything else is read of it: the file
 * may come from anybody. */
#pragma once

#include "results/store/store.h"

/* STATUS_FAILED, with the first thing that is wrong, unless the file has the tables of the layout with their
 * columns, types and keys, and no trigger, index or generated column on them. The names that results refer to
 * are looked at too: they must be of the type of their columns, so that one that was read finds its row
 * again. A file of a `version` before the present one may lack tables and columns. Other tables, and views,
 * are nobody's business: nothing reads them. */
Status schema_check(Store *store, int version, Message *message);
