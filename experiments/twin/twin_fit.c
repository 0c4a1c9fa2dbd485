/* The search. Statistics of simulated logs are noisy but, with common random numbers, smooth functions of the
 * parameters over the wide steps that differences are taken by; GSL's own differences would see noise alone.
 */
#include "experiments/twin/twin_fit.h"

#include <gsl/gsl_multifit_nlinear.h>
#include <math.h>
#include <stdlib.h>

enum { MOST_DIFFERENCES = 2 };

/* A difference that counts for a statistic that a world does not have. */
static const double far = 10;

static bool is_fitted(const TwinProblem *problem, int k)
{
    return statistic_table[k].use == STATISTIC_FITTED && !isnan(problem->observed[k]) &&
           problem->variance[k] > 0;
}

/* Means over the worlds of several points; value[p LOG_STATISTICS + k]. */
static Status means(const TwinProblem *problem, const double *point, int points, double *value,
                    Message *message)
{
    const int draws = points * problem->worlds;
    TwinDraw *draw = calloc((size_t)draws, sizeof *draw);
    if (!draw)
        return fail_memory(message, "the logs of worlds");
    for (int i = 0; i < draws; i++) {
        draw[i].number = (uint32_t)(i % problem->worlds);
        draw[i].rows = problem->rows;
        twin_options(&problem->base, point + (ptrdiff_t)(i / problem->worlds) * TWIN_PARAMETERS,
                     problem->log_odds, &draw[i].world);
    }
    Status status = twin_draw(draw, draws, problem->options, problem->jobs, message);
    for (int p = 0; p < points; p++)
        for (int k = 0; k < LOG_STATISTICS; k++) {
            double *mean = &value[p * LOG_STATISTICS + k];
            *mean = 0;
            for (int w = 0; w < problem->worlds; w++)
                *mean += draw[p * problem->worlds + w].value[k] / problem->worlds;
        }
    free(draw);
    return status;
}

static double difference(const TwinProblem *problem, const double *value, int k)
{
    const double d = (value[k] - problem->observed[k]) / sqrt(problem->variance[k]);
    return isnan(d) ? far : d;
}

Status twin_distance(const TwinProblem *problem, const double parameter[TWIN_PARAMETERS],
                     double value[LOG_STATISTICS], double *distance, Message *message)
{
    Status status = means(problem, parameter, 1, value, message);
    *distance = 0;
    for (int k = 0; k < LOG_STATISTICS; k++)
        if (is_fitted(problem, k))
            *distance += difference(problem, value, k) * difference(problem, value, k);
    return status;
}

/* The problem as GSL asks for it: residuals of the fitted statistics, then those of the prior. */
typedef struct Search {
    const TwinProblem *problem;
    TwinFit *fit;
    int row[LOG_STATISTICS]; /* of each fitted statistic; -1 */
    int rows;
    Status status;
    Message *message;
} Search;

static int residuals(const gsl_vector *x, void *context, gsl_vector *f)
{
    Search *s = context;
    double point[TWIN_PARAMETERS], value[LOG_STATISTICS];
    for (int p = 0; p < TWIN_PARAMETERS; p++)
        point[p] = gsl_vector_get(x, (size_t)p);
    s->status = means(s->problem, point, 1, value, s->message);
    if (s->status)
        return GSL_EFAILED;
    for (int k = 0; k < LOG_STATISTICS; k++)
        if (s->row[k] >= 0)
            gsl_vector_set(f, (size_t)s->row[k], difference(s->problem, value, k));
    for (int p = 0; p < TWIN_PARAMETERS; p++)
        gsl_vector_set(f, (size_t)s->rows + (size_t)p,
                       (point[p] - s->fit->prior[p]) / twin_parameter_table[p].spread);
    return GSL_SUCCESS;
}

/* Central differences of the statistics. */
static Status differentiate(Search *s, const gsl_vector *x)
{
    double point[2 * TWIN_PARAMETERS][TWIN_PARAMETERS], value[2 * TWIN_PARAMETERS][LOG_STATISTICS];
    for (int i = 0; i < 2 * TWIN_PARAMETERS; i++)
        for (int p = 0; p < TWIN_PARAMETERS; p++) {
            const double step = i / 2 == p ? twin_parameter_table[p].step : 0;
            point[i][p] = gsl_vector_get(x, (size_t)p) + (i % 2 ? -step : step);
        }
    Status status = means(s->problem, point[0], 2 * TWIN_PARAMETERS, value[0], s->message);
    for (int k = 0; k < LOG_STATISTICS; k++)
        for (int p = 0; p < TWIN_PARAMETERS; p++) {
            const double slope = (value[(ptrdiff_t)2 * p][k] - value[(ptrdiff_t)2 * p + 1][k]) /
                                 (2 * twin_parameter_table[p].step);
            s->fit->jacobian[(ptrdiff_t)k * TWIN_PARAMETERS + p] = isnan(slope) ? 0 : slope;
        }
    return status;
}

