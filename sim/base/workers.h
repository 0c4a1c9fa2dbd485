/* Threads that share one piece of work. */
#pragma once

#include "sim/base/status.h"

/* Runs work(argument) in `jobs` threads, or in this one when there is no thread to be had, and waits for all.
 */
Status workers_run(int jobs, void *(*work)(void *argument), void *argument, Message *message);
