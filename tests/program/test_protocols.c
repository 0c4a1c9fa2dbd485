/* The experiments on public data that are not at hand, experiments/papers/DATASET_NAME.yaml: each on made-up
 * files of the layout that was published, with all of its columns and of the files beside those that are
 * read. A few hundred rows and one epoch tell whether the layout is read, whether every method trains on it
 * and whether what the protocol names is scored; not what comes of it. Files, columns and separators are
 * those of the data's own descriptions and of code that reads them. */
#include "tests/support/refusal.h"
#include "tests/support/stores.h"

#include "experiments/spec/spec_read.h"

#include <sys/stat.h>

#ifndef CVRLAB_ROOT
#define CVRLAB_ROOT "."
#endif

static Program program;

static uint32_t state_of_draws;

/* A number below n: files need to look drawn, and to be the same in every run. */
static unsigned draw(unsigned n)
{
    state_of_draws = state_of_draws * 1664525u + 1013904223u;
    return (unsigned)(((uint64_t)state_of_draws * n) >> 32);
}

static FILE *open_file(const char *folder, const char *name)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    return file;
}

static void close_file(FILE *file)
{
    assert_int_equal(fclose(file), 0);
}

/* ^A FIELD ^B ID ^C VALUE; a field that is written +FIELD is the first of its cell, without ^A. */
static void feature(FILE *file, const char *name, unsigned id, const char *value)
{
    const char *before = name[0] == '+' ? "" : "\001";
    fprintf(file, "%s%s\002%u\003%s", before, name + (name[0] == '+'), id, value);
}

/* Ali-CCP: what exposures share, and a line an exposure. Users have one id in each of nine fields, and
 * histories of several with weights; items have one in five, tags of several, and some of the four
 * combinations with a weight. */
static void write_aliccp_split(const char *folder, const char *split, unsigned rows)
{
    enum { COMMON = 40 };
    static const char *const of_user[] = {"121", "122", "124", "125", "126", "127", "128", "129"};
    static const char *const history[] = {"109_14", "110_14", "127_14", "150_14"};
    static const char *const combined[] = {"508", "509", "702", "853"};
    char name[64];
    snprintf(name, sizeof name, "common_features_%s.csv", split);
    FILE *file = open_file(folder, name);
    for (unsigned i = 0; i < COMMON; i++) {
        const unsigned events = 1 + draw(5);
        fprintf(file, "%08x%08x,%u,", i * 2654435761u, i, 9 + 4 * events);
        feature(file, "+101", 100 + i, "1.0");
        for (size_t f = 0; f < LENGTH(of_user); f++)
            feature(file, of_user[f], 3438600 + draw(4), "1.0");
        for (size_t h = 0; h < LENGTH(history); h++)
            for (unsigned e = 0; e < events; e++)
                feature(file, history[h], 4500000 + draw(200), "2.48491");
        fputc('\n', file);
    }
    close_file(file);
    snprintf(name, sizeof name, "sample_skeleton_%s.csv", split);
    file = open_file(folder, name);
    for (unsigned i = 1; i <= rows; i++) {
        const bool click = draw(4) == 0, buy = click && draw(3) == 0;
        const unsigned item = draw(60), common = draw(COMMON), tags = 1 + draw(3);
        fprintf(file, "%u,%d,%d,%08x%08x,%u,", i, click, buy, common * 2654435761u, common, 5 + tags + i % 5);
        feature(file, "+205", 9000000 + item, "1.0");
        feature(file, "206", 8316700 + item % 7, "1.0");
        feature(file, "207", 8350000 + item % 11, "1.0");
        for (unsigned t = 0; t < tags; t++)
            feature(file, "210", 9041000 + draw(30), "1.0");
        feature(file, "216", 9143000 + item % 13, "1.0");
        feature(file, "301", 9351665 + draw(3), "1.0");
        for (unsigned c = 0; c < i % 5; c++)
            feature(file, combined[c], 9355000 + draw(20), "2.3979");
        fputc('\n', file);
    }
    close_file(file);
}

