/* What theory says that estimators must do, whatever their code looks like: limits in which one is another,
 * what cannot grow, what must vanish. */
#include "estimators/core/train.h"
#include "tests/support/stage.h"

static double loss_of_row(const Stage *s, int i)
{
    return cross_entropy(s->log.conversion[i], probability((double)s->z[CVR][i]));
}

static double imputed_loss_of_row(const Stage *s, int i)
{
    return cross_entropy(probability((double)s->z[IMPUTATION][i]), probability((double)s->z[CVR][i]));
}

/* sum_O (e + e_hat) / p / |B|: what the parts of a doubly robust risk add up to at most. */
static double size_of_risk(const Stage *s)
{
    double sum = 0;
    for (int i = 0; i < EXPOSURES; i++)
        sum += loss_of_row(s, i) * s->log.click[i] / (double)s->propensity[i] +
               2 * imputed_loss_of_row(s, i) / (double)s->propensity[i];
    return sum / EXPOSURES;
}

/* The slope of the loss along a prediction that is the same for all rows. */
static double slope_of_constant(Stage *s, const char *estimator, double prediction)
{
    double sum = 0;
    for (int i = 0; i < EXPOSURES; i++)
        s->z[CVR][i] = (float)log(prediction / (1 - prediction));
    StageResult result = stage_play(s, estimator, 0);
    for (int i = 0; i < EXPOSURES; i++)
        sum += result.slope[CVR][i];
    return sum;
}

/* The best constant of naive is the CVR of clicks; that of direct is as much lower as clicks are rare. */
static void direct_is_low_by_the_click_rate(void **state)
{
    Stage *s = *state;
    double clicks = 0, conversions_seen = 0;
    stage_data(s);
    for (int i = 0; i < EXPOSURES; i++) {
        clicks += s->log.click[i];
        conversions_seen += s->log.conversion[i];
    }
    double cvr = conversions_seen / clicks, click_rate = clicks / EXPOSURES;
    assert_true(cvr > 0 && cvr < 1 && click_rate < 1);
    /* slopes of rows are at most 1 / |O|, good to 16 roundings */
    double zero = 16 * U_ROUND * EXPOSURES / clicks;
    assert_true(fabs(slope_of_constant(s, "naive", cvr)) <= zero);
    assert_true(fabs(slope_of_constant(s, "direct", click_rate * cvr)) <= zero);
    assert_true(fabs(slope_of_constant(s, "direct", cvr)) > 1000 * zero);
}

static void division_is_a_clipped_quotient(void **state)
{
    Stage *s = *state;
    Pass pass;
    uint32_t row[EXPOSURES];
    int above_one = 0;
    stage_data(s);
    stage_open(s, "division", &lookup_backbone);
    stage_run(s, 0);
    for (int i = 0; i < EXPOSURES; i++)
        row[i] = (uint32_t)i;
    tape_reset(s->context.tape);
    model_move(s->context.model, MOVE_NOTHING);
    pass_start_prediction(&pass, &s->context, &(RowSet){.x = &s->log.x, .row = row, .rows = EXPOSURES});
    const float *c = s->method.estimator->predict(&pass)->value;
    for (int i = 0; i < EXPOSURES; i++) {
        double quotient = probability((double)s->z[CVR][i]) / probability((double)s->z[CTR][i]);
        above_one += quotient > 1;
        assert_true(fabs((double)c[i] - fmin(quotient, 1)) <= 32 * U_ROUND);
    }
    assert_true(above_one > 0 && above_one < EXPOSURES);
    stage_close(s);
}

static void without_confounding_robust_methods_are_their_nominal_ones(void **state)
{
    Stage *s = *state;
    stage_data(s);
    static const char *const variant[] = {"gamma", "self_normalised", "tied"};
    for (int k = 0; k < 3; k++) {
        stage_open(s, "rd_ips", &lookup_backbone);
        stage_set(s, variant[k], 1);
        stage_set(s, "gamma", 1);
        StageResult robust = stage_run(s, 1);
        stage_close(s);
        StageResult nominal = stage_play(s, "ips", 0);
        stage_same(&robust, &nominal, size_of_risk(s));
        for (int phase = 0; phase < 2; phase++) {
            stage_open(s, "rd_dr", &lookup_backbone);
            stage_set(s, variant[k], 1);
            stage_set(s, "gamma", 1);
            robust = stage_run(s, 1 + phase);
            stage_close(s);
            nominal = stage_play(s, "dr_jl", phase);
            stage_same(&robust, &nominal, size_of_risk(s));
        }
    }
}

/* Errors are not negative, so the worst weights are the highest; those of a weighted mean are the lowest too.
 */
static void robust_risks_exceed_nominal_ones(void **state)
{
    Stage *s = *state;
    stage_data(s);
    StageResult nominal = stage_play(s, "ips", 0), robust = stage_play_with(s, "rd_ips", 1, "gamma", 3);
    stage_open(s, "rd_ips", &lookup_backbone);
    stage_set(s, "gamma", 3);
    stage_set(s, "self_normalised", 1);
    StageResult normalised_one = stage_run(s, 1);
    stage_close(s);
    int more = 0, less = 0;
    for (int i = 0; i < EXPOSURES; i++) {
        double size = fabs(nominal.slope[CVR][i]);
        assert_true(s->log.click[i] ? fabs(robust.slope[CVR][i]) > size : robust.slope[CVR][i] == 0);
        more += fabs(normalised_one.slope[CVR][i]) > size;
        less += fabs(normalised_one.slope[CVR][i]) < size;
    }
    assert_true(more > 0 && less > 0);
}

