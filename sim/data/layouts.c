/* The layouts of public data, as they were published: the one list of what data.source, `cvrlab data` and its
 * help know. A new layout is one struct here and a sample in tests/data. */
#include "sim/base/suggest.h"
#include "sim/data/reader_internal.h"

#include <string.h>

/* Here and below: how many items there are is left out where it is stated of more than the rated ones. */
static const Published coat_published[] = {
    {"Coat",
     "Schnabel et al., ICML 2016: 290 users, 300 items, 16 random ratings a user",
     {{[PART_LOG] = 87000, [PART_UNBIASED] = 4640}, 290, 300}},
    {0}};

/* Coat (Schnabel et al., ICML 2016): ratings from 1 to 5 of coats of the users' own choice in train.ascii, of
 * coats picked at random in test.ascii, as matrices; features of 0 and 1. */
static const Layout coat = {
    .name = "coat",
    .published = coat_published,
    .files = "Coat: train.ascii, test.ascii; user_features.ascii, item_features.ascii there or in "
             "user_item_features",
    .file = {{"user_features.ascii", PART_LOG, false}},
    .besides = {"train.ascii", "test.ascii", "item_features.ascii"},
    .subfolder = "user_item_features",
    .matrix = true,
    .threshold = 3,
    .features = {"user", "item", "user_features", "item_features"},
    .read = coat_read,
};

static const Published movielens_published[] = {
    {"MovieLens-100K", "README of ml-100k.zip", {{[PART_LOG] = 100000}, 943, 1682}}, {0}};

/* MovieLens-100K (Harper and Konstan, TiiS 2015): lines of user TAB movie TAB rating from 1 to 5 TAB time,
 * movies of the users' own choice. As data.source it is the matrix that its ratings are completed to. */
static const Layout movielens = {
    .name = "ml-100k",
    .published = movielens_published,
    .files = "MovieLens-100K: u.data",
    .file = {{"u.data", PART_LOG, false}},
    .header = "user,movie,rating,timestamp",
    .delimiter = '\t',
    .matrix = true,
    .threshold = 3,
    .completed = true,
    .features = {"user", "item"},
    .columns = {.user = "user", .item = "movie", .conversion = "rating"},
    .format = &table_format,
};

static const Published movielens_1m_published[] = {
    {"MovieLens-1M", "README of ml-1m.zip", {{[PART_LOG] = 1000209}, 6040, 0}},
    {"MovieLens-10M", "README.html of ml-10m.zip", {{[PART_LOG] = 10000054}, 0, 0}},
    {0}};

/* MovieLens-1M: lines of user::movie::rating from 1 to 5::time. MovieLens-10M is as this, with halves of
 * ratings, from which no matrix is completed. */
static const Layout movielens_1m = {
    .name = "ml-1m",
    .published = movielens_1m_published,
    .files = "MovieLens-1M: ratings.dat",
    .file = {{"ratings.dat", PART_LOG, false}},
    .header = "user,movie,rating,timestamp",
    .delimiter = ':',
    .matrix = true,
    .threshold = 3,
    .completed = true,
    .features = {"user", "item"},
    .columns = {.user = "user", .item = "movie", .conversion = "rating"},
    .format = &table_format,
};

static const Published movielens_latest_published[] = {
    {"MovieLens-latest-small of 2018", "README.txt of ml-latest-small.zip", {{[PART_LOG] = 100836}, 610, 0}},
    {"MovieLens-20M", "README.txt of ml-20m.zip", {{[PART_LOG] = 20000263}, 138493, 0}},
    {"MovieLens-25M", "README.txt of ml-25m.zip", {{[PART_LOG] = 25000095}, 162541, 0}},
    {"MovieLens-32M", "README.txt of ml-32m.zip", {{[PART_LOG] = 32000204}, 200948, 0}},
    {0}};

/* MovieLens of later years (ml-latest, ml-latest-small, ml-20m, ml-25m, ml-32m): ratings from .5 to 5 by
 * halves. They are taken as they are: the matrix that others are completed to knows whole ratings. */
