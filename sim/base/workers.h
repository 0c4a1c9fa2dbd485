/* Threads that share one piece of work. */
#pragma once

#include "sim/base/status.h"

/* Runs work(argument) in `jobs` threads, or in this one when no thread can be started, and waits for all.
 * `work` is called in every thread with the same argument, and takes its share by an atomic counter or a lock
 * of its own. */
Status workers_run(int jobs, void *(*work)(void *argument), void *argument, Message *message);
