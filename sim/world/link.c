/* The two links. */
#include "sim/world/link.h"

#include "sim/base/normal.h"
#include "sim/base/real.h"

double link_probability(Link link, double z)
{
    return link == LINK_PROBIT ? normal_cdf(z) : real_sigmoid(z);
}
