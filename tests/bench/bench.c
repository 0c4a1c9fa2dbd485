/* Speed of training steps, of generation, of the risk layer and of reading logs, for `make bench`
 * (tests/bench/bench.sh), which runs a PyTorch program of the same shapes beside it. Lines of "name value
 * unit" on standard output.
 *
 *   bench [--quick] [NAME...]  everything, or what is named; --quick repeats less
 *   bench --command CMD...     runs a command: its wall clock and its peak memory */
#include "estimators/core/train.h"
#include "estimators/nn/ops.h"
#include "experiments/risk/risk.h"
#include "results/summary/summary_read.h"
#include "sim/base/clock.h"
#include "sim/data/load.h"
#include "sim/data/records.h"
#include "sim/world/world.h"
#include "tests/bench/peak.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST_REPETITIONS = 15 };

static void print(const char *name, const char *what, double value, const char *unit)
{
    char full[64];
    snprintf(full, sizeof full, "%s.%s", name, what);
    printf("%-32s %14.6g %s\n", full, value, unit);
    (void)fflush(stdout);
}

/* Anything that goes wrong here is a fault of the program or of the machine: say it and stop. */
static void check(Status status, const Message *message)
{
    if (!status)
        return;
    (void)fprintf(stderr, "bench: %s\n", message->text);
    exit(STATUS_FAILED);
}

/* The shape of a log and how it is trained on. */
typedef struct Training {
    const char *method;
    uint32_t users, items;
    int dense, rows;
    double ctr, cvr;
    bool propensity; /* given; else learned */
    EstimatorOptions options;
} Training;

/* Random features and labels: the time of a step does not depend on what there is to learn. With propensities
 * given, the log is the full matrix of users and items. */
static void draw_log(const Training *t, Log *log)
{
    Message message = {""};
    Schema schema = {.categorical = 2, .name = {"user", "item"}, .cardinality = {t->users, t->items}};
    schema.dense = t->dense;
    check(log_create(log, &schema, (size_t)t->rows, &message), &message);
    log->propensity = t->propensity ? malloc((size_t)t->rows * sizeof *log->propensity) : NULL;
    gsl_rng *random = stream_open(&(StreamKey){.setting = ""}, "bench");
    if (!random || (t->propensity && !log->propensity))
        check(fail_memory(&message, "the log"), &message);
    for (size_t i = 0; i < (size_t)t->rows; i++) {
        log->x.id[2 * i] =
            t->propensity ? (uint32_t)i / t->items : (uint32_t)gsl_rng_uniform_int(random, t->users);
        log->x.id[2 * i + 1] =
            t->propensity ? (uint32_t)i % t->items : (uint32_t)gsl_rng_uniform_int(random, t->items);
        for (int d = 0; d < t->dense; d++)
            log->x.dense[i * (size_t)t->dense + (size_t)d] = (float)gsl_ran_gaussian_ziggurat(random, 1);
        log->click[i] = gsl_rng_uniform(random) < t->ctr;
        log->conversion[i] = log->click[i] && gsl_rng_uniform(random) < t->cvr;
        if (t->propensity)
            log->propensity[i] = (float)(0.05 + 0.5 * gsl_rng_uniform(random));
    }
    gsl_rng_free(random);
}

/* Seconds of processor time for a step, in which other programs do not count: one training to warm up, then
 * the median of several. */
static double time_training(const Training *t, int repetitions)
{
    Message message = {""};
    Log log;
    Method method;
    Fit *fit;
    FitReport report;
    double seconds[MOST_REPETITIONS];
    draw_log(t, &log);
    TrainingData data = {.log = &log};
    StreamKey key = {.setting = ""};
    check(method_find(t->method, &method, &message), &message);
    check(fit_create(&fit, &(FitSetup){.method = &method, .options = &t->options, .data = &data, .key = &key},
                     &message),
          &message);
    check(fit_train(fit, &report, &message), &message);
    for (int k = 0; k < repetitions; k++) {
        check(fit_train(fit, &report, &message), &message);
        if (report.diverged)
            check(fail(&message, STATUS_FAILED, "%s diverged", t->method), &message);
        seconds[k] = report.seconds / (double)report.steps;
    }
    fit_free(fit);
    log_free(&log);
    gsl_sort(seconds, 1, (size_t)repetitions);
    return gsl_stats_median_from_sorted_data(seconds, 1, (size_t)repetitions);
}

