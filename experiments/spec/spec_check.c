/* Whether the keys of an experiment go together. What a sweep can change is checked in every setting. */
#include "experiments/spec/spec_check.h"
#include "estimators/core/omission.h"
#include "experiments/risk/risk_predictors.h"
#include "experiments/spec/assign.h"
#include "experiments/spec/claims_check.h"
#include "experiments/spec/features.h"
#include "experiments/spec/fields.h"
#include "experiments/spec/joint.h"
#include "experiments/spec/named_method.h"
#include "experiments/spec/outside_method.h"
#include "experiments/spec/override.h"
#include "experiments/spec/settings.h"
#include "experiments/spec/sweep.h"
#include "experiments/spec/tune_range.h"

#include <string.h>

/* Embedding tables of one net take three floats a number (value and two moments): 2^31 numbers are 24 GiB. */
static const double most_embedded = 2147483648.0;

/* Two of the words are the same: its place, or -1. */
static int repeated(const char (*word)[SPEC_WORD], int words)
{
    for (int i = 0; i < words; i++)
        for (int j = 0; j < i; j++)
            if (!strcmp(word[i], word[j]))
                return i;
    return -1;
}

static Status check_risk(const Spec *spec, Message *message)
{
    if (spec->risk_estimators == 0)
        return STATUS_OK;
    if (!spec_has_truth(spec) && (spec->propensity != PROPENSITY_LEARNED || spec->log_order == LOG_BLOCKS))
        return fail(
            message, STATUS_USAGE,
            "risk.estimators: of real data clicks are those of a model that is learned on a whole log; "
            "expected propensity.source: learned and log.order: shuffled, or []");
    if (spec->risk_predictors == 0)
        return fail(message, STATUS_USAGE,
                    "risk.predictors: none given; expected a list such as [truth, skew]");
    for (int i = 0; i < spec->risk_predictors; i++) {
        const RiskPredictor *predictor = risk_predictor_find(spec->risk_predictor[i]);
        if (predictor->of_levels &&
            (!spec->layout || !layout_is_completed(spec->layout) || spec->matrix_protocol != MATRIX_LEVELS))
            return fail(
                message, STATUS_USAGE,
                "risk.predictors: '%s' is of conversion probabilities at five levels; set data.source to "
                "ml-100k and matrix.protocol to levels",
                predictor->name);
    }
    const double *low = &spec->risk_lambda[RISK_DOUBLE_CLIP_LOW];
    if (low[1] >= 0 && low[0] > low[1])
        return fail(message, STATUS_USAGE,
                    "risk.double_clip_low: found %g; expected at most risk.double_clip_high, %g", low[0],
                    low[1]);
    for (int i = 0; i < spec->risk_estimators; i++)
        if (!strcmp(spec->risk_estimator[i], "cdr") && spec->imputation == IMPUTATION_LEARNED)
            return fail(message, STATUS_USAGE,
                        "risk.estimators: cdr needs the spread of given imputations; expected an "
                        "imputation.source such as oracle, with imputation.noise");
    int twice = repeated(spec->risk_estimator, spec->risk_estimators);
    if (twice >= 0)
        return fail(message, STATUS_USAGE, "risk.estimators: '%s' is listed twice",
                    spec->risk_estimator[twice]);
    twice = repeated(spec->risk_predictor, spec->risk_predictors);
    if (twice >= 0)
        return fail(message, STATUS_USAGE, "risk.predictors: '%s' is listed twice",
                    spec->risk_predictor[twice]);
    return STATUS_OK;
}

static Status check_imputation(const Spec *spec, Message *message)
{
    bool learned = spec->imputation == IMPUTATION_LEARNED;
    if (!spec_has_truth(spec) && !learned)
        return fail(message, STATUS_USAGE,
                    "imputation.source: given imputations are for data whose truth is known; "
                    "expected learned");
    if (learned && !distortion_is_none(&spec->imputation_distortion))
        return fail(
            message, STATUS_USAGE,
            "imputation.scale, shift, noise: learned imputations are not distorted; expected 1, 0, 0 or an "
            "imputation.source that is given, such as oracle");
    return STATUS_OK;
}

