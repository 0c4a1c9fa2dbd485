/* Columns of a log in temporary files. A block is a run of rows, so that each of its columns is one read. */
#include "sim/data/log_file.h"

#include "sim/base/temporary_file.h"

#include <stdlib.h>

enum { ID, DENSE, CLICK, CONVERSION, WEIGHT, COLUMNS };

struct LogFile {
    Schema schema;
    ColumnCounts counts;
    double *sd; /* of the dense columns, once it is finished */
    bool weighted;
    double weight; /* of all rows */
    TemporaryFile *column[COLUMNS];
};

typedef struct FileReader {
    const LogFile *file;
    const LogBlocks *blocks;
} FileReader;

/* Where a column of a log lies, and the bytes of a row in it. */
typedef struct ColumnBytes {
    void *first;
    size_t row;
} ColumnBytes;

static ColumnBytes column_bytes(const Log *log, int column)
{
    const Schema *schema = &log->x.schema;
    switch (column) {
    case ID:
        return (ColumnBytes){log->x.id, (size_t)schema->categorical * sizeof *log->x.id};
    case DENSE:
        return (ColumnBytes){log->x.dense, (size_t)schema->dense * sizeof *log->x.dense};
    case CLICK:
        return (ColumnBytes){log->click, sizeof *log->click};
    case WEIGHT:
        return (ColumnBytes){log->weight, log->weight ? sizeof *log->weight : 0};
    default:
        return (ColumnBytes){log->conversion, sizeof *log->conversion};
    }
}

Status log_file_create(LogFile **file, const Schema *schema, bool weighted, Message *message)
{
    *file = NULL;
    LogFile *f = calloc(1, sizeof *f);
    if (!f)
        return fail_memory(message, "a log in a file");
    f->schema = *schema;
    f->weighted = weighted;
    f->sd = calloc((size_t)schema->dense + 1, sizeof *f->sd);
    Status status =
        f->sd ? column_counts_create(&f->counts, schema, message) : fail_memory(message, "a log in a file");
    for (int c = 0; !status && c < COLUMNS; c++)
        status = temporary_file_create(&f->column[c], message);
    if (status)
        log_file_free(f);
    else
        *file = f;
    return status;
}

void log_file_free(LogFile *file)
{
    if (!file)
        return;
    column_counts_free(&file->counts);
    free(file->sd);
    for (int c = 0; c < COLUMNS; c++)
        temporary_file_close(file->column[c]);
    free(file);
}

Status log_file_append(LogFile *file, const Log *rows, Message *message)
{
    Status status = STATUS_OK;
    column_counts_add(&file->counts, rows, NULL, PART_LOG);
    file->weight += log_weight(rows);
    for (int c = 0; !status && c < COLUMNS; c++) {
        const ColumnBytes bytes = column_bytes(rows, c);
        status = temporary_file_append(file->column[c], bytes.first, rows->x.rows * bytes.row, message);
    }
    return status;
}

const ColumnCounts *log_file_counts(const LogFile *file)
{
    return &file->counts;
}

double log_file_mean_weight(const LogFile *file)
{
    return file->weight / (double)file->counts.part[PART_LOG].rows;
}

void log_file_finish(LogFile *file, const Schema *schema)
{
    file->schema = *schema;
    for (int d = 0; d < schema->dense; d++)
        file->sd[d] = dense_sd(&file->counts.dense[d]);
}

static Status open_reader(const LogBlocks *blocks, size_t rows, void **reader, Log *window, Message *message)
{
    FileReader *r = malloc(sizeof *r);
    *reader = NULL;
    *window = (Log){0};
    if (!r)
        return fail_memory(message, "a reader of blocks");
    *r = (FileReader){blocks->source, blocks};
    Status status = log_create(window, &r->file->schema, rows, message);
    if (!status && r->file->weighted && !(window->weight = calloc(rows + 1, sizeof *window->weight))) {
        log_free(window);
        status = fail_memory(message, "the weights of a window");
    }
    if (status)
        free(r);
    else
        *reader = r;
    return status;
}

static bool read_block(void *reader, size_t block, Log *rows)
{
    const FileReader *r = reader;
    const LogFile *file = r->file;
    const size_t dense = (size_t)file->schema.dense, first = log_blocks_first(r->blocks, block);
    for (int c = 0; c < COLUMNS; c++) {
        const ColumnBytes bytes = column_bytes(rows, c);
        if (!temporary_file_read(file->column[c], bytes.first, rows->x.rows * bytes.row, first * bytes.row))
            return false;
    }
    for (size_t i = 0; i < rows->x.rows; i++)
        for (size_t d = 0; d < dense; d++) {
            float *value = &rows->x.dense[i * dense + d];
            *value = dense_standard(&file->counts.dense[d], file->sd[d], *value);
        }
    for (size_t i = 0; rows->weight && i < rows->x.rows; i++)
        rows->weight[i] = (float)((double)rows->weight[i] / log_file_mean_weight(file));
    return true;
}

LogBlocks log_file_blocks(const LogFile *file, size_t window_rows)
{
    LogBlocks blocks = log_blocks(file->counts.part[PART_LOG].rows, window_rows);
    blocks.source = file;
    blocks.open = open_reader;
    blocks.read = read_block;
    blocks.close = free;
    return blocks;
}