static int derivatives(const gsl_vector *x, void *context, gsl_matrix *jacobian)
{
    Search *s = context;
    if (s->fit->differences < MOST_DIFFERENCES) {
        s->status = differentiate(s, x);
        s->fit->differences++;
    }
    if (s->status)
        return GSL_EFAILED;
    gsl_matrix_set_zero(jacobian);
    for (size_t p = 0; p < TWIN_PARAMETERS; p++) {
        for (int k = 0; k < LOG_STATISTICS; k++)
            if (s->row[k] >= 0)
                gsl_matrix_set(jacobian, (size_t)s->row[k], p,
                               s->fit->jacobian[k * TWIN_PARAMETERS + (int)p] /
                                   sqrt(s->problem->variance[k]));
        gsl_matrix_set(jacobian, (size_t)s->rows + p, p, 1 / twin_parameter_table[p].spread);
    }
    return GSL_SUCCESS;
}

static Status search(Search *s, int steps, gsl_multifit_nlinear_workspace *room, gsl_matrix *covariance,
                     gsl_vector *start)
{
    gsl_multifit_nlinear_fdf problem = {.f = residuals,
                                        .df = derivatives,
                                        .n = (size_t)(s->rows + TWIN_PARAMETERS),
                                        .p = TWIN_PARAMETERS,
                                        .params = s};
    int code = gsl_multifit_nlinear_init(start, &problem, room);
    for (int i = 0; !code && !s->status && i < steps; i++) {
        gsl_vector *before = gsl_multifit_nlinear_position(room);
        double moved = 0, old[TWIN_PARAMETERS];
        for (size_t p = 0; p < TWIN_PARAMETERS; p++)
            old[p] = gsl_vector_get(before, p);
        code = gsl_multifit_nlinear_iterate(room);
        for (size_t p = 0; p < TWIN_PARAMETERS; p++)
            moved = fmax(moved, fabs(gsl_vector_get(gsl_multifit_nlinear_position(room), p) - old[p]) /
                                    twin_parameter_table[p].step);
        if (moved < 0.1)
            break;
    }
    if (s->status)
        return s->status;
    gsl_multifit_nlinear_covar(gsl_multifit_nlinear_jac(room), 0, covariance);
    for (size_t p = 0; p < TWIN_PARAMETERS; p++) {
        s->fit->parameter[p] = gsl_vector_get(gsl_multifit_nlinear_position(room), p);
        s->fit->error[p] = sqrt(gsl_matrix_get(covariance, p, p));
    }
    return STATUS_OK; /* a code of GSL: no better point was found than the last */
}

Status twin_fit(const TwinProblem *problem, int steps, TwinFit *fit, Message *message)
{
    Search s = {.problem = problem, .fit = fit, .message = message};
    gsl_multifit_nlinear_parameters parameters = gsl_multifit_nlinear_default_parameters();
    for (int k = 0; k < LOG_STATISTICS; k++)
        s.row[k] = is_fitted(problem, k) ? s.rows++ : -1;
    fit->fitted = s.rows;
    gsl_multifit_nlinear_workspace *room = gsl_multifit_nlinear_alloc(
        gsl_multifit_nlinear_trust, &parameters, (size_t)s.rows + TWIN_PARAMETERS, TWIN_PARAMETERS);
    gsl_matrix *covariance = gsl_matrix_alloc(TWIN_PARAMETERS, TWIN_PARAMETERS);
    gsl_vector *start = gsl_vector_alloc(TWIN_PARAMETERS);
    Status status = room && covariance && start ? STATUS_OK : fail_memory(message, "the fit of a world");
    for (size_t p = 0; !status && p < TWIN_PARAMETERS; p++)
        gsl_vector_set(start, p, fit->parameter[p]);
    if (!status)
        status = search(&s, steps, room, covariance, start);
    if (room)
        gsl_multifit_nlinear_free(room);
    gsl_matrix_free(covariance);
    gsl_vector_free(start);
    if (!status)
        status = twin_distance(problem, fit->parameter, fit->value, &fit->distance, message);
    return status;
}