/* Ascent on them raises what descent on the prediction lowers. */
static void tied_weights_rise_with_the_error(void **state)
{
    Stage *s = *state;
    stage_data(s);
    StageResult adversary_of = stage_play_with(s, "rd_ips", 0, "gamma", 3);
    for (int i = 0; i < EXPOSURES; i++)
        assert_true(s->log.click[i] ? adversary_of.slope[WEIGHT][i] < 0 : adversary_of.slope[WEIGHT][i] == 0);
}

/* An item's clicks of one label have one weight, whoever the user is. */
static void tied_weights_are_of_items_and_labels(void **state)
{
    Stage *s = *state;
    Pass pass;
    stage_data(s);
    stage_open(s, "rd_ips", NULL);
    Net *net = model_net(s->context.model, WEIGHT);
    assert_true(net->weights == 1 && net->weight[0].rows * net->weight[0].cols == 2); /* of one item */
    net->value[0] = -0.5F;
    net->value[1] = 2;
    tape_reset(s->context.tape);
    model_move(s->context.model, 1 << 1);
    sampler_next(s->sampler);
    pass_start(&pass, &s->context, s->sampler);
    Var g = logit(&pass, WEIGHT, O), r = conversions(&pass, O);
    double converted = 0;
    for (int i = 0; i < g->rows; i++) {
        assert_true(g->value[i] == (r->value[i] > 0 ? 2 : -0.5F));
        converted += (double)r->value[i];
    }
    tape_backward(s->context.tape, sum(g));
    assert_true((double)net->grad[1] == converted && (double)net->grad[0] == g->rows - converted);
    stage_close(s);
}

static void the_ends_of_dr_mse_are_dr_bias_and_mrdr(void **state)
{
    Stage *s = *state;
    stage_data(s);
    StageResult end = stage_play_with(s, "dr_mse", 1, "gamma", 1), bias = stage_play(s, "dr_bias", 1);
    stage_same(&end, &bias, bias.loss);
    end = stage_play_with(s, "dr_mse", 1, "gamma", 0);
    StageResult variance = stage_play(s, "mrdr", 1);
    stage_same(&end, &variance, variance.loss);
}

/* A filter that lets nothing through leaves the inverse propensity, one that lets everything through dr_jl,
 * and between them are both kinds of rows, by the click and elsewhere. */
static void the_ends_of_cdr_are_ips_and_dr_jl(void **state)
{
    Stage *s = *state;
    stage_data(s);
    StageResult ips = stage_play(s, "ips", 0), dr_jl = stage_play(s, "dr_jl", 0);
    StageResult none = stage_play_with(s, "cdr", 0, "eta", 0), all = stage_play_with(s, "cdr", 0, "eta", 1e6);
    stage_same(&none, &ips, size_of_risk(s));
    stage_same(&all, &dr_jl, size_of_risk(s));
    StageResult some = stage_play_with(s, "cdr", 0, "eta", 0.4);
    int like_ips[2] = {0}, like_dr_jl[2] = {0};
    for (int i = 0; i < EXPOSURES; i++) {
        double apart = fabs(ips.slope[CVR][i] - dr_jl.slope[CVR][i]);
        int click = s->log.click[i];
        like_ips[click] += fabs(some.slope[CVR][i] - ips.slope[CVR][i]) < 1e-3 * apart;
        like_dr_jl[click] += fabs(some.slope[CVR][i] - dr_jl.slope[CVR][i]) < 1e-3 * apart;
    }
    for (int click = 0; click <= 1; click++)
        assert_true(like_ips[click] > 0 && like_dr_jl[click] > 0);
    assert_int_equal(like_ips[0] + like_ips[1] + like_dr_jl[0] + like_dr_jl[1], EXPOSURES);
}

/* The imputation step is that of the method whose weights it takes. */
static void cdr_imputes_as_its_base(void **state)
{
    static const char *const base[] = {"dr_jl", "mrdr", "dr_bias", "eib"};
    Stage *s = *state;
    stage_data(s);
    for (int k = 0; k < 4; k++) {
        StageResult cdr = stage_play_with(s, "cdr", 1, "base", k), plain = stage_play(s, base[k], 1);
        stage_same(&cdr, &plain, plain.loss);
    }
}

/* Entries of embeddings of the imputation are dropped on every backbone, the share that is asked for, and the
 * others scaled so that the mean stays. Models here have one user and one item, so that all rows are alike
 * but for what is dropped. The logit of mf has the same mean, as factors of a term are dropped apart. */
static void dropout_reaches_every_backbone(void **state)
{
    enum { PASSES = 40, DRAWN = PASSES * DROPOUT_SAMPLES * EXPOSURES };
    Stage *s = *state;
    stage_data(s);
    for (const Backbone *const *b = backbone_table; *b; b++) {
        Pass pass;
        double sum = 0, squares = 0, whole = 0;
        stage_open(s, "cdr", *b);
        model_move(s->context.model, MOVE_NOTHING);
        for (int k = 0; k < PASSES; k++) {
            tape_reset(s->context.tape);
            sampler_next(s->sampler);
            pass_start(&pass, &s->context, s->sampler);
            whole = (double)logit(&pass, IMPUTATION, D)->value[0];
            for (int j = 0; j < DROPOUT_SAMPLES; j++) {
                Var m = pseudo_label_sample(&pass, D, j, 0.5F),
                    clicked = pseudo_label_sample(&pass, O, j, 0.5F);
                assert_memory_equal(m->value, clicked->value, (size_t)clicked->rows * sizeof(float));
                for (int i = 0; i < m->rows; i++) {
                    double z = log((double)m->value[i] / (1 - (double)m->value[i]));
                    sum += z / DRAWN;
                    squares += z * z / DRAWN;
                }
            }
        }
        double sd = sqrt(squares - sum * sum);
        assert_true(sd > 1e-4);
        if (!strcmp((*b)->name, "mf") && fabs(sum - whole) > 5 * sd / sqrt(DRAWN))
            fail_msg("mf: the mean under dropout is %g, without %g, sd %g", sum, whole, sd);
        stage_close(s);
    }
}

