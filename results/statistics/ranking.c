/* Sorting by prediction with ties in the order of the rows, and bins of equal count over the sorted rows. */
#include "results/statistics/ranking.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

typedef struct Entry {
    uint32_t key, row;
} Entry;

enum { DIGIT_BITS = 11, DIGITS = 1 << DIGIT_BITS, PASSES = 3 };

/* The bits of a float that is not negative, as an unsigned number, are in the order of the floats. */
static uint32_t ordered_bits(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

/* Stable least-significant-digit radix sort: every unit of work ranks its rows dozens of times, where a
 * comparison sort would take as long as a good part of the training. */
static void radix_sort(Entry *entry, Entry *spare, size_t rows)
{
    Entry *from = entry;
    Entry *to = spare;
    for (int pass = 0; pass < PASSES; pass++) {
        const int shift = pass * DIGIT_BITS;
        size_t start[DIGITS + 1] = {0};
        for (size_t i = 0; i < rows; i++)
            start[(from[i].key >> shift & (DIGITS - 1)) + 1]++;
        if (start[(from[0].key >> shift & (DIGITS - 1)) + 1] == rows)
            continue; /* one digit for all: nothing to move */
        for (int digit = 0; digit < DIGITS; digit++)
            start[digit + 1] += start[digit];
        for (size_t i = 0; i < rows; i++)
            to[start[from[i].key >> shift & (DIGITS - 1)]++] = from[i];
        Entry *swap = from;
        from = to;
        to = swap;
    }
    if (from != entry)
        memcpy(entry, from, rows * sizeof *entry);
}

static uint32_t *rank_rows(const float *prediction, const uint32_t *user, size_t rows)
{
    assert(rows < UINT32_MAX);
    uint32_t *order = calloc(rows ? rows : 1, sizeof *order);
    Entry *entry = calloc(2 * rows + 1, sizeof *entry);
    if (!order || !entry) {
        free(order);
        free(entry);
        return NULL;
    }
    if (rows > 0) {
        for (size_t i = 0; i < rows; i++) {
            uint32_t key = ordered_bits(prediction[i]);
            entry[i] = (Entry){.key = user ? ~key : key, .row = (uint32_t)i};
        }
        radix_sort(entry, entry + rows, rows);
        if (user) {
            for (size_t i = 0; i < rows; i++)
                entry[i].key = user[entry[i].row];
            radix_sort(entry, entry + rows, rows);
        }
    }
    for (size_t i = 0; i < rows; i++)
        order[i] = entry[i].row;
    free(entry);
    return order;
}

uint32_t *rank_by_prediction(const float *prediction, size_t rows)
{
    return rank_rows(prediction, NULL, rows);
}

uint32_t *rank_by_user(const float *prediction, const uint32_t *user, size_t rows)
{
    assert(user);
    return rank_rows(prediction, user, rows);
}

size_t tie_end(const float *prediction, const uint32_t *order, size_t first, size_t rows)
{
    size_t end = first + 1;
    while (end < rows && prediction[order[end]] == prediction[order[first]])
        end++;
    return end;
}

void orders_clear(Orders *orders)
{
    free(orders->by_prediction);
    free(orders->by_user);
    *orders = (Orders){0};
}

void equal_count_bins(const float *prediction, const double *target, const uint32_t *order, size_t rows,
                      Bin *bin, size_t bins)
{
    for (size_t b = 0; b < bins; b++)
        bin[b] = (Bin){0};
    size_t place = 0;
    size_t end = 0;
    double tie_target = 0;
    for (size_t b = 0; b < bins; b++) {
        for (const size_t last = (b + 1) * rows / bins; place < last; place++) {
            if (place == end) {
                end = tie_end(prediction, order, place, rows);
                tie_target = 0;
                for (size_t i = place; i < end; i++)
                    tie_target += target[order[i]];
                tie_target /= (double)(end - place);
            }
            bin[b].rows++;
            bin[b].prediction += (double)prediction[order[place]];
            bin[b].target += tie_target;
        }
        if (bin[b].rows > 0) {
            bin[b].prediction /= (double)bin[b].rows;
            bin[b].target /= (double)bin[b].rows;
        }
    }
}