static void write_aliccp(const char *folder)
{
    write_aliccp_split(folder, "train", 800);
    write_aliccp_split(folder, "test", 400);
}

/* AliExpress of one country, as data/preprocess.py of MTReclib joins it. */
static void write_aliexpress(const char *folder)
{
    enum { CATEGORIES = 16, NUMBERS = 63 };
    static const char *const split[] = {"train.csv", "test.csv"};
    for (size_t s = 0; s < LENGTH(split); s++) {
        FILE *file = open_file(folder, split[s]);
        fputs("search_id", file);
        for (int c = 1; c <= CATEGORIES; c++)
            fprintf(file, ",categorical_%d", c);
        for (int n = 1; n <= NUMBERS; n++)
            fprintf(file, ",numerical_%d", n);
        fputs(",click,conversion\n", file);
        for (unsigned i = 0; i < (s ? 300u : 600u); i++) {
            const bool click = draw(3) == 0;
            fprintf(file, "%u", i / 10);
            for (int c = 0; c < CATEGORIES; c++)
                fprintf(file, ",%u", draw(c % 4 ? 2 : 20));
            for (int n = 0; n < NUMBERS; n++)
                fprintf(file, n % 9 ? ",0.%05u" : ",%u", draw(n % 9 ? 100000 : 2));
            fprintf(file, ",%d,%d\n", click, click && draw(3) == 0);
        }
        close_file(file);
    }
}

/* Videos are clicked, some of those watched for long, some of them liked; nothing but a click can be liked
 * here. */
static void write_kuairand_log(const char *folder, const char *name, unsigned day, bool random, unsigned rows)
{
    FILE *file = open_file(folder, name);
    fputs("user_id,video_id,date,hourmin,time_ms,is_click,is_like,is_follow,is_comment,is_forward,is_hate,"
          "long_view,play_time_ms,"
          "duration_ms,profile_stay_time,comment_stay_time,is_profile_enter,is_rand,tab\n",
          file);
    for (unsigned i = 0; i < rows; i++) {
        const bool click = draw(2), like = click && draw(3) == 0, whole = click && draw(2);
        fprintf(file, "%u,%u,202204%02u,%u00,%llu,%d,%d,0,0,0,0,%d,%u,%u,0,0,0,%d,%u\n", draw(50), draw(80),
                day, draw(24), 1650000000000ull + i, click, like, whole, draw(60000), 5000 + draw(90000),
                random, draw(15));
    }
    close_file(file);
}

static void write_kuairand(const char *folder)
{
    write_kuairand_log(folder, "log_standard_4_08_to_4_21_pure.csv", 9, false, 500);
    write_kuairand_log(folder, "log_standard_4_22_to_5_08_pure.csv", 23, false, 500);
    write_kuairand_log(folder, "log_random_4_22_to_5_08_pure.csv", 24, true, 400);
    FILE *file = open_file(folder, "user_features_pure.csv");
    fputs("user_id,user_active_degree,is_lowactive_period,is_live_streamer,is_video_author,follow_user_num,"
          "follow_user_num_range,"
          "fans_user_num,fans_user_num_range,friend_user_num,friend_user_num_range,register_days,register_"
          "days_range",
          file);
    for (int f = 0; f < 18; f++)
        fprintf(file, ",onehot_feat%d", f);
    fputc('\n', file);
    for (unsigned u = 0; u < 50; u++) {
        fprintf(file, "%u,%s,%u,0,%u,%u,\"(0,10]\",%u,\"[1,10)\",0,0,%u,%s", u,
                u % 3 ? "full_active" : "high_active", draw(2), draw(2), draw(10), draw(10), 100 + draw(900),
                u % 2 ? "366-730" : "730+");
        for (int f = 0; f < 18; f++)
            if (f > 11 && u % 10 == 0)
                fputc(',', file); /* the later ones are missing of some users */
            else
                fprintf(file, f > 11 ? ",%u.0" : ",%u", draw(3));
        fputc('\n', file);
    }
    close_file(file);
    file = open_file(folder, "video_features_basic_pure.csv");
    fputs("video_id,author_id,video_type,upload_dt,upload_type,visible_status,video_duration,server_width,"
          "server_height,music_id,"
          "music_type,tag\n",
          file);
    for (unsigned v = 0; v < 80; v++) {
        fprintf(file, "%u,%u,%s,2022-04-%02u,ShortImport,1.0,", v, draw(30), v % 9 ? "NORMAL" : "AD",
                1 + v % 28);
        if (v % 8)
            fprintf(file, "%u.0", 5000 + draw(60000));
        fprintf(file, ",720,1280,%u,%u.0,", 989206467 + v, draw(9));
        fputs(v % 7 == 0 ? "\n" : v % 3 == 0 ? "\"12,65\"\n" : "39\n", file);
    }
    close_file(file);
    file = open_file(folder, "video_features_statistic_pure.csv");
    fputs("video_id,counts,show_cnt,show_user_num,play_cnt\n1,66,75.212,66.985,9.409\n", file);
    close_file(file);
}