static void one_repeat_is_naive(void **state)
{
    Stage *s = *state;
    stage_data(s);
    StageResult repeated = stage_play_with(s, "oversampling", 0, "k", 1), naive = stage_play(s, "naive", 0);
    stage_same(&repeated, &naive, naive.loss);
}

/* A click of propensity 1e-4 takes over the risk of IPS; a weighted mean cannot leave its terms. */
static void stable_dr_stays_bounded(void **state)
{
    Stage *s = *state;
    int rare = 0;
    double largest = 0;
    stage_data(s);
    while (!s->log.click[rare])
        rare++;
    s->propensity[rare] = 1e-4F;
    for (int i = 0; i < EXPOSURES; i++)
        largest = fmax(largest, loss_of_row(s, i));
    StageResult stable = stage_play(s, "stable_dr", 1), ips = stage_play(s, "ips", 0);
    assert_true(stable.loss <= largest);
    assert_true(ips.loss >= loss_of_row(s, rare) * 1e4 / EXPOSURES * (1 - 16 * U_ROUND));
    assert_true(ips.loss > largest);
    for (int i = 0; i < EXPOSURES; i++)
        assert_true(fabs(stable.slope[CVR][i]) <= 1); /* |c - r| times a weight of a mean */
    assert_true(fabs(ips.slope[CVR][rare]) > 1);
}

/* The eps of the targeted step, from its slope at an unclicked row: 2 (e_hat + eps d0) (c - m) / |B|. */
static double targeting_eps(const Stage *s, const StageResult *targeted, int i)
{
    double c = probability((double)s->z[CVR][i]), m = probability((double)s->z[IMPUTATION][i]);
    double corrected = targeted->slope[CVR][i] * EXPOSURES / (2 * (c - m));
    return (corrected - imputed_loss_of_row(s, i)) / (1 / (double)s->propensity[i] - 1);
}

/* With imputed errors e_hat + eps d0 the doubly robust value and that of error imputation are one number:
 * their difference is sum_O d0 (e - e_hat - eps d0) / |B|, d0 = 1/p - 1. */
static void targeted_errors_make_two_values_one(void **state)
{
    Stage *s = *state;
    stage_data(s);
    StageResult targeted = stage_play(s, "tdr", 2);
    int asked = 0;
    for (int i = 0; i < EXPOSURES; i++) {
        double c = probability((double)s->z[CVR][i]), m = probability((double)s->z[IMPUTATION][i]);
        double d0 = 1 / (double)s->propensity[i] - 1;
        if (s->log.click[i] || fabs(c - m) < 0.1 || d0 < 1)
            continue; /* eps is not to be read off such rows in float */
        double eps = targeting_eps(s, &targeted, i), doubly_robust = 0, imputation_alone = 0, size = 0;
        for (int k = 0; k < EXPOSURES; k++) {
            double p = (double)s->propensity[k], e = loss_of_row(s, k);
            double e_hat = imputed_loss_of_row(s, k) + eps * (1 / p - 1);
            doubly_robust += e_hat + (s->log.click[k] ? (e - e_hat) / p : 0);
            imputation_alone += s->log.click[k] ? e : e_hat;
            size += s->log.click[k] ? (1 / p - 1) * (1 / p - 1) : 0;
        }
        /* an error of eps makes size times as much of a difference; see targeting_eps for what it is divided
         * by */
        double error = 64 * U_ROUND * (10 / 0.1 + 1);
        assert_true(eps != 0 && fabs(doubly_robust - imputation_alone) <= size * error);
        assert_true(size * fabs(eps) > 10 * size * error);
        asked++;
    }
    assert_true(asked > 3);
}

/* Targeting in every step is the targeted step in its place. */
static void collaborative_targeting_is_of_every_step(void **state)
{
    Stage *s = *state;
    stage_data(s);
    StageResult last = stage_play(s, "tdr", 2), every = stage_play_with(s, "tdr", 0, "collaborative", 1);
    assert_memory_equal(&last, &every, sizeof last);
}

/* With one propensity the correction is the mean of what is missing in imputed errors of clicks. */
static void with_one_propensity_targeting_is_a_shift(void **state)
{
    Stage *s = *state;
    double missing = 0, clicks = 0;
    int asked = 0;
    stage_data(s);
    for (int i = 0; i < EXPOSURES; i++)
        s->propensity[i] = 0.25F;
    StageResult targeted = stage_play(s, "tdr", 2);
    for (int i = 0; i < EXPOSURES; i++) {
        missing += s->log.click[i] ? loss_of_row(s, i) - imputed_loss_of_row(s, i) : 0;
        clicks += s->log.click[i];
    }
    for (int i = 0; i < EXPOSURES; i++) {
        double c = probability((double)s->z[CVR][i]), m = probability((double)s->z[IMPUTATION][i]);
        if (s->log.click[i] || fabs(c - m) < 0.1)
            continue;
        /* see targeting_eps for what it is divided by */
        double error = 64 * U_ROUND * (10 / 0.1 + 1);
        assert_true(fabs(3 * targeting_eps(s, &targeted, i) - missing / clicks) <= error);
        asked++;
    }
    assert_true(asked > 3);
}

