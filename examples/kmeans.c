/* SPDX-License-Identifier: Apache-2.0 */
/* K-means in three of Harp's ways: the sums of each cluster's points meet by allreduce; or by
 * regroup, after which each worker finishes its own clusters, and allgather; or are pushed into a
 * distributed table, finished by their owners, and pulled. The answer is that of a plain loop over
 * all points, which rank 0 runs too. */
#include "example.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { POINTS = 20000, DIMS = 8, CLUSTERS = 12, ROUNDS = 15, SEED = 20 };

typedef double centers_t[CLUSTERS][DIMS];
typedef double sums_t[CLUSTERS][DIMS + 1]; /* of coordinates, and the number of points */

typedef enum way { ALLREDUCE, REGROUP, PUSHPULL, WAYS } way_t;
static const char *const names[WAYS] = {"allreduce", "regroup", "pushpull"};

typedef struct job {
    gyre_comm_t *world;
    gyre_harp_table_t *sums;   /* partition c: cluster c's sums, then its center and points */
    gyre_harp_table_t *global; /* PUSHPULL: the same, each at one worker */
    way_t way;
} job_t;

/* Uniform in [0, 1), a function of its arguments. */
static double noise(uint64_t a, uint64_t b)
{
    uint64_t z = (a * 0x9e3779b97f4a7c15u + b + SEED) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (double)((z ^ (z >> 31)) >> 11) * 0x1p-53;
}

static void make_point(uint64_t i, double *point)
{
    uint64_t cluster = (uint64_t)(noise(i, 100) * CLUSTERS);
    for (uint64_t d = 0; d < DIMS; d++)
        point[d] = 10 * noise(cluster, d) + noise(i + 1000, d) + noise(i + 2000, d);
}

static int nearest(centers_t centers, const double *point)
{
    double best = DBL_MAX;
    int which = 0;
    for (int c = 0; c < CLUSTERS; c++) {
        double distance = 0;
        for (int d = 0; d < DIMS; d++)
            distance += (point[d] - centers[c][d]) * (point[d] - centers[c][d]);
        if (distance < best) {
            best = distance;
            which = c;
        }
    }
    return which;
}

/* Adds the points first, first + step ... to the sums of their clusters. */
static void assign(centers_t centers, int first, int step, sums_t sums)
{
    double point[DIMS];
    memset(sums, 0, sizeof(sums_t));
    for (int i = first; i < POINTS; i += step) {
        make_point((uint64_t)i, point);
        double *sum = sums[nearest(centers, point)];
        for (int d = 0; d < DIMS; d++)
            sum[d] += point[d];
        sum[DIMS]++;
    }
}

/* A cluster's sums become its center; an empty one stays where it was. */
static void finish(double *sums, const double *before)
{
    for (int d = 0; d < DIMS; d++)
        sums[d] = sums[DIMS] > 0 ? sums[d] / sums[DIMS] : before[d];
}

static gyre_status_t finish_one(void *centers, gyre_harp_partition_t *partition)
{
    finish(partition->data, (*(centers_t *)centers)[partition->id]);
    return GYRE_OK;
}

static gyre_status_t zero(void *arg, gyre_harp_partition_t *partition)
{
    (void)arg;
    memset(partition->data, 0, partition->count * sizeof(double));
    return GYRE_OK;
}

/* The sums of all workers meet, and their quotients come to all. */
static gyre_status_t combine(job_t *job, centers_t centers)
{
    gyre_status_t status;
    switch (job->way) {
    case ALLREDUCE:
        status = gyre_harp_allreduce(job->world, job->sums);
        return status == GYRE_OK ? gyre_harp_table_apply(job->sums, finish_one, centers) : status;
    case REGROUP:
        status = gyre_harp_regroup(job->world, job->sums, NULL, NULL);
        if (status == GYRE_OK)
            status = gyre_harp_table_apply(job->sums, finish_one, centers);
        return status == GYRE_OK ? gyre_harp_allgather(job->world, job->sums) : status;
    default:
        status = gyre_harp_table_apply(job->global, zero, NULL);
        if (status == GYRE_OK)
            status = gyre_harp_push(job->world, job->sums, job->global, NULL, NULL);
        if (status == GYRE_OK)
            status = gyre_harp_table_apply(job->global, finish_one, centers);
        return status == GYRE_OK
                   ? gyre_harp_pull(job->world, job->sums, job->global, NULL, NULL, true)
                   : status;
    }
}