/* The ratings of the protocol, by the two commands that its file gives. */
static void write_kuairand_ratings(const char *folder)
{
    char command[4 * PATH_MAX];
    write_kuairand(folder);
    snprintf(command, sizeof command,
             "cd %s && sed 1d log_standard_4_22_to_5_08_pure.csv | cut -d, -f1,2,6 >user.txt && "
             "sed 1d log_random_4_22_to_5_08_pure.csv | cut -d, -f1,2,6 >random.txt && mkdir published && mv "
             "*.csv published",
             folder);
    shell(command);
}

static void write_yahoo(const char *folder)
{
    static const char *const split[] = {"ydata-ymusic-rating-study-v1_0-train.txt",
                                        "ydata-ymusic-rating-study-v1_0-test.txt"};
    for (size_t s = 0; s < LENGTH(split); s++) {
        FILE *file = open_file(folder, split[s]);
        for (unsigned u = 1; u <= 60; u++)
            for (unsigned i = s ? u % 4 + 1 : 1 + draw(3); i <= 40; i += s ? 4 : 1 + draw(4))
                fprintf(file, "%u\t%u\t%u\n", u, i, 1 + draw(5));
        close_file(file);
    }
    FILE *file = open_file(folder, "ydata-ymusic-rating-study-v1_0-survey-answers.txt");
    fputs("1\t2\t1\t5\t3\t2\t1\n", file);
    close_file(file);
}

/* Videos are watched more than once; the small matrix is a block that the big one lacks, in which a time may
 * be missing. */
static void write_kuairec(const char *folder)
{
    static const char header[] =
        "user_id,video_id,play_duration,video_duration,time,date,timestamp,watch_ratio\n";
    FILE *file = open_file(folder, "big_matrix.csv");
    fputs(header, file);
    for (unsigned i = 0; i < 1500; i++) {
        const unsigned user = draw(60), video = user < 15 ? 20 + draw(40) : draw(60), played = draw(20000);
        fprintf(file, "%u,%u,%u,10867,2020-07-05 00:08:23.438,20200705,1593878903.438,%.16g\n", user, video,
                played, played / 10867.);
    }
    close_file(file);
    file = open_file(folder, "small_matrix.csv");
    fputs(header, file);
    for (unsigned user = 0; user < 15; user++)
        for (unsigned video = 0; video < 20; video++) {
            const unsigned played = draw(20000);
            fprintf(file, "%u,%u,%u,7908,%s,%.16g\n", user, video, played,
                    video % 5 ? "2020-07-05 05:27:48.378,20200705.0,1593898068.378" : ",,", played / 7908.);
        }
    close_file(file);
    static const char *const beside[] = {"user_features.csv", "item_categories.csv",
                                         "item_daily_features.csv", "social_network.csv"};
    for (size_t i = 0; i < LENGTH(beside); i++) {
        file = open_file(folder, beside[i]);
        fputs("user_id,video_id,feat\n0,0,\"[8, 27]\"\n", file);
        close_file(file);
    }
}

