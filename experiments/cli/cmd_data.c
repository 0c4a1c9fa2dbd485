/* cvrlab data: what a file of real data, or the worlds of an experiment, hold. */
#include "experiments/cli/cli.h"
#include "experiments/cli/delay_figures.h"
#include "experiments/spec/assign.h"
#include "experiments/spec/settings.h"
#include "experiments/spec/spec_read.h"
#include "results/statistics/propensity_calibration.h"
#include "sim/base/clock.h"
#include "sim/data/column_counts.h"
#include "sim/data/load.h"
#include "sim/data/pair_counts.h"
#include "sim/data/published.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Logged propensities of the log, and its clicks: they are looked at more than once. */
typedef struct LoggedClicks {
    float *p;
    uint8_t *click;
    size_t rows, room;
} LoggedClicks;

/* Delays up to which the share of conversions is shown. */
static const struct {
    const char *text;
    double days;
} shown_delays[] = {{"1 h", 1 / 24.0}, {"24 h", 1}, {"7 days", 7}};

enum { SHOWN_DELAYS = sizeof shown_delays / sizeof *shown_delays };

/* Times of the rows, in days, and delays of their conversions. */
typedef struct TimeCounts {
    double first, last; /* of the exposures */
    double longest;     /* delay */
    size_t conversions, within[SHOWN_DELAYS];
} TimeCounts;

/* What was asked for. */
typedef struct DataCommand {
    const char *layout;   /* NULL: the one that files are recognised as */
    Spec *spec;           /* has what --set says */
    DelayFigures figures; /* directory NULL: none */
} DataCommand;

/* What is printed of a data set. */
typedef struct Holding {
    const char *path, *layout;
    const Published *published; /* NULL: nothing is stated of such data */
    Schema schema;
    bool missing_ids; /* id 0 is a missing value */
    bool hashed;
    const ColumnCounts *counts;
    const char *side[2];        /* tables of users and items; NULL: none */
    size_t sideless[2];         /* rows of none of theirs */
    const LoggedClicks *logged; /* no rows where nothing was logged */
    const TimeCounts *times;    /* NULL without the times of clicks and conversions */
    PairCounts *pairs;          /* of ratings by their part; NULL where rows are exposures */
    size_t unclicked;
    const char *unread, *guessed, *unread_files; /* empty: nothing to say */
    double megabytes, seconds;
} Holding;

static void print_rate(size_t part, size_t whole)
{
    if (whole)
        printf("%12.6f", (double)part / (double)whole);
    else
        printf("%12s", "-");
}

static void print_parts(const Holding *h)
{
    printf("  %-10s %11s %11s %11s %11s %11s\n", "part", "rows", "clicks", "click rate", "conversions",
           "CVR");
    for (int p = 0; p < PARTS; p++) {
        const PartCount *count = &h->counts->part[p];
        if (!count->rows)
            continue;
        printf("  %-10s %11zu %11zu", part_name[p], count->rows, count->clicks);
        print_rate(count->clicks, count->rows);
        printf(" %11zu", count->conversions);
        print_rate(count->conversions, count->clicks);
        puts("");
    }
}

static void print_published(const Holding *h)
{
    char text[PUBLISHED_TEXT];
    const uint32_t missing = h->missing_ids;
    DataSize found = {.users = h->hashed ? 0 : h->schema.cardinality[FIELD_USER] - missing,
                      .items = h->hashed ? 0 : h->schema.cardinality[FIELD_ITEM] - missing};
    for (int p = 0; p < PARTS; p++)
        found.rows[p] = h->counts->part[p].rows;
    published_compare(h->published, &found, text);
    printf("  counts: %s\n", text);
}

static void print_categorical(const Holding *h)
{
    for (int f = 0; f < h->schema.categorical; f++) {
        const Bags *bags = h->schema.bags[f];
        size_t values = bags ? bags->values - 1 : h->schema.cardinality[f] - (h->missing_ids ? 1U : 0U);
        char text[32];
        snprintf(text, sizeof text, "%s%zu", h->hashed ? "<=" : "", values);
        printf("  %-20.20s %-12s %11s %11zu\n", h->schema.name[f], bags ? "bags" : "categorical", text,
               h->missing_ids ? h->counts->missing[f] : 0);
    }
}

