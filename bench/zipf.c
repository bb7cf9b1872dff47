/* SPDX-License-Identifier: Apache-2.0 */
/* Ranks by Zipf's law for any exponent and any number of them, without tables: by inversion of the
 * integral of x^-skew, and rejection of the little that it is too much (Hoermann and Derflinger,
 * Rejection-inversion to generate variates from monotone discrete distributions, 1996). */
#include "flow.h"

#include <math.h>

/* The integral from 1 to x. */
static double integral(double skew, double x)
{
    double power = 1 - skew, log_x = log(x);
    return fabs(power) < 1e-9 ? log_x : expm1(power * log_x) / power;
}

static double inverse(double skew, double y)
{
    double power = 1 - skew;
    return exp(fabs(power) < 1e-9 ? y : log1p(fmax(power * y, -1)) / power);
}

gyre__bench_zipf_t gyre__bench_zipf(uint64_t count, double skew)
{
    return (gyre__bench_zipf_t){
        .count = count,
        .skew = skew,
        .low = integral(skew, 1.5) - 1,
        .high = integral(skew, (double)count + .5),
        .sure = 2 - inverse(skew, integral(skew, 2.5) - pow(2, -skew)),
    };
}

uint64_t gyre__bench_zipf_draw(const gyre__bench_zipf_t *zipf, uint64_t *state)
{
    for (;;) {
        double unit = (double)(gyre__bench_mix(++*state) >> 11) * 0x1p-53;
        double y = zipf->high + unit * (zipf->low - zipf->high);
        double x = inverse(zipf->skew, y);
        double rank = fmin(fmax(floor(x + .5), 1), (double)zipf->count);
        if (rank - x <= zipf->sure || y >= integral(zipf->skew, rank + .5) - pow(rank, -zipf->skew))
            return (uint64_t)rank - 1;
    }
}
