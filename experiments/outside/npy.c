/* The format is a magic word, the length of a header, the header (a Python dict in a fixed order when
 * written, in any order when read) and the numbers. */
#include "experiments/outside/npy.h"

#include "sim/base/text.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char magic[] = "\x93NUMPY";

enum {
    MAGIC = 6,        /* bytes */
    BEFORE_TEXT = 10, /* of version 1.0: magic, version, 2 bytes of length */
    LONGEST_TEXT = 4096
};

static size_t item_bytes(const char *dtype)
{
    return (size_t)(dtype[2] - '0');
}

size_t npy_bytes(const NpyArray *array)
{
    return array->rows * (array->flat ? 1 : array->columns) * item_bytes(array->dtype);
}

size_t npy_header(const NpyArray *array, char header[NPY_HEADER])
{
    char shape[48];
    snprintf(shape, sizeof shape, array->flat ? "(%zu,)" : "(%zu, %zu)", array->rows, array->columns);
    memset(header, ' ', NPY_HEADER);
    memcpy(header, magic, MAGIC);
    header[6] = 1;
    header[7] = 0;
    int used = snprintf(header + BEFORE_TEXT, NPY_HEADER - BEFORE_TEXT,
                        "{'descr': '%s', 'fortran_order': False, 'shape': %s, }", array->dtype, shape);
    header[BEFORE_TEXT + used] = ' '; /* the final 0 of snprintf */
    const size_t length = ((size_t)(BEFORE_TEXT + used) + 1 + 63) / 64 * 64;
    header[length - 1] = '\n';
    header[8] = (char)((length - BEFORE_TEXT) & 255);
    header[9] = (char)((length - BEFORE_TEXT) >> 8);
    return length;
}

Status npy_write(const char *path, const NpyArray *array, Message *message)
{
    char header[NPY_HEADER];
    const size_t length = npy_header(array, header), bytes = npy_bytes(array);
    FILE *file = fopen(path, "wbe");
    if (!file)
        return fail(message, STATUS_FAILED, "%s: cannot create: %s", path, strerror(errno));
    const bool written = fwrite(header, 1, length, file) == length &&
                         (bytes == 0 || fwrite(array->data, 1, bytes, file) == bytes);
    const int error = errno;
    if (fclose(file) || !written)
        return fail(message, STATUS_FAILED, "%s: cannot write: %s", path, strerror(written ? errno : error));
    return STATUS_OK;
}

/* What a header says, as it stands there. */
typedef struct NpyHeader {
    char text[LONGEST_TEXT + 1];
    size_t start; /* of the numbers in the file */
} NpyHeader;

static Status not_npy(const char *path, Message *message)
{
    return fail(message, STATUS_USAGE, "%s: is no .npy file; expected one of NumPy's, version 1.0 to 3.0",
                path);
}

static Status read_header(FILE *file, const char *path, NpyHeader *header, Message *message)
{
    uint8_t start[12];
    if (fread(start, 1, BEFORE_TEXT, file) != BEFORE_TEXT || memcmp(start, magic, MAGIC) != 0 ||
        start[6] < 1 || start[6] > 3)
        return not_npy(path, message);
    size_t length = start[8] | (size_t)start[9] << 8;
    header->start = BEFORE_TEXT + length;
    if (start[6] > 1) {
        if (fread(start + 10, 1, 2, file) != 2)
            return not_npy(path, message);
        length |= (size_t)start[10] << 16 | (size_t)start[11] << 24;
        header->start = 12 + length;
    }
    if (length > LONGEST_TEXT || fread(header->text, 1, length, file) != length)
        return not_npy(path, message);
    header->text[length] = 0;
    return STATUS_OK;
}

/* What follows 'KEY': in the header, up to the end of the word, string or tuple; false when there is none. */
static bool header_value(const char *text, const char *key, char *value, size_t size)
{
    const char *at = strstr(text, key);
    at = at ? strchr(at, ':') : NULL;
    if (!at)
        return false;
    at += 1 + strspn(at + 1, " ");
    const size_t length = *at == '(' ? strcspn(at, ")") + 1 : strcspn(at, ",}");
    if (length >= size)
        return false;
    snprintf(value, size, "%.*s", (int)length, at);
    return true;
}

/* Whether a shape is (rows,) or (rows, 1). */
static bool is_column(const char *shape, size_t rows)
{
    char *end;
    if (*shape != '(')
        return false;
    const unsigned long long found = strtoull(shape + 1, &end, 10);
    end += strspn(end, "L ");
    if (found != rows || end == shape + 1 || *end != ',')
        return false;
    end += 1 + strspn(end + 1, " ");
    return !strcmp(end, ")") || (*end == '1' && end[1 + strspn(end + 1, "L, ")] == ')');
}

static Status check_header(const NpyHeader *header, const char *path, size_t rows, bool *wide,
                           Message *message)
{
    char dtype[32], shape[64], order[16], found[SHOWN_TEXT];
    if (!header_value(header->text, "'descr'", dtype, sizeof dtype) ||
        !header_value(header->text, "'shape'", shape, sizeof shape) ||
        !header_value(header->text, "'fortran_order'", order, sizeof order))
        return not_npy(path, message);
    *wide = !strcmp(dtype, "'<f8'");
    if (!*wide && strcmp(dtype, "'<f4'") != 0)
        return fail(message, STATUS_USAGE, "%s: its dtype is %s; expected '<f4' or '<f8'", path,
                    shown(dtype, found));
    if (!is_column(shape, rows))
        return fail(message, STATUS_USAGE, "%s: its shape is %s; expected (%zu,) or (%zu, 1)", path,
                    shown(shape, found), rows, rows);
    return STATUS_OK; /* of one column, the order does not matter */
}

Status npy_read(FILE *file, const char *path, size_t rows, double *value, Message *message)
{
    NpyHeader header = {.start = 0};
    struct stat about;
    bool wide = false;
    Status status = read_header(file, path, &header, message);
    if (!status)
        status = check_header(&header, path, rows, &wide, message);
    if (status)
        return status;
    const size_t bytes = rows * (wide ? sizeof(double) : sizeof(float));
    if (fstat(fileno(file), &about) || about.st_size != (off_t)(header.start + bytes))
        return fail(message, STATUS_USAGE, "%s: has %lld bytes; its header says %zu", path,
                    (long long)about.st_size, header.start + bytes);
    if (bytes && fread(value, 1, bytes, file) != bytes)
        return fail(message, STATUS_FAILED, "%s: cannot read: %s", path, strerror(errno));
    for (size_t i = rows; !wide && i-- > 0;) { /* from the end, since doubles grow over the floats */
        float narrow;
        memcpy(&narrow, (const char *)value + i * sizeof narrow, sizeof narrow);
        value[i] = (double)narrow;
    }
    return STATUS_OK;
}