/* Tables and figures must be able to tell methods apart. */
static Status check_labels(const Spec *spec, Message *message)
{
    for (int i = 0; i < spec->estimators; i++)
        for (int j = 0; j < i; j++)
            if (!strcmp(spec_label(spec, spec->estimator[i]), spec_label(spec, spec->estimator[j])))
                return fail(message, STATUS_USAGE,
                            "labels: '%s' and '%s' are both called '%s'; expected different labels",
                            spec->estimator[j], spec->estimator[i], spec_label(spec, spec->estimator[i]));
    return STATUS_OK;
}

static Status check_estimators(const Spec *spec, Message *message)
{
    if (spec->estimators == 0 && spec->risk_estimators == 0)
        return fail(message, STATUS_USAGE,
                    "estimators: none given; expected a list such as [naive, esmm], or risk.estimators");
    if (spec->estimators == 0 && spec->baseline[0])
        return fail(message, STATUS_USAGE, "baseline: found '%s'; expected estimators to compare with it",
                    spec->baseline);
    if (spec->estimators == 0)
        return STATUS_OK;
    int twice = repeated(spec->estimator, spec->estimators);
    if (twice >= 0)
        return fail(message, STATUS_USAGE, "estimators: '%s' is listed twice", spec->estimator[twice]);
    if (spec->baseline[0] && !spec_has_estimator(spec, spec->baseline))
        return fail(message, STATUS_USAGE,
                    "baseline: found '%s'; expected one of the experiment's estimators, such as '%s'",
                    spec->baseline, spec->estimator[0]);
    return check_labels(spec, message);
}

static Status check_needs(const Spec *spec, Message *message)
{
    for (int i = 0; i < spec->estimators; i++) {
        const char *name = spec->estimator[i];
        unsigned needs;
        Status status = spec_method_needs(spec, name, &needs, message);
        if (status)
            return status;
        if ((needs & NEEDS_UNBIASED) && !spec_has_unbiased(spec))
            return fail(message, STATUS_USAGE, "estimators: '%s' needs an unbiased sample; set %s above 0",
                        name, spec_unbiased_key(spec));
        bool simulated = !spec->layout;
        if ((needs & NEEDS_DELAYS) && !simulated &&
            (spec_is_plasmode(spec) || !layout_has_times(spec->layout, &spec->reader)))
            return fail(message, STATUS_USAGE,
                        "estimators: '%s' needs a stream of clicks, which this data source does not have",
                        name);
        if ((needs & NEEDS_DELAYS) && !spec->delayed.pretrain)
            return fail(message, STATUS_USAGE,
                        "estimators: '%s' needs a stream of clicks; set delayed.pretrain above 0", name);
        if ((needs & NEEDS_DELAYS) && spec->delayed.protocol == PROTOCOL_STATIC) {
            Method method;
            status = spec_find_method(spec, name, &method, message);
            if (status)
                return status;
            if (!method.estimator->learns_cut)
                return fail(message, STATUS_USAGE,
                            "estimators: '%s' learns from a stream only; expected delayed.protocol stream",
                            name);
        }
        if ((needs & NEEDS_DELAYS) && spec->tune.trials > 0)
            return fail(message, STATUS_USAGE,
                        "estimators: '%s' learns from a stream, of which no part is held out; expected "
                        "tune.trials 0",
                        name);
        if ((needs & NEEDS_BEHAVIOUR) && simulated && !(spec->world.behaviour.rate > 0))
            return fail(message, STATUS_USAGE,
                        "estimators: '%s' needs post-click behaviour; set behaviour.rate above 0", name);
        if ((needs & NEEDS_STREAM) && simulated && !spec->world.activity.events)
            return fail(message, STATUS_USAGE,
                        "estimators: '%s' needs activity streams; set stream.events above 0", name);
        const OutsideMethod *outside = outside_method_find(spec, name);
        if ((needs & NEEDS_PROPENSITY) && outside && !outside->estimator &&
            spec->propensity == PROPENSITY_LEARNED)
            return fail(message, STATUS_USAGE,
                        "estimators: '%s' needs given propensities; expected a propensity.source other than "
                        "learned",
                        name);
        if ((needs & (NEEDS_STREAM | NEEDS_BEHAVIOUR)) && !simulated)
            return fail(message, STATUS_USAGE,
                        "estimators: '%s' needs %s, which this data source does not have", name,
                        needs & NEEDS_STREAM ? "activity streams" : "post-click behaviour");
    }
    return STATUS_OK;
}