static void print_dense(const Holding *h)
{
    int column = 0;
    for (int g = 0; g < h->schema.groups; g++) {
        const DenseGroup *group = &h->schema.group[g];
        for (int i = 0; i < group->columns; i++, column++) {
            const DenseCount *count = &h->counts->dense[column];
            char name[64];
            snprintf(name, sizeof name, group->columns > 1 ? "%.48s[%d]" : "%.48s", group->name, i);
            printf("  %-20.20s %-12s %11s %11zu %12.6g %12.6g %12.6g %12.6g\n", name, "dense", "-",
                   count->missing, count->low, count->high, count->mean, dense_sd(count));
        }
    }
}

/* Ratings are not exposures: what becomes of them is said. */
static void print_pairs(const Holding *h)
{
    const size_t log = pair_counts_repeats(&h->pairs[PART_LOG]),
                 random = pair_counts_repeats(&h->pairs[PART_UNBIASED]) +
                          pair_counts_repeats(&h->pairs[PART_RANDOM]);
    printf(
        "  ratings: every pair of %u users and %u items is an exposure of the log, and a rated pair a click; "
        "%zu repeats of a pair\n  are joined to it, which is converted if any of its ratings is\n",
        h->schema.cardinality[FIELD_USER] - 1, h->schema.cardinality[FIELD_ITEM] - 1, log);
    if (random)
        printf("  %zu repeats of a pair that was shown at random stay rows of the test\n", random);
}

/* What load_real_data would test on, unless rows of the log are to be held out. */
static void print_test(const Holding *h)
{
    const PartCount *unbiased = &h->counts->part[PART_UNBIASED], *random = &h->counts->part[PART_RANDOM];
    const PartCount *test = unbiased->rows ? unbiased : random->rows ? random : &h->counts->part[PART_TEST];
    const RealTest kind = test != unbiased && test != random            ? REAL_TEST_HELD
                          : test == random || test->clicks < test->rows ? REAL_TEST_RANDOM
                                                                        : REAL_TEST_FORCED;
    if (test->rows)
        printf("  test: %zu rows %s\n", test->rows, real_test_text(kind));
}

static void print_logged(const LoggedClicks *logged)
{
    const PropensityCalibration c = propensity_calibration(logged->p, logged->click, logged->rows);
    printf("  propensities: from %.3g; mean of click/p %.4f (s.e. %.4f), slope of clicks in logit p ",
           (double)c.lowest, c.mean_inverse, c.mean_inverse_se);
    if (isnan(c.slope))
        puts("not defined; right ones have 1");
    else
        printf("%.4f (s.e. %.4f); right ones have 1 and 1\n", c.slope, c.slope_se);
}

static void print_times(const TimeCounts *times)
{
    printf("  times: exposures over %.6g days", times->last - times->first);
    for (int k = 0; times->conversions && k < SHOWN_DELAYS; k++)
        printf("%s%s %.4f", k ? ", " : "; conversions within ", shown_delays[k].text,
               (double)times->within[k] / (double)times->conversions);
    if (times->conversions)
        printf(", all within %.6g days", times->longest);
    puts("");
}

static void times_add(TimeCounts *times, const Log *log)
{
    const Delays *d = log->delays;
    for (size_t i = 0; i < log->x.rows; i++) {
        const double delay = d->conversion_time[i] - d->click_time[i];
        times->first = fmin(times->first, d->click_time[i]);
        times->last = fmax(times->last, d->click_time[i]);
        if (!log->conversion[i])
            continue;
        times->conversions++;
        times->longest = fmax(times->longest, delay);
        for (int k = 0; k < SHOWN_DELAYS; k++)
            times->within[k] += delay <= shown_delays[k].days;
    }
}

static void print_holding(const Holding *h)
{
    printf("%s: layout %s\n", h->path, h->layout);
    print_parts(h);
    printf("\n  %-20s %-12s %11s %11s %12s %12s %12s %12s\n", "column", "kind", "values", "missing", "low",
           "high", "mean", "sd");
    print_categorical(h);
    print_dense(h);
    if (h->published)
        print_published(h);
    print_test(h);
    if (h->logged && h->logged->rows > 1)
        print_logged(h->logged);
    if (h->times)
        print_times(h->times);
    for (int field = FIELD_USER; field <= FIELD_ITEM; field++)
        if (h->side[field])
            printf("  %s: joined by %s; %zu rows are of none of its %ss, and miss its columns\n",
                   h->side[field], h->schema.name[field], h->sideless[field], h->schema.name[field]);
    if (h->pairs)
        print_pairs(h);
    if (h->guessed[0])
        printf("  columns taken by their usual names: %s\n", h->guessed);
    if (h->unread_files[0])
        printf("  files not read: %s\n", h->unread_files);
    if (h->unread[0])
        printf("  not read: %s\n", h->unread);
    if (h->unclicked)
        printf("  %zu conversions without a click are no labels: not counted\n", h->unclicked);
    if (h->seconds > 0)
        (void)fprintf(stderr, "%s: %.1f MB in %.2f s, %.0f MB/s\n", h->path, h->megabytes, h->seconds,
                      h->megabytes / h->seconds);
}