static const Layout movielens_latest = {
    .name = "ml-latest",
    .published = movielens_latest_published,
    .files =
        "MovieLens, latest, 20M, 25M and 32M: ratings.csv, whose header is userId,movieId,rating,timestamp",
    .file = {{"ratings.csv", PART_LOG, false}},
    .begins = "userId,movieId,rating",
    .delimiter = ',',
    .matrix = true,
    .threshold = 3,
    .columns = {.user = "userId", .item = "movieId", .conversion = "rating"},
    .format = &table_format,
};

static const Published yahoo_published[] = {{"Yahoo! R3",
                                             "table 1 of Gao et al., KuaiRand, CIKM 2022",
                                             {{[PART_LOG] = 311704, [PART_UNBIASED] = 54000}, 15400, 1000}},
                                            {0}};

/* Yahoo! R3 (Marlin and Zemel, RecSys 2009): lines of user TAB song TAB rating from 1 to 5, songs of the
 * users' own choice in -train.txt, songs picked at random in -test.txt. Others hand the same triplets on
 * under other names and with commas (user.txt and random.txt, for one), so that a name matters only for the
 * part. */
static const Layout yahoo = {
    .name = "yahoo",
    .published = yahoo_published,
    .files = "Yahoo! R3 and other ratings as lines of user, item, rating without a header: in a folder "
             "*train.* or user.txt, and *test.* or random.txt (shown at random); or a file of any name",
    .file = {{"train.*", PART_LOG, false},
             {"*[-_]train.*", PART_LOG, false},
             {"user.txt", PART_LOG, false},
             {"test.*", PART_UNBIASED, false},
             {"*[-_]test.*", PART_UNBIASED, false},
             {"random.txt", PART_UNBIASED, false},
             {"*", PART_LOG, true}},
    .numbers = 3,
    .header = "user,song,rating",
    .matrix = true,
    .threshold = 3,
    .columns = {.user = "user", .item = "song", .conversion = "rating"},
    .format = &table_format,
};

static const Published kuairec_published[] = {
    {"KuaiRec", "kuairec.com", {{[PART_LOG] = 12530806, [PART_UNBIASED] = 4676570}, 7176, 10728}}, {0}};

/* KuaiRec (Gao et al., CIKM 2022): videos that users watched in big_matrix.csv, and small_matrix.csv where
 * each of 1,411 users watched nearly all of 3,327 videos; no pair is in both. Columns: user_id, video_id,
 * play_duration, video_duration, time, date, timestamp, watch_ratio. */
static const Layout kuairec = {
    .name = "kuairec",
    .published = kuairec_published,
    .files = "KuaiRec: big_matrix.csv and small_matrix.csv (fully observed)",
    .file = {{"big_matrix.csv", PART_LOG, false}, {"small_matrix.csv", PART_UNBIASED, false}},
    .delimiter = ',',
    .matrix = true,
    .block_kept_out = true,
    .threshold = 2,
    .columns = {.user = "user_id", .item = "video_id", .conversion = "watch_ratio"},
    .format = &table_format,
};

/* Of 27K and 1K it is not stated whether the random videos are among the others. */
static const Published kuairand_published[] = {
    {"KuaiRand-27K",
     "README of github.com/chongminggao/KuaiRand",
     {{[PART_LOG] = 322278385, [PART_RANDOM] = 1186059}, 27285, 0}},
    {"KuaiRand-1K",
     "README of github.com/chongminggao/KuaiRand",
     {{[PART_LOG] = 11713045, [PART_RANDOM] = 43028}, 1000, 0}},
    {"KuaiRand-Pure",
     "README of github.com/chongminggao/KuaiRand",
     {{[PART_LOG] = 1436609, [PART_RANDOM] = 1186059}, 27285, 7583}},
    {0}};

