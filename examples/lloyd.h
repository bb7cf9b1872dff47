/* SPDX-License-Identifier: Apache-2.0 */
/* The arithmetic of k-means. Points and centers are rows of so many columns; sums have one more,
 * the number of points. */
#ifndef EXAMPLES_LLOYD_H
#define EXAMPLES_LLOYD_H

#include <stddef.h>

/* Adds every point to the sums of the center that is nearest to it. */
void lloyd_add(const double *points, size_t count, size_t columns, const double *centers,
               size_t clusters, double *sums);

/* Sums become centers; one without points stays what it is. */
void lloyd_divide(const double *sums, size_t columns, size_t clusters, double *centers);

#endif