/* CASCADE, as process_CASCADE_with_MappingDict.py writes it: seconds since the log began, in no order, -1
 * where there is no payment or no refund, and hashed categories. */
static void write_cascade(const char *folder)
{
    static const unsigned buckets[] = {8, 327680, 655360, 655360, 8192, 655360, 16, 32, 256, 81920, 163840,
                                       8, 512,    128,    256,    1024, 128,    16, 8,  8,   16,    16};
    enum { CLICKS = 3000, DAY = 86400, DAYS = 25 };
    FILE *file = open_file(folder, "processed_encrypted_data_expand_with_MappingDict.txt");
    for (int i = 0; i < CLICKS; i++) {
        const int click = (int)draw(DAYS * DAY);
        const int pay = draw(10) ? -1 : click + (int)(draw(10) < 6 ? draw(900) : draw(4 * DAY));
        fprintf(file, "%d\t%d\t%d", click, pay, pay < 0 || draw(5) ? -1 : pay + (int)draw(3 * DAY));
        for (size_t f = 0; f < LENGTH(buckets); f++)
            fprintf(file, "\t%u", draw(buckets[f] < 300 ? buckets[f] : 300) * (buckets[f] / 300 + 1));
        fputc('\n', file);
    }
    close_file(file);
}

typedef struct Protocol {
    const char *name;
    void (*write)(const char *folder);
    const char *layout;  /* as `cvrlab data` recognises the folder */
    const char *part[2]; /* rows of the log and of what is scored, as it counts them */
    const char *less;    /* of a file whose models take long to draw; else empty */
} Protocol;

static const Protocol protocol[] = {
    {"aliccp_esmm", write_aliccp, "layout aliccp\n", {"log 800 ", "test 400 "}, ""},
    {"aliccp_escm2", write_aliccp, "layout aliccp\n", {"log 800 ", "test 400 "}, ""},
    {"aliccp_dcmt", write_aliccp, "layout aliccp\n", {"log 800 ", "test 400 "}, ""},
    {"aliexpress_ddpo", write_aliexpress, "layout aliexpress\n", {"log 600 ", "test 300 "}, ""},
    {"aliexpress_mtl",
     write_aliexpress,
     "layout aliexpress\n",
     {"log 600 ", "test 300 "},
     "--set model.embedding=4 --set model.expert_width=8"},
    {"kuairand_nise", write_kuairand, "layout kuairand\n", {"log 1000 ", "random 400 "}, ""},
    {"kuairand_cdr", write_kuairand_ratings, "layout yahoo\n", {"log 500 ", "unbiased 400 "}, ""},
    {"yahoo_cdr", write_yahoo, "layout yahoo\n", {"log ", "unbiased 600 "}, ""},
    {"yahoo_minimax", write_yahoo, "layout yahoo\n", {"log ", "unbiased 600 "}, ""},
    {"kuairec_minimax", write_kuairec, "layout kuairec\n", {"log 1500 ", "unbiased 300 "}, ""},
    {"cascade_netcvr", write_cascade, "layout cascade\n", {"log 3000 3000 1.000000 ", ""}, ""},
};

static int create(void **state)
{
    (void)state;
    program_create(&program);
    return 0;
}

static int destroy(void **state)
{
    (void)state;
    program_free(&program);
    return 0;
}

/* What was printed, one blank in place of several. */
static void squeeze(char *text)
{
    char *to = text;
    for (const char *from = text; *from; from++)
        if (*from != ' ' || (to > text && to[-1] != ' ' && to[-1] != '\n'))
            *to++ = *from;
    *to = 0;
}

