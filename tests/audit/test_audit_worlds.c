/* Audits of simulated worlds with models that are fitted to their logs: whether bounds hold the truth, and
 * whether intervals do in 95 % of them. A few logs here, CVRLAB_AUDIT_LOGS of them in `make audit-coverage`.
 * tests/audit/test_audit.c holds intervals to their 95 % where models are right.
 *
 * The truth is that of what models can know of a user whom they have not seen: all columns, the item and the
 * context, but of the user the noisy copy of z_u and the segment. What is left of z_u moves clicks and
 * conversions, and so is a hidden cause, though the world has none for who knows the user. */
#include "experiments/audit/audit_results.h"
#include "experiments/spec/assign.h"
#include "sim/world/world_internal.h"
#include "tests/support/monte_carlo.h"

enum {
    ROWS = 10000,
    FORCED = 4000,
    REFITS = 8, /* as many as the command makes */
    MANY = 50,
    MOST_LOGS = 1000,
    AT_TWO = 4 /* of audit_gamma */
};

static long number_of(const char *name, long usual)
{
    const char *text = getenv(name);
    const long number = text ? strtol(text, NULL, 10) : usual;
    assert_true(number > 0);
    return number;
}

/* Logs of seed 11 were in sight while the audit's intervals were made. */
static uint64_t seed(void)
{
    return (uint64_t)number_of("CVRLAB_AUDIT_SEED", 12);
}

/* Of a log: another seed, world and number have other rows, labels, folds and starts of models. */
static StreamKey key_of(const char *world, uint32_t index)
{
    return (StreamKey){.seed = seed(), .setting = world, .replicate = index};
}

static Drawn log_of(const World *world, const StreamKey *key, Sampling sampling, size_t rows)
{
    Drawn drawn;
    const ExposureDraw draw = {key, sampling == SAMPLE_UNBIASED ? "forced" : "log", sampling, rows, 0};
    OK(world_draw(world, &draw, &drawn.log, &drawn.truth, message));
    return drawn;
}

/* --- What models of the columns can know */

/* P(o=1 | x'), P(r=1 | o=1, x') and P(r(1)=1 | x') of each row, x' being x without the user. */
typedef struct KnownTruth {
    double *p_o, *q, *p_r;
} KnownTruth;

static KnownTruth known_create(size_t rows)
{
    double *memory = calloc(3 * rows, sizeof *memory);
    assert_non_null(memory);
    return (KnownTruth){memory, memory + rows, memory + 2 * rows};
}

enum { GUESSES = SCORE_BLOCK };

/* GUESSES draws of z of each user from what its copy and its segment leave of N(0, I): those of many others
 * of the segment, each as likely as the copy is under its z. Others are what the world's users would go on
 * with: the same directions make the segments, and the users themselves, who come first, are left out. */
static double *guess_users(const World *world, uint32_t index, gsl_rng *random)
{
    enum { OTHERS = 40000 };
    const WorldOptions *o = &world->options;
    const size_t k = (size_t)o->latent, users = (size_t)o->users;
    const double variance = o->feature_noise * o->feature_noise;
    const StreamKey key = {.seed = seed(), .setting = "", .world = index, .replicate = EVERY_REPLICATE};
    Population p;
    OK(population_create(&p, &(PopulationOptions){"users", o->users + OTHERS, o->latent, o->segments, 0, 0},
                         &key, message));
    assert_memory_equal(p.group, world->users.group, users * sizeof *p.group);
    const double *z = p.z + users * k;
    const uint32_t *group = p.group + users;
    double *guess = calloc(users * GUESSES * k, sizeof *guess);
    double *sum = calloc(OTHERS + 1, sizeof *sum);
    assert_true(guess && sum);
    for (size_t user = 0; user < users; user++) {
        for (size_t other = 0; other < OTHERS; other++) {
            double square = 0;
            const bool alike = group[other] == world->users.group[user];
            for (size_t d = 0; d < k && alike; d++)
                square += pow((double)world->users.copy[user * k + d] - z[other * k + d], 2);
            sum[other + 1] = sum[other] + (alike ? exp(-square / (2 * variance)) : 0);
        }
        for (size_t g = 0; g < GUESSES; g++) {
            const double at = gsl_rng_uniform(random) * sum[OTHERS];
            size_t low = 0, high = OTHERS - 1;
            while (low < high) {
                const size_t middle = (low + high) / 2;
                if (sum[middle + 1] > at)
                    high = middle;
                else
                    low = middle + 1;
            }
            memcpy(guess + (user * GUESSES + g) * k, z + low * k, k * sizeof *guess);
        }
    }
    free(sum);
    population_free(&p);
    return guess;
}