static Status check_propensity(const Spec *spec, Message *message)
{
    if (!spec_has_truth(spec) && spec->weights == WEIGHTS_ORACLE)
        return fail(message, STATUS_USAGE,
                    "metrics.weights: oracle needs the truth, which real data do not have; "
                    "expected one of none, learned");
    bool needs_truth = spec->propensity == PROPENSITY_ORACLE || spec->propensity == PROPENSITY_FULL ||
                       spec->propensity == PROPENSITY_INVERTED;
    if (!spec_has_truth(spec) && needs_truth)
        return fail(message, STATUS_USAGE,
                    "propensity.source: this one needs the truth, which real data do not have; "
                    "expected one of learned, constant, omitted, naive_bayes, logged");
    if (spec->propensity == PROPENSITY_NAIVE_BAYES && spec_has_truth(spec))
        return fail(message, STATUS_USAGE,
                    "propensity.source: naive_bayes is for real ratings (data.source); "
                    "expected one of learned, oracle, full, constant, omitted, inverted");
    if (spec->propensity == PROPENSITY_NAIVE_BAYES && !spec_has_unbiased(spec))
        return fail(message, STATUS_USAGE,
                    "propensity.source: naive_bayes needs unbiased ratings; set %s above 0",
                    spec_unbiased_key(spec));
    if (spec->propensity == PROPENSITY_LOGGED &&
        (spec_has_truth(spec) || !spec->reader.columns.propensity[0]))
        return fail(
            message, STATUS_USAGE,
            "propensity.source: logged needs propensities in real data; expected columns.propensity: NAME");
    if (spec->propensity == PROPENSITY_OMITTED && !spec->omit[0])
        return fail(message, STATUS_USAGE,
                    "propensity.omit: empty; expected the features that the omitted propensity lacks");
    Message why;
    Status status = features_check(spec, spec->omit, &why);
    return status ? fail(message, status, "propensity.omit: %s", why.text) : STATUS_OK;
}

/* An omission may be an estimator's own. */
static Status check_omission(const Spec *spec, Message *message)
{
    const Schema schema = world_schema_of(&spec->world);
    for (int i = 0; i < spec->estimators; i++) {
        EstimatorOptions options;
        Omission omission;
        Message why;
        Status status = override_options(spec, spec->estimator[i], &options, message);
        if (status)
            return status;
        status = features_check(spec, options.model.omit, &why);
        if (status)
            return fail(message, status, "model.omit: %s", why.text);
        if (!spec->layout)
            status = omission_create(&omission, options.model.omit, &schema, message);
        if (status)
            return status;
    }
    return STATUS_OK;
}

static Status check_embeddings(const Spec *spec, Message *message)
{
    const WorldOptions *world = &spec->world;
    double rows = (double)world->users + world->items + world->segments + world->categories;
    for (int i = 0; i < spec->estimators; i++) {
        EstimatorOptions options;
        Status status = override_options(spec, spec->estimator[i], &options, message);
        if (status)
            return status;
        if (!spec->layout && rows * options.model.embedding > most_embedded)
            return fail(
                message, STATUS_USAGE,
                "model.embedding: '%s' would embed %.0f ids in %d columns; expected at most %.0f numbers, so "
                "fewer world.users or world.items, or narrower embeddings",
                spec->estimator[i], rows, options.model.embedding, most_embedded);
    }
    return STATUS_OK;
}

