/* Blocks of rows that a thread of a reader reads ahead of the one who takes them; for files of sim/data
 * alone. What is read is the same in every bit with and without it. */
#pragma once

#include "sim/data/id_queue.h"
#include "sim/data/reader.h"

typedef struct ReadAhead ReadAhead;

/* A block as it was read: ids are still to be looked up. */
typedef struct AheadBlock {
    RowBlock *block; /* of no rows at the end */
    IdQueue ids;
    Status status; /* with `message`, where it could not be read */
    Message message;
} AheadBlock;

/* Starts to read what comes next. From then on the thread alone reads rows of `reader`, and this one alone
 * looks up ids. NULL where there is no second processor, no thread or no memory to be had. */
ReadAhead *read_ahead_start(Reader *reader);

/* The next block, waited for. It is the caller's until read_ahead_return; the last one, at the end or of a
 * failure, comes again and again if it is not returned. */
AheadBlock *read_ahead_take(ReadAhead *ahead);
void read_ahead_return(ReadAhead *ahead);

/* Ends the thread, wherever it is. */
void read_ahead_stop(ReadAhead *ahead);
