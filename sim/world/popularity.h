/* A link of popularity and quality, a mechanism: what is shown often is clicked more, or less.
 *
 *   s_o = effect g + sqrt(1 - effect^2) e,   g = -log(rank of the item) to mean 0, variance 1 over exposures
 *
 * e is the part of the click score that g does not explain. The conversion score has its part of g by
 * world.dependence. Shares of the score (world.item_share) are those of e. */
#pragma once

typedef struct PopularityOptions {
    double effect; /* correlation of g and the click score, in [-1, 1]; 0: none */
} PopularityOptions;