static void average(const World *world, const Log *log, const double *guess, const KnownTruth *to)
{
    const size_t k = (size_t)world->options.latent, context = (size_t)world->options.context;
    const size_t dense = (size_t)log->x.schema.dense, categorical = (size_t)log->x.schema.categorical;
    double *input = calloc((2 * k + context) * GUESSES, sizeof *input);
    assert_non_null(input);
    for (size_t i = 0; i < log->x.rows; i++) {
        const uint32_t *id = log->x.id + i * categorical;
        ExposureBlock block = {.rows = GUESSES};
        double p_r[GUESSES], p_o[GUESSES], q[GUESSES], clicks = 0, both = 0;
        for (size_t g = 0; g < GUESSES; g++) {
            for (size_t d = 0; d < k; d++) {
                input[d * GUESSES + g] = guess[(id[FIELD_USER] * GUESSES + g) * k + d];
                input[(k + d) * GUESSES + g] = world->items.z[id[FIELD_ITEM] * k + d];
            }
            for (size_t d = 0; d < context; d++)
                input[(2 * k + d) * GUESSES + g] = (double)log->x.dense[i * dense + 2 * k + d];
        }
        world_scores(world, input, &block);
        quadrature_truth(
            world->quadrature, &world->logits,
            &(QuadratureRows){
                .rows = GUESSES, .s_o = block.s_o, .s_r = block.s_r, .p_r = p_r, .p_o = p_o, .q = q});
        for (size_t g = 0; g < GUESSES; g++) {
            clicks += p_o[g];
            both += p_o[g] * q[g];
        }
        to->p_o[i] = clicks / GUESSES;
        to->q[i] = both / clicks;
        to->p_r[i] = mean_of(p_r, GUESSES);
    }
    free(input);
}

static KnownTruth known_of(const World *world, const Drawn *drawn, const double *guess)
{
    const KnownTruth known = known_create(drawn->log.x.rows);
    if (guess)
        average(world, &drawn->log, guess, &known);
    else {
        memcpy(known.p_o, drawn->truth.p_o, drawn->log.x.rows * sizeof(double));
        memcpy(known.q, drawn->truth.q, drawn->log.x.rows * sizeof(double));
        memcpy(known.p_r, drawn->truth.p_r, drawn->log.x.rows * sizeof(double));
    }
    return known;
}

/* What an audit estimates. */
typedef struct AuditTruth {
    double total;       /* mean q of the log's rows: the CVR of all rows, as if nothing were hidden */
    double potential;   /* mean P(r(1)=1 | x) of the log's rows, which bounds should hold */
    double rest;        /* mean q - p_r of the random rows */
    double log_gamma;   /* mean of log Gamma(x') over the random rows */
    double found;       /* log Gamma^ by the true p_o and q of x' in place of models */
    double information; /* of clicks: log likelihood of a row by p_o(x') less that by the click rate */
} AuditTruth;

static double information_of(const Log *clicks, const double *p)
{
    const size_t rows = clicks->x.rows;
    const double rate = (double)log_clicks(clicks) / (double)rows;
    double sum = 0;
    for (size_t i = 0; i < rows; i++)
        sum += clicks->click[i] ? log(p[i] / rate) : log((1 - p[i]) / (1 - rate));
    return sum / (double)rows;
}