static Status check_tuning(const Spec *spec, Message *message)
{
    const TuneOptions *tune = &spec->tune;
    if (tune->trials > 0 && tune->ranges == 0)
        return fail(
            message, STATUS_USAGE,
            "tune.trials: no range to search; expected some, such as tune: {range: {l2: 1e-6..1e-3}}");
    if (tune->trials > 0 && tune->on == TUNE_UNBIASED && !spec_has_unbiased(spec))
        return fail(message, STATUS_USAGE, "tune.on: there is no unbiased sample; set %s above 0",
                    spec_unbiased_key(spec));
    if (tune->trials > 0 && tune->on == TUNE_TRUTH && !spec_has_truth(spec))
        return fail(message, STATUS_USAGE, "tune.on: truth is not known of %s; expected log or unbiased",
                    layout_name(spec->layout));
    if (tune->trials > 0 && tune->on == TUNE_TRUTH && !strcmp(tune->metric, snips_log_loss))
        return fail(message, STATUS_USAGE,
                    "tune.metric: %s weighs clicks, and tune.on: truth scores every row; expected log_loss",
                    snips_log_loss);
    Status status = STATUS_OK;
    for (int i = 0; !status && i < tune->ranges; i++)
        status = tune_range_check(spec, &tune->range[i], message);
    return status;
}

/* A method can be trained on a log in blocks if all that it takes of a log are batches. */
static Status check_blocks_method(const Spec *spec, const char *name, Message *message)
{
    const char *why = NULL;
    unsigned needs;
    EstimatorOptions options;
    Status status = spec_method_needs(spec, name, &needs, message);
    if (!status)
        status = override_options(spec, name, &options, message);
    if (status)
        return status;
    if (outside_method_find(spec, name))
        why = "is from outside and is handed a whole log";
    else if (options.train.draw == DRAW_CLICKS)
        why = "draws its batches from all clicks of a log (train.draw: clicks)";
    if (!why)
        return STATUS_OK;
    return fail(message, STATUS_USAGE, "log.order: blocks: '%s' %s; expected 'log.order: shuffled'", name,
                why);
}

/* A model from outside would see which bag a cell is, and not what is in it. */
static Status check_bags(const Spec *spec, Message *message)
{
    for (int i = 0; spec->reader.columns.bags[0] && i < spec->estimators; i++)
        if (outside_method_find(spec, spec->estimator[i]))
            return fail(message, STATUS_USAGE,
                        "columns.bags: '%s' is from outside and is not told the values of a bag; expected "
                        "columns.categorical, or no models from outside",
                        spec->estimator[i]);
    return STATUS_OK;
}

static Status check_blocks(const Spec *spec, Message *message)
{
    const char *why = NULL;
    if (spec->log_order != LOG_BLOCKS)
        return STATUS_OK;
    if (spec->layout && (layout_is_matrix(spec->layout) || layout_is_read_whole(spec->layout)))
        why = "data.source has a log of every user and item, which is made whole";
    else if (spec->propensity != PROPENSITY_LEARNED)
        why = "a propensity.source other than learned needs the whole log";
    else if (spec->distortion.noise != 0)
        why = "propensity.noise is drawn for each exposure of a whole log";
    else if (spec->imputation != IMPUTATION_LEARNED)
        why = "an imputation.source other than learned needs the whole log";
    else if (spec->tune.trials > 0)
        why = "tune.trials holds rows out of a whole log";
    else if (spec->layout && layout_has_times(spec->layout, &spec->reader))
        why = "columns.click_time are times of a whole log";
    else if (spec->layout && spec->test_share > 0)
        why = "data.test_share holds rows out of a whole log";
    if (why)
        return fail(message, STATUS_USAGE, "log.order: blocks: %s; expected 'log.order: shuffled'", why);
    Status status = STATUS_OK;
    for (int i = 0; !status && i < spec->estimators; i++)
        status = check_blocks_method(spec, spec->estimator[i], message);
    return status;
}

/* Whether a source of propensities goes with a stream. */
static bool streams_with(PropensitySource source)
{
    return source == PROPENSITY_LEARNED || source == PROPENSITY_ORACLE || source == PROPENSITY_FULL ||
           source == PROPENSITY_CONSTANT || source == PROPENSITY_INVERTED;
}

