/* The table of fields, and finding a row of it. What its columns mean is said at struct Field. */
#include "experiments/spec/fields.h"
#include "sim/base/text.h"

#include <stdio.h>
#include <string.h>

/* Rows of the table. A member must have one of the C types that its field type reads: _Generic refuses
 * others. */
#define MEMBER(member) ((Spec *)0)->member
#define INTEGER(name, member, from, to, value, of)                                                           \
    .key = (name), .type = &integer_type, .offset = offsetof(Spec, member),                                  \
    .size = _Generic(MEMBER(member), int                                                                     \
                     : sizeof(int), int64_t                                                                  \
                     : sizeof(int64_t)),                                                                     \
    .low = (from), .high = (to), .standard = (value), .unit = (of)
#define REAL(name, member, from, to, value, of)                                                              \
    .key = (name), .type = &real_type, .offset = offsetof(Spec, member),                                     \
    .size = _Generic(MEMBER(member), double                                                                  \
                     : sizeof(double)),                                                                      \
    .low = (from), .high = (to), .standard = (value), .unit = (of)
#define REAL_OR_AUTO(name, member, from, to, value, of)                                                      \
    .key = (name), .type = &real_or_auto_type, .offset = offsetof(Spec, member),                             \
    .size = _Generic(MEMBER(member), double                                                                  \
                     : sizeof(double)),                                                                      \
    .low = (from), .high = (to), .standard = (value), .unit = (of)
#define CHOICE(name, member, words, value)                                                                   \
    .key = (name), .type = &choice_type, .offset = offsetof(Spec, member), .size = sizeof(MEMBER(member)),   \
    .choices = (words), .standard = (value), .unit = ""
#define TEXT(name, kind, member, value)                                                                      \
    .key = (name), .type = &(kind), .offset = offsetof(Spec, member),                                        \
    .size = _Generic(&MEMBER(member)[0], char *: sizeof(MEMBER(member))), .standard = (value), .unit = ""
#define LIST(name, kind, items, count, most, value)                                                          \
    .key = (name), .type = &(kind), .offset = offsetof(Spec, items), .size = sizeof(MEMBER(items)[0]),       \
    .count_offset = offsetof(Spec, count), .capacity = (most), .standard = (value), .unit = ""

/* The words of choices, each beside the enumerator that it stands for. */
static const char *const pair_spaces[] = {[PAIRS_ALL] = "all", [PAIRS_TESTED] = "tested", NULL};
static const char *const outcomes[] = {[OUTCOMES_OWN] = "own", [OUTCOMES_FITTED] = "fitted", NULL};
static const char *const delimiters[] = {[DELIMITER_AUTO] = "auto",
                                         [DELIMITER_COMMA] = "comma",
                                         [DELIMITER_TAB] = "tab",
                                         [DELIMITER_SEMICOLON] = "semicolon",
                                         [DELIMITER_BAR] = "bar",
                                         [DELIMITER_COLONS] = "colons",
                                         NULL};
static const char *const time_units[] = {[TIME_SECONDS] = "seconds", [TIME_MILLISECONDS] = "milliseconds",
                                         [TIME_MINUTES] = "minutes", [TIME_HOURS] = "hours",
                                         [TIME_DAYS] = "days",       NULL};
static const char *const bag_separators[] = {
    [BAG_BAR] = "bar",     [BAG_COMMA] = "comma", [BAG_SEMICOLON] = "semicolon",
    [BAG_COLON] = "colon", [BAG_BLANK] = "blank", NULL};
static const char *const test_splits[] = {
    [TEST_BY_ROWS] = "rows", [TEST_BY_USERS] = "users", [TEST_BY_TIME] = "time", NULL};
static const char *const protocols[] = {[MATRIX_LEVELS] = "levels", [MATRIX_POWER] = "power", NULL};
static const char *const shapes[] = {
    [SHAPE_LINEAR] = "linear", [SHAPE_INTERACTION] = "interaction", [SHAPE_NETWORK] = "network", NULL};
static const char *const links[] = {[LINK_LOGIT] = "logit", [LINK_PROBIT] = "probit", NULL};
static const char *const hidden_levels[] = {
    [HIDDEN_EXPOSURE] = "exposure", [HIDDEN_USER] = "user", [HIDDEN_ITEM] = "item", NULL};
static const char *const validation_sources[] = {
    [TUNE_LOG] = "log", [TUNE_UNBIASED] = "unbiased", [TUNE_TRUTH] = "truth", NULL};
static const char *const metric_weights[] = {
    [WEIGHTS_NONE] = "none", [WEIGHTS_LEARNED] = "learned", [WEIGHTS_ORACLE] = "oracle", NULL};
static const char *const propensity_sources[] = {
    [PROPENSITY_LEARNED] = "learned",
    [PROPENSITY_ORACLE] = "oracle",
    [PROPENSITY_FULL] = "full",
    [PROPENSITY_CONSTANT] = "constant",
    [PROPENSITY_OMITTED] = "omitted",
    [PROPENSITY_INVERTED] = "inverted",
    [PROPENSITY_NAIVE_BAYES] = "naive_bayes",
    [PROPENSITY_LOGGED] = "logged",
    NULL,
};
static const char *const imputation_sources[] = {
    [IMPUTATION_LEARNED] = "learned",   [IMPUTATION_OUTCOME] = "outcome",
    [IMPUTATION_ORACLE] = "oracle",     [IMPUTATION_FULL] = "full",
    [IMPUTATION_OBSERVED] = "observed", [IMPUTATION_CONSTANT] = "constant",
    [IMPUTATION_INVERTED] = "inverted", NULL,
};
static const char *const delay_families[] = {
    [DELAY_EXPONENTIAL] = "exponential", [DELAY_WEIBULL] = "weibull", [DELAY_LOGNORMAL] = "lognormal", NULL};
