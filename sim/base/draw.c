/* Drawing normal numbers by the ziggurat of Marsaglia and Tsang (2000) in the form of Voss (GSL 1.5): 128
 * strips of one area, the lowest of which ends in an exponential wedge above the tail. */
#include "sim/base/draw.h"

#include "sim/base/real.h"

#include <stdbool.h>
#include <stdint.h>

enum { STRIPS = 128 };

/* Right ends of the strips under f(x) = exp(-x^2 / 2), from the top one, whose left end is 0: strip i lies
 * over [0, end[i + 1]], all of it under f up to end[i]. end[127] is R, where the tail begins; with the area
 * V = f(R) (R + 1 / R) of a strip and its wedge, f(end[i]) = f(end[i + 1]) + V / end[i + 1], and end[128] is
 * V / f(R). R is the number for which this ends with f(0) = 1. */
static const double end[STRIPS + 1] = {
    0x0.0p+0,
    0x1.16dc598d9c3f2p-2,
    0x1.7396028ea1133p-2,
    0x1.b4cab51f0a361p-2,
    0x1.e8e7662c9cf9dp-2,
    0x1.0a947e1ebfaebp-1,
    0x1.1e0e0d93e5ea9p-1,
    0x1.2f9a12417ec5fp-1,
    0x1.3fad3cf94f726p-1,
    0x1.4e9621c3e9b66p-1,
    0x1.5c8c7081a2d73p-1,
    0x1.69b935bc1782dp-1,
    0x1.763baa0798cfep-1,
    0x1.822c2980e3d08p-1,
    0x1.8d9e1e26421fcp-1,
    0x1.98a14896e10cfp-1,
    0x1.a342a39165d62p-1,
    0x1.ad8d05af4cb9ap-1,
    0x1.b7899714bac71p-1,
    0x1.c14028d4cd0bep-1,
    0x1.cab7770204db1p-1,
    0x1.d3f55b6b48da0p-1,
    0x1.dcfef521b6102p-1,
    0x1.e5d8c7a6be60dp-1,
    0x1.ee86d3ce2eed2p-1,
    0x1.f70cabcf17781p-1,
    0x1.ff6d839a02331p-1,
    0x1.03d61f21eed41p+0,
    0x1.07e5bc90ffdefp+0,
    0x1.0be6ca87496b2p+0,
    0x1.0fda5f18b5942p+0,
    0x1.13c1794a72077p+0,
    0x1.179d03df85c17p+0,
    0x1.1b6dd7bdd9609p+0,
    0x1.1f34bdfd805dbp+0,
    0x1.22f271b096ba3p+0,
    0x1.26a7a16f4e99ep+0,
    0x1.2a54f0b1a51a6p+0,
    0x1.2dfaf8fe82fc6p+0,
    0x1.319a4af6b293bp+0,
    0x1.35336f40fd887p+0,
    0x1.38c6e75be3836p+0,
    0x1.3c552e58a3a3dp+0,
    0x1.3fdeb982bce79p+0,
    0x1.4363f8f68ec75p+0,
    0x1.46e558295de9dp+0,
    0x1.4a633e64acdf0p+0,
    0x1.4dde0f3693099p+0,
    0x1.51562ad881a60p+0,
    0x1.54cbee8db626dp+0,
    0x1.583fb4fa70421p+0,
    0x1.5bb1d674dfb45p+0,
    0x1.5f22a950a0d47p+0,
    0x1.6292822586bf9p+0,
    0x1.6601b4125d685p+0,
    0x1.697090fc3ca0fp+0,
    0x1.6cdf69caf6d44p+0,
    0x1.704e8ea322267p+0,
    0x1.73be4f1e30dbep+0,
    0x1.772efa8105e32p+0,
    0x1.7aa0dff16c056p+0,
    0x1.7e144eaad168cp+0,
    0x1.81899632a594bp+0,
    0x1.8501068cb5f79p+0,
    0x1.887af06fe3f7bp+0,
    0x1.8bf7a57b8fceep+0,
    0x1.8f77786e14db1p+0,
    0x1.92fabd5cb6a62p+0,
    0x1.9681c9ed61c20p+0,
    0x1.9a0cf592a8ba9p+0,
    0x1.9d9c99ca6bf0bp+0,
    0x1.a131125fa347ep+0,
    0x1.a4cabdafca5bep+0,
    0x1.a869fcf47ba1bp+0,
    0x1.ac0f3491d4addp+0,
    0x1.afbacc6a4e224p+0,
    0x1.b36d3038c4ddap+0,
    0x1.b726cff1885eep+0,
    0x1.bae8202b5c774p+0,
    0x1.beb19a917af56p+0,
    0x1.c283be5fc5c1dp+0,
    0x1.c65f10ea83dc1p+0,
    0x1.ca441e3334ee9p+0,
    0x1.ce33798c41334p+0,
    0x1.d22dbe4d8fd6ep+0,
    0x1.d633909c5f0efp+0,
    0x1.da459e4919484p+0,
    0x1.de649fc6556bfp+0,
    0x1.e291593cb9421p+0,
    0x1.e6cc9bc019749p+0,
    0x1.eb1746aaf8fb2p+0,
    0x1.ef72492679c70p+0,
    0x1.f3dea3e5f4800p+0,
    0x1.f85d6b1ed20d9p+0,
    0x1.fcefc8c6f8307p+0,
    0x1.00cb7f931c1f3p+1,
    0x1.032a35e4e82f6p+1,
    0x1.0594c5762cbf3p+1,
    0x1.080bfdb44fda7p+1,
    0x1.0a90c1a990bf0p+1,
    0x1.0d240aae52262p+1,
    0x1.0fc6eb94753bap+1,
    0x1.127a9467e215ap+1,
    0x1.154056e6aba0ap+1,
    0x1.1819abdce8c2bp+1,
    0x1.1b08399d46bc4p+1,
    0x1.1e0ddbe0c951ap+1,
    0x1.212cad7002831p+1,
    0x1.246714190a905p+1,
    0x1.27bfcfa3d5f3ep+1,
    0x1.2b3a0cb898984p+1,
    0x1.2ed97d0bb75dap+1,
    0x1.32a276b05d58dp+1,
    0x1.369a1d4856982p+1,
    0x1.3ac6991165f6cp+1,
    0x1.3f2f61da300b5p+1,
    0x1.43dda73b95e62p+1,
    0x1.48dce50cba872p+1,
    0x1.4e3bbcd4428b8p+1,
    0x1.540d3ee480069p+1,
    0x1.5a6af053989c0p+1,
    0x1.617821bc6222dp+1,
    0x1.6967c7157b293p+1,
    0x1.72877d1722aafp+1,
    0x1.7d567e17c04a8p+1,
    0x1.8abc916b79453p+1,
    0x1.9cac65f0fe471p+1,
    0x1.b8de6117df54ep+1,
    0x1.de081b1cc40bdp+1,
};