/* Its test is its own clicks, and what is known of them at its end is the truth. */
static Status check_real_stream(const Spec *spec, Message *message)
{
    if (spec_is_plasmode(spec) || !layout_has_times(spec->layout, &spec->reader))
        return fail(
            message, STATUS_USAGE,
            "delayed.pretrain: found %d without the times of clicks; expected columns.click_time: NAME",
            spec->delayed.pretrain);
    if (!(spec->window > 0 && spec->window < spec->delayed.pretrain))
        return fail(message, STATUS_USAGE,
                    "data.window: found %g; expected the attribution window of the clicks that are streamed, "
                    "less than delayed.pretrain, %d",
                    spec->window, spec->delayed.pretrain);
    if (spec->cut != 0 || spec->test_share > 0)
        return fail(
            message, STATUS_USAGE,
            "data.%s: found %g; expected 0, as a stream is all of the log and its clicks are the test",
            spec->cut != 0 ? "cut" : "test_share", spec->cut != 0 ? spec->cut : spec->test_share);
    if (spec->delayed.auxiliary == AUXILIARY_ORACLE)
        return fail(
            message, STATUS_USAGE,
            "delayed.auxiliary: oracle is the truth of a world, which %s does not have; expected learned",
            spec->data);
    if (spec->propensity == PROPENSITY_LOGGED)
        return fail(message, STATUS_USAGE,
                    "propensity.source: logged propensities are of a whole log; expected another source, or "
                    "delayed.pretrain 0");
    return STATUS_OK;
}

/* Before the stream some windows have to close, and after it begins there has to be some of it. */
static Status check_stream(const Spec *spec, Message *message)
{
    const DelayOptions *delay = &spec->world.delay;
    if (!spec->delayed.pretrain)
        return STATUS_OK;
    if (!spec->layout && (spec->delayed.pretrain >= delay->days || spec->delayed.pretrain <= delay->window))
        return fail(message, STATUS_USAGE,
                    "delayed.pretrain: found %d; expected more than delay.window, %g, and less than "
                    "delay.days, %d",
                    spec->delayed.pretrain, delay->window, delay->days);
    if (spec->log_order == LOG_BLOCKS)
        return fail(message, STATUS_USAGE,
                    "log.order: a log in blocks is not streamed; expected shuffled, or delayed.pretrain 0");
    if (spec->risk_estimators > 0)
        return fail(message, STATUS_USAGE,
                    "risk.estimators: the risk layer has no times; expected [], or delayed.pretrain 0");
    if (spec->delayed.selection == SELECTION_IPS && !streams_with(spec->propensity))
        return fail(message, STATUS_USAGE,
                    "delayed.selection: propensity.source is of a log without times; expected learned, "
                    "oracle, full, constant or inverted, or delayed.selection none");
    return spec->layout ? check_real_stream(spec, message) : STATUS_OK;
}

/* What the world's keys may not say together. */
static Status check_world(const Spec *spec, Message *message)
{
    const WorldOptions *world = &spec->world;
    if (spec->layout)
        return STATUS_OK;
    if (world->user_share + world->item_share > 1 + 1e-12)
        return fail(message, STATUS_USAGE,
                    "world.user_share: %g, and world.item_share %g; expected at most 1 together",
                    world->user_share, world->item_share);
    if (world->hidden_odds > 0 && (world->gamma_o != 0 || world->gamma_r != 0))
        return fail(message, STATUS_USAGE,
                    "world.hidden_odds: it sets the hidden confounder's weights; expected world.gamma_o and "
                    "world.gamma_r to be 0");
    if (world->hidden_odds > 0 && world->hidden_level != HIDDEN_EXPOSURE)
        return fail(message, STATUS_USAGE,
                    "world.hidden_odds: ids tell of a confounder of users or items, so that it has no such "
                    "odds; expected world.hidden_level exposure");
    if (world->delay.days > 0 && (world->label_noise.rho01 > 0 || world->label_noise.rho10 > 0))
        return fail(
            message, STATUS_USAGE,
            "world.rho01, world.rho10: a wrong label has no time of conversion; expected them to be 0 with "
            "delay.days");
    return STATUS_OK;
}