/* KuaiRand (Gao et al., CIKM 2022): videos that a policy showed in log_standard_*.csv, videos picked at
 * random in log_random_*.csv. Columns: user_id, video_id, date, hourmin, time_ms, is_click, is_like,
 * is_follow, is_comment, is_forward, is_hate, long_view, play_time_ms, duration_ms, ..., is_rand, tab. */
static const Layout kuairand = {
    .name = "kuairand",
    .published = kuairand_published,
    .files = "KuaiRand: log_standard_*.csv and log_random_*.csv; conversion is long_view",
    .file = {{"log_standard_*.csv", PART_LOG, false}, {"log_random_*.csv", PART_RANDOM, false}},
    .delimiter = ',',
    .columns = {.user = "user_id",
                .item = "video_id",
                .click = "is_click",
                .conversion = "long_view",
                .categorical = "tab",
                .dense = "duration_ms"},
    .format = &table_format,
};

static const Layout aliccp = {
    .name = "aliccp",
    .files = "Ali-CCP: sample_skeleton_train.csv, common_features_train.csv, and those of test",
    .file = {{"sample_skeleton_train.csv", PART_LOG, false}, {"sample_skeleton_test.csv", PART_TEST, false}},
    .besides = {"common_features_*.csv"},
    .delimiter = ',',
    .format = &aliccp_format,
};

/* AliExpress (Li et al., CIKM 2020), a country each: tables of search_id, categorical_1, ..., numerical_1,
 * ..., click, conversion. Which of the features are the user's or the item's was not published; a search is
 * the list that its rows were shown in. */
static const Layout aliexpress = {
    .name = "aliexpress",
    .files = "AliExpress: train.csv and test.csv, whose header begins with search_id",
    .file = {{"*train.csv", PART_LOG, false}, {"*test.csv", PART_TEST, false}},
    .begins = "search_id,",
    .delimiter = ',',
    .columns = {.click = "click",
                .conversion = "conversion",
                .categorical = "categorical_*",
                .dense = "numerical_*",
                .group = "search_id"},
    .format = &table_format,
};

/* Rows of fields, as libffm and its kin have them: labels, then FIELD:ID or FIELD:ID:VALUE as often as there
 * are any. */
static const Layout fields = {
    .name = "fields",
    .files = "rows of LABEL ... FIELD:ID FIELD:ID:VALUE ..., as of libffm: labels click and conversion, or "
             "those of columns.header; fields user and item, or as `columns` names them; in a folder "
             "train.*, test.*, valid.*, unbiased.*",
    .file = {{"train.*", PART_LOG, false},
             {"test.*", PART_TEST, false},
             {"valid.*", PART_VALID, false},
             {"unbiased.*", PART_UNBIASED, false},
             {"*", PART_LOG, true}},
    .fields = true,
    .delimiter = '\n',
    .columns = {.user = "user", .item = "item", .click = "click", .conversion = "conversion"},
    .format = &field_format,
};

/* CASCADE (Luo et al., WWW 2026): clicks of 25 days, as data/CASCADE/process_CASCADE*.py of
 * alimama-tech/NetCVR writes them from the published files, which have Unix times and lists: a line each
 * without a header, whole numbers between tabs, in no order of time. Times are seconds since the log began,
 * -1 where there is no payment or no refund; the 22 features are hashed, and what each is was not published.
 * What is refunded was bought: refunds are not read. Before csv, since a first line of 25 numbers is no
 * header. */
static const Layout cascade = {
    .name = "cascade",
    .files = "CASCADE, clicks with delayed payments: processed_*.txt in a folder, as the data's own script "
             "writes it, or a file of any name, lines of click, payment and refund time and 22 categories "
             "between tabs",
    .file = {{"processed_*.txt", PART_LOG, false}, {"*", PART_LOG, true}},
    .numbers = 25,
    .delimiter = '\t',
    .no_time = "-1",
    .header =
        "click_time,pay_time,refund_time,feature_0,feature_1,feature_2,feature_3,feature_4,feature_5,"
        "feature_6,feature_7,feature_8,feature_9,feature_10,feature_11,feature_12,feature_13,feature_14,"
        "feature_15,feature_16,feature_17,feature_18,feature_19,feature_20,feature_21",
    .columns = {.categorical = "feature_*", .click_time = "click_time", .conversion_time = "pay_time"},
    .format = &table_format,
};

