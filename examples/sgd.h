/* SPDX-License-Identifier: Apache-2.0 */
/* The arithmetic of linear classifiers. A sample is a row of a label, 1 or -1, and its features; a
 * model is a weight for each feature, then a bias. What is small is half the square of the weights
 * plus c times the sum over the samples of their losses. */
#ifndef EXAMPLES_SGD_H
#define EXAMPLES_SGD_H

#include <stdbool.h>
#include <stddef.h>

typedef struct sgd {
    size_t features;
    bool logistic; /* its loss; else the hinge loss of a support vector machine */
    double c;
} sgd_t;

/* Goes down the gradient of one sample after the other. total: samples of all parts. */
void sgd_pass(const sgd_t *sgd, const double *samples, size_t count, double total, double step,
              double *model);

/* How many samples the model tells right. */
size_t sgd_right(const sgd_t *sgd, const double *samples, size_t count, const double *model);

#endif