static void data_are_read(const Protocol *p)
{
    char arguments[2 * PATH_MAX];
    snprintf(arguments, sizeof arguments, "data $F/%s", p->name);
    program_succeeds(&program, arguments);
    squeeze(program.output);
    if (!strstr(program.output, p->layout))
        fail_msg("%s: expected %s\n%s", p->name, p->layout, program.output);
    for (size_t i = 0; i < LENGTH(p->part); i++) {
        char line[64];
        snprintf(line, sizeof line, "\n%s", p->part[i]);
        if (!strstr(program.output, line))
            fail_msg("%s: expected '%s'\n%s", p->name, p->part[i], program.output);
    }
}

/* METRIC[/SPACE[/TASK]]: of every replicate of at least one method there is a number. */
static void is_scored(sqlite3 *db, const char *name, const char *measure)
{
    char words[SPEC_WORD], sql[512];
    snprintf(words, sizeof words, "%s", measure);
    char *rest = words;
    const char *metric = strsep(&rest, "/"), *space = rest ? strsep(&rest, "/") : "D",
               *task = rest ? rest : "cvr";
    if (!strcmp(metric, "seconds"))
        return;
    snprintf(sql, sizeof sql,
             "SELECT count(*) FROM metric WHERE metric = '%s' AND space = '%s' AND task = '%s' AND value IS "
             "NOT NULL",
             metric, space, task);
    if (stores_value(db, sql) < 1)
        fail_msg("%s: nothing has %s", name, measure);
}

static void is_run(const Protocol *p)
{
    static Spec spec;
    char path[PATH_MAX], arguments[4 * PATH_MAX], store[64], sql[256];
    snprintf(path, sizeof path, "%s/experiments/papers/%s.yaml", CVRLAB_ROOT, p->name);
    OK(spec_read(&spec, NULL, path, message));
    snprintf(arguments, sizeof arguments,
             "run %s --data $F/%s --db $F/%s.db --replicates 1 --set worlds=1 --set train.epochs=1 %s", path,
             p->name, p->name, p->less);
    program_succeeds(&program, arguments);
    snprintf(store, sizeof store, "%s.db", p->name);
    sqlite3 *db = stores_open(store);
    assert_true(spec.estimators >= 5 && spec.shown >= 4);
    for (int e = 0; e < spec.estimators; e++) {
        snprintf(sql, sizeof sql, "SELECT count(*) FROM run WHERE estimator = '%s' AND status = 'done'",
                 spec.estimator[e]);
        if (stores_value(db, sql) != 1)
            fail_msg("%s: %s was not run", p->name, spec.estimator[e]);
    }
    for (int m = 0; m < spec.shown; m++)
        is_scored(db, p->name, spec.shown_measure[m]);
    stores_close(db);
    snprintf(arguments, sizeof arguments, "table $F/%s.db", p->name);
    program_succeeds(&program, arguments);
}

static void protocols_run_on_files_as_published(void **state)
{
    (void)state;
    program_needed();
    slow_under_valgrind();
    for (size_t i = 0; i < LENGTH(protocol); i++) {
        char folder[PATH_MAX];
        snprintf(folder, sizeof folder, "%s/%s", program.folder, protocol[i].name);
        assert_int_equal(mkdir(folder, 0777), 0);
        state_of_draws = 1;
        protocol[i].write(folder);
        data_are_read(&protocol[i]);
        is_run(&protocol[i]);
    }
}

/* The page lists each of the files, and nothing that is not there. */
static void the_page_lists_them(void **state)
{
    (void)state;
    shell("cd " CVRLAB_ROOT
          "/experiments/papers && grep -o '^| \\[[a-z_0-9]*\\.yaml\\]' PROTOCOLS.md | tr -d '|[] ' | sort "
          ">$F/listed.txt && ls aliccp_*.yaml aliexpress_*.yaml kuairand_*.yaml yahoo_*.yaml kuairec_*.yaml "
          "cascade_*.yaml | sort | diff "
          "$F/listed.txt -");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(protocols_run_on_files_as_published),
        cmocka_unit_test(the_page_lists_them),
    };
    return cmocka_run_group_tests(tests, create, destroy);
}