/* A pool with as many unclicked rows as there are is D. */
static void a_pool_of_all_rows_is_no_pool(void **state)
{
    Stage *s = *state;
    stage_data(s);
    StageResult plain = stage_play(s, "dr_jl", 0), all = stage_play_with(s, "mrdr", 0, "pool", EXPOSURES);
    assert_memory_equal(&plain, &all, sizeof plain);
    StageResult clicks_alone = stage_play_with(s, "mrdr", 0, "pool", 1e-9);
    for (int i = 0; i < EXPOSURES; i++)
        assert_true(s->log.click[i] ? clicks_alone.slope[CVR][i] != 0 : clicks_alone.slope[CVR][i] == 0);
}

/* Without what moves clicks alone, and with a p that the risk does not move, dt_ips is multi_ipw whose heads
 * are one, but for a risk that is a mean over clicks. */
static void without_an_offset_dt_ips_is_multi_ipw_with_tied_heads(void **state)
{
    Stage *s = *state;
    double clicks = 0;
    stage_data(s);
    s->log.propensity = NULL;
    memcpy(s->z[CTR], s->z[CVR], sizeof s->z[CVR]);
    memset(s->z[CLICK_OFFSET], 0, sizeof s->z[CLICK_OFFSET]);
    for (int i = 0; i < EXPOSURES; i++)
        clicks += s->log.click[i];
    stage_open(s, "dt_ips", &lookup_backbone);
    stage_set(s, "alpha", 1);
    stage_set(s, "beta", 0);
    stage_set(s, "stop_propensity", 1);
    StageResult tied = stage_run(s, 0);
    stage_close(s);
    StageResult apart = stage_play(s, "multi_ipw", 0);
    double risk = 0, click = 0;
    for (int i = 0; i < EXPOSURES; i++) {
        double c = probability((double)s->z[CVR][i]);
        click += cross_entropy(s->log.click[i], c) / EXPOSURES;
        risk += s->log.click[i] ? loss_of_row(s, i) / c / EXPOSURES : 0;
        double weighted = apart.slope[CVR][i] * EXPOSURES / clicks, error = 64 * U_ROUND * (1 + 1 / c);
        assert_true(fabs(tied.slope[CVR][i] - weighted - apart.slope[CTR][i]) <= error);
        assert_true(fabs(tied.slope[CLICK_OFFSET][i] - apart.slope[CTR][i]) <= error);
    }
    assert_true(fabs(apart.loss - click - risk) <= 64 * U_ROUND * (1 + risk));
    assert_true(fabs(tied.loss - click - risk * EXPOSURES / clicks) <= 64 * U_ROUND * (1 + risk * EXPOSURES));
}

/* A live 1/p lowers the loss where p rises, by the error of the prediction: -e (1-p)/p of a click. */
static void live_weights_raise_the_propensity_of_bad_predictions(void **state)
{
    Stage *s = *state;
    double clicks = 0;
    stage_data(s);
    s->log.propensity = NULL;
    for (int i = 0; i < EXPOSURES; i++)
        clicks += s->log.click[i];
    StageResult live = stage_play(s, "dt_ips", 0);
    StageResult stopped = stage_play_with(s, "dt_ips", 0, "stop_propensity", 1);
    assert_true(fabs(live.loss - stopped.loss) <= 64 * U_ROUND * live.loss);
    for (int i = 0; i < EXPOSURES; i++) {
        double p = probability((double)s->z[CVR][i] + (double)s->z[CLICK_OFFSET][i]);
        double pull = s->log.click[i] ? -loss_of_row(s, i) * (1 - p) / p / clicks : 0;
        double got = live.slope[CLICK_OFFSET][i] - stopped.slope[CLICK_OFFSET][i];
        assert_true(fabs(got - pull) <= 64 * U_ROUND * (1 + fabs(pull)));
        assert_true(s->log.click[i] ? pull < 0 : pull == 0);
    }
}

/* Without its ridge, and with one form or the other. */
static StageResult play_mr(Stage *s, bool imputed)
{
    stage_open(s, "mr", &lookup_backbone);
    stage_set(s, "ridge", 0);
    stage_set(s, "imputed", imputed);
    StageResult result = stage_run(s, 0);
    stage_close(s);
    return result;
}

/* The weights of mr give each candidate its mean over D. */
static void weights_of_mr_balance_every_candidate(void **state)
{
    Stage *s = *state;
    double weighted[4] = {0}, average_of[4] = {0}, size[4] = {0};
    stage_data(s);
    StageResult result = play_mr(s, false);
    for (int i = 0; i < EXPOSURES; i++) {
        double c = probability((double)s->z[CVR][i]);
        double u[4] = {1 / (double)s->propensity[i], 1 / probability((double)s->z[SECOND_CTR][i]),
                       cross_entropy(probability((double)s->z[IMPUTATION][i]), c),
                       cross_entropy(probability((double)s->z[SECOND_IMPUTATION][i]), c)};
        double omega = s->log.click[i] ? result.slope[CVR][i] / (c - s->log.conversion[i]) : 0;
        for (int k = 0; k < 4; k++) {
            average_of[k] += u[k] / EXPOSURES;
            weighted[k] += omega * u[k];
            size[k] += fabs(omega * u[k]);
        }
    }
    for (int k = 0; k < 4; k++) /* slopes are good to 16 roundings of weights, which are sums of four parts */
        assert_true(fabs(weighted[k] - average_of[k]) <= 256 * U_ROUND * size[k]);
}

