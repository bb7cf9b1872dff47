/* SPDX-License-Identifier: Apache-2.0 */
/* Products of vectors and matrices: OpenBLAS's where configure found it, loops elsewhere. */
#ifndef EXAMPLES_BLAS_H
#define EXAMPLES_BLAS_H

#include <stddef.h>

#ifdef HAVE_CBLAS
#include <cblas.h>

/* Workers compute side by side, so that none has threads to gain. */
static inline void blas_begin(void)
{
    openblas_set_num_threads(1);
}

/* products[i * count + j] is left row i times right row j. */
static inline void blas_products(const double *left, size_t rows, const double *right, size_t count,
                                 size_t columns, double *products)
{
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)rows, (int)count, (int)columns, 1,
                left, (int)columns, right, (int)columns, 0, products, (int)count);
}

static inline double blas_dot(size_t count, const double *left, const double *right)
{
    return cblas_ddot((int)count, left, 1, right, 1);
}

/* Adds scale times from. */
static inline void blas_add(size_t count, double scale, const double *from, double *to)
{
    cblas_daxpy((int)count, scale, from, 1, to, 1);
}

static inline void blas_scale(size_t count, double scale, double *values)
{
    cblas_dscal((int)count, scale, values, 1);
}

#else

static inline void blas_begin(void) {}

static inline double blas_dot(size_t count, const double *left, const double *right)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += left[i] * right[i];
    return sum;
}

static inline void blas_products(const double *left, size_t rows, const double *right, size_t count,
                                 size_t columns, double *products)
{
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < count; j++)
            products[i * count + j] = blas_dot(columns, left + i * columns, right + j * columns);
}

static inline void blas_add(size_t count, double scale, const double *from, double *to)
{
    for (size_t i = 0; i < count; i++)
        to[i] += scale * from[i];
}

static inline void blas_scale(size_t count, double scale, double *values)
{
    for (size_t i = 0; i < count; i++)
        values[i] *= scale;
}

#endif
#endif
