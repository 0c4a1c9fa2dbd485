/* Unbiased label correction: a click that has not converted by its time counts as a conversion by the chance
 * that it still will, by a model that is trained on clicks before a counterfactual deadline. Read were
 * src/alternate_train.py, src/data.py (fsiwsg, fsiw_next) and src/loss.py of yfwang2021/ULC. */
#include "estimators/core/estimator.h"
#include "estimators/shared/delayed.h"

static const Constant constants[] = {
    {"deadline", 7, 0.01, 3650,
     "days from the counterfactual deadline to the begin of the stream, at most the attribution window"},
    {"rounds", 2, 1, 10,
     "before the stream; in each after the first the corrector goes on from the embeddings of the CVR model"},
    {0},
};

static const StreamRule rule = {.entry = ENTRY_HOUR};

/* mean_O l(y, c), where y is 1 of a conversion and else g = 1 - z. */
static Var stream_loss(Pass *s)
{
    Var r = conversions(s, O);
    Var label = add(r, mul(one_minus(r), one_minus(real_negative(s))));

    return mean(bce(logit(s, CVR, O), label));
}

const Estimator ulc = {
    .name = "ulc",
    .family = FAMILY_DELAYED,
    .year = 2023,
    .summary =
        "clicks at the end of their hour, whose negatives count as both labels by their chance to convert",
    .cite = "Wang, Sun, Zhang, Jia, Li and Ma, Unbiased delayed feedback label correction, KDD 2023",
    .follows = "fsiw",
    .idea = "Where nothing has come yet, the label is the chance that it still comes, by a model of clicks "
            "before a "
            "deadline. A label varies less than a weight.",
    .formula = "mean_O l(y, c),  y = 1 where r = 1, else 1 - z(e)\n"
               "a click enters at the end of its hour, with what has come; e is the time since the click",
    .assumes =
        "z, learned of clicks before a deadline, still holds, and at the ages that rows of the stream have.",
    .fails = "What z says of young clicks is nearly all that c learns: where z is of the past, or was rarely "
             "shown "
             "that age, c is as wrong.",
    .source = READ_AUTHORS_CODE,
    .differs = "a stream in the place of one training at the deadline; the corrector keeps its other layers "
               "from round to round",
    .needs = NEEDS_DELAYS,
    .net = {HEAD(CVR), HEAD(REAL_NEGATIVE)},
    .constant = constants,
    .stream = &rule,
    .deadline = "deadline",
    .elapsed = 1 << 1,
    .rounds = "rounds",
    .phase = {{.loss = delayed_closed_conversion, .moves = 1 << 0},
              {.loss = delayed_still_none, .moves = 1 << 1},
              {.loss = stream_loss, .moves = 1 << 0, .stage = 1}},
};