static gyre_status_t iterate(job_t *job, centers_t centers)
{
    sums_t sums;
    gyre_status_t status = GYRE_OK;
    assign(centers, gyre_comm_rank(job->world), gyre_comm_size(job->world), sums);
    gyre_harp_table_clear(job->sums);
    for (int c = 0; c < CLUSTERS && status == GYRE_OK; c++)
        status = gyre_harp_table_add(job->sums, c, sums[c], DIMS + 1, NULL);
    if (status == GYRE_OK)
        status = combine(job, centers);
    for (int c = 0; c < CLUSTERS && status == GYRE_OK; c++)
        memcpy(centers[c], gyre_harp_table_find(job->sums, c)->data, sizeof(centers[c]));
    return status;
}

static void begin(centers_t centers)
{
    for (uint64_t c = 0; c < CLUSTERS; c++)
        make_point(c * 7919, centers[c]);
}

/* Largest distance, in any coordinate, from what one process computes alone. */
static double check(centers_t centers)
{
    centers_t plain;
    sums_t sums;
    double worst = 0;
    begin(plain);
    for (int round = 0; round < ROUNDS; round++) {
        assign(plain, 0, 1, sums);
        for (int c = 0; c < CLUSTERS; c++) {
            finish(sums[c], plain[c]);
            memcpy(plain[c], sums[c], sizeof(plain[c]));
        }
    }
    for (int c = 0; c < CLUSTERS; c++)
        for (int d = 0; d < DIMS; d++)
            worst = fmax(worst, fabs(centers[c][d] - plain[c][d]));
    return worst;
}

static way_t choose(int argc, char **argv)
{
    const char *name = argc == 1 ? names[0] : argc == 3 ? argv[2] : "";
    way_t way = argc == 3 && strcmp(argv[1], "--model") != 0 ? WAYS : ALLREDUCE;
    while (way < WAYS && strcmp(name, names[way]) != 0)
        way++;
    return way;
}

int main(int argc, char **argv)
{
    gyre_context_t *ctx;
    gyre_harp_pool_t *pool;
    centers_t centers;
    job_t job = {.way = choose(argc, argv)};
    if (job.way == WAYS) {
        fprintf(stderr, "Usage: gyre run -n N kmeans [--model allreduce|regroup|pushpull]\n");
        return 2;
    }
    if (gyre_init(NULL, &ctx) != GYRE_OK)
        return fail("init");
    job.world = gyre_comm_world(ctx);
    if (gyre_harp_pool_create(ctx, &pool) != GYRE_OK ||
        gyre_harp_table_create(pool, 0, GYRE_FLOAT64, GYRE_SUM, &job.sums) != GYRE_OK ||
        gyre_harp_table_create(pool, 1, GYRE_FLOAT64, GYRE_SUM, &job.global) != GYRE_OK)
        return fail("tables");
    begin(centers);
    for (int round = 0; round < ROUNDS; round++)
        if (iterate(&job, centers) != GYRE_OK)
            return fail(names[job.way]);
    double worst = gyre_comm_rank(job.world) == 0 ? check(centers) : 0;
    if (gyre_comm_rank(job.world) == 0)
        printf("%d points, %d clusters, %d rounds by %s: within %.1e of one process alone\n",
               POINTS, CLUSTERS, ROUNDS, names[job.way], worst);
    gyre_harp_table_destroy(job.sums);
    gyre_harp_table_destroy(job.global);
    gyre_harp_pool_destroy(pool);
    gyre_finalize(ctx);
    return !(worst < 1e-9);
}