/* Fitted outcomes are of all rows of a log of exposures. */
static Status check_outcomes(const Spec *spec, Message *message)
{
    if (!spec_is_plasmode(spec))
        return STATUS_OK;
    if (layout_is_matrix(spec->layout) || layout_is_read_whole(spec->layout))
        return fail(
            message, STATUS_USAGE,
            "data.outcomes: fitted outcomes are of a log of exposures, and data.source %s is of ratings",
            layout_name(spec->layout));
    if (layout_has_times(spec->layout, &spec->reader))
        return fail(message, STATUS_USAGE,
                    "data.outcomes: fitted outcomes have no times; expected no columns.click_time");
    if (spec->log_order == LOG_BLOCKS)
        return fail(
            message, STATUS_USAGE,
            "data.outcomes: fitted outcomes are drawn for a whole log; expected 'log.order: shuffled'");
    const char *weight = spec->reader.columns.weight;
    if (weight[0] && strcmp(weight, "none") != 0)
        return fail(message, STATUS_USAGE,
                    "data.outcomes: fitted outcomes are of rows that count once each; expected "
                    "columns.weight: none");
    return STATUS_OK;
}

static Status check_setting(const Spec *spec, Message *message)
{
    Status status = check_world(spec, message);
    if (!status)
        status = check_outcomes(spec, message);
    if (!status)
        status = check_stream(spec, message);
    if (!status)
        status = check_needs(spec, message);
    if (!status)
        status = check_propensity(spec, message);
    if (!status)
        status = check_imputation(spec, message);
    if (!status)
        status = check_omission(spec, message);
    if (!status)
        status = check_embeddings(spec, message);
    if (!status)
        status = check_blocks(spec, message);
    if (!status)
        status = check_bags(spec, message);
    return status ? status : check_tuning(spec, message);
}

static Status check_settings(const Settings *settings, Message *message)
{
    for (int i = 0; i < settings->count; i++) {
        Setting setting;
        Message why;
        Status status = settings_make(settings, i, &setting, message);
        if (status)
            return status;
        status = check_setting(&setting.spec, &why);
        if (status)
            return fail(message, status, "%s%s%s", setting.text, setting.text[0] ? ": " : "", why.text);
    }
    return STATUS_OK;
}

static Status check_precision(const Spec *spec, Message *message)
{
    const Precision *precision = &spec->precision;
    const char *counted = spec_grows_worlds(spec) ? "worlds" : "replicates";
    if (!precision->bounds && !precision->max)
        return STATUS_OK;
    if (!precision->bounds || !precision->max)
        return fail(message, STATUS_USAGE,
                    "precision: expected metrics and max, such as {mse: 5%%, max: 400}");
    if (!spec->estimators)
        return fail(message, STATUS_USAGE,
                    "precision: expected estimators; risk.estimators have risk.redraws");
    if (precision->max < spec_pilot(spec))
        return fail(message, STATUS_USAGE,
                    "precision.max: found %d; expected at least the %d %s of the pilot", precision->max,
                    spec_pilot(spec), counted);
    if (spec_grows_worlds(spec) && spec->world_numbers && spec->world_numbers < precision->max)
        return fail(message, STATUS_USAGE,
                    "world.numbers: found %d numbers; expected precision.max of them, %d",
                    spec->world_numbers, precision->max);
    return STATUS_OK;
}

Status spec_check(const Spec *spec, Message *message)
{
    if (!spec->name[0])
        return fail(message, STATUS_USAGE, "name: empty; expected a name for the experiment");
    if (spec->layout && !spec->data[0])
        return fail(message, STATUS_USAGE, "data.path: empty; expected the folder of the data (--data DIR)");
    Status status = check_estimators(spec, message);
    if (!status)
        status = check_risk(spec, message);
    if (status)
        return status;
    if (spec->world_numbers && spec->world_numbers < spec->worlds)
        return fail(message, STATUS_USAGE,
                    "world.numbers: found %d numbers; expected one for each of the %d worlds",
                    spec->world_numbers, spec->worlds);
    Settings settings;
    status = check_precision(spec, message);
    if (!status)
        status = settings_create(&settings, spec, message);
    if (!status)
        status = check_settings(&settings, message);
    if (!status)
        status = claims_check(&settings, message);
    return status;
}

