/* Losses of delayed feedback: what a row adds, by its label, its kind, and what is still to come. */
#include "tests/reference/losses.h"

#include <math.h>

static double plain_closed(const PlainBatch *b)
{
    return average(b, O, conversion_loss);
}

static double late_label(const PlainBatch *b, int i)
{
    return b->r[i] == 1 && b->early[i] == 0;
}

static double late_loss(const PlainBatch *b, int i)
{
    return cross_entropy(late_label(b, i), probability(b->z[DELAYED_POSITIVE][i]));
}

static double plain_late(const PlainBatch *b)
{
    return average(b, O, late_loss);
}

static double open_at_first(const PlainBatch *b, int i)
{
    return b->early[i] == 0;
}

static double never_loss(const PlainBatch *b, int i)
{
    return b->early[i] == 0 ? cross_entropy(1 - b->r[i], probability(b->z[REAL_NEGATIVE][i])) : 0;
}

static double plain_auxiliary(const PlainBatch *b)
{
    return plain_late(b) + normalised(b, O, never_loss, open_at_first);
}

static double f_of(const PlainBatch *b, int i)
{
    return b->later ? b->later[i] : probability(b->s[DELAYED_POSITIVE][i]);
}

static double z_of(const PlainBatch *b, int i)
{
    return b->negative ? b->negative[i] : probability(b->s[REAL_NEGATIVE][i]);
}

static double c_of(const PlainBatch *b, int i)
{
    return probability(b->s[CVR][i]);
}

/* The distribution function of delays at `days`, of a Weibull or a log-normal. */
static double delays_within(const PlainBatch *b, double rate, double days)
{
    const double k = plain_constant(b, "shape");
    return plain_constant(b, "family") != 0 ? erfc(-log(rate * days) / k * M_SQRT1_2) / 2
                                            : -expm1(-pow(rate * days, k));
}

/* Its density, but for k d^(k-1) or 1 / (sqrt(2 pi) k d). */
static double delay_density(const PlainBatch *b, double rate, double days)
{
    const double k = plain_constant(b, "shape"), u = log(rate * days) / k;
    return plain_constant(b, "family") != 0 ? exp(-u * u / 2) : pow(rate, k) * exp(-pow(rate * days, k));
}

static double dfm_term(const PlainBatch *b, int i)
{
    const double rate = fmax(log1p(exp(b->z[DELAY_RATE][i])), 1e-3), c = probability(b->z[CVR][i]),
                 within = plain_constant(b, "window") != 0 ? delays_within(b, rate, b->attribution) : 1;
    if (b->r[i] == 1)
        return -log(c * delay_density(b, rate, b->waited[i]) / within);
    return -log(1 - c * delays_within(b, rate, b->waited[i]) / within);
}

static double plain_dfm(const PlainBatch *b)
{
    return average(b, O, dfm_term);
}

static double fnw_term(const PlainBatch *b, int i)
{
    const double c = c_of(b, i);
    return (b->r[i] == 1 ? 1 + c : 1 - c * c) * conversion_loss(b, i);
}

static double plain_fnw(const PlainBatch *b)
{
    return average(b, O, fnw_term);
}

/* A conversion is there as what it was at first, too. */
static double fnc_closed_term(const PlainBatch *b, int i)
{
    const double q = probability(b->z[CVR][i]);
    return b->r[i] == 1 ? cross_entropy(0, q) + cross_entropy(1, q) : cross_entropy(0, q);
}

static double plain_fnc_closed(const PlainBatch *b)
{
    return average(b, O, fnc_closed_term);
}

static double es_dfm_term(const PlainBatch *b, int i)
{
    return (1 + f_of(b, i)) * (b->r[i] == 1 ? 1 : z_of(b, i)) * conversion_loss(b, i);
}

static double plain_es_dfm(const PlainBatch *b)
{
    return average(b, O, es_dfm_term);
}

