/* Rates of worlds out of the truth of their test exposures. Apart from unit_read.c because no prediction is
 * read. */
#include "results/summary/world_rates.h"

#include "results/store/query.h"

#include <math.h>
#include <string.h>

static double at(const unsigned char *column, int64_t row)
{
    double value;
    memcpy(&value, column + (size_t)row * sizeof value, sizeof value);
    return value;
}

/* From a row (world, rows, p_r, p_o, q). */
static Status add_world(WorldRates *rates, const Store *store, sqlite3_stmt *from, Message *message)
{
    const int64_t rows = sqlite3_column_int64(from, 1);
    rates->rows = rates->rows > 0 ? rates->rows : rows;
    if (sqlite3_column_type(from, 2) == SQLITE_NULL)
        return STATUS_OK;
    const unsigned char *p_r = sqlite3_column_blob(from, 2), *p_o = sqlite3_column_blob(from, 3),
                        *q = sqlite3_column_blob(from, 4);
    for (int c = 2; c <= 4; c++)
        if (rows < 1 || (uint64_t)rows != (uint64_t)sqlite3_column_bytes(from, c) / sizeof(double))
            return fail(message, STATUS_FAILED,
                        "%s: table test_set: a column of world %d is not of %lld rows", store_path(store),
                        sqlite3_column_int(from, 0), (long long)rows);
    double clicks = 0, conversions = 0, clicked = 0, limit = 0;
    for (int64_t i = 0; i < rows; i++) {
        clicks += at(p_o, i);
        conversions += at(p_r, i);
        clicked += at(p_o, i) * at(q, i);
        limit += at(q, i);
    }
    const double n = (double)rows;
    rates->worlds++;
    rates->click += clicks / n;
    rates->conversion += conversions / n;
    rates->clicked += clicked / clicks;
    rates->click_bias += (limit - conversions) / n;
    return STATUS_OK;
}

Status world_rates_read(const ExperimentResults *results, int setting, WorldRates *rates, Message *message)
{
    sqlite3_stmt *row = NULL;
    *rates = (WorldRates){0};
    Status status = query_prepare(results->store, &row, message,
                                  "SELECT world, rows, p_r, p_o, q FROM test_set WHERE experiment = ?1 AND"
                                  " setting = ?2 ORDER BY world",
                                  "tt", results->name, results->setting[setting].text);
    while (!status && query_next(results->store, row, &status, message))
        status = add_world(rates, results->store, row, message);
    sqlite3_finalize(row);
    const double worlds = rates->worlds > 0 ? (double)rates->worlds : (double)NAN;
    rates->click /= worlds;
    rates->conversion /= worlds;
    rates->clicked /= worlds;
    rates->click_bias /= worlds;
    return status;
}