/* One tower of the trainings below on the tape, forward and backward, and the operations of its layers: a
 * gradient of the inputs of the first is wanted for the embeddings alone. */
typedef struct Tower {
    Tape *tape;
    Var loss;
    float *memory, *next;
} Tower;

enum { TOWER_ROWS = 1024, TOWER_LAYERS = 3, TOWER_EMBEDDED = 32 };
static const int tower_width[TOWER_LAYERS + 1] = {48, 64, 32, 1};

static Var tower_leaf(Tower *t, int rows, int cols, bool moves)
{
    const int size = (rows * cols + 15) / 16 * 16; /* whole cache lines, as in a net */
    float *value = t->next, *grad = moves ? value + size : NULL;
    t->next += 2 * size;
    return tape_leaf(t->tape, rows, cols, value, grad);
}

static void tower_step(void *argument)
{
    Tower *t = argument;
    t->next = t->memory;
    tape_reset(t->tape);
    Var inputs = tower_leaf(t, TOWER_ROWS, tower_width[0], true);
    Var x =
        tape_node(t->tape, TOWER_ROWS, tower_width[0], inputs, NULL, NULL, NULL); /* as embed() makes one */
    x->value = inputs->value;
    x->grad_cols = TOWER_EMBEDDED;
    for (int l = 0; l < TOWER_LAYERS; l++) {
        int in = tower_width[l], out = tower_width[l + 1];
        x = linear(x, tower_leaf(t, in, out, true), tower_leaf(t, 1, out, true), l + 1 < TOWER_LAYERS);
    }
    t->loss = sum(x);
}

static void tower_back(void *argument)
{
    const Tower *t = argument;
    tape_backward(t->tape, t->loss);
}

static double tower_layers_operations(void)
{
    double operations = 0;
    for (int l = 0; l < TOWER_LAYERS; l++)
        operations += 2.0 * TOWER_ROWS * tower_width[l + 1] *
                      (2 * tower_width[l] + (l ? tower_width[l] : TOWER_EMBEDDED));
    return operations;
}

/* The rate of the dense layers beside that of multiply-adds alone, which take turns: the processor's clock is
 * the same for both. Here and there a turn is disturbed: medians. */
static void bench_dense(const char *name, int repetitions)
{
    enum { TURNS = 20000, MOST_TURNS = 60 * MOST_REPETITIONS, FLOATS = 1 << 18 };
    static double rate[MOST_TURNS], peak[MOST_TURNS], share[MOST_TURNS];
    Message message = {""};
    Tower tower = {.memory = aligned_alloc(64, FLOATS * sizeof(float))};
    float sink = 0.999F;
    check(tape_create(&tower.tape, &message), &message);
    if (!tower.memory)
        check(fail_memory(&message, "a tower"), &message);
    for (int i = 0; i < FLOATS; i++)
        tower.memory[i] = (float)(i * 7 % 17 - 8) / 64;
    int turns = 60 * repetitions;
    for (int k = 0; k < turns; k++) {
        double start = clock_seconds(), operations = peak_kernels()->multiply_adds(TURNS, &sink);
        peak[k] = 1e-9 * operations / (clock_seconds() - start);
        start = clock_seconds();
        if (!tape_run(tower.tape, tower_step, &tower) || !tape_run(tower.tape, tower_back, &tower))
            check(fail(&message, STATUS_FAILED, "a tower is too large"), &message);
        rate[k] = 1e-9 * tower_layers_operations() / (clock_seconds() - start);
        share[k] = 100 * rate[k] / peak[k];
    }
    size_t n = (size_t)turns;
    print(name, "peak", gsl_stats_median(peak, 1, n), "GF/s");
    print(name, "rate", gsl_stats_median(rate, 1, n), "GF/s");
    print(name, "share", gsl_stats_median(share, 1, n), "%_of_peak");
    free(tower.memory);
    tape_free(tower.tape);
}

/* What the peer computes in the dense layers of a step: a layer of k inputs and n outputs takes 2 m n k
 * operations forward, and as many again for each of the gradients of its weights and of its inputs. Counted
 * is every head on every row. Here heads may run on fewer rows and still give the same gradients, so this is
 * useful work, whose rate compares with the peer's, and not what the processor did. */
static double tower_operations(const Training *t)
{
    const ModelOptions *model = &t->options.model;
    double operations = 0;
    int inputs = 2 * model->embedding + t->dense, heads = 3;
    for (int l = 0; l <= model->layers; l++) {
        int outputs = l < model->layers ? model->width[l] : 1;
        operations += 2.0 * inputs * outputs;
        inputs = outputs;
    }
    return 3 * heads * operations * t->options.train.batch;
}