static double density(double x)
{
    return real_exp(-0.5 * x * x);
}

/* Whether a point of strip i whose x is beyond end[i] lies under f; in the lowest strip x is drawn again,
 * from the wedge. */
static bool is_under(gsl_rng *stream, int i, double *x)
{
    const double tail = end[STRIPS - 1];
    if (i < STRIPS - 1) {
        double low = density(end[i + 1]), high = density(end[i]);
        return low + (high - low) * gsl_rng_uniform(stream) < density(*x);
    }
    double along = 1 - gsl_rng_uniform(stream), height = gsl_rng_uniform(stream);
    *x = tail - real_log(along) / tail;
    return real_exp(-tail * (*x - 0.5 * tail)) * height < density(*x);
}

double draw_normal(gsl_rng *stream, double sd)
{
    while (true) {
        uint32_t bits = (uint32_t)gsl_rng_get(stream);
        int i = (int)(bits & (STRIPS - 1));
        double sign = bits & STRIPS ? 1 : -1, step = 0x1p-24 * end[i + 1], x = (double)(bits >> 8) * step;
        if (x + step <= end[i] || is_under(stream, i, &x)) /* as GSL, which compares whole steps */
            return sign * sd * x;
    }
}

double draw_exponential(gsl_rng *stream, double mean)
{
    return -mean * real_log1p(-gsl_rng_uniform(stream));
}

double draw_gumbel(gsl_rng *stream)
{
    return -real_log(-real_log(gsl_rng_uniform_pos(stream)));
}
