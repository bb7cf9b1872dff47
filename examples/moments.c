/* SPDX-License-Identifier: Apache-2.0 */
/* A type and an operation of one's own: mean and variance of numbers that lie with all workers, by
 * one reduction. Merging as by Chan, Golub and LeVeque, 1979. */
#include "example.h"

typedef struct moments {
    double count, mean, squares; /* sum of squared distances from the mean */
} moments_t;

static moments_t merge(moments_t a, moments_t b)
{
    double count = a.count + b.count, distance = b.mean - a.mean;
    if (count == 0)
        return a;
    return (moments_t){count, a.mean + distance * b.count / count,
                       a.squares + b.squares + distance * distance * a.count * b.count / count};
}

static void merge_all(void *arg, const void *left, const void *right, void *out, size_t count,
                      gyre_type_t type)
{
    const moments_t *l = left, *r = right;
    moments_t *o = out;
    for (size_t i = 0; i < count; i++)
        o[i] = merge(l[i], r[i]);
}

/* Every step-th of the numbers 0 to 999. */
static moments_t of_numbers(int first, int step)
{
    moments_t all = {0, 0, 0};
    for (int i = first; i < 1000; i += step)
        all = merge(all, (moments_t){1, i, 0});
    return all;
}

int main(void)
{
    gyre_context_t *ctx;
    gyre_type_t type;
    gyre_op_t op;
    if (gyre_init(NULL, &ctx) != GYRE_OK)
        return fail("init");
    gyre_comm_t *world = gyre_comm_world(ctx);
    moments_t mine = of_numbers(gyre_comm_rank(world), gyre_comm_size(world)), all;
    if (gyre_type_create(sizeof(moments_t), &type) != GYRE_OK ||
        gyre_op_create(merge_all, NULL, true, &op) != GYRE_OK)
        return fail("create");
    if (gyre_allreduce(world, &mine, &all, 1, type, op) != GYRE_OK)
        return fail("allreduce");
    gyre_op_destroy(op);
    double variance = all.squares / all.count;
    if (gyre_comm_rank(world) == 0)
        printf("%g numbers, mean %.2f, variance %.2f\n", all.count, all.mean, variance);
    gyre_finalize(ctx);
    return !(all.count == 1000 && all.mean > 499.49 && all.mean < 499.51 && variance > 83333 &&
             variance < 83334);
}