/* The weighted value, that of the regressed errors, and the doubly robust one by either propensity are one
 * number. */
static void forms_of_mr_have_one_value(void **state)
{
    Stage *s = *state;
    stage_data(s);
    StageResult weighted = play_mr(s, false), imputed = play_mr(s, true);
    for (int i = 0; i < EXPOSURES; i++) { /* the propensities change places */
        float p = s->propensity[i];
        s->propensity[i] = (float)probability((double)s->z[SECOND_CTR][i]);
        s->z[SECOND_CTR][i] = (float)log((double)p / (1 - (double)p));
    }
    StageResult by_the_other = play_mr(s, true);
    double size = 256 * U_ROUND * size_of_risk(s);
    assert_true(weighted.loss > 0.1 && fabs(weighted.loss - imputed.loss) <= size);
    assert_true(fabs(weighted.loss - by_the_other.loss) <= size);
}

/* With one imputation that is right everything else may be wrong: the value is the mean error of all rows. */
static void one_right_imputation_is_enough_for_mr(void **state)
{
    static const Head right[] = {IMPUTATION, SECOND_IMPUTATION};
    Stage *s = *state;
    for (int k = 0; k < 2; k++) {
        double ideal = 0;
        stage_data(s);
        for (int i = 0; i < EXPOSURES; i++) {
            int r = s->log.click[i] ? s->log.conversion[i] : i % 3 == 0;
            s->z[right[k]][i] = r ? 20 : -20;
            ideal += cross_entropy(r, probability((double)s->z[CVR][i])) / EXPOSURES;
        }
        for (int imputed = 0; imputed <= 1; imputed++)
            assert_true(fabs(play_mr(s, imputed).loss - ideal) <= 256 * U_ROUND * size_of_risk(s));
        assert_true(fabs(stage_play(s, "ips", 0).loss - ideal) > 0.01);
    }
}

/* With nothing of bias and variance in the propensity's loss gpl is mrdr with double learning and a p of its
 * own. */
static void gpl_without_its_term_is_mrdr(void **state)
{
    Stage *s = *state;
    stage_data(s);
    StageResult click = stage_play(s, "gpl", 0), propensity_loss = stage_play_with(s, "gpl", 3, "a", 0);
    stage_same(&propensity_loss, &click, click.loss);
    StageResult prediction = stage_play(s, "gpl", 1), of_mrdr = stage_play(s, "mrdr", 0);
    assert_memory_equal(&prediction, &of_mrdr, sizeof prediction);
    StageResult imputation = stage_play(s, "gpl", 2);
    of_mrdr = stage_play_with(s, "mrdr", 1, "double_learning", 1);
    assert_memory_equal(&imputation, &of_mrdr, sizeof imputation);
}

/* The term raises the propensity of clicks, by the square of what the imputed error misses; it leaves other
 * rows alone. */
static void gpl_raises_the_propensity_of_clicks_imputed_badly(void **state)
{
    Stage *s = *state;
    stage_data(s);
    s->log.propensity = NULL;
    StageResult click = stage_play(s, "gpl", 0), both = stage_play_with(s, "gpl", 3, "b", 1);
    for (int i = 0; i < EXPOSURES; i++) {
        double p = probability((double)s->z[CTR][i]), gap = loss_of_row(s, i) - imputed_loss_of_row(s, i);
        /* d/dz of (1/p - 1)^2 is -2 (1/p - 1) (1 - p) / p */
        double pull = s->log.click[i] ? -0.7 * 2 * pow(1 / p - 1, 2) * gap * gap / EXPOSURES : 0;
        double got = both.slope[CTR][i] - click.slope[CTR][i];
        assert_true(fabs(got - pull) <= 64 * U_ROUND * (1 + fabs(pull)));
    }
}

/* With the best eps of a batch the value of superdr is that of imputed errors where nothing is seen. */
static void superdr_imputes_what_is_not_seen(void **state)
{
    Stage *s = *state;
    stage_data(s);
    StageResult result = stage_play_with(s, "superdr", 0, "closed_form", 1);
    double above = 0, below = 0, value = 0;
    for (int i = 0; i < EXPOSURES; i++) {
        double p = (double)s->propensity[i];
        above += s->log.click[i] ? (1 - p) / p * (loss_of_row(s, i) - imputed_loss_of_row(s, i)) : 0;
        below += s->log.click[i] ? (1 - p) * (1 - p) / p : 0;
    }
    for (int i = 0; i < EXPOSURES; i++)
        value += s->log.click[i] ? loss_of_row(s, i)
                                 : imputed_loss_of_row(s, i) - above / below * (double)s->propensity[i];
    assert_true(fabs(above / below) > 1000 * 64 * U_ROUND * size_of_risk(s));
    assert_true(fabs(result.loss - value / EXPOSURES) <= 64 * U_ROUND * size_of_risk(s));
}

/* The prediction does not see eps, unless errors are squared. */
static void eps_of_superdr_moves_no_prediction(void **state)
{
    Stage *s = *state;
    stage_data(s);
    StageResult dr_jl = stage_play(s, "dr_jl", 0), plain = stage_play(s, "superdr", 0);
    for (int i = 0; i < EXPOSURES; i++)
        assert_true(fabs(plain.slope[CVR][i] - dr_jl.slope[CVR][i]) <= 64 * U_ROUND * size_of_risk(s));
    StageResult squared = stage_play_with(s, "superdr", 0, "squared", 1);
    memset(s->z[RESIDUAL_E], 0, sizeof s->z[RESIDUAL_E]);
    StageResult without = stage_play_with(s, "superdr", 0, "squared", 1);
    assert_memory_not_equal(squared.slope[CVR], without.slope[CVR], sizeof squared.slope[CVR]);
}

