/* Logs in files: the first byte chooses the layout, the rest is a file of each name that it has. */
#include "tests/fuzz/fuzz.h"

#include "sim/data/load.h"
#include "sim/data/reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const names[] = {"train.csv",
                                    "test.csv",
                                    "ydata-ymusic-rating-study-v1_0-train.txt",
                                    "ydata-ymusic-rating-study-v1_0-test.txt",
                                    "big_matrix.csv",
                                    "small_matrix.csv",
                                    "log_standard_4_08_to_4_21_pure.csv",
                                    "log_random_4_22_to_5_08_pure.csv",
                                    "sample_skeleton_train.csv",
                                    "common_features_train.csv",
                                    "train.ascii",
                                    "test.ascii",
                                    "user_features.ascii",
                                    "item_features.ascii",
                                    "u.data",
                                    "ratings.dat",
                                    "ratings.csv"};
enum { NAMES = sizeof names / sizeof *names };
static char folder[] = "/tmp/cvrlab-fuzz-XXXXXX";

static void remove_folder(void)
{
    char path[512];
    for (int i = 0; i < NAMES; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        unlink(path);
    }
    rmdir(folder);
}

static void write_files(const uint8_t *data, size_t size)
{
    static int made;
    char path[512];
    if (!made++ && (!mkdtemp(folder) || atexit(remove_folder)))
        abort();
    for (int i = 0; i < NAMES; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        FILE *file = fopen(path, "wb");
        if (!file || fwrite(data, 1, size, file) != size || fclose(file))
            abort();
    }
}

static void read_rows(const Layout *layout, const ReaderOptions *options)
{
    Reader *reader;
    RowBlock *block;
    Message message;
    if (reader_open(&reader, layout, folder, options, &message))
        return;
    if (!row_block_create(&block, reader, &message)) {
        while (!reader_next(reader, block, &message) && block->log.x.rows) {
        }
        row_block_free(block);
    }
    reader_close(reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int layouts = 0;
    while (layout_table[layouts])
        layouts++;
    if (size < 2)
        return 0;
    const Layout *layout = layout_table[data[0] % layouts];
    ReaderOptions options = {.threshold = data[0] & 32 ? 4 : 0, .buckets = data[0] & 128 ? 7 : 0};
    if (data[0] & 64)
        options.columns = (ColumnNames){
            .categorical = "device,note", .dense = "price", .split = "split", .unbiased = "random"};
    write_files(data + 1, size - 1);
    if (!layout_is_read_whole(layout)) {
        read_rows(layout, &options);
        return 0;
    }
    RealData real;
    Message message;
    const StreamKey key = {.setting = ""};
    if (!load_real_data(&real, layout, folder, &(LoadOptions){.reader = options}, &key, &message))
        real_data_free(&real);
    return 0;
}
