/* An experiment as it was registered through a store: what this process writes must still be about it. */
#pragma once

#include "results/store/fingerprint.h"
#include "results/store/store.h"

enum { REGISTRATION_TEXT = 17 };

/* The experiment that the store was last told to register, and what its row says of that. */
typedef struct Registration {
    char *experiment; /* NULL: none */
    char text[REGISTRATION_TEXT];
} Registration;

/* A hash of the fingerprint, kept with the experiment's row from when the row is made: another experiment of
 * the same name has another one. */
void registration_text(const Fingerprint *fingerprint, char text[REGISTRATION_TEXT]);

/* Remembers what the store says of an experiment now, and lets other processes see that this one is at work
 * on it. */
Status registration_take(Store *store, const char *experiment, Message *message);

/* Within a transaction that is about to write something of the experiment: STATUS_USAGE when the store's is
 * no longer the one that was taken. Any experiment passes that was not taken through this store. */
Status registration_check(Store *store, const char *experiment, Message *message);