static void set_all(float *logit, double value)
{
    for (int i = 0; i < ROWS; i++)
        logit[i] = (float)value;
}

/* Entropy alone drives the weights of kb to 1/e, and then its prediction step is naive's over e. */
static void without_balance_weights_of_kb_are_1_over_e(void **state)
{
    Stage *s = *state;
    stage_data(s);
    set_all(s->z[WEIGHT], -1);
    StageResult weight = stage_play_with(s, "kb_ips", 1, "gamma", 0);
    for (int i = 0; i < EXPOSURES; i++)
        assert_true(fabs(weight.slope[WEIGHT][i]) <= 16 * U_ROUND);
    StageResult prediction = stage_play(s, "kb_ips", 2), naive = stage_play(s, "naive", 0);
    for (int i = 0; i < EXPOSURES; i++)
        assert_true(fabs(prediction.slope[CVR][i] - exp(-1) * naive.slope[CVR][i]) <= 16 * U_ROUND);
    set_all(s->z[WEIGHT], -0.5);
    weight = stage_play_with(s, "kb_ips", 1, "gamma", 0);
    for (int i = 0; i < EXPOSURES; i++)
        assert_true(s->log.click[i] ? weight.slope[WEIGHT][i] > 0 : weight.slope[WEIGHT][i] == 0);
}

/* The kernel of rows that are all alike is 1: the anchors ask for a mean weight of 1, and weights that are
 * all 1 are the best where an anchor counts as much as the entropy. Here the three of them do, with .4 each.
 */
static void equal_rows_make_weights_of_kb_1(void **state)
{
    static const double gamma[] = {0.3, 0.4, 1};
    Stage *s = *state;
    stage_data(s);
    for (int k = 0; k < 3; k++)
        for (int side = -1; side <= 1; side += 2) {
            set_all(s->z[WEIGHT], 1e-3 * side);
            stage_open(s, "kb_ips", &lookup_backbone);
            stage_set(s, "gamma", gamma[k]);
            stage_set(s, "slack", 0);
            StageResult weight = stage_run(s, 1);
            stage_close(s);
            bool pulled_up = side < 0 && 3 * gamma[k] > 1;
            for (int i = 0; i < EXPOSURES; i++)
                assert_true(!s->log.click[i] || (weight.slope[WEIGHT][i] < 0) == pulled_up);
        }
}

/* A teacher that agrees teaches nothing; nise, whose label is not stopped, moves the same rows. */
static void a_stopped_label_of_its_own_teaches_nothing(void **state)
{
    Stage *s = *state;
    stage_data(s);
    stage_open(s, "nise_teacher", &lookup_backbone);
    s->context.share_done = 0.5; /* labels are in use */
    stage_run(s, 0);             /* sets the logits */
    model_teach(s->context.model, 0);
    StageResult taught = stage_run(s, 0);
    stage_close(s);
    StageResult nise = stage_play(s, "nise", 0);
    double largest = 0;
    for (int i = 0; i < EXPOSURES; i++)
        largest = fmax(largest, fabs(taught.slope[CVR][i]));
    for (int i = 0; i < EXPOSURES; i++) {
        if (s->log.click[i])
            continue;
        /* w <= 50 caps the weight of a row; c - c is good to 16 roundings */
        assert_true(fabs(taught.slope[CVR][i]) <= 16 * U_ROUND * 50 / EXPOSURES);
        assert_true(fabs(nise.slope[CVR][i]) > 16 * U_ROUND * 50 / EXPOSURES);
    }
    assert_true(largest > 1000 * 16 * U_ROUND * 50 / EXPOSURES);
}

/* Before its time a teacher labels nothing, whatever it thinks. */
static void a_teacher_begins_after_its_warm_up(void **state)
{
    Stage *s = *state;
    stage_data(s);
    stage_open(s, "nise_teacher", &lookup_backbone);
    stage_set(s, "warm_up", 0.25);
    for (int late = 0; late < 2; late++) {
        s->context.share_done = late ? 0.25 : 0.2499;
        StageResult result = stage_run(s, 0); /* the teacher's logits are 0 */
        for (int i = 0; i < EXPOSURES; i++)
            assert_true(s->log.click[i] || (result.slope[CVR][i] != 0) == late);
    }
    stage_close(s);
}

/* What the entropy of its prediction does to a non-click: -z c (1-c), times the weight of a row. */
static void nise_turns_non_clicks_from_one_half(void **state)
{
    Stage *s = *state;
    stage_data(s);
    StageResult nise = stage_play(s, "nise", 0);
    double click = 0, conversion = 0;
    for (int i = 0; i < EXPOSURES; i++) {
        double c = probability((double)s->z[CVR][i]);
        click += cross_entropy(s->log.click[i], probability((double)s->z[CTR][i]));
        conversion += s->log.click[i] ? loss_of_row(s, i) : cross_entropy(c, c);
    }
    double weight = fmin(click / conversion, 50) / EXPOSURES;
    for (int i = 0; i < EXPOSURES; i++) {
        double z = (double)s->z[CVR][i], c = probability(z);
        if (!s->log.click[i])
            assert_true(fabs(nise.slope[CVR][i] + weight * z * c * (1 - c)) <= 64 * U_ROUND * weight * 3);
    }
}

/* Without unbiased rows, and residuals where they start, what is left of res_ips is ips; so it is of the
 * biased part of its risk with them. */