/* A file of the user's own, or train.csv, test.csv, valid.csv and unbiased.csv in a folder. */
static const Layout csv = {
    .name = "csv",
    .files =
        "a table with a header line: columns user, item, click, conversion, their usual other names, or as "
        "`columns` names them; a folder of train.csv, test.csv, valid.csv, unbiased.csv",
    .file = {{"train.csv", PART_LOG, false},
             {"test.csv", PART_TEST, false},
             {"valid.csv", PART_VALID, false},
             {"unbiased.csv", PART_UNBIASED, false},
             {"*", PART_LOG, true}},
    .usual_names = true,
    .columns = {.user = "user", .item = "item", .click = "click", .conversion = "conversion"},
    .format = &table_format,
};

/* Conversion logs of Criteo (Chapelle, KDD 2014): clicks of 60 days, a line each without a header. Times are
 * seconds since the log began, that of the conversion is empty where there is none. Which of the features are
 * the user's or the advertisement's was not published. After csv, so that a file of this name that is named
 * by itself is a table of the user's own. */
static const Layout criteo = {
    .name = "criteo",
    .files = "Criteo's conversion logs of 2014, clicks with delayed conversions: data.txt in a folder, lines "
             "of click "
             "time, conversion time, 8 numbers and 9 categories between tabs",
    .file = {{"data.txt", PART_LOG, false}},
    .delimiter = '\t',
    .header =
        "click_time,conversion_time,integer_1,integer_2,integer_3,integer_4,integer_5,integer_6,integer_7,"
        "integer_8,categorical_1,categorical_2,categorical_3,categorical_4,categorical_5,categorical_6,"
        "categorical_7,categorical_8,categorical_9",
    .columns = {.categorical = "categorical_*",
                .dense = "integer_*",
                .click_time = "click_time",
                .conversion_time = "conversion_time"},
    .format = &table_format,
};

const Layout *const layout_table[] = {
    &coat,   &movielens,  &movielens_1m, &movielens_latest, &yahoo, &kuairec, &kuairand,
    &aliccp, &aliexpress, &fields,       &cascade,          &csv,   &criteo,  NULL};

const Published *layout_published(const Layout *layout)
{
    return layout->published;
}

const char *layout_name(const Layout *layout)
{
    return layout->name;
}

const char *layout_files(const Layout *layout)
{
    return layout->files;
}

bool layout_is_matrix(const Layout *layout)
{
    return layout->matrix;
}

bool layout_is_completed(const Layout *layout)
{
    return layout->completed;
}

bool layout_is_read_whole(const Layout *layout)
{
    return layout->read;
}

bool layout_has_times(const Layout *layout, const ReaderOptions *options)
{
    const char *given = options->columns.click_time;
    return column_is_given(given[0] ? given : layout->columns.click_time);
}

const char *const *layout_features(const Layout *layout)
{
    return layout->features[0] ? layout->features : NULL;
}

const Layout *layout_find(const char *name)
{
    for (const Layout *const *layout = layout_table; *layout; layout++)
        if (!strcmp((*layout)->name, name))
            return *layout;
    return NULL;
}

double layout_threshold(const Layout *layout, const ReaderOptions *options)
{
    return options->threshold != 0 ? options->threshold : layout->threshold;
}

Status layout_unknown(const char *name, const char *where, Message *message)
{
    const char *known[sizeof layout_table / sizeof layout_table[0]];
    KnownNames names = {.name = known};
    for (const Layout *const *layout = layout_table; *layout; layout++)
        known[names.names++] = (*layout)->name;
    return fail_unknown(message, where, "layout", name, &names);
}
