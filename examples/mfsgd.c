/* SPDX-License-Identifier: Apache-2.0 */
/* Matrix factorisation by stochastic gradient descent with model rotation: ratings of users for
 * items are approximated by products of user and item vectors. Users stay with their worker; items
 * are the model, in two slices that go around, so that one travels while threads learn from the
 * ratings of the other. No two threads share a user or an item, so that nothing is locked. The
 * error on ratings held out from learning must fall.
 *
 * mfsgd [SECONDS]: a bound for learning on a slice before all rotate; default: all its ratings. */
#include "example.h"

#include <math.h>
#include <stdlib.h>

enum {
    USERS = 600,
    ITEMS = 400,
    RANK = 4,    /* of what the ratings are made from */
    FACTORS = 6, /* of what is learned */
    SLICES = 2,
    BLOCK = 20, /* items of a partition */
    GROUPS = 4, /* of a worker's users: rows of the split */
    THREADS = 2,
    EPOCHS = 12,
};
static const double RATE = 0.06, DECAY = 0.002;

enum { BLOCKS = ITEMS / BLOCK, COLUMNS = BLOCKS };

typedef struct job {
    gyre_comm_t *world;
    int rank, size;
    double seconds;
    double (*users)[FACTORS]; /* of this worker: user u is at u / size */
    gyre_harp_table_t *slices[SLICES];
    gyre_harp_table_t *here; /* the slice that is computed on */
    bool learning;           /* or measuring, in errors */
    double errors[THREADS], count[THREADS];
} job_t;

/* Uniform in [0, 1), a function of its arguments. */
static double noise(uint64_t a, uint64_t b)
{
    uint64_t z = (a * 0x9e3779b97f4a7c15u + b) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (double)((z ^ (z >> 31)) >> 11) * 0x1p-53;
}

/* A tenth of all pairs is rated, a tenth of the ratings held out. */
static bool is_rated(int user, int item, bool held_out)
{
    double place = noise((uint64_t)user * ITEMS + (uint64_t)item, 1);
    return place < 0.1 && (place < 0.01) == held_out;
}

static double rating(int user, int item)
{
    double sum = 0.1 * (noise((uint64_t)user * ITEMS + (uint64_t)item, 2) - 0.5);
    for (uint64_t r = 0; r < RANK; r++)
        sum += 4 * (noise((uint64_t)user, 10 + r) - 0.3) * (noise((uint64_t)item, 20 + r) - 0.3);
    return sum;
}

static double error_of(const double *user, const double *item, double truth)
{
    for (int f = 0; f < FACTORS; f++)
        truth -= user[f] * item[f];
    return truth;
}

static void learn(double *user, double *item, double truth)
{
    double error = error_of(user, item, truth);
    for (int f = 0; f < FACTORS; f++) {
        double u = user[f];
        user[f] += RATE * (error * item[f] - DECAY * u);
        item[f] += RATE * (error * u - DECAY * item[f]);
    }
}

/* The ratings of one group of users for one block of items, if that block is here. */
static gyre_status_t visit(void *arg, int thread, int group, int block)
{
    job_t *job = arg;
    gyre_harp_partition_t *partition = gyre_harp_table_find(job->here, block);
    for (int u = job->rank + group * job->size; u < USERS && partition; u += GROUPS * job->size)
        for (int i = 0; i < BLOCK; i++) {
            int item = block * BLOCK + i;
            double *user = job->users[u / job->size];
            double *vector = (double *)partition->data + (size_t)i * FACTORS;
            if (!is_rated(u, item, !job->learning))
                continue;
            if (job->learning) {
                learn(user, vector, rating(u, item));
            } else {
                double error = error_of(user, vector, rating(u, item));
                job->errors[thread] += error * error;
                job->count[thread]++;
            }
        }
    return GYRE_OK;
}

/* Every slice meets every worker once. */
static gyre_status_t go_around(job_t *job, gyre_harp_rotator_t *rotator, gyre_harp_split_t *split)
{
    for (int step = 0; step < job->size * SLICES; step++) {
        double seconds = job->learning ? job->seconds : 0;
        gyre_status_t status = gyre_harp_rotator_get(rotator, step % SLICES, &job->here);
        if (status == GYRE_OK)
            status = gyre_harp_split_run(split, seconds, rotator, NULL);
        if (status == GYRE_OK)
            status = gyre_harp_rotator_rotate(rotator, step % SLICES);
        if (status != GYRE_OK)
            return status;
    }
    return GYRE_OK;
}

