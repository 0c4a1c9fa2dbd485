/* Arrays as NumPy's .npy files, version 1.0: what units are handed on in, and predictions come back in.
 *
 * experiments/outside is what models from outside are given and asked for: arrays (npy.h), the folder of a
 * unit (unit_folder.h), predictions (predictions.h) and processes (process.h). It knows no store, and may
 * include experiments/spec, experiments/inputs and sim. */
#pragma once

#include "sim/base/status.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* An array in C order. */
typedef struct NpyArray {
    const char *dtype; /* "<i4", "<f4", "<f8" or "|u1" */
    size_t rows;
    size_t columns; /* of a matrix; unused where it is `flat` */
    int flat;       /* 1: its shape is (rows,) */
    const void *data;
} NpyArray;

/* Longest header of an array here: its length is a multiple of 64, so that the numbers can be mapped. */
enum { NPY_HEADER = 128 };

/* Writes the header, and returns its length. */
size_t npy_header(const NpyArray *array, char header[NPY_HEADER]);

/* Bytes of the numbers, without the header. */
size_t npy_bytes(const NpyArray *array);

/* Writes the file. STATUS_FAILED with its path when it cannot be. */
Status npy_write(const char *path, const NpyArray *array, Message *message);

/* Reads `rows` numbers of a file of the shape (rows,) or (rows, 1), <f4 or <f8, of version 1.0 to 3.0, into
 * `value`. STATUS_USAGE with what was found and expected for any other; also for one that is shorter or
 * longer than its header says. `path` opens the message. */
Status npy_read(FILE *file, const char *path, size_t rows, double *value, Message *message);