/* By the masses of rows of each label: p - f/2 and 1 - p + f/2 or, with conversions that were seen once, p
 * and 2(1-p) + f, of which the sum over both is the weights' scale. */
static double defer_term(const PlainBatch *b, int i)
{
    const double c = c_of(b, i), f = fmin(f_of(b, i), c);
    if (plain_constant(b, "duplicate_immediate") != 0)
        return (b->r[i] == 1 ? c / (c - f / 2) : (1 - c) / (1 - (c - f / 2))) * conversion_loss(b, i);
    const double ones = c, zeros = 2 * (1 - c) + f;
    return (ones + zeros) * (b->r[i] == 1 ? 1 : (1 - c) / zeros) * conversion_loss(b, i);
}

static double plain_defer(const PlainBatch *b)
{
    return average(b, O, defer_term);
}

static double defuse_term(const PlainBatch *b, int i)
{
    const double f = f_of(b, i), y = 1 - z_of(b, i), q = probability(b->z[CVR][i]);
    if (b->r[i] == 0)
        return y * f * cross_entropy(1, q) + (1 - y) * (1 + f) * cross_entropy(0, q);
    if (plain_constant(b, "as_code") != 0)
        return (2 + f) * cross_entropy(1, q);
    return b->kind[i] == STREAM_DELAYED ? cross_entropy(1, q) : (1 + f) * cross_entropy(1, q);
}

static double plain_defuse(const PlainBatch *b)
{
    return average(b, O, defuse_term);
}

static double ddfm_term(const PlainBatch *b, int i)
{
    const double known = fmin(1 - c_of(b, i) + f_of(b, i), 1),
                 share = b->kind[i] == STREAM_NEGATIVE ? known : z_of(b, i), q = probability(b->z[CVR][i]);
    if (b->r[i] == 1)
        return cross_entropy(1, q);
    return share * cross_entropy(0, q) + (1 - share) * cross_entropy(1, q);
}

static double plain_ddfm(const PlainBatch *b)
{
    return average(b, O, ddfm_term);
}

static double tesla_f(const PlainBatch *b, int i)
{
    return b->later ? b->later[i] : probability(b->s[CVR_BEFORE][i]) - probability(b->s[EARLY_POSITIVE][i]);
}

static double tesla_term(const PlainBatch *b, int i)
{
    return (1 + tesla_f(b, i)) * (b->r[i] == 1 ? 1 : z_of(b, i)) * conversion_loss(b, i);
}

/* How far a conversion is weighed up, by the delays of the batch's conversions in hours: the lower of two
 * medians, and the root of the mean square of all differences of two of them over sqrt 2, which is the
 * deviation of a sample. */
static double tesla_prompt(const PlainBatch *b, int i)
{
    double delay[EXPOSURES], squares = 0, median = 0;
    int n = 0;
    for (int k = 0; k < b->rows[O]; k++)
        if (b->r[b->row[O][k]] == 1)
            delay[n++] = 24 * b->waited[b->row[O][k]];
    for (int k = 0; k < n; k++) {
        int below = 0;
        for (int j = 0; j < n; j++) {
            below += delay[j] < delay[k];
            squares += (delay[j] - delay[k]) * (delay[j] - delay[k]);
        }
        median = below == (n - 1) / 2 ? delay[k] : median;
    }
    const double spread = n > 1 ? sqrt(squares / (2.0 * n * (n - 1))) : 0;
    return 1 + probability((median - 24 * b->waited[i]) / fmax(spread, 1));
}

static double tesla_ranking(const PlainBatch *b)
{
    double loss = 0, weight = 0;
    for (int k = 0; k < b->rows[O]; k++)
        for (int l = 0; l < b->rows[O]; l++) {
            const int i = b->row[O][k], j = b->row[O][l];
            if (b->r[i] == 0 || b->r[j] == 1)
                continue;
            const double w = tesla_prompt(b, i) * (1 - c_of(b, j));
            loss -= w * log(probability(b->z[CVR][i] - b->z[CVR][j]));
            weight += w;
        }
    return weight > 0 ? loss / weight : 0;
}