static Status logged_add(LoggedClicks *logged, const RowBlock *block, Message *message)
{
    for (size_t i = 0; i < block->log.x.rows; i++) {
        if (block->part[i] != PART_LOG)
            continue;
        if (logged->rows == logged->room) {
            const size_t room = logged->room ? 2 * logged->room : READER_BLOCK;
            float *p = reallocarray(logged->p, room, sizeof *p);
            logged->p = p ? p : logged->p;
            uint8_t *click = realloc(logged->click, room);
            logged->click = click ? click : logged->click;
            if (!p || !click)
                return fail_memory(message, "the propensities");
            logged->room = room;
        }
        logged->p[logged->rows] = block->propensity[i];
        logged->click[logged->rows++] = block->log.click[i];
    }
    return STATUS_OK;
}

/* What is counted of rows, besides what is counted of all data; NULL where there is no such thing. */
typedef struct RowCounts {
    PairCounts *pairs; /* by part */
    LoggedClicks *logged;
    TimeCounts *times;
    ClickTimes *clicks; /* whose conversions are within a window */
    double window;
} RowCounts;

static Status count_rows(Reader *reader, ColumnCounts *counts, const RowCounts *of_rows, Message *message)
{
    RowBlock *block;
    Status status = row_block_create(&block, reader, message);
    if (status)
        return status;
    do {
        status = reader_next(reader, block, message);
        if (!status && of_rows->pairs)
            status = pair_counts_add(of_rows->pairs, block, message);
        if (!status && of_rows->logged)
            status = logged_add(of_rows->logged, block, message);
        if (!status && of_rows->times)
            times_add(of_rows->times, &block->log);
        if (!status && of_rows->clicks)
            status = click_times_add(of_rows->clicks, &block->log, of_rows->window, message);
        if (!status)
            column_counts_add(counts, &block->log, block->part, PART_LOG);
    } while (!status && block->log.x.rows);
    row_block_free(block);
    return status;
}

static Status no_times(const char *path, Message *message)
{
    return fail(
        message, STATUS_USAGE,
        "%s: --plot: found a log without times; expected columns.click_time and columns.conversion_time",
        path);
}

static Status show_rows(const Layout *layout, const char *path, const DataCommand *command, Message *message)
{
    const ReaderOptions *options = &command->spec->reader;
    Reader *reader;
    ColumnCounts counts = {0};
    PairCounts pairs[PARTS] = {0};
    LoggedClicks logged = {0};
    TimeCounts times = {.first = INFINITY, .last = -INFINITY};
    ClickTimes clicks = {0};
    double start = clock_seconds();
    Status status = reader_open(&reader, layout, path, options, message);
    if (status)
        return status;
    if (command->figures.directory && !reader_has_delays(reader)) {
        reader_close(reader);
        return no_times(path, message);
    }
    Holding holding = {.path = path,
                       .layout = layout_name(layout),
                       .published = layout_published(layout),
                       .missing_ids = true,
                       .hashed = options->buckets > 0,
                       .counts = &counts,
                       .pairs = layout_is_matrix(layout) ? pairs : NULL,
                       .logged = &logged,
                       .times = reader_has_delays(reader) ? &times : NULL,
                       .unread = reader_unread(reader),
                       .guessed = reader_guessed(reader),
                       .unread_files = reader_unread_files(reader),
                       .megabytes = (double)reader_bytes(reader) / 1e6};
    reader_schema(reader, &holding.schema);
    status = column_counts_create(&counts, &holding.schema, message);
    if (!status)
        status = count_rows(reader, &counts,
                            &(RowCounts){holding.pairs, reader_has_propensity(reader) ? &logged : NULL,
                                         reader_has_delays(reader) ? &times : NULL,
                                         command->figures.directory ? &clicks : NULL,
                                         command->spec->window > 0 ? command->spec->window : INFINITY},
                            message);
    if (!status) {
        reader_schema(reader, &holding.schema);
        holding.unclicked = reader_unclicked(reader);
        for (int field = FIELD_USER; field <= FIELD_ITEM; field++)
            holding.side[field] = reader_side(reader, field, &holding.sideless[field]);
        holding.seconds = clock_seconds() - start;
        print_holding(&holding);
        if (command->figures.directory)
            status = delay_figures_log(&command->figures, command->spec, path, &clicks, message);
    }
    click_times_free(&clicks);
    pair_counts_free(pairs);
    free(logged.p);
    free(logged.click);
    column_counts_free(&counts);
    reader_close(reader);
    return status;
}

