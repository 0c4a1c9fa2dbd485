/* The terms of the disentangled methods that look at embeddings. Those of matrix factorisation are the
 * vectors alone, without the biases that stand behind them in a row. */
#include "estimators/shared/disentangled.h"

#include "estimators/core/model.h"
#include "estimators/core/pass.h"

Var disentangled_weight(Pass *s)
{
    if (is_on(s, STOP_PROPENSITY))
        return inverse_propensity(s, O);
    return reciprocal(clipped(s, live_propensity(s, O)));
}

/* sum of squares / entries of [a | b] */
static Var mean_square(Var a, Var b)
{
    float entries = (float)(a->rows * (a->cols + b->cols));

    return scale(add(sum(square(a)), sum(square(b))), entries > 0 ? 1 / entries : 0);
}

/* R of the rows of a space; NULL where no column has an embedding. */
static Var overlap(Pass *s, Space space)
{
    Net *of_both = model_net(s->context->model, CVR), *of_clicks = model_net(s->context->model, CLICK_OFFSET);
    const int fields = of_both->schema->categorical;
    int first_a = 0, first_b = 0;
    Var total = NULL;
    for (int f = 0; f < fields; f++) {
        const Table *table_a = &of_both->table[f], *table_b = &of_clicks->table[f];
        if (table_a->width > 0) {
            Var a = columns_of(pass_input(s, of_both, space), first_a, table_a->random);
            Var b = columns_of(pass_input(s, of_clicks, space), first_b, table_b->random);
            Var inner = gram(a, b);
            if (is_on(s, NORMALISED) && a->rows)
                inner = scale(inner, 1 / (float)a->rows);
            Var term = mean(square(inner));
            term = add(term, mean_square(a, b));
            total = total ? add(total, term) : term;
        }
        first_a += table_a->width;
        first_b += table_b->width;
    }
    return total;
}

Var disentangled_propensity(Pass *s)
{
    Var p = logit(s, CTR, D);
    Var click = scale(mean(bce(p, clicks(s))), constant(s, ALPHA));
    if (!is_on(s, BETA))
        return click;
    Var everywhere = overlap(s, D), clicked = overlap(s, O);

    return everywhere ? add(click, scale(add(everywhere, clicked), constant(s, BETA))) : click;
}