static AuditTruth truth_of(const World *world, const Drawn *drawn, const Drawn *forced, uint32_t index)
{
    AuditTruth truth = {0};
    const size_t rows = drawn->log.x.rows, random_rows = forced->log.x.rows;
    const StreamKey key = key_of("", index);
    gsl_rng *random = stream_open(&key, "guesses");
    assert_non_null(random);
    double *guess = world->options.feature_noise > 0 ? guess_users(world, index, random) : NULL;
    const KnownTruth all = known_of(world, drawn, guess), of_forced = known_of(world, forced, guess);
    for (size_t i = 0; i < rows; i++)
        truth.potential += drawn->truth.p_r[i] / (double)rows;
    truth.total = mean_of(all.q, rows);
    truth.information = information_of(&drawn->log, all.p_o);
    truth.rest = mean_of(of_forced.q, random_rows) - mean_of(of_forced.p_r, random_rows);
    for (size_t i = 0; i < random_rows; i++) {
        const double p = of_forced.p_o[i], q = of_forced.q[i];
        const double other = (of_forced.p_r[i] - p * q) / (1 - p);
        truth.log_gamma += (logit_of(q) - logit_of(other)) / (double)random_rows;
    }
    truth.found =
        audit_log_gamma(&(AuditForced){random_rows, of_forced.p_o, of_forced.q, forced->log.conversion});
    free(all.p_o);
    free(of_forced.p_o);
    free(guess);
    gsl_rng_free(random);
    return truth;
}

/* --- Audits */

typedef struct WorldAudit {
    AuditSensitivity sensitivity;
    AuditGap gap;
    AuditTruth truth;
    double missed, information; /* audit_missed, and of p^ as AuditTruth has it */
} WorldAudit;

static double model_information(const AuditLog *audit)
{
    const size_t rows = audit->data->log.x.rows;
    double *p = calloc(rows, sizeof *p);
    assert_non_null(p);
    for (size_t i = 0; i < rows; i++)
        p[i] = audit_probability(&audit->click[AUDIT_ALL], audit->fit.click[i]);
    const double information = information_of(&audit->data->log, p);
    free(p);
    return information;
}

/* Every audit is of a world of its own. */
static void audit_world(WorldAudit *to, const Spec *spec, const char *name, size_t rows, uint32_t index)
{
    AuditLog audit;
    World *world;
    Method method;
    const StreamKey key = key_of(name, index);
    const EstimatorOptions options = {.model = spec->model, .train = spec->train};
    const AuditFit fit = {&method, &options, &key};
    OK(method_find("shared_bottom", &method, message));
    OK(world_create(&world, &spec->world, seed(), index, message));
    Drawn drawn = log_of(world, &key, SAMPLE_EXPOSURES, rows);
    Drawn forced = log_of(world, &key, SAMPLE_UNBIASED, FORCED);
    const AuditData data = {.log = drawn.log, .random = forced.log};
    OK(audit_log_create(&audit, &data, &fit, message));
    OK(audit_refit_halves(&audit, &fit, REFITS, message));
    OK(audit_gap(&to->gap, &audit, message));
    audit_sensitivity(&to->sensitivity, &audit, AUDIT_ODDS);
    to->truth = truth_of(world, &drawn, &forced, index);
    to->missed = audit_missed(&audit);
    to->information = model_information(&audit);
    audit_log_free(&audit);
    drawn_free(&drawn);
    drawn_free(&forced);
    world_free(world);
}

static int asked_logs(void)
{
    return (int)number_of("CVRLAB_AUDIT_LOGS", 2);
}

static Spec *spec_of_world(void)
{
    Spec *spec = malloc(sizeof *spec);
    assert_non_null(spec);
    spec_defaults(spec);
    OK(audit_preset(spec, message));
    spec->estimators = 0;
    return spec;
}

/* A number of an audit, of each log: what it is, and what it should be. */
typedef struct Tracked {
    const char *name;
    double off[MOST_LOGS], squares; /* of the stated errors */
    int held;
} Tracked;