/* escm2_dr on three towers; the shapes of peer.py. */
static void bench_towers(const char *name, uint32_t users, uint32_t items, int repetitions)
{
    Training t = {.method = "towers+escm2_dr",
                  .users = users,
                  .items = items,
                  .dense = 16,
                  .rows = 200000,
                  .ctr = 0.1,
                  .cvr = 0.2};
    t.options.model = (ModelOptions){.embedding = 16, .layers = 2, .width = {64, 32}, .init = 0.05};
    t.options.train = (TrainOptions){.epochs = 1, .batch = 1024, .learning_rate = 1e-3, .clip = 0.02};
    t.options.train.batch_unbiased = 1;
    t.options.constant[0] = 0.1; /* lambda_c */
    t.options.constant[1] = 1;   /* lambda_g */
    double seconds = time_training(&t, repetitions);
    print(name, "step", 1e3 * seconds, "ms");
    print(name, "rows", t.options.train.batch / seconds, "rows/s");
    print(name, "work", 1e-9 * tower_operations(&t) / seconds, "GF/s");
}

/* dr_jl by matrix factorisation; the shapes of peer.py. */
static void bench_factorisation(const char *name, int repetitions)
{
    Training t = {.method = "mf+dr_jl", .users = 290, .items = 300, .rows = 290 * 300, .propensity = true};
    t.ctr = 6960.0 / t.rows;
    t.cvr = 0.3;
    t.options.model = (ModelOptions){.embedding = 4, .init = 0.05};
    t.options.train = (TrainOptions){.epochs = 20, .batch = 128, .learning_rate = 0.01, .l2 = 1e-4};
    t.options.train.clip = 0.02;
    t.options.train.draw = DRAW_CLICKS;
    t.options.train.batch_unbiased = 1;
    print(name, "step", 1e3 * time_training(&t, repetitions), "ms");
}

/* Exposures a second, into a log that is there already. */
static double time_generation(const World *world, bool with_truth, int repetitions)
{
    enum { ROWS = 50000 };
    Message message = {""};
    Log log;
    Truth truth;
    Generator *generator;
    double seconds[MOST_REPETITIONS];
    StreamKey key = {.setting = ""};
    check(log_create(&log, world_schema(world), ROWS, &message), &message);
    check(truth_create(&truth, ROWS, &message), &message);
    check(generator_open(&generator, world, &key, "bench", SAMPLE_EXPOSURES, &message), &message);
    generator_next(generator, &log, with_truth ? &truth : NULL);
    for (int k = 0; k < repetitions; k++) {
        double start = clock_seconds();
        generator_next(generator, &log, with_truth ? &truth : NULL);
        seconds[k] = clock_seconds() - start;
    }
    generator_close(generator);
    truth_free(&truth);
    log_free(&log);
    gsl_sort(seconds, 1, (size_t)repetitions);
    return ROWS / gsl_stats_median_from_sorted_data(seconds, 1, (size_t)repetitions);
}

/* The default world, and with a hidden confounder, over which truth takes an integral. */
static void bench_generation(const char *name, double gamma, int repetitions)
{
    Message message = {""};
    World *world;
    WorldOptions options = {.users = 500,
                            .items = 200,
                            .segments = 8,
                            .categories = 10,
                            .latent = 4,
                            .context = 4,
                            .item_zipf = 1,
                            .feature_noise = 0.5,
                            .shape = SHAPE_NETWORK,
                            .dependence = 0.5,
                            .sigma_o = 1,
                            .sigma_r = 1,
                            .gamma_o = gamma,
                            .gamma_r = gamma,
                            .ctr = 0.1,
                            .cvr = 0.2};
    double start = clock_seconds();
    check(world_create(&world, &options, 1, 0, &message), &message);
    print(name, "create", 1e3 * (clock_seconds() - start), "ms");
    print(name, "log", time_generation(world, false, repetitions), "exposures/s");
    print(name, "truth", time_generation(world, true, repetitions), "exposures/s");
    world_free(world);
}

