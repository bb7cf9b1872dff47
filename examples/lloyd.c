/* SPDX-License-Identifier: Apache-2.0 */
/* Lloyd's algorithm: of all centers the nearest is that of the least |c|^2 - 2 c x, so that what
 * takes time is a product of matrices. It is taken by tiles that stay in the cache. */
#include "lloyd.h"
#include "blas.h"

#include <float.h>
#include <stdint.h>

enum { POINTS = 128, CENTERS = 128 }; /* of a tile */

static void find_nearest(const double *points, size_t count, size_t columns, const double *centers,
                         size_t clusters, int64_t *nearest)
{
    double products[CENTERS * POINTS], best[POINTS];
    for (size_t i = 0; i < count; i++)
        best[i] = DBL_MAX;
    for (size_t first = 0; first < clusters; first += CENTERS) {
        size_t some = clusters - first < CENTERS ? clusters - first : CENTERS;
        const double *tile = centers + first * columns;
        blas_products(tile, some, points, count, columns, products);
        for (size_t c = 0; c < some; c++) {
            double norm = blas_dot(columns, tile + c * columns, tile + c * columns);
            const double *product = products + c * count;
            for (size_t i = 0; i < count; i++) {
                double distance = norm - 2 * product[i];
                nearest[i] = distance < best[i] ? (int64_t)(first + c) : nearest[i];
                best[i] = distance < best[i] ? distance : best[i];
            }
        }
    }
}

void lloyd_add(const double *points, size_t count, size_t columns, const double *centers,
               size_t clusters, double *sums)
{
    int64_t nearest[POINTS] = {0};
    for (size_t first = 0; first < count; first += POINTS) {
        size_t some = count - first < POINTS ? count - first : POINTS;
        find_nearest(points + first * columns, some, columns, centers, clusters, nearest);
        for (size_t i = 0; i < some; i++) {
            const double *point = points + (first + i) * columns;
            double *sum = sums + (size_t)nearest[i] * (columns + 1);
            for (size_t d = 0; d < columns; d++)
                sum[d] += point[d];
            sum[columns]++;
        }
    }
}

void lloyd_divide(const double *sums, size_t columns, size_t clusters, double *centers)
{
    for (size_t c = 0; c < clusters; c++, sums += columns + 1, centers += columns)
        for (size_t d = 0; d < columns; d++)
            centers[d] = sums[columns] > 0 ? sums[d] / sums[columns] : centers[d];
}