static void track(Tracked *t, const AuditEstimate *e, double truth, int log)
{
    t->off[log] = e->value - truth;
    t->squares += e->error * e->error;
    t->held += e->low <= truth && truth <= e->high;
}

/* Prints a row of docs/AUDIT.md. A count of independent logs is binomial. With many, two of its standard
 * errors: more would let intervals pass that hold in 90 %. */
static void hold_in_95_percent(const char *world, const Tracked *t, int logs)
{
    const double share = (double)t->held / logs, errors = logs < MANY ? STANDARD_ERRORS : 2;
    print_message("| %s | %s | %.4f | %.4f | %.4f | %.4f | %d of %d |\n", world, t->name,
                  mean_of(t->off, (size_t)logs), error_of_mean(t->off, (size_t)logs),
                  sqrt(variance_of(t->off, (size_t)logs)), sqrt(t->squares / logs), t->held, logs);
    if (!(fabs(share - 0.95) <= errors * sqrt(0.95 * 0.05 / logs)))
        fail_msg("%s: intervals of 95 %% hold the truth of %d of %d logs", t->name, t->held, logs);
}

static void audits_hold(const Spec *spec, const char *world, int logs)
{
    const size_t rows = (size_t)number_of("CVRLAB_AUDIT_ROWS", ROWS);
    static Tracked total, gamma, rest;
    double known_off[MOST_LOGS];
    total = (Tracked){.name = "CVR of all rows at Gamma 1"};
    gamma = (Tracked){.name = "log Gamma^"};
    rest = (Tracked){.name = "rest of the gap"};
    int bounded = 0;
    double known = 0, missed = 0, learned = 0, all = 0;
    assert_true(logs <= MOST_LOGS);
    for (int l = 0; l < logs; l++) {
        WorldAudit a;
        audit_world(&a, spec, world, rows, (uint32_t)l);
        const AuditSensitivity *s = &a.sensitivity;
        track(&total, &s->lower[0], a.truth.total, l);
        track(&gamma, &a.gap.log_gamma, a.truth.log_gamma, l);
        track(&rest, &a.gap.rest, a.truth.rest, l);
        bounded += s->lower[AT_TWO].low <= a.truth.potential && a.truth.potential <= s->upper[AT_TWO].high;
        known += a.truth.log_gamma / logs;
        missed += a.missed * a.information / logs;
        learned += a.information / logs;
        all += a.truth.information / logs;
        known_off[l] = a.truth.found - a.truth.log_gamma;
    }
    print_message("%s: %d logs of %zu rows, mean log Gamma for who does not know the user %.3f\n", world,
                  logs, rows, known);
    print_message("| %s | %.4f | %.4f | %.4f |\n", world, learned, all - learned, missed);
    /* Models learn no slower than an audit takes them to, rows^-1/8, and no faster than networks are known
     * to, rows^-.35, by which less would be missed; a few logs do not tell. */
    const double fastest = (pow(2, 0.35) - 1) / (pow(2, 0.125) - 1);
    assert_true(logs < MANY || (missed > all - learned && missed < fastest * (all - learned)));
    hold_in_95_percent(world, &total, logs);
    hold_in_95_percent(world, &gamma, logs);
    hold_in_95_percent(world, &rest, logs);
    mean_is("log Gamma^ of models that know all that there is to know", known_off, (size_t)logs, 0);
    assert_int_equal(bounded, logs);
}

static void in_a_friendly_world(double hidden_odds, const char *name)
{
    Spec *spec = spec_of_world();
    spec->world.latent = 2;
    spec->world.context = 1;
    spec->world.feature_noise = 0;
    spec->world.ctr = 0.2;
    spec->world.hidden_odds = hidden_odds;
    audits_hold(spec, name, asked_logs() > 4 ? asked_logs() / 2 : 2);
    free(spec);
}

