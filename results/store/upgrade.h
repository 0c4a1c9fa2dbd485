/* Stores of earlier layouts. */
#pragma once

#include "results/store/store.h"

/* Brings a store of layout `version` to STORE_VERSION. Call it within a transaction. */
Status store_upgrade(Store *store, int version, Message *message);

/* Lets a store of layout `version` be read as one of STORE_VERSION and leaves its file as it is: the tables
 * that later versions added or changed are temporary ones of this connection, which SQLite finds before those
 * of the file, and so are all summaries, which are stale at first. Needs no permission to write. Call it
 * within a transaction. */
Status store_upgrade_view(Store *store, int version, Message *message);