/* Redraws by one thread, of all risk estimators at once that are made of the common sums. */
static void bench_risk(const char *name, int repetitions)
{
    enum { ROWS = 200000, REDRAWS = 64, MOST = 16, COLUMNS = 4 };
    Message message = {""};
    double seconds[MOST_REPETITIONS];
    const RiskEstimator *estimator[MOST];
    int estimators = 0;
    for (const RiskEstimator *e = risk_estimator_table; e->name && estimators < MOST; e++)
        if (e->value)
            estimator[estimators++] = e;
    double *column = malloc(COLUMNS * ROWS * sizeof *column),
           *estimate = malloc(MOST * REDRAWS * sizeof *estimate);
    gsl_rng *random = stream_open(&(StreamKey){.setting = ""}, "bench");
    if (!column || !estimate || !random)
        check(fail_memory(&message, "the exposures"), &message);
    for (int i = 0; i < COLUMNS * ROWS; i++)
        column[i] = gsl_ran_flat(random, 0.05, 0.35);
    const RiskCase c = {.rows = ROWS,
                        .p = column,
                        .p_hat = column + ROWS,
                        .e = column + 2 * ROWS,
                        .e_hat = column + 3 * ROWS};
    for (int k = 0; k < repetitions; k++) {
        double start = clock_seconds();
        check(risk_redraw(
                  &(RiskRedraw){&c, estimator, estimators, &(StreamKey){.setting = ""}, REDRAWS, 1, estimate},
                  &message),
              &message);
        seconds[k] = clock_seconds() - start;
    }
    gsl_sort(seconds, 1, (size_t)repetitions);
    print(name, "redraw",
          (double)ROWS * REDRAWS / gsl_stats_median_from_sorted_data(seconds, 1, (size_t)repetitions),
          "exposures/s");
    gsl_rng_free(random);
    free(column);
    free(estimate);
}

/* A log of 10^6 rows, 100,000 users and 20,000 items. */
static void write_csv(const char *path, Message *message)
{
    enum { ROWS = 1000000, USERS = 100000, ITEMS = 20000 };
    FILE *file = fopen(path, "w");
    gsl_rng *random = stream_open(&(StreamKey){.setting = ""}, "csv");
    if (!file || !random)
        check(fail(message, STATUS_FAILED, "cannot write %s", path), message);
    fputs("user,item,click,conversion,hour,price,score\n", file);
    for (int i = 0; i < ROWS; i++) {
        int click = gsl_rng_uniform(random) < 0.2;
        fprintf(file, "%lu,%lu,%d,%d,%lu,%.2f,%.6f\n", gsl_rng_uniform_int(random, USERS),
                gsl_rng_uniform_int(random, ITEMS), click, click && gsl_rng_uniform(random) < 0.25,
                gsl_rng_uniform_int(random, 24), gsl_ran_flat(random, 0, 500), gsl_rng_uniform(random));
    }
    gsl_rng_free(random);
    if (fclose(file))
        check(fail(message, STATUS_FAILED, "cannot write %s", path), message);
}

/* Seconds to split a file into cells. */
static double time_scan(const char *path, Message *message)
{
    static Records records;
    double start = clock_seconds();
    check(records_open(&records, path, ',', message), message);
    do
        check(records_next(&records, message), message);
    while (records.cells);
    records_close(&records);
    return clock_seconds() - start;
}

/* Seconds to read its rows; *megabytes of them. */
static double time_rows(const char *path, int64_t buckets, double *megabytes, Message *message)
{
    const ReaderOptions options = {.columns = {.categorical = "hour", .dense = "price,score"},
                                   .buckets = buckets};
    Reader *reader;
    RowBlock *block;
    double start = clock_seconds();
    check(reader_open(&reader, layout_find("csv"), path, &options, message), message);
    check(row_block_create(&block, reader, message), message);
    do
        check(reader_next(reader, block, message), message);
    while (block->log.x.rows);
    *megabytes = (double)reader_bytes(reader) / 1e6;
    row_block_free(block);
    reader_close(reader);
    return clock_seconds() - start;
}

/* Seconds to load them as a log. */
static double time_load(const char *path, Message *message)
{
    const LoadOptions options = {.reader = {.columns = {.categorical = "hour", .dense = "price,score"}},
                                 .test_optional = true};
    const StreamKey key = {.setting = ""};
    RealData data;
    double start = clock_seconds();
    check(load_real_data(&data, layout_find("csv"), path, &options, &key, message), message);
    const double seconds = clock_seconds() - start;
    real_data_free(&data);
    return seconds;
}

/* From a file that the system has in memory: cells alone, rows with an id for each value, rows with hashed
 * ids, and a log of them. The fastest counts. */