static double plain_tesla(const PlainBatch *b)
{
    return average(b, O, tesla_term) + plain_constant(b, "rank_weight") * tesla_ranking(b);
}

/* Before the stream: rows of closed windows, and of a deadline. */
static double before(const PlainBatch *b, int i)
{
    return b->kind[i] != STREAM_DEADLINE;
}

static double before_loss(const PlainBatch *b, int i)
{
    return before(b, i) * conversion_loss(b, i);
}

static double plain_before(const PlainBatch *b)
{
    return normalised(b, O, before_loss, before);
}

static double open_at_deadline(const PlainBatch *b, int i)
{
    return b->kind[i] == STREAM_DEADLINE && b->early[i] == 0;
}

static double open_loss(const PlainBatch *b, int i)
{
    return open_at_deadline(b, i) * cross_entropy(1 - b->r[i], probability(b->z[REAL_NEGATIVE][i]));
}

static double plain_open(const PlainBatch *b)
{
    return normalised(b, O, open_loss, open_at_deadline);
}

static double came(const PlainBatch *b, int i)
{
    return b->kind[i] == STREAM_DEADLINE && b->r[i] == 1;
}

static double came_loss(const PlainBatch *b, int i)
{
    return came(b, i) * cross_entropy(b->early[i], probability(b->z[SEEN_BY_NOW][i]));
}

static double plain_came(const PlainBatch *b)
{
    return normalised(b, O, came_loss, came);
}

static double fsiw_term(const PlainBatch *b, int i)
{
    const double f1 = b->seen ? b->seen[i] : probability(b->s[SEEN_BY_NOW][i]);
    return (b->r[i] == 1 ? 1 / f1 : z_of(b, i)) * conversion_loss(b, i);
}

static double plain_fsiw(const PlainBatch *b)
{
    return average(b, O, fsiw_term);
}

static double ulc_term(const PlainBatch *b, int i)
{
    return cross_entropy(b->r[i] == 1 ? 1 : 1 - z_of(b, i), probability(b->z[CVR][i]));
}

static double plain_ulc(const PlainBatch *b)
{
    return average(b, O, ulc_term);
}

static double early_loss(const PlainBatch *b, int i)
{
    return cross_entropy(b->early[i], probability(b->z[CVR][i]));
}

static double plain_both_windows(const PlainBatch *b)
{
    return average(b, O, early_loss) + plain_late(b);
}

static double before_stream_loss(const PlainBatch *b, int i)
{
    return cross_entropy(b->r[i], probability(b->z[CVR_BEFORE][i])) +
           cross_entropy(b->early[i], probability(b->z[EARLY_POSITIVE][i]));
}

static double plain_tesla_auxiliary(const PlainBatch *b)
{
    return average(b, O, before_stream_loss) + normalised(b, O, never_loss, open_at_first);
}

static double enters(const PlainBatch *b, int i)
{
    return b->kind[i] == STREAM_FIRST;
}

static double entry_loss(const PlainBatch *b, int i)
{
    return enters(b, i) * conversion_loss(b, i);
}

static double later_term(const PlainBatch *b, int i)
{
    const double q = probability(b->z[DELAYED_POSITIVE][i]), y = probability(b->s[DELAYED_POSITIVE][i]);
    if (b->kind[i] != STREAM_FIRST)
        return cross_entropy(1, q);
    return y * y * cross_entropy(1, q) + (1 - y) * (1 + y) * cross_entropy(0, q);
}

static double plain_bi_defuse(const PlainBatch *b)
{
    return normalised(b, O, entry_loss, enters) + average(b, O, later_term);
}

enum { LATE_AND_NEVER = HEAD(DELAYED_POSITIVE) | HEAD(REAL_NEGATIVE) };