static const char *const delayed_protocols[] = {
    [PROTOCOL_STREAM] = "stream", [PROTOCOL_STATIC] = "static", NULL};
static const char *const auxiliary_sources[] = {
    [AUXILIARY_LEARNED] = "learned", [AUXILIARY_ORACLE] = "oracle", NULL};
static const char *const stream_selections[] = {[SELECTION_NONE] = "none", [SELECTION_IPS] = "ips", NULL};
static const char *const switches[] = {[SWITCH_OFF] = "off", [SWITCH_ON] = "on", NULL};
static const char *const orders[] = {[LOG_SHUFFLED] = "shuffled", [LOG_BLOCKS] = "blocks", NULL};
static const char *const draws[] = {[DRAW_EXPOSURES] = "exposures", [DRAW_CLICKS] = "clicks", NULL};

const Field field_table[] = {
    {TEXT("name", name_type, name, ""), .extent = EXTENT_UNITS,
     .meaning = "name of the experiment; by default the name of its file"},
    {TEXT("question", text_type, question, ""), .extent = EXTENT_UNITS,
     .meaning = "the question that the experiment answers, in one sentence"},
    {INTEGER("seed", seed, 0, 9007199254740992., "1", ""), .extent = EXTENT_FIXED,
     .meaning = "seed of every random draw"},
    {INTEGER("worlds", worlds, 1, 10000, "1", "worlds"), .extent = EXTENT_UNITS,
     .meaning = "independent worlds, each with its own users, items and test exposures; on real data, "
                "divisions of the random ratings into unbiased sample and test"},
    {INTEGER("replicates", replicates, 1, 100000, "10", "logs"), .extent = EXTENT_UNITS,
     .meaning = "logs drawn in each world; on real data, repetitions with other random seeds of training"},
    {LIST("estimators", methods_type, estimator, estimators, MAX_ESTIMATORS, "[]"), .extent = EXTENT_UNITS,
     .meaning = "estimators to compare: NAME, or BACKBONE+NAME"},
    {TEXT("baseline", method_type, baseline, ""), .extent = EXTENT_UNITS,
     .meaning = "estimator that the others are compared with in pairs; by default the first"},
    {.key = "data.source",
     .type = &source_type,
     .offset = offsetof(Spec, layout),
     .size = sizeof(void *),
     .standard = "simulated",
     .unit = "",
     .extent = EXTENT_FIXED,
     .meaning =
         "a simulated world, real data in the layout of that data set (`cvrlab data --help` has them), or "
         "(ml-100k, ml-1m) a semi-synthetic matrix of every user with every item, from completed ratings"},
    {TEXT("data.path", text_type, data, ""), .extent = EXTENT_UNITS,
     .meaning = "folder or file of real data; --data sets it too"},
    {REAL("data.unbiased_share", unbiased_share, 0, 0.9, "0.05", ""), .title = "share of the unbiased sample",
     .meaning = "real data: share of the random ratings, or other rows of forced outcomes, that is the "
                "unbiased sample; the "
                "rest is the test"},
    {CHOICE("data.random_clicks", random_clicks, switches, "off"), .legacy = "on",
     .meaning =
         "real data: whether clicks of rows that were shown at random and clicked by choice (columns.random, "
         "KuaiRand) serve as the unbiased sample. They are free of the policy's choice of items, but not of "
         "the users' choice of clicks: what hidden confounders do to clicks stays in them"},
    {REAL("data.threshold", reader.threshold, 0, 1e9, "0", ""),
     .meaning = "real data: ratings or watch ratios of at least this are conversions; 0 takes the layout's "
                "own threshold, or labels of 0 and 1 as they are"},
    {CHOICE("data.pairs", pairs, pair_spaces, "all"),
     .meaning = "real ratings: the exposures are all pairs of a user and an item, or only those that were "
                "shown at random"},
    {REAL("data.test_share", test_share, 0, 0.9, "0", ""), .legacy = "0",
     .title = "share of the log held out",
     .meaning = "real logs without a test of their own: share of the rows that is held out as the test"},
    {CHOICE("data.test_by", test_by, test_splits, "rows"), .legacy = "rows",
     .meaning = "what data.test_share holds out: rows or whole users, drawn at random, or (time) the latest "
                "rows by columns.time or columns.click_time"},
    {REAL("data.cut", cut, -1e15, 1e15, "0", ""), .legacy = "0",
     .meaning = "real logs with columns.click_time: the log as it was known at this time, in "
                "columns.time_unit: later "
                "rows are dropped, and later conversions not seen; the test is not cut. 0: all of it"},
    {REAL("data.window", window, 0, 36500, "0", "days"), .legacy = "0", .title = "attribution window",
     .meaning =
         "real logs with columns.click_time: attribution window. A later conversion is none, and a test with "
         "clicks whose window has not closed by the end of the data is refused. 0: conversions as they are"},
    {CHOICE("data.outcomes", outcomes, outcomes, "own"), .legacy = "own", .extent = EXTENT_FIXED,
     .meaning =
         "real logs: their own clicks and conversions, or (fitted) on the same rows others, drawn from "
         "probabilities that a model which is no estimator's was fitted to them with (plasmode.*), so "
         "that the truth is known"},
    {CHOICE("data.delimiter", reader.delimiter, delimiters, "auto"), .legacy = "auto", .extent = EXTENT_FIXED,
     .meaning = "what separates the cells of a table; auto takes the layout's own, or what the first line "
                "has most of"},
    {CHOICE("data.bag_separator", reader.bag_separator, bag_separators, "bar"), .legacy = "bar",
     .extent = EXTENT_FIXED, .meaning = "what separates the values in a cell of columns.bags"},
    {TEXT("data.users", text_type, reader.users, ""), .legacy = "", .extent = EXTENT_FIXED,
     .meaning =
         "real data in tables: a table of users, a row each; columns.categorical and columns.dense may name "
         "its columns. A name without a slash is of the folder of data.path"},
    {TEXT("data.items", text_type, reader.items, ""), .legacy = "", .extent = EXTENT_FIXED,
     .meaning = "a table of items, likewise"},
    {INTEGER("data.buckets", reader.buckets, 0, 1e9, "0", "buckets"),
     .meaning =
         "real data: number of values that the ids of a column are hashed into; 0 keeps every id apart"},
    {TEXT("columns.user", column_type, reader.columns.user, ""), .extent = EXTENT_FIXED,
     .meaning = "real data in tables: name of the user column; for all columns.*: by default the layout's "
                "own name, and `none` where there is no such column"},
    {TEXT("columns.item", column_type, reader.columns.item, ""), .extent = EXTENT_FIXED,
     .meaning = "name of the item column"},
    {TEXT("columns.click", column_type, reader.columns.click, ""), .extent = EXTENT_FIXED,
     .meaning = "name of the click column, of 0 and 1; with `none` every row is a click"},
    {TEXT("columns.conversion", column_type, reader.columns.conversion, ""), .extent = EXTENT_FIXED,
     .meaning = "name of the conversion column, of 0 and 1, or of numbers that data.threshold turns into "
                "them; read where the click is 1"},
    {TEXT("columns.categorical", columns_type, reader.columns.categorical, ""), .extent = EXTENT_FIXED,
     .meaning = "names of further columns of categories"},
    {TEXT("columns.dense", columns_type, reader.columns.dense, ""), .extent = EXTENT_FIXED,
     .meaning = "names of columns of numbers; they are scaled to mean 0 and variance 1 in the log"},
    {TEXT("columns.bags", columns_type, reader.columns.bags, ""), .legacy = "[]", .extent = EXTENT_FIXED,
     .meaning = "names of categorical columns whose cells hold several values each, such as tags "
                "(data.bag_separator): "
                "a cell is the mean of the embeddings of its values"},
    {TEXT("columns.split", column_type, reader.columns.split, ""), .extent = EXTENT_FIXED,
     .meaning = "name of the column that says train, valid (not used) or test"},
    {TEXT("columns.unbiased", column_type, reader.columns.unbiased, ""), .extent = EXTENT_FIXED,
     .meaning =
         "name of the column that is 1 where the item was shown at random and the outcome is known of "
         "every row, clicked or not by the user's choice: these rows are the test and the unbiased sample"},
    {TEXT("columns.random", column_type, reader.columns.random, ""), .legacy = "", .extent = EXTENT_FIXED,
     .meaning =
         "name of the column that is 1 where the item was shown at random and clicked by choice: these "
         "rows are the test, and their conversions are known on clicks only"},
    {TEXT("columns.group", column_type, reader.columns.group, ""), .extent = EXTENT_FIXED,
     .meaning = "name of the column of the list that a row was shown in, for metrics per list; by default "
                "metrics are per user"},
    {TEXT("columns.time", column_type, reader.columns.time, ""), .legacy = "", .extent = EXTENT_FIXED,
     .meaning = "name of the column of times, as numbers; read for data.test_by: time"},
    {TEXT("columns.click_time", column_type, reader.columns.click_time, ""), .legacy = "",
     .extent = EXTENT_FIXED,
     .meaning = "name of the column of the times at which rows were shown and, where they were, clicked; a "
                "number in "
                "every row"},
    {TEXT("columns.conversion_time", column_type, reader.columns.conversion_time, ""), .legacy = "",
     .extent = EXTENT_FIXED,
     .meaning = "name of the column of the times of conversions, empty where there is none; with "
                "`columns.conversion: none` the rows that have one are converted"},
    {CHOICE("columns.time_unit", reader.time_unit, time_units, "seconds"), .legacy = "seconds",
     .extent = EXTENT_FIXED, .meaning = "unit of the times of clicks and conversions"},
    {TEXT("columns.propensity", column_type, reader.columns.propensity, ""), .legacy = "",
     .extent = EXTENT_FIXED,
     .meaning =
         "name of the column with the probability that a row is clicked, as it was logged, above 0 and at "
         "most 1; for propensity.source: logged"},
    {TEXT("columns.weight", column_type, reader.columns.weight, ""), .legacy = "", .extent = EXTENT_FIXED,
     .meaning =
         "name of the column with as how many rows a row counts in training, at least 0; metrics count "
         "each test row once"},
    {TEXT("columns.header", columns_type, reader.columns.header, ""), .legacy = "[]", .extent = EXTENT_FIXED,
     .meaning = "names of all columns, in order, of tables that have no header line; of rows of fields "
                "(data.source: "
                "fields) those of the labels in front, by default click and conversion"},
    {TEXT("columns.users_header", columns_type, reader.columns.users_header, ""), .legacy = "[]",
     .extent = EXTENT_FIXED,
     .meaning = "names of all columns, in order, of a table of users (data.users) that has no header line"},
    {TEXT("columns.items_header", columns_type, reader.columns.items_header, ""), .legacy = "[]",
     .extent = EXTENT_FIXED, .meaning = "the same of a table of items (data.items)"},
    {CHOICE("matrix.protocol", matrix_protocol, protocols, "levels"),
     .meaning = "semi-synthetic data: conversion probabilities are five levels by rank of the completed "
                "ratings (levels), or follow from the ratings themselves (power); each has its own clicks"},
    {REAL("matrix.alpha", matrix_alpha, 0, 10, "1", ""), .title = "strength of selection (alpha)",
     .meaning = "exponent of the click probabilities (2^s - 1)^alpha of protocol power"},
    {REAL("plasmode.hidden_odds", plasmode.hidden_odds, 0.001, 1000, "1", ""), .legacy = "1",
     .title = "odds ratio of hidden confounding (Gamma)",
     .meaning =
         "fitted outcomes: Gamma that a hidden confounder gives them, as of world.hidden_odds; 1: there "
         "is none"},
    {REAL("plasmode.sigma_o", plasmode.sigma_o, 0, 10, "1", ""), .legacy = "1",
     .title = "factor on the fitted click logits",
     .meaning = "factor on the fitted click logits, which are smoother than what the log is of; `cvrlab twin "
                "--own-rows` finds it"},
    {REAL("plasmode.sigma_r", plasmode.sigma_r, 0, 10, "1", ""), .legacy = "1",
     .title = "factor on the fitted conversion logits", .meaning = "likewise of the conversion logits"},
    {INTEGER("completion.embedding", completion.embedding, 1, 1024, "8", "columns"),
     .meaning = "dimension of the matrix factorisation that completes the ratings"},
    {INTEGER("completion.epochs", completion.epochs, 0, 100000, "10", "epochs"),
     .meaning = "passes over the ratings"},
    {INTEGER("completion.batch", completion.batch, 1, 1e6, "256", "rows"),
     .meaning = "rows of a mini-batch; each rating is four rows"},
    {REAL("completion.learning_rate", completion.learning_rate, 0, 10, "0.005", ""), .open = true,
     .meaning = "learning rate of Adam in the completion"},
    {REAL("completion.l2", completion.l2, 0, 1000, "0.0001", ""),
     .meaning = "weight of the L2 penalty in the completion"},
    {INTEGER("log.size", log_size, 1, 1e9, "100000", "exposures"), .title = "size of the log",
     .meaning = "exposures in the log that estimators are trained on"},
    {CHOICE("log.order", log_order, orders, "shuffled"), .legacy = "shuffled",
     .meaning =
         "shuffled: the log is in memory, and each epoch shuffles all of it; blocks: blocks of the log "
         "are drawn again in each epoch, or read again from a temporary file of real data, in random "
         "order, and rows are shuffled within windows of 16 blocks, so that memory does not depend on "
         "the size of the log. For methods of the program that take no more than batches"},
    {INTEGER("log.window", log_window, 16, 1e8, "1000000", "exposures"), .legacy = "1000000",
     .meaning = "the most exposures of a log in blocks that are held at a time; the first window gives the "
                "rates that training starts from and clips by"},
    {CHOICE("log.shared", shared_logs, switches, "on"), .legacy = "off", .extent = EXTENT_FIXED,
     .meaning = "whether settings of a sweep that differ in propensity.*, imputation.*, model.*, train.* or "
                "estimator.* keys alone train on the same logs, so that differences between them are paired"},
    {INTEGER("test.size", test_size, 1, 1e7, "4000", "exposures"), .title = "test exposures",
     .meaning = "test exposures of a world, fixed and scored against the truth"},
    {INTEGER("test.stored", test_stored, 0, 1e9, "0", "exposures"),
     .meaning = "number of test exposures, chosen at random, whose predictions the store keeps for bias and "
                "variance; 0 keeps all; metrics always use all"},
    {INTEGER("unbiased.size", unbiased_size, 0, 1e9, "0", "exposures"),
     .title = "size of the unbiased sample",
     .meaning =
         "exposures of items shown at random with the outcome always seen, for estimators that need them"},
    {INTEGER("metrics.k", top_k, 1, 1000, "5", "items"), .meaning = "k of NDCG@k, Recall@k and F1@k"},
    {CHOICE("metrics.weights", weights, metric_weights, "none"), .legacy = "none",
     .meaning =
         "propensities p that snips_log_loss and its like divide the clicks of the test rows by, clipped as "
         "train.clip says: learned, by a click model on the setting's model and training; oracle, the true "
         "ones; none stores no such metrics. They are the same for every method, whatever it divides by "
         "itself, "
         "so that none is its own judge"},
    {LIST("metrics.shown", measures_type, shown_measure, shown, MAX_SHOWN, "[]"), .extent = EXTENT_UNITS,
     .meaning = "metrics that tables and figures show when --metric names none, such as [mean_bias, auc/O, "
                "gauc/D/ctcvr]; [] shows the usual ones"},
    {INTEGER("world.users", world.users, 1, 1e8, "500", "users"), .title = "users",
     .meaning = "number of users"},
    {INTEGER("world.items", world.items, 1, 1e8, "200", "items"), .title = "items",
     .meaning = "number of items"},
    {INTEGER("world.segments", world.segments, 1, 1e6, "8", "segments"),
     .meaning = "number of user segments"},
    {INTEGER("world.categories", world.categories, 1, 1e6, "10", "categories"),
     .meaning = "number of item categories"},
    {INTEGER("world.latent", world.latent, 1, 256, "4", "dimensions"),
     .meaning = "dimension of the latent vectors of users and items"},
    {INTEGER("world.context", world.context, 0, 256, "4", "dimensions"),
     .meaning = "dimension of the context vector of an exposure"},
    {REAL("world.user_zipf", world.user_zipf, 0, 10, "0", ""),
     .meaning = "Zipf exponent of user activity; 0 is uniform"},
    {REAL("world.item_zipf", world.item_zipf, 0, 10, "1", ""), .meaning = "Zipf exponent of item popularity"},
    {REAL("world.feature_noise", world.feature_noise, 0, 100, "0.5", "sd"), .title = "noise on the features",
     .meaning = "standard deviation of the noise on the copies of the latent vectors that estimators see"},
    {CHOICE("world.shape", world.shape, shapes, "network"), .title = "form of the scores",
     .meaning = "form of the click and conversion scores"},
    {REAL("world.dependence", world.dependence, -1, 1, "0.5", ""),
     .title = "correlation of click and conversion scores",
     .meaning = "correlation of the click and conversion scores over exposures"},
    {REAL("world.user_share", world.user_share, 0, 1, "0", ""), .legacy = "0",
     .title = "share of the users in the scores",
     .meaning = "share of the variance of both scores that users have, world.item_share that of items, and "
                "context and interactions the rest; both 0: as the score functions come out"},
    {REAL("world.item_share", world.item_share, 0, 1, "0", ""), .legacy = "0",
     .title = "share of the items in the scores",
     .meaning = "share of the variance of both scores that items have"},
    {REAL("world.popularity_effect", world.popularity.effect, -1, 1, "0", ""), .legacy = "0",
     .title = "effect of popularity on clicks",
     .meaning = "correlation of the click score with minus the log of an item's popularity rank, over "
                "exposures; shares are those of the rest of the score"},
    {CHOICE("world.link", world.link, links, "logit"), .legacy = "logit",
     .meaning =
         "what turns scores and confounder into probabilities of clicks and conversions: logit, or probit, "
         "whose weights are in standard deviations of a normal number and about 1.7 times as strong; it "
         "needs world.delta: 0"},
    {REAL("world.sigma_o", world.sigma_o, 0, 10, "1", "logits"), .title = "weight of the click score",
     .meaning = "weight of the click score"},
    {REAL("world.sigma_r", world.sigma_r, 0, 10, "1", "logits"), .title = "weight of the conversion score",
     .meaning = "weight of the conversion score"},
    {REAL("world.gamma_o", world.gamma_o, -5, 5, "0", "logits"), .title = "hidden confounder in clicks",
     .meaning = "weight of the hidden confounder in the click logit"},
    {REAL("world.gamma_r", world.gamma_r, -5, 5, "0", "logits"), .title = "hidden confounder in conversions",
     .meaning = "weight of the hidden confounder in the conversion logit"},
    {REAL("world.delta", world.delta, -4, 4, "0", "logits"), .title = "effect of the outcome on clicks",
     .meaning = "effect of the outcome itself on the click logit: clicks that are not missing at random"},
    {REAL("world.hidden_odds", world.hidden_odds, 0, 1000, "0", ""), .legacy = "0",
     .title = "odds ratio of hidden confounding (Gamma)",
     .meaning = "Gamma, how much higher the odds of a conversion are among the clicked than among the not "
                "clicked with the same features (geometric mean): sets gamma_o = gamma_r to give it; 0: what "
                "gamma_o, gamma_r and delta give, which `cvrlab data SPEC` prints"},
    {REAL("world.rho01", world.label_noise.rho01, 0, 1, "0", ""), .legacy = "0",
     .title = "rate of wrong labels 1",
     .meaning =
         "rate of labels 1 among clicks without a conversion: labels of logs and of the unbiased sample "
         "are wrong, and the truth is that of the right ones"},
    {REAL("world.rho10", world.label_noise.rho10, 0, 1, "0", ""), .legacy = "0",
     .title = "rate of wrong labels 0", .meaning = "rate of labels 0 among clicks with a conversion"},
    {CHOICE("world.hidden_level", world.hidden_level, hidden_levels, "exposure"),
     .title = "level of the hidden confounder",
     .meaning =
         "whether the hidden confounder is drawn with each exposure, and then no feature tells of it, or "
         "is a fixed part of each user or item, which their ids tell of"},
    {REAL("world.ctr", world.ctr, 0, 1, "0.1", ""), .open = true, .title = "click rate",
     .meaning = "click-through rate over all exposures"},
    {REAL("world.cvr", world.cvr, 0, 1, "0.2", ""), .open = true, .title = "conversion rate",
     .meaning = "conversion rate over all exposures, if all were clicked"},
    {LIST("world.numbers", integers_type, world_number, world_numbers, MAX_NUMBERS, "[]"), .low = 0,
     .high = 2147483647, .legacy = "[]", .extent = EXTENT_FIXED,
     .meaning =
         "numbers of the worlds, each drawn from the seed and its number: those that `cvrlab twin` found "
         "like a log; []: 0, 1, 2 and so on"},
    {REAL("placement.click", world.placement.click, -4, 4, "0", "logits"), .legacy = "0",
     .title = "placement in clicks",
     .meaning =
         "weight in the click logit of the placement, an independent N(0,1) column of an exposure (feature "
         "placement); with both weights 0 there is none"},
    {REAL("placement.conversion", world.placement.conversion, -4, 4, "0", "logits"), .legacy = "0",
     .title = "placement in conversions", .meaning = "weight of the placement in the conversion logit"},
    {REAL("behaviour.rate", world.behaviour.rate, 0, 0.99, "0", ""), .title = "rate of the action",
     .meaning = "rate of an action (cart, wish) between click and purchase over all exposures, if all were "
                "clicked; 0 has no such action"},
    {REAL("behaviour.lift", world.behaviour.lift, -10, 10, "2", "logits"),
     .title = "lift of the action before a purchase",
     .meaning = "increase of the action's logit where a purchase follows"},
    {REAL("behaviour.sigma", world.behaviour.sigma, 0, 10, "1", "logits"),
     .meaning = "weight of the click score in the action's logit"},
    {INTEGER("stream.events", world.activity.events, 0, 1000, "0", "events"),
     .meaning = "number of past events of the user that each exposure comes with; 0 has no activity streams"},
    {REAL("stream.weight", world.activity.weight, 0, 1, "0.5", ""), .title = "weight of the activity stream",
     .meaning =
         "weight of the activity stream in the conversion score; its square is the share of the variance"},
    {REAL("stream.drift", world.activity.drift, 0, 1, "0.3", ""), .title = "drift of interests",
     .meaning = "share of a user's interest that is new at the next event"},
    {REAL("stream.memory", world.activity.memory, 0, 1000, "3", "days"), .open = true,
     .title = "memory of the activity stream",
     .meaning = "age of an event at which its weight in the conversion score has fallen to 1/e"},
    {INTEGER("delay.days", world.delay.days, 0, 3650, "0", "days"), .legacy = "0", .title = "days of the log",
     .meaning =
         "days over which exposures, and clicks with them, are spread; their conversions then come late. "
         "0: exposures have no time"},
    {REAL("delay.cycle", world.delay.cycle, 0, 1, "0", ""), .legacy = "0",
     .meaning = "cycle of the day: exposures have the density 1 + cycle cos(2 pi (hour - delay.peak) / 24)"},
    {REAL("delay.peak", world.delay.peak, 0, 24, "20", "hours"), .legacy = "20",
     .meaning = "hour of the day that has most exposures"},
    {REAL("delay.window", world.delay.window, 0, 3650, "30", "days"), .open = true, .legacy = "30",
     .title = "attribution window",
     .meaning = "attribution window: a conversion is one within it, and all delays are"},
    {REAL("delay.immediate", world.delay.immediate, 0, 1, "0.3", ""), .legacy = "0.3",
     .title = "share of immediate conversions",
     .meaning = "share of the conversions that come early, before delays are cut at the window"},
    {REAL("delay.immediate_mean", world.delay.immediate_mean, 0, 1000, "0.1", "hours"), .open = true,
     .legacy = "0.1", .meaning = "mean delay of early conversions, which is exponential"},
    {CHOICE("delay.family", world.delay.family, delay_families, "weibull"), .legacy = "weibull",
     .title = "distribution of delays", .meaning = "distribution of the delays of the other conversions"},
    {REAL("delay.shape", world.delay.shape, 0.2, 5, "0.6", ""), .legacy = "0.6", .title = "shape of delays",
     .meaning = "shape of a weibull; of a lognormal, the standard deviation of the log"},
    {REAL("delay.median", world.delay.median, 0, 100000, "24", "hours"), .open = true, .legacy = "24",
     .title = "median delay",
     .meaning = "median delay of the other conversions of an average exposure, before the cut at the window"},
    {REAL("delay.sigma", world.delay.sigma, 0, 4, "0.5", "log days"), .legacy = "0.5",
     .title = "weight of the delay score",
     .meaning = "weight of a score of delays, which features tell of, in the log of their scale"},
    {REAL("delay.dependence", world.delay.dependence, -1, 1, "0", ""), .legacy = "0",
     .title = "correlation of delay and conversion scores",
     .meaning = "correlation of the score of delays and the conversion score over exposures"},
    {REAL("delay.confounding", world.delay.confounding, -2, 2, "0", "log days"), .legacy = "0",
     .title = "hidden confounder in delays",
     .meaning = "weight of the hidden confounder in the log of the scale"},
    {REAL("delay.drift", world.delay.drift, 0, 2, "0", "logits"), .legacy = "0", .title = "drift in a day",
     .meaning =
         "standard deviation of what the conversion logit changes by in a day: directions of the latent "
         "vectors of users and of items gain and lose by random walks"},
    {REAL("delay.new_items", world.delay.new_items, 0, 0.99, "0", ""), .legacy = "0",
     .title = "share of new items",
     .meaning =
         "share of the items that begin at a time that is uniform over the days; before it the nearest "
         "item before it in number that is there is shown in its place"},
    {INTEGER("delayed.pretrain", delayed.pretrain, 0, 3650, "0", "days"), .legacy = "0",
     .title = "days before the stream",
     .meaning =
         "days of a world with times (delay.days), or of a real log with them and with data.window, after "
         "which clicks are streamed, for methods of delayed feedback. They train first on the clicks whose "
         "attribution window has closed by then, which is all that other methods have; test exposures come "
         "after it: in a real log without a test of its own the rows whose attribution window has closed by "
         "its end. 0: there is no stream, and methods have the whole log with its final labels"},
    {CHOICE("delayed.protocol", delayed.protocol, delayed_protocols, "stream"), .legacy = "stream",
     .title = "protocol of delayed feedback",
     .meaning =
         "how methods of delayed feedback learn: from the stream, or (static) in train.epochs from the log "
         "as it is known after delayed.pretrain days, each click once, and predict what follows as they are "
         "then. Methods that live from what enters again are streams only"},
    {REAL("delayed.step", delayed.step, 0, 8760, "1", "hours"), .open = true, .legacy = "1",
     .title = "step of the stream",
     .meaning = "what is predicted, and then trained on in one pass, at a time"},
    {CHOICE("delayed.auxiliary", delayed.auxiliary, auxiliary_sources, "learned"), .legacy = "learned",
     .title = "source of auxiliary models",
     .meaning =
         "where methods of delayed feedback have the chances of conversions still to come from: models that "
         "are trained before the stream, or the truth of the world"},
    {CHOICE("delayed.selection", delayed.selection, stream_selections, "none"), .legacy = "none",
     .title = "selection of streamed clicks",
     .meaning =
         "ips: every row that methods of delayed feedback train on, also their auxiliary models, counts by "
         "1/p "
         "of its exposure (train.clip), by propensity.source: a learned model goes with the stream, since "
         "clicks are known at once. Theirs is then the rate of all exposures, not that of clicks. No paper "
         "has both"},
    {INTEGER("tune.trials", tune.trials, 0, 100000, "0", "trials"),
     .meaning =
         "trials of a random search over the options of every estimator, in every unit; 0 does not search"},
    {CHOICE("tune.on", tune.on, validation_sources, "log"),
     .meaning =
         "where the validation split comes from: the log, whose clicks are scored, or the unbiased sample. "
         "Its "
         "rows are the same for every estimator, and nothing is fitted on them: no model and no propensity. "
         "truth: the split of the log with every row scored by its true p_r, which no real log has: what "
         "tuning could give at best"},
    {REAL("tune.share", tune.share, 0, 1, "0.2", ""), .open = true,
     .meaning = "share of those rows that is the validation split"},
    {TEXT("tune.metric", metric_type, tune.metric, "log_loss"),
     .meaning =
         "metric of the CVR on the validation split; the trial with the best value is kept. "
         "snips_log_loss is the log loss with weights 1/p~, self-normalised: p~ is the given propensity, or "
         "that of a click model alone, the same for every method; on the unbiased sample weights are 1"},
    {CHOICE("propensity.source", propensity, propensity_sources, "learned"),
     .title = "source of propensities",
     .meaning =
         "where the click propensities p_hat of estimators come from; logged: from columns.propensity"},
    {REAL("propensity.scale", distortion.scale, -10, 10, "1", ""),
     .title = "factor on the logit of propensities", .meaning = "factor on the logit of p_hat"},
    {REAL("propensity.shift", distortion.shift, -20, 20, "0", "logits"),
     .title = "shift of the logit of propensities", .meaning = "constant added to the logit of p_hat"},
    {REAL("propensity.noise", distortion.noise, 0, 10, "0", "sd"),
     .title = "noise on the logit of propensities",
     .meaning = "standard deviation of the normal noise on the logit of p_hat"},
    {REAL("propensity.beta", distortion.beta, 0, 1, "0", ""), .title = "weight of the mean in propensities",
     .meaning = "weight of the mean in the mixture 1/p_hat = (1-beta)/p + beta/mean(p)"},
    {TEXT("propensity.omit", names_type, omit, ""),
     .meaning = "features that the propensity source `omitted` does not use"},
    {CHOICE("imputation.source", imputation, imputation_sources, "learned"), .title = "source of imputations",
     .meaning = "where the pseudo-labels of imputed errors come from; learned: from each estimator's own "
                "model, and in the risk layer from one weighted mean of the predictions of clicks"},
    {REAL("imputation.scale", imputation_distortion.scale, -10, 10, "1", ""),
     .title = "factor on the logit of imputations", .meaning = "factor on the logit of a given pseudo-label"},
    {REAL("imputation.shift", imputation_distortion.shift, -20, 20, "0", "logits"),
     .title = "shift of the logit of imputations",
     .meaning = "constant added to the logit of a given pseudo-label"},
    {REAL("imputation.noise", imputation_distortion.noise, 0, 10, "0", "sd"),
     .title = "noise on the logit of imputations",
     .meaning = "standard deviation of the normal noise on the logit of a given pseudo-label"},
    {LIST("risk.estimators", risk_estimators_type, risk_estimator, risk_estimators, MAX_RISK, "[]"),
     .extent = EXTENT_UNITS,
     .meaning = "estimators of the ideal loss of fixed predictions (`cvrlab list risk`); without any there "
                "is no risk layer"},
    {LIST("risk.predictors", risk_predictors_type, risk_predictor, risk_predictors, MAX_RISK, "[truth,skew]"),
     .extent = EXTENT_UNITS, .meaning = "the fixed predictions (`cvrlab list risk`)"},
    {INTEGER("risk.size", risk_size, 1, 1e8, "100000", "exposures"),
     .meaning = "exposures of the risk layer, the same in every redraw"},
    {INTEGER("risk.redraws", risk_redraws, 1, 10000000, "1000", "redraws"), .extent = EXTENT_UNITS,
     .meaning = "number of times that the clicks of these exposures are drawn"},
    {REAL_OR_AUTO("risk.clip_ips", risk_lambda[RISK_CLIP_IPS], 0, 1e12, "auto", ""),
     .title = "bound on the weights of clip_ips",
     .meaning =
         "bound on the weights 1/p_hat of clip_ips; auto, here and below: chosen from one log of clicks "
         "for a small variance + squared bias, both estimated from it"},
    {REAL_OR_AUTO("risk.clip_dr", risk_lambda[RISK_CLIP_DR], 0, 1e12, "auto", ""),
     .title = "bound on the weights of clip_dr", .meaning = "bound on the weights of clip_dr"},
    {REAL_OR_AUTO("risk.double_clip_low", risk_lambda[RISK_DOUBLE_CLIP_LOW], 0, 1e12, "auto", ""),
     .title = "lower bound on the weights of double_clip",
     .meaning = "lower bound on the weights of double_clip"},
    {REAL_OR_AUTO("risk.double_clip_high", risk_lambda[RISK_DOUBLE_CLIP_HIGH], 0, 1e12, "auto", ""),
     .title = "upper bound on the weights of double_clip",
     .meaning = "upper bound on the weights of double_clip"},
    {REAL_OR_AUTO("risk.switch", risk_lambda[RISK_SWITCH], 0, 1e12, "auto", ""),
     .title = "largest weight of switch",
     .meaning = "largest weight with which switch takes a click's error"},
    {REAL_OR_AUTO("risk.switch_dr", risk_lambda[RISK_SWITCH_DR], 0, 1e12, "auto", ""),
     .title = "largest weight of switch_dr",
     .meaning = "largest weight with which switch_dr corrects an imputed error"},
    {REAL_OR_AUTO("risk.dros", risk_lambda[RISK_DROS], 0, 1e24, "auto", ""), .title = "lambda of dros",
     .meaning = "lambda of dros: 0 is the imputed errors alone, and a large one dr"},
    {REAL_OR_AUTO("risk.sg", risk_lambda[RISK_SG], 0, 1, "auto", ""), .title = "lambda of sg",
     .meaning = "lambda of sg: 0 is dr, and 1 gives every click the weight 1"},
    {REAL("risk.cdr", risk_lambda[RISK_CDR], 0, 1e12, "0.5", ""), .title = "eta of cdr",
     .meaning =
         "largest spread of an imputed error that cdr uses, over the imputed error: 0 is ips. The spread "
         "is what imputation.noise gives it, to first order"},
    {INTEGER("model.embedding", model.embedding, 1, 1024, "16", "columns"), .title = "width of embeddings",
     .meaning = "width of an embedding; in matrix factorisation its dimension"},
    {LIST("model.layers", integers_type, model.width, model.layers, MAX_LAYERS, "[64,32]"), .low = 1,
     .high = 4096, .meaning = "widths of a tower's hidden layers; [] is a linear model"},
    {REAL("model.init", model.init, 0, 10, "0.05", "sd"),
     .meaning = "standard deviation of the embeddings before training"},
    {INTEGER("model.experts", model.experts, 1, 256, "8", "experts"),
     .meaning = "number of experts of mmoe; in ple each task has half as many of its own, rounded up, and "
                "the tasks share as many again"},
    {INTEGER("model.expert_width", model.expert_width, 1, 4096, "16", "columns"),
     .meaning = "width of the one layer of an expert"},
    {INTEGER("model.levels", model.levels, 1, MAX_LEVELS, "2", "levels"),
     .meaning = "extraction layers of ple"},
    {CHOICE("model.prior_start", model.prior_start, switches, "on"), .legacy = "off",
     .meaning = "whether heads start at the rate of their label in the log, not near 1/2"},
    {TEXT("model.omit", names_type, model.omit, ""), .legacy = "[]",
     .meaning = "features that prediction models lack while the log has them; the click head of a method "
                "adds a linear term of them, unless CVR is a quotient of heads, and CTR models that are "
                "fitted for propensities see all features"},
    {INTEGER("train.epochs", train.epochs, 1, 100000, "5", "epochs"), .title = "epochs",
     .meaning = "passes over the log"},
    {INTEGER("train.batch", train.batch, 1, 1e6, "1024", "rows"), .title = "batch size",
     .meaning = "most rows of a mini-batch"},
    {CHOICE("train.drop_last", train.drop_last, switches, "off"), .legacy = "on",
     .meaning = "off: an epoch sees every row, in batches of nearly equal size; on: every batch is full, and "
                "the rows that are left over are left out"},
    {INTEGER("train.batch_unbiased", train.batch_unbiased, 1, 1e6, "256", "rows"),
     .meaning = "rows of the unbiased sample in a training step"},
    {REAL("train.learning_rate", train.learning_rate, 0, 10, "0.001", ""), .open = true,
     .title = "learning rate", .meaning = "learning rate of Adam"},
    {REAL("train.l2", train.l2, 0, 1000, "1e-05", ""), .title = "weight of the L2 penalty",
     .meaning = "weight of the L2 penalty; embeddings are penalised only on the rows that a step uses, so a "
                "larger batch makes a stronger penalty"},
    {REAL_OR_AUTO("train.clip", train.clip, 0, 1, "auto", ""), .legacy = "0.02",
     .title = "clip of propensities",
     .meaning = "lower bound of propensities: those below are raised to it; auto: a tenth of the log's click "
                "rate; 0: none is raised"},
    {CHOICE("train.draw", train.draw, draws, "exposures"),
     .meaning = "mini-batches of losses over clicks: the clicked rows of a batch of exposures, or a batch of "
                "clicks"},
    {INTEGER("train.patience", train.patience, 0, 100000, "0", "epochs"),
     .meaning = "epochs without a better training loss after which training stops; 0 never stops early"},
    {REAL("train.tolerance", train.tolerance, 0, 1, "0.0001", ""),
     .meaning = "relative decrease of the training loss that counts as better"},
};