bool spec_unlisted(const Spec *spec, char name[SPEC_WORD])
{
    for (int i = 0; i < spec->overrides; i++) {
        snprintf(name, SPEC_WORD, "%s", spec->override[i].estimator);
        if (!spec_has_estimator(spec, name))
            return true;
    }
    for (int i = 0; i < spec->sweeps + spec->joint.keys; i++) {
        Key key;
        const char *text = i < spec->sweeps ? spec->sweep[i].key : spec->joint.key[i - spec->sweeps];
        if (key_find(spec, text, &key, "sweep", NULL) || key.kind != KEY_OPTION)
            continue;
        snprintf(name, SPEC_WORD, "%s", key.estimator);
        if (!spec_has_estimator(spec, name))
            return true;
    }
    return false;
}

/* Which keys, by how they begin, act on no data of a kind. */
static const struct {
    const char *begins;
    bool simulated, completed, real, plasmode; /* does nothing there */
    bool ratings;                              /* nor, of real ones, in ratings */
} idle_keys[] = {
    {"data.threshold", true, false, false, false, false},
    {"data.pairs", true, false, false, true, false},
    {"data.buckets", true, false, false, false, false},
    {"data.unbiased_share", true, false, false, true, false},
    {"data.random_clicks", true, true, false, true, true},
    {"data.test_", true, true, false, false, false},
    {"data.cut", true, true, false, false, false},
    {"data.window", true, true, false, false, false},
    {"data.delimiter", true, true, false, false, false},
    {"data.users", true, true, false, false, false},
    {"data.items", true, true, false, false, false},
    {"data.bag_separator", true, true, false, false, false},
    {"data.outcomes", true, true, false, false, false},
    {"plasmode.", true, true, true, false, false},
    {"columns.weight", true, true, false, false, false},
    {"columns.users_header", true, true, false, false, false},
    {"columns.items_header", true, true, false, false, false},
    {"columns.", true, false, false, false, false},
    {"matrix.", true, false, true, true, false},
    {"completion.", true, false, true, true, false},
    {"world.", false, true, true, true, false},
    {"behaviour.", false, true, true, true, false},
    {"stream.", false, true, true, true, false},
    {"delay.", false, true, true, true, false},
    {"delayed.", false, true, false, true, true},
    {"log.size", false, false, true, true, false},
    {"test.size", false, false, true, true, false},
    {"unbiased.size", false, false, true, false, false},
};

bool spec_key_is_idle(const Spec *spec, const char *key)
{
    const Layout *layout = spec->layout;
    const bool ratings = layout && (layout_is_matrix(layout) || layout_is_read_whole(layout));
    for (size_t i = 0; i < sizeof idle_keys / sizeof *idle_keys; i++) {
        const bool idle = !layout                       ? idle_keys[i].simulated
                          : layout_is_completed(layout) ? idle_keys[i].completed
                          : spec_is_plasmode(spec)      ? idle_keys[i].plasmode
                                                   : idle_keys[i].real || (ratings && idle_keys[i].ratings);
        if (idle && !strncmp(key, idle_keys[i].begins, strlen(idle_keys[i].begins)))
            return true;
    }
    return false;
}

bool spec_idle(const Spec *spec, char names[SPEC_TEXT])
{
    Spec standard;
    size_t used = 0;
    spec_defaults(&standard);
    for (int i = 0; i < field_count && used < SPEC_TEXT; i++) {
        const Field *field = &field_table[i];
        char text[LIST_TEXT], other[LIST_TEXT];
        if (!spec_key_is_idle(spec, field->key))
            continue;
        field->type->print(field, spec, text);
        field->type->print(field, &standard, other);
        if (sweep_find(spec, field->key) || joint_find(spec, field->key) >= 0 || strcmp(text, other) != 0)
            used += (size_t)snprintf(names + used, SPEC_TEXT - used, "%s%s", used ? ", " : "", field->key);
    }
    return used > 0;
}