const LossReference losses_delayed[] = {
    {"delay_vanilla", 0, HEAD(CVR), .loss = plain_closed, .constant = {{"observation", 0.25, 6}}},
    {"delay_vanilla", 1, HEAD(CVR), .loss = plain_closed},
    {"delay_wait", 0, HEAD(CVR), .loss = plain_closed},
    {"delay_wait", 1, HEAD(CVR), .loss = plain_closed},
    {"delay_oracle", 0, HEAD(CVR), .loss = plain_closed},
    {"delay_oracle", 1, HEAD(CVR), .loss = plain_closed},
    {"delay_pretrained", 0, HEAD(CVR), .loss = plain_closed},
    {"dfm", 0, HEAD(CVR) | HEAD(DELAY_RATE), .loss = plain_dfm,
     .constant = {{"shape", 1, 0.6}, {"family", 0, 1}, {"window", 1, 0}}},
    {"dfm", 1, HEAD(CVR) | HEAD(DELAY_RATE), .loss = plain_dfm},
    {"fnw", 0, HEAD(CVR), .loss = plain_closed},
    {"fnw", 1, HEAD(CVR), .loss = plain_fnw},
    {"fnc", 0, HEAD(CVR), .loss = plain_fnc_closed},
    {"fnc", 1, HEAD(CVR), .loss = plain_closed},
    {"es_dfm", 0, HEAD(CVR), .loss = plain_closed, .constant = {{"observation", 0.25, 6}}},
    {"es_dfm", 1, LATE_AND_NEVER, .loss = plain_auxiliary},
    {"es_dfm", 2, HEAD(CVR), .loss = plain_es_dfm},
    {"defer", 0, HEAD(CVR), .loss = plain_closed,
     .constant = {{"observation", 0.25, 6}, {"duplicate_immediate", 1, 0}}},
    {"defer", 1, HEAD(DELAYED_POSITIVE), .loss = plain_late},
    {"defer", 2, HEAD(CVR), .loss = plain_defer},
    {"defuse", 0, HEAD(CVR), .loss = plain_closed, .constant = {{"observation", 1, 6}, {"as_code", 0, 1}}},
    {"defuse", 1, LATE_AND_NEVER, .loss = plain_auxiliary},
    {"defuse", 2, HEAD(CVR), .loss = plain_defuse},
    {"bi_defuse", 0, HEAD(CVR) | HEAD(DELAYED_POSITIVE), .loss = plain_both_windows,
     .constant = {{"observation", 0.25, 6}}},
    {"bi_defuse", 1, HEAD(CVR) | HEAD(DELAYED_POSITIVE), .loss = plain_bi_defuse},
    {"ddfm", 0, HEAD(CVR), .loss = plain_closed, .constant = {{"observation", 0.25, 6}}},
    {"ddfm", 1, LATE_AND_NEVER, .loss = plain_auxiliary},
    {"ddfm", 2, HEAD(CVR), .loss = plain_ddfm},
    {"tesla", 0, HEAD(CVR), .loss = plain_closed,
     .constant = {{"observation", 0.25, 6}, {"rank_weight", 1, 0.4}}},
    {"tesla", 1, HEAD(CVR_BEFORE) | HEAD(EARLY_POSITIVE) | HEAD(REAL_NEGATIVE),
     .loss = plain_tesla_auxiliary},
    {"tesla", 2, HEAD(CVR), .loss = plain_tesla},
    {"fsiw", 0, HEAD(CVR), .loss = plain_before, .constant = {{"deadline", 7, 2}}},
    {"fsiw", 1, HEAD(SEEN_BY_NOW), .loss = plain_came},
    {"fsiw", 2, HEAD(REAL_NEGATIVE), .loss = plain_open},
    {"fsiw", 3, HEAD(CVR), .loss = plain_fsiw},
    {"ulc", 0, HEAD(CVR), .loss = plain_before, .constant = {{"deadline", 7, 2}, {"rounds", 2, 1}}},
    {"ulc", 1, HEAD(REAL_NEGATIVE), .loss = plain_open},
    {"ulc", 2, HEAD(CVR), .loss = plain_ulc},
    {.estimator = NULL},
};