static void without_unbiased_rows_res_ips_is_ips(void **state)
{
    Stage *s = *state;
    Log none;
    stage_data(s);
    memset(s->z[RESIDUAL_P], 0, sizeof s->z[RESIDUAL_P]);
    OK(log_create(&none, &s->log.x.schema, 0, message));
    s->unbiased = &none;
    StageResult res_ips = stage_play(s, "res_ips", 2);
    s->unbiased = NULL;
    log_free(&none);
    StageResult ips = stage_play(s, "ips", 0);
    stage_same(&res_ips, &ips, size_of_risk(s));
}

/* Every parameter, dense or in a table: decay x before + (1 - decay) x net. */
static void a_teacher_is_an_exponential_average(void **state)
{
    Stage *s = *state;
    stage_data(s);
    stage_open(s, "nise_teacher", NULL);
    Net *net = &s->context.model->net[0], *teacher = &s->context.model->teacher;
    assert_true(teacher->floats == net->floats && teacher->tables == net->tables && net->floats > 0);
    assert_memory_equal(teacher->value, net->value, net->floats * sizeof(float));
    float dense = net->value[1], embedded = table_row(&net->table[1], 0)[2];
    net->value[1] = dense + 8;
    table_row(&net->table[1], 0)[2] = embedded - 4;
    for (int k = 1; k <= 3; k++) {
        model_teach(s->context.model, 0.75);
        double moved = 1 - pow(0.75, k);
        assert_true(fabs((double)teacher->value[1] - (double)dense - 8 * moved) <= 64 * U_ROUND);
        assert_true(fabs((double)table_row(&teacher->table[1], 0)[2] - (double)embedded + 4 * moved) <=
                    64 * U_ROUND);
    }
    stage_close(s);
}

/* Training moves the teacher by the constant of its descriptor: with another decay it ends elsewhere. (With
 * the same, training gives the same bits: tests/estimators/test_train.c.) */
static void training_teaches(void **state)
{
    Stage *s = *state;
    float cvr[2][EXPOSURES];
    Method method;
    stage_data(s);
    TrainingData data = {.log = &s->log};
    OK(method_find("nise_teacher", &method, message));
    for (int k = 0; k < 2; k++) {
        EstimatorOptions options = {.model = {.embedding = 4, .layers = 1, .width = {16}, .init = 0.1},
                                    .train = {.epochs = 3,
                                              .batch = 12,
                                              .batch_unbiased = 1,
                                              .learning_rate = 0.01,
                                              .clip = STAGE_CLIP},
                                    .constant = {1, 50, k ? 1 : 0.5}};
        Fit *fit;
        FitReport report;
        OK(fit_create(&fit,
                      &(FitSetup){.method = &method, .options = &options, .data = &data, .key = &stage_key},
                      message));
        OK(fit_train(fit, &report, message));
        assert_false(report.diverged);
        OK(fit_predict(fit, &s->log.x, cvr[k], NULL, message));
        fit_free(fit);
    }
    assert_memory_not_equal(cvr[0], cvr[1], sizeof cvr[0]);
}

/* The discriminator's click loss, with or without reversal, backwards from there. */
static float reversal;
static bool other_first; /* whether another head has asked for the shared parts before */
static Var discriminate(Pass *s)
{
    if (other_first)
        logit(s, IMPUTATION, D);
    Var z = reversal > 0 ? gradient_reversal(s, DISCRIMINATOR, D, reversal) : logit(s, DISCRIMINATOR, D);
    return mean(bce(z, clicks(s)));
}

static const Estimator adversary = {
    .name = "adversary", .net = {HEAD(IMPUTATION) | HEAD(DISCRIMINATOR)}, .phase = {{discriminate, 0}}};

/* Gradients of the dense block and of row 0 of every table; returns the width of a table's row. */
static int gradients_of_adversary(Stage *s, float strength, float *dense, float *embedded)
{
    Pass pass;
    reversal = strength;
    tape_reset(s->context.tape);
    model_move(s->context.model, MOVE_ALL);
    sampler_next(s->sampler);
    pass_start(&pass, &s->context, s->sampler);
    tape_backward(s->context.tape, discriminate(&pass));
    Net *net = &s->context.model->net[0];
    int width = net->table[0].width;
    memcpy(dense, net->grad, net->floats * sizeof(float));
    for (int f = 0; f < net->tables; f++) {
        memcpy(embedded + f * width, table_gradient(&net->table[f], 0), (size_t)width * sizeof(float));
        net->table[f].count = 0; /* forgets them */
    }
    return width;
}

/* On every backbone, what the heads share gets -2 times the gradient and the head itself what it always gets;
 * twice is exact. What is a head's own is its tower; in cross_stitch its last layer, since the others are
 * stitched. In mf a row of a table is the shared vector, then a bias a head. */