/* The error on the ratings held out, of all workers. */
static gyre_status_t measure(job_t *job, gyre_harp_rotator_t *rotator, gyre_harp_split_t *split,
                             double *rmse)
{
    double sums[2] = {0, 0};
    job->learning = false;
    for (int t = 0; t < THREADS; t++)
        job->errors[t] = job->count[t] = 0;
    gyre_status_t status = go_around(job, rotator, split);
    for (int t = 0; t < THREADS; t++) {
        sums[0] += job->errors[t];
        sums[1] += job->count[t];
    }
    if (status == GYRE_OK)
        status = gyre_allreduce(job->world, GYRE_IN_PLACE, sums, 2, GYRE_FLOAT64, GYRE_SUM);
    *rmse = sqrt(sums[0] / sums[1]);
    job->learning = true;
    return status;
}

static gyre_status_t make_model(job_t *job, gyre_harp_pool_t *pool)
{
    gyre_harp_partition_t *partition;
    gyre_status_t status = GYRE_OK;
    job->users = calloc(USERS, sizeof(*job->users));
    for (int u = 0; u < USERS && job->users; u++)
        for (int f = 0; f < FACTORS; f++)
            job->users[u][f] = noise((uint64_t)(u * job->size + job->rank), 30 + (uint64_t)f) - 0.5;
    for (int s = 0; s < SLICES && status == GYRE_OK; s++)
        status = gyre_harp_table_create(pool, s, GYRE_FLOAT64, GYRE_SUM, &job->slices[s]);
    for (int b = 0; b < BLOCKS && status == GYRE_OK; b++) {
        if (b / SLICES % job->size != job->rank)
            continue;
        status = gyre_harp_table_insert(job->slices[b % SLICES], b, BLOCK * FACTORS, &partition);
        for (size_t e = 0; status == GYRE_OK && e < partition->count; e++)
            ((double *)partition->data)[e] = noise((uint64_t)b * 10000 + e, 40) - 0.5;
    }
    return job->users ? status : GYRE_ERR_NO_MEMORY;
}

int main(int argc, char **argv)
{
    gyre_context_t *ctx;
    gyre_harp_pool_t *pool;
    gyre_harp_rotator_t *rotator;
    gyre_harp_split_t *split;
    job_t job = {.seconds = argc > 1 ? atof(argv[1]) : 0};
    double first, before, rmse;
    bool falls = true;
    if (gyre_init(NULL, &ctx) != GYRE_OK)
        return fail("init");
    job.world = gyre_comm_world(ctx);
    job.rank = gyre_comm_rank(job.world);
    job.size = gyre_comm_size(job.world);
    if (gyre_harp_pool_create(ctx, &pool) != GYRE_OK || make_model(&job, pool) != GYRE_OK ||
        gyre_harp_rotator_create(job.world, job.slices, SLICES, NULL, &rotator) != GYRE_OK ||
        gyre_harp_split_create(GROUPS, COLUMNS, THREADS, visit, &job, &split) != GYRE_OK)
        return fail("model");
    if (measure(&job, rotator, split, &first) != GYRE_OK)
        return fail("measure");
    rmse = first;
    for (int epoch = 0; epoch < EPOCHS; epoch++) {
        before = rmse;
        if (go_around(&job, rotator, split) != GYRE_OK ||
            measure(&job, rotator, split, &rmse) != GYRE_OK)
            return fail("epoch");
        if (job.rank == 0)
            printf("epoch %d: error on ratings held out %.4f\n", epoch + 1, rmse);
        falls = falls && (rmse < before || rmse < first / 2);
    }
    gyre_harp_rotator_destroy(rotator);
    gyre_harp_split_destroy(split);
    for (int s = 0; s < SLICES; s++)
        gyre_harp_table_destroy(job.slices[s]);
    gyre_harp_pool_destroy(pool);
    free(job.users);
    gyre_finalize(ctx);
    return !(job.seconds > 0 ? rmse < first : falls && rmse < 0.7 * first);
}
