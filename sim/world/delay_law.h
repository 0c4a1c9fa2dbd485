/* How long after its click a conversion comes: a mixture of early and late ones, of those within the
 * attribution window.
 *
 *   F0(w | L) = immediate (1 - exp(-w / immediate_mean)) + (1 - immediate) G(w | L)
 *   F(w | L)  = F0(min(w, window) | L) / F0(window | L)
 *
 * where G, of the late ones, has the log scale L:
 *
 *   exponential   1 - exp(-w e^-L)              DFM (Chapelle, KDD 2014)
 *   weibull       1 - exp(-(w e^-L)^shape)
 *   lognormal     Phi((log w - L) / shape)
 *
 * Times are in days. */
#pragma once

typedef enum DelayFamily { DELAY_EXPONENTIAL, DELAY_WEIBULL, DELAY_LOGNORMAL } DelayFamily;

typedef struct DelayLaw {
    DelayFamily family;
    double shape;          /* above 0; an exponential has none */
    double immediate;      /* share of the early conversions, in [0, 1], */
    double immediate_mean; /* and their mean delay, above 0 */
    double window;         /* above 0 */
} DelayLaw;

/* L with which half of the late conversions, before they are cut at the window, come within `median`. */
double delay_law_log_scale(const DelayLaw *law, double median);

/* F(w | L), in [0, 1]. */
double delay_law_within(const DelayLaw *law, double log_scale, double w);

/* The delay that two uniform numbers of [0, 1) stand for: `part` says whether it is an early one, `share`
 * which of them. In [0, window]. */
double delay_law_draw(const DelayLaw *law, double log_scale, double part, double share);