const int field_count = sizeof field_table / sizeof field_table[0];

const Field *field_find(const char *key)
{
    for (int i = 0; i < field_count; i++)
        if (!strcmp(field_table[i].key, key))
            return &field_table[i];
    return NULL;
}

void field_title(const char *key, char title[FIELD_TITLE])
{
    const Field *field = field_find(key);
    const char *name = field && field->title ? field->title : key;
    const bool unit = field && *field->unit && !strstr(name, field->unit);
    snprintf(title, FIELD_TITLE, "%s%s%s%s", name, unit ? " (" : "", unit ? field->unit : "",
             unit ? ")" : "");
}

const Field *field_first_of_group(const char *key)
{
    size_t length = strlen(key);
    for (int i = 0; i < field_count; i++)
        if (!strncmp(field_table[i].key, key, length) && field_table[i].key[length] == '.')
            return &field_table[i];
    return NULL;
}

Status field_set(const Field *field, void *base, const char *text, const char *where, Message *message)
{
    Message why = {{0}};
    if (field->type->parse(field, base, text, &why))
        return STATUS_OK;
    if (why.text[0])
        return fail(message, STATUS_USAGE, "%s: %s: %s", where, field->key, why.text);
    char found[SHOWN_TEXT], expected[EXPECTED_TEXT];
    field->type->expect(field, expected);
    return fail(message, STATUS_USAGE, "%s: %s: found '%s'; expected %s", where, field->key,
                shown(text, found), expected);
}
