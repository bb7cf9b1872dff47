/* SPDX-License-Identifier: Apache-2.0 */
/* Lloyd's algorithm: of all centers the nearest is that of the least |c|^2 - 2 c x. Of points with
 * few columns a tile lies in the first cache, column by column, and distances in registers; else
 * what takes time is a product of matrices. */
#include "lloyd.h"
#include "blas.h"

#include <float.h>
#include <stdint.h>
#include <string.h>

enum { POINTS = 128, CENTERS = 128 }; /* of a tile of products */
enum { LANES = 8, VECTORS = 4, TILE = LANES * VECTORS, FEW = 64 /* columns */ };

typedef double lanes_t __attribute__((vector_size(LANES * sizeof(double))));
typedef int64_t marks_t __attribute__((vector_size(LANES * sizeof(int64_t))));

/* The loader runs the choice between clones before a sanitizer is ready for it. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) &&                             \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define CLONES                                                                                     \
    __attribute__((target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4"),                   \
                   optimize("O3", "fp-contract=fast")))
#else
#define CLONES
#endif

/* Of the points of a tile, which has a row for each column: -2 times its values. */
CLONES
static void tile_nearest(const lanes_t *tile, size_t columns, const double *centers,
                         size_t clusters, int64_t *nearest)
{
    lanes_t best[VECTORS];
    marks_t marks[VECTORS] = {{0}};
    for (int v = 0; v < VECTORS; v++)
        best[v] = DBL_MAX - (lanes_t){0};
    for (size_t c = 0; c < clusters; c++, centers += columns) {
        lanes_t distance[VECTORS] = {{0}};
        double norm = 0;
        for (size_t d = 0; d < columns; d++) {
            norm += centers[d] * centers[d];
            for (int v = 0; v < VECTORS; v++)
                distance[v] += centers[d] * tile[d * VECTORS + v];
        }
        for (int v = 0; v < VECTORS; v++) {
            distance[v] += norm;
            marks_t nearer = distance[v] < best[v];
            best[v] = (lanes_t)((nearer & (marks_t)distance[v]) | (~nearer & (marks_t)best[v]));
            marks[v] = (nearer & (int64_t)c) | (~nearer & marks[v]);
        }
    }
    memcpy(nearest, marks, sizeof(marks));
}

static void find_by_tiles(const double *points, size_t count, size_t columns, const double *centers,
                          size_t clusters, int64_t *nearest)
{
    lanes_t tile[FEW * VECTORS] = {{0}};
    int64_t found[TILE];
    for (size_t first = 0; first < count; first += TILE) {
        size_t some = count - first < TILE ? count - first : TILE;
        for (size_t i = 0; i < some; i++)
            for (size_t d = 0; d < columns; d++)
                tile[d * VECTORS + i / LANES][i % LANES] = -2 * points[(first + i) * columns + d];
        tile_nearest(tile, columns, centers, clusters, found);
        memcpy(nearest + first, found, some * sizeof(*found));
    }
}

static void find_by_products(const double *points, size_t count, size_t columns,
                             const double *centers, size_t clusters, int64_t *nearest)
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
        (columns <= FEW ? find_by_tiles : find_by_products)(points + first * columns, some, columns,
                                                            centers, clusters, nearest);
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