/* A layout that has no reader of rows is loaded whole, and no part of it set aside as the unbiased sample. */
static Status show_whole(const Layout *layout, const char *path, const DataCommand *command, Message *message)
{
    const StreamKey key = {.setting = ""};
    RealData data;
    ColumnCounts counts = {0};
    if (command->figures.directory)
        return no_times(path, message);
    Status status =
        load_real_data(&data, layout, path, &(LoadOptions){.reader = command->spec->reader}, &key, message);
    if (status)
        return status;
    Holding holding = {.path = path,
                       .layout = layout_name(layout),
                       .published = layout_published(layout),
                       .counts = &counts,
                       .schema = data.log.x.schema,
                       .unread = "",
                       .guessed = "",
                       .unread_files = ""};
    status = column_counts_create(&counts, &holding.schema, message);
    if (!status) {
        column_counts_add(&counts, &data.log, NULL, PART_LOG);
        column_counts_add(&counts, &data.test, NULL, PART_UNBIASED);
        print_holding(&holding);
    }
    column_counts_free(&counts);
    real_data_free(&data);
    return status;
}

static Status no_layout(const char *path, Message *message)
{
    FILE *file = fopen(path, "r");
    if (!file)
        return fail(message, STATUS_FAILED, "cannot read %s: %s", path, strerror(errno));
    (void)fclose(file);
    return fail(message, STATUS_USAGE, "%s: found no files of a known layout; expected one of --layout",
                path);
}

static Status show(const char *path, const DataCommand *command, Message *message)
{
    const char *name = command->layout;
    const Layout *layout = name ? layout_find(name) : layout_recognise(path, &command->spec->reader);
    if (!layout)
        return name ? layout_unknown(name, "--layout", message) : no_layout(path, message);
    return layout_is_read_whole(layout) ? show_whole(layout, path, command, message)
                                        : show_rows(layout, path, command, message);
}

/* What share of the conversions of a world's first log comes by when, and what share does in expectation: the
 * truth of the clicked rows. */
static Status show_delays(const DataCommand *command, const Setting *setting, const World *world,
                          Message *message)
{
    const Spec *spec = &setting->spec;
    const StreamKey key = {
        .seed = (uint64_t)spec->seed, .setting = setting->log, .world = (uint32_t)spec_world_number(spec, 0)};
    TimeCounts times = {.first = HUGE_VAL, .last = -HUGE_VAL};
    double converts = 0, within[SHOWN_DELAYS] = {0};
    Log log;
    Truth truth;
    Status status =
        world_draw(world, &(ExposureDraw){&key, "log", SAMPLE_EXPOSURES, (size_t)spec->log_size, 0}, &log,
                   &truth, message);
    if (status)
        return status;
    times_add(&times, &log);
    for (size_t i = 0; i < log.x.rows; i++)
        for (int k = 0; log.click[i] && k < SHOWN_DELAYS; k++) {
            const DelayState state = delay_state_at(&truth, i, shown_delays[k].days, true);
            within[k] += state.rate * state.seen;
            converts += k == 0 ? state.rate : 0;
        }
    printf("    %zu conversions of its first log%s", times.conversions, times.conversions ? ", within" : "");
    for (int k = 0; times.conversions && k < SHOWN_DELAYS; k++)
        printf("%s %s %.4f (truth %.4f)", k ? "," : "", shown_delays[k].text,
               (double)times.within[k] / (double)times.conversions, within[k] / converts);
    puts("");
    if (command->figures.directory)
        status = delay_figures_world(&command->figures, setting, &log, &truth, message);
    log_free(&log);
    truth_free(&truth);
    return status;
}

/* The first world of a setting: its rates, those of clicks, and what clicks cannot tell. */
static Status show_world(const DataCommand *command, const Setting *setting, Message *message)
{
    World *world;
    HiddenOdds odds;
    const Spec *spec = &setting->spec;
    Status status =
        world_create(&world, &spec->world, (uint64_t)spec->seed, spec_world_number(spec, 0), message);
    if (status)
        return status;
    status = world_hidden_odds(world, &odds, message);
    if (!status)
        printf("  %10.6g %10.6g %14.6f %8.3f %8.3f %8.3f %12.4f %8.4f  %s\n", spec->world.ctr,
               spec->world.cvr, odds.clicked_cvr, world_click_confounding(world),
               world_conversion_confounding(world), spec->world.delta, odds.mean_log, exp(odds.mean_log),
               setting->text);
    if (!status && spec->world.delay.days > 0)
        status = show_delays(command, setting, world, message);
    else if (!status && command->figures.directory)
        status = fail(message, STATUS_USAGE, "%s: --plot: found delay.days: 0; expected a world with delays",
                      spec->name);
    world_free(world);
    return status;
}