static void bench_reader(const char *name, int repetitions)
{
    char path[] = "/tmp/cvrlab-bench-XXXXXX";
    int file = mkstemp(path);
    Message message = {""};
    double scan = HUGE_VAL, rows = HUGE_VAL, hashed = HUGE_VAL, load = HUGE_VAL, megabytes = 0;
    if (file < 0 || close(file))
        check(fail(&message, STATUS_FAILED, "cannot write %s", path), &message);
    write_csv(path, &message);
    for (int k = 0; k < repetitions; k++) {
        scan = fmin(scan, time_scan(path, &message));
        rows = fmin(rows, time_rows(path, 0, &megabytes, &message));
        hashed = fmin(hashed, time_rows(path, 1 << 16, &megabytes, &message));
        load = fmin(load, time_load(path, &message));
    }
    (void)unlink(path);
    print(name, "scan", megabytes / scan, "MB/s");
    print(name, "rows", megabytes / rows, "MB/s");
    print(name, "rows_hashed", megabytes / hashed, "MB/s");
    print(name, "load", megabytes / load, "MB/s");
}

/* Rows of the store that `bench_store` fills: settings x estimators x replicates, each unit with predictions
 * of 50 test exposures and as many metrics as an experiment has. */
enum {
    STORE_SETTINGS = 200,
    STORE_ESTIMATORS = 10,
    STORE_REPLICATES = 50,
    STORE_ROWS = 50,
    STORE_METRICS = 60
};

static void register_experiment(Store *store, char setting[][32], Message *message)
{
    static char name[STORE_ESTIMATORS][16];
    double p[STORE_ROWS];
    uint8_t click[STORE_ROWS] = {0};
    MethodRow method[STORE_ESTIMATORS] = {0};
    Fingerprint fingerprint = {0};
    for (int e = 0; e < STORE_ESTIMATORS; e++) {
        snprintf(name[e], sizeof name[e], "estimator_%d", e);
        method[e].name = name[e];
    }
    for (int i = 0; i < STORE_ROWS; i++)
        p[i] = (i + 0.5) / STORE_ROWS;
    const ExperimentRow experiment = {.name = "bench",
                                      .question = "",
                                      .spec = "",
                                      .fingerprint = &fingerprint,
                                      .baseline = "estimator_0",
                                      .method = method,
                                      .methods = STORE_ESTIMATORS,
                                      .shown = "",
                                      .version = "",
                                      .libraries = "",
                                      .host = ""};
    check(store_experiment(store, &experiment, message), message);
    for (int s = 0; s < STORE_SETTINGS; s++) {
        snprintf(setting[s], sizeof setting[s], "world.ctr=%g", (s + 1) / 1000.0);
        check(store_setting(store, &(SettingRow){.experiment = "bench", .setting = setting[s], .position = s},
                            message),
              message);
        check(store_test_set(store, "bench", setting[s], 0, &(TestSet){STORE_ROWS, p, p, p, click}, message),
              message);
    }
}

static void write_unit(Store *store, const char *setting, int estimator, int replicate, Message *message)
{
    static const char *const space[] = {"D", "O", "N"}, *const task[] = {"cvr", "ctr"};
    static char metric_name[10][16];
    char name[16];
    float prediction[STORE_ROWS];
    MetricRow metric[STORE_METRICS];
    for (int i = 0; i < STORE_ROWS; i++)
        prediction[i] = (float)(i + replicate % 7) / (STORE_ROWS + 10);
    for (int i = 0; i < STORE_METRICS; i++) {
        snprintf(metric_name[i % 10], sizeof metric_name[0], "metric_%d", i % 10);
        metric[i] =
            (MetricRow){space[i / 10 % 3], task[i / 30], metric_name[i % 10], replicate + 0.1 * i, NULL};
    }
    snprintf(name, sizeof name, "estimator_%d", estimator);
    check(store_run(store,
                    &(RunRow){.experiment = "bench",
                              .setting = setting,
                              .estimator = name,
                              .replicate = replicate,
                              .status = "done",
                              .seconds = 0.1,
                              .steps = 100,
                              .prediction = prediction,
                              .rows = STORE_ROWS,
                              .metric = metric,
                              .metrics = STORE_METRICS},
                    message),
          message);
}

static double file_bytes(const char *path)
{
    struct stat file;
    return stat(path, &file) ? 0 : (double)file.st_size;
}

/* Seconds to read all that a table is made of. */
static double time_results(const char *path, Message *message)
{
    StoreResults results;
    double start = clock_seconds();
    check(results_open(&results, path, message), message);
    results_close(&results);
    return clock_seconds() - start;
}