/* Few columns, without noise, and many clicks; half of the logs, and half where something is hidden. */
static void nothing_hidden(void **state)
{
    (void)state;
    slow_under_valgrind();
    in_a_friendly_world(0, "friendly, Gamma 1");
}

static void a_hidden_cause(void **state)
{
    (void)state;
    slow_under_valgrind();
    in_a_friendly_world(exp(0.43), "friendly, Gamma 1.54");
}

static void the_default_world(void **state)
{
    (void)state;
    slow_under_valgrind();
    Spec *spec = spec_of_world();
    audits_hold(spec, "default", asked_logs());
    free(spec);
}

/* Logs of all seeds and worlds once had the same rows and chances, so that those of a second seed repeated
 * the luck of the first. */
static void logs_are_their_own(void **state)
{
    (void)state;
    Spec *spec = spec_of_world();
    const StreamKey usual = key_of("default", 1);
    const StreamKey other[] = {key_of("friendly", 1), key_of("default", 2), {2027, "default", 0, 1}};
    World *world;
    OK(world_create(&world, &spec->world, seed(), 1, message));
    Drawn drawn = log_of(world, &usual, SAMPLE_EXPOSURES, ROWS);
    for (size_t k = 0; k < sizeof other / sizeof *other; k++) {
        Drawn another = log_of(world, &other[k], SAMPLE_EXPOSURES, ROWS);
        assert_memory_not_equal(drawn.log.x.id, another.log.x.id, ROWS * sizeof *drawn.log.x.id);
        assert_memory_not_equal(drawn.log.click, another.log.click, ROWS);
        drawn_free(&another);
    }
    drawn_free(&drawn);
    world_free(world);
    free(spec);
}

/* A logistic regression of the labels on logit p has the slope 1: its score there is 0 on average over users,
 * whose z are draws given their copies and segments. */
static void known_is_calibrated(const char *what, const Log *log, const double *p, const uint8_t *label,
                                const uint8_t *marked, size_t users)
{
    double *score = calloc(users, sizeof *score), information = 0, centre = 0;
    assert_non_null(score);
    for (size_t i = 0; i < log->x.rows; i++)
        if (!marked || marked[i]) {
            information += p[i] * (1 - p[i]);
            centre += p[i] * (1 - p[i]) * logit_of(p[i]);
        }
    centre /= information;
    for (size_t i = 0; i < log->x.rows; i++)
        if (!marked || marked[i])
            score[log->x.id[i * (size_t)log->x.schema.categorical + FIELD_USER]] +=
                (label[i] - p[i]) * (logit_of(p[i]) - centre);
    mean_is(what, score, users, 0);
    free(score);
}

/* Not of world 0, whose streams are those of a key that names no world. */
static void truth_without_users_is_calibrated(void **state)
{
    (void)state;
    slow_under_valgrind();
    const uint32_t index = 1;
    Spec *spec = spec_of_world();
    World *world;
    OK(world_create(&world, &spec->world, seed(), index, message));
    const size_t users = (size_t)spec->world.users;
    const StreamKey key = key_of("default", index);
    Drawn drawn = log_of(world, &key, SAMPLE_EXPOSURES, 4 * ROWS);
    gsl_rng *random = stream_open(&key, "guesses");
    assert_non_null(random);
    double *guess = guess_users(world, index, random);
    const KnownTruth known = known_of(world, &drawn, guess);
    known_is_calibrated("clicks given x'", &drawn.log, known.p_o, drawn.log.click, NULL, users);
    known_is_calibrated("conversions of clicks given x'", &drawn.log, known.q, drawn.log.conversion,
                        drawn.log.click, users);
    free(known.p_o);
    free(guess);
    gsl_rng_free(random);
    drawn_free(&drawn);
    world_free(world);
    free(spec);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(logs_are_their_own), cmocka_unit_test(truth_without_users_is_calibrated),
        cmocka_unit_test(the_default_world),  cmocka_unit_test(nothing_hidden),
        cmocka_unit_test(a_hidden_cause),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
