/* The loops over nodes and rows of the quadrature. */
#include "sim/world/quadrature_kernel.h"
#include "sim/base/vector_math.h"

static void conversion(const Logits *logits, int nodes, const double *h, const double *w, const double *s_r,
                       double *p_r)
{
    double sum[QUADRATURE_BLOCK] = {0};
    for (int j = 0; j < nodes; j++) {
        double level = logits->b + logits->gamma_r * h[j], weight = w[j], slope = logits->sigma_r;
        for (int i = 0; i < QUADRATURE_BLOCK; i++)
            sum[i] += weight / (1 + exp64(-(level + slope * s_r[i])));
    }
    for (int i = 0; i < QUADRATURE_BLOCK; i++)
        p_r[i] = sum[i];
}

static void click(const Logits *logits, int nodes, const double *h, const double *w, const double *s_o,
                  const double *s_r, double *restrict p_r, double *restrict p_o, double *restrict joint)
{
    double delta = logits->delta, sigma_o = logits->sigma_o, sigma_r = logits->sigma_r;
    double odds_ratio =
        exp64(delta); /* exp(-logit P(o | r=0)) = odds_ratio exp(-logit P(o | r=1)) saves an exp a node */
    double converts[QUADRATURE_BLOCK] = {0}, clicks[QUADRATURE_BLOCK] = {0}, both[QUADRATURE_BLOCK] = {0};
    for (int j = 0; j < nodes; j++) {
        double level_r = logits->b + logits->gamma_r * h[j];
        double level_o = logits->a + logits->gamma_o * h[j] + delta;
        double weight = w[j];
        for (int i = 0; i < QUADRATURE_BLOCK; i++) {
            double r = 1 / (1 + exp64(-(level_r + sigma_r * s_r[i])));
            double e = exp64(-(level_o + sigma_o * s_o[i] - delta * r));
            double converted = r / (1 + e);
            double not_converted = (1 - r) / (1 + e * odds_ratio);
            converts[i] += weight * r;
            clicks[i] += weight * (converted + not_converted);
            both[i] += weight * converted;
        }
    }
    for (int i = 0; i < QUADRATURE_BLOCK; i++) {
        p_r[i] = converts[i];
        p_o[i] = clicks[i];
        joint[i] = both[i];
    }
}

const QuadratureKernels KERNEL(quadrature_kernels) = {conversion, click};