static void reversal_turns_what_heads_share(void **state)
{
    enum { FLOATS = 16384, WIDTH = 64 };
    static float dense[2][FLOATS], embedded[2][MAX_TABLES * WIDTH];
    Stage *s = *state;
    stage_data(s);
    for (int k = 0; backbone_table[k / 2]; k++) {
        other_first = k % 2;
        stage_open(s, "naive", backbone_table[k / 2]);
        model_free(s->context.model);
        s->method.estimator = &adversary;
        OK(model_create(&s->context.model,
                        &(ModelSetup){.method = &s->method,
                                      .options = &s->model,
                                      .schema = &s->log.x.schema,
                                      .lookups = batch_lookups(&s->train),
                                      .key = &stage_key},
                        message));
        const Net *net = &s->context.model->net[0];
        assert_true(net->floats <= FLOATS && net->table[0].width <= WIDTH && net->tables >= 2);
        int width = gradients_of_adversary(s, 0, dense[0], embedded[0]);
        gradients_of_adversary(s, 2, dense[1], embedded[1]);
        int turned = 0, own = 0;
        for (int w = 0; w < net->weights; w++)
            for (int i = 0; i < net->weight[w].rows * net->weight[w].cols; i++) {
                size_t at = net->weight[w].offset + (size_t)i;
                int layer = net->weight[w].stream_index / 2;
                bool mine =
                    !strcmp(net->weight[w].stream, "discriminator") && layer <= s->model.layers &&
                    (strcmp(s->method.backbone->name, "cross_stitch") != 0 || layer == s->model.layers);
                assert_true(dense[1][at] == (mine ? 1 : -2) * dense[0][at]);
                own += mine && dense[0][at] != 0;
            }
        for (int c = 0; c < net->tables * width; c++) {
            bool vector = c % width < s->model.embedding;
            assert_true(embedded[1][c] == (vector ? -2 : 1) * embedded[0][c]);
            turned += vector && embedded[0][c] != 0;
        }
        assert_true(own > 0 && turned > 0);
        stage_close(s);
    }
}

enum { PASSES = 2000 };

/* How often a row has come to move the loss. */
static void count_kept(Stage *s, const char *estimator, int *kept)
{
    stage_open(s, estimator, &lookup_backbone);
    for (int k = 0; k < PASSES; k++) {
        StageResult result = stage_run(s, 0);
        for (int i = 0; i < EXPOSURES; i++)
            kept[i] += result.slope[CVR][i] != 0;
    }
    stage_close(s);
}

/* Six standard errors: one in 10^9. */
static void about(int kept, double expected)
{
    assert_true(fabs(kept - PASSES * expected) <= 6 * sqrt(PASSES * expected * (1 - expected)));
}

/* A click stays with probability min(1, s / p), s a tenth of the click rate; an unclicked row of aman with
 * probability `share`. */
static void sampled_rows_have_their_probabilities(void **state)
{
    Stage *s = *state;
    int unbias[EXPOSURES] = {0}, aman[EXPOSURES] = {0}, all = 0;
    double clicks = 0;
    stage_data(s);
    for (int i = 0; i < EXPOSURES; i++) {
        clicks += s->log.click[i];
        s->propensity[i] = i % 7 ? s->propensity[i] : 0.01F; /* some are below s */
    }
    count_kept(s, "unbias", unbias);
    count_kept(s, "aman", aman);
    for (int i = 0; i < EXPOSURES; i++) {
        double stays = fmin(1, clicks / EXPOSURES / 10 / (double)s->propensity[i]);
        about(unbias[i], s->log.click[i] ? stays : 0);
        about(aman[i], s->log.click[i] ? 1 : 0.1);
        all += s->log.click[i] && stays == 1;
    }
    assert_true(all > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(direct_is_low_by_the_click_rate),
        cmocka_unit_test(division_is_a_clipped_quotient),
        cmocka_unit_test(without_confounding_robust_methods_are_their_nominal_ones),
        cmocka_unit_test(robust_risks_exceed_nominal_ones),
        cmocka_unit_test(tied_weights_rise_with_the_error),
        cmocka_unit_test(tied_weights_are_of_items_and_labels),
        cmocka_unit_test(the_ends_of_dr_mse_are_dr_bias_and_mrdr),
        cmocka_unit_test(the_ends_of_cdr_are_ips_and_dr_jl),
        cmocka_unit_test(cdr_imputes_as_its_base),
        cmocka_unit_test(dropout_reaches_every_backbone),
        cmocka_unit_test(one_repeat_is_naive),
        cmocka_unit_test(stable_dr_stays_bounded),
        cmocka_unit_test(targeted_errors_make_two_values_one),
        cmocka_unit_test(collaborative_targeting_is_of_every_step),
        cmocka_unit_test(with_one_propensity_targeting_is_a_shift),
        cmocka_unit_test(a_pool_of_all_rows_is_no_pool),
        cmocka_unit_test(without_an_offset_dt_ips_is_multi_ipw_with_tied_heads),
        cmocka_unit_test(live_weights_raise_the_propensity_of_bad_predictions),
        cmocka_unit_test(weights_of_mr_balance_every_candidate),
        cmocka_unit_test(forms_of_mr_have_one_value),
        cmocka_unit_test(one_right_imputation_is_enough_for_mr),
        cmocka_unit_test(gpl_without_its_term_is_mrdr),
        cmocka_unit_test(gpl_raises_the_propensity_of_clicks_imputed_badly),
        cmocka_unit_test(superdr_imputes_what_is_not_seen),
        cmocka_unit_test(eps_of_superdr_moves_no_prediction),
        cmocka_unit_test(without_balance_weights_of_kb_are_1_over_e),
        cmocka_unit_test(equal_rows_make_weights_of_kb_1),
        cmocka_unit_test(a_stopped_label_of_its_own_teaches_nothing),
        cmocka_unit_test(a_teacher_begins_after_its_warm_up),
        cmocka_unit_test(nise_turns_non_clicks_from_one_half),
        cmocka_unit_test(without_unbiased_rows_res_ips_is_ips),
        cmocka_unit_test(a_teacher_is_an_exponential_average),
        cmocka_unit_test(training_teaches),
        cmocka_unit_test(reversal_turns_what_heads_share),
        cmocka_unit_test(sampled_rows_have_their_probabilities),
    };
    return cmocka_run_group_tests(tests, stage_create, stage_free);
}