/* The worlds that an experiment draws its logs from. */
static Status show_spec(const char *path, const DataCommand *command, Message *message)
{
    Settings settings;
    Spec *spec = malloc(sizeof *spec);
    Setting *setting = malloc(sizeof *setting);
    Status status =
        spec && setting ? spec_read(spec, NULL, path, message) : fail_memory(message, "an experiment");
    if (!status && spec->layout)
        status = fail(message, STATUS_USAGE,
                      "%s: its data.source is no simulated world; expected the files of the data themselves",
                      path);
    if (!status)
        status = settings_create(&settings, spec, message);
    if (!status)
        printf("%s: %lld exposures a log, of simulated worlds (the first of each setting)\n  %10s %10s %14s "
               "%8s %8s "
               "%8s %12s %8s  setting\n",
               path, (long long)spec->log_size, "click rate", "CVR", "CVR of clicks", "gamma_o", "gamma_r",
               "delta", "log Gamma", "Gamma");
    for (int i = 0; !status && i < settings.count; i++) {
        status = settings_make(&settings, i, setting, message);
        if (!status)
            status = show_world(command, setting, message);
    }
    free(setting);
    free(spec);
    return status;
}

static bool is_spec(const char *path)
{
    const size_t length = strlen(path);
    return length > 5 && !strcmp(path + length - 5, ".yaml");
}

static void print_layouts(char *text, size_t size)
{
    size_t used =
        (size_t)snprintf(text, size,
                         "Prints what files of real data hold: rows, clicks, conversions and "
                         "columns. FILE is a file, or a folder where the\n"
                         "layout is several files. Of an experiment file (.yaml) of simulated worlds it "
                         "prints their rates and Gamma:\nhow much higher the odds of a conversion are "
                         "among the clicked than among the not clicked that look\nthe same (1: clicks "
                         "are missing at random). Layouts, recognised by names and first line:\n");
    for (const Layout *const *layout = layout_table; *layout && used < size; layout++)
        used += (size_t)snprintf(text + used, size - used, "\n  %-10s %s", layout_name(*layout),
                                 layout_files(*layout));
}

int cmd_data(int argc, char **argv)
{
    char summary[4096], known_formats[64];
    DataCommand command = {.figures = {.formats = "svg,png"}};
    const char *paper = NULL;
    OptionList set = {0};
    int first;
    figure_format_names(known_formats, sizeof known_formats);
    const Option options[] = {
        {"layout", 'l', OPTION_TEXT, "NAME", "read them in this layout", &command.layout},
        {"set", 's', OPTION_LIST, "KEY=VALUE", "set a key data.* or columns.*; may be repeated", &set},
        {"plot", 'p', OPTION_TEXT, "DIR",
         "draw when conversions come, and what clicks of each age are known to have, into this folder",
         &command.figures.directory},
        {"format", 'f', OPTION_TEXT, known_formats, "of the figures, comma-separated (default svg,png)",
         &command.figures.formats},
        {"paper", 0, OPTION_TEXT, "PAPER", "fit figures into a column of this; see `cvrlab plot --help`",
         &paper},
        {0},
    };
    print_layouts(summary, sizeof summary);
    const Usage usage = {argv[0], "FILE...", summary, options, 1, INT_MAX};
    CliNext next = cli_options(&usage, argc, argv, &first);
    if (next)
        return cli_exit(next);

    Message message = {{0}};
    Spec *spec = malloc(sizeof *spec);
    if (!spec)
        return cli_report(fail_memory(&message, "the options"), &message);
    spec_defaults(spec);
    command.spec = spec;
    Status status = delay_figures_check(&command.figures, &message);
    if (!status && paper)
        status = paper_find(paper, &command.figures.paper, &message);
    for (int i = 0; i < set.values && !status; i++)
        status = spec_assign(spec, set.value[i], "--set", &message);
    for (int i = first; i < argc && !status; i++) {
        if (i > first)
            puts("");
        status =
            is_spec(argv[i]) ? show_spec(argv[i], &command, &message) : show(argv[i], &command, &message);
    }
    free(spec);
    return cli_report(status, &message);
}