/* A store of 10^5 small units: writing them one by one in the order in which a run takes them, which is that
 * of settings, then replicates, then estimators; what they take; and reading it, with all summaries to be
 * made, with none, and with those of one more unit. */
static void bench_store(const char *name, int repetitions)
{
    enum { UNITS = STORE_SETTINGS * STORE_ESTIMATORS * STORE_REPLICATES };
    static char setting[STORE_SETTINGS][32];
    char folder[] = "/tmp/cvrlab-bench-XXXXXX", path[64];
    Message message = {""};
    Store *store;
    (void)repetitions;
    if (!mkdtemp(folder))
        check(fail(&message, STATUS_FAILED, "cannot make %s", folder), &message);
    snprintf(path, sizeof path, "%s/bench.db", folder);
    check(store_open(&store, path, STORE_WRITE, &message), &message);
    register_experiment(store, setting, &message);
    double start = clock_seconds();
    for (int s = 0; s < STORE_SETTINGS; s++)
        for (int unit = 0; unit < STORE_REPLICATES * STORE_ESTIMATORS; unit++)
            write_unit(store, setting[s], unit % STORE_ESTIMATORS, unit / STORE_ESTIMATORS, &message);
    print(name, "write", UNITS / (clock_seconds() - start), "units/s");
    store_close(store);
    print(name, "size", file_bytes(path) / UNITS - STORE_ROWS * (double)sizeof(float), "B/unit");
    print(name, "summarise", time_results(path, &message), "s");
    print(name, "table", time_results(path, &message), "s");
    check(store_open(&store, path, STORE_WRITE, &message), &message);
    write_unit(store, setting[17], 3, STORE_REPLICATES, &message);
    store_close(store);
    print(name, "one_more", time_results(path, &message), "s");
    (void)unlink(path);
    (void)rmdir(folder);
}

/* Runs a command with its standard output thrown away. */
static int bench_command(char **command)
{
    double start = clock_seconds();
    pid_t child = fork();
    if (child == 0) {
        if (freopen("/dev/null", "w", stdout))
            execvp(command[0], command);
        _exit(127);
    }
    int state;
    struct rusage usage;
    if (child < 0 || wait4(child, &state, 0, &usage) != child || !WIFEXITED(state) || WEXITSTATUS(state)) {
        (void)fprintf(stderr, "bench: %s failed\n", command[0]);
        return STATUS_FAILED;
    }
    print("command", "wall", clock_seconds() - start, "s");
    print("command", "memory", (double)usage.ru_maxrss / 1024, "MB"); /* Linux counts in kB */
    return STATUS_OK;
}

static void bench_small_towers(const char *name, int repetitions)
{
    bench_towers(name, 5000, 2000, repetitions);
}

static void bench_large_towers(const char *name, int repetitions)
{
    bench_towers(name, 100000, 20000, repetitions);
}

static void bench_world(const char *name, int repetitions)
{
    bench_generation(name, 0, repetitions);
}

static void bench_hidden_world(const char *name, int repetitions)
{
    bench_generation(name, 1, repetitions);
}

static const struct {
    const char *name;
    void (*run)(const char *name, int repetitions);
} bench_table[] = {
    {"dense", bench_dense},
    {"towers", bench_small_towers},
    {"towers_large", bench_large_towers},
    {"factorisation", bench_factorisation},
    {"world", bench_world},
    {"world_hidden", bench_hidden_world},
    {"risk", bench_risk},
    {"reader", bench_reader},
    {"store", bench_store},
};

static bool is_asked(const char *name, int argc, char **argv, int first)
{
    for (int k = first; k < argc; k++)
        if (!strcmp(argv[k], name))
            return true;
    return first == argc;
}

int main(int argc, char **argv)
{
    if (argc > 2 && !strcmp(argv[1], "--command"))
        return bench_command(argv + 2);
    bool quick = argc > 1 && !strcmp(argv[1], "--quick");
    if (argc > 1 && !quick && argv[1][0] == '-') {
        (void)fprintf(stderr, "usage: bench [--quick] [NAME...] | bench --command COMMAND...\n");
        return STATUS_USAGE;
    }
    (void)gsl_set_error_handler_off();
    for (size_t k = 0; k < sizeof bench_table / sizeof *bench_table; k++)
        if (is_asked(bench_table[k].name, argc, argv, quick ? 2 : 1))
            bench_table[k].run(bench_table[k].name, quick ? 3 : 9);
    return STATUS_OK;
}
