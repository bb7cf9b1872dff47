/* SPDX-License-Identifier: Apache-2.0 */
#include "sgd.h"
#include "blas.h"

#include <math.h>

static double margin(const sgd_t *sgd, const double *sample, const double *model)
{
    return sample[0] * (blas_dot(sgd->features, sample + 1, model) + model[sgd->features]);
}

void sgd_pass(const sgd_t *sgd, const double *samples, size_t count, double total, double step,
              double *model)
{
    for (size_t i = 0; i < count; i++, samples += sgd->features + 1) {
        double far = margin(sgd, samples, model);
        double pull = sgd->logistic ? 1 / (1 + exp(far)) : far < 1;
        blas_scale(sgd->features, 1 - step / total, model);
        if (pull > 0) {
            blas_add(sgd->features, step * sgd->c * pull * samples[0], samples + 1, model);
            model[sgd->features] += step * sgd->c * pull * samples[0];
        }
    }
}

size_t sgd_right(const sgd_t *sgd, const double *samples, size_t count, const double *model)
{
    size_t right = 0;
    for (size_t i = 0; i < count; i++)
        right += margin(sgd, samples + i * (sgd->features + 1), model) > 0;
    return right;
}
