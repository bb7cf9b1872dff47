/* SPDX-License-Identifier: Apache-2.0 */
/* Bruck's index algorithm: a block for the member i above travels in steps of radix^x, one for
 * every digit of i that is not 0. In round x, for every digit value d, all blocks with that digit
 * go together to the member d radix^x above. About n log n block transfers instead of n, but
 * (radix - 1) ceil(log_radix n) messages instead of n - 1: for small blocks.
 *
 * J. Bruck, C.-T. Ho, S. Kipnis, E. Upfal, D. Weathersby: Efficient algorithms for all-to-all
 * communications in multiport message-passing systems. IEEE TPDS 8(11), 1997, section 3. */
#include "harp/alltoall/alltoall.h"
#include "harp/move.h"

/* Blocks in scratch memory by distance to their member; below, to whom they came from. Blocks
 * with digit value of weight: runs of weight blocks, radix * weight apart. */
typedef struct gyre__bruck {
    const gyre__plan_t *plan;
    gyre__schedule_t *s;
    int64_t radix;
    gyre__ref_t work, send, recv;
} bruck_t;

/* Length in blocks of the run that begins at block at. */
static int64_t run_at(const bruck_t *b, int64_t at, int64_t weight)
{
    return weight < b->plan->size - at ? weight : b->plan->size - at;
}

static int64_t blocks_with(const bruck_t *b, int64_t weight, int64_t digit)
{
    int64_t count = 0;
    for (int64_t at = digit * weight; at < b->plan->size; at += b->radix * weight)
        count += run_at(b, at, weight);
    return count;
}

static gyre__ref_t block(const bruck_t *b, gyre__ref_t base, int64_t i)
{
    return gyre__at(base, (uint64_t)i * b->plan->bytes);
}

/* Copies the runs between work and a row of blocks. */
static int32_t copy_runs(const bruck_t *b, int64_t weight, int64_t digit, gyre__ref_t row,
                         bool to_row, int32_t after)
{
    for (int64_t at = digit * weight; at < b->plan->size; at += b->radix * weight) {
        int64_t run = run_at(b, at, weight);
        gyre__ref_t here = block(b, b->work, at);
        after = gyre__copy(b->s, after, to_row ? here : row, to_row ? row : here,
                           (uint64_t)run * b->plan->bytes);
        row = block(b, row, run);
    }
    return after;
}

/* One message out and one in; start: where its blocks lie among those of the round. */
static int32_t exchange(const bruck_t *b, int64_t weight, int64_t digit, int64_t count,
                        int64_t start, int32_t ready)
{
    const gyre__plan_t *plan = b->plan;
    bool one_run = digit * weight + b->radix * weight >= plan->size;
    uint64_t length = (uint64_t)count * plan->bytes;
    gyre__ref_t from = one_run ? block(b, b->work, digit * weight) : block(b, b->send, start);
    gyre__ref_t to = block(b, b->recv, start);
    int32_t packed = one_run ? ready : copy_runs(b, weight, digit, from, true, ready);
    int32_t in = gyre__recv(b->s, ready, to, length,
                            gyre__around(plan->rank, -digit * weight, plan->size), 0);
    int32_t out = gyre__send(b->s, packed, from, length,
                             gyre__around(plan->rank, digit * weight, plan->size), 0);
    return copy_runs(b, weight, digit, to, false, gyre__join(b->s, in, out));
}

static int32_t round_of(const bruck_t *b, int64_t weight, int32_t ready)
{
    int32_t all = GYRE__NOW;
    int64_t start = 0;
    for (int64_t digit = 1; digit < b->radix && digit * weight < b->plan->size; digit++) {
        int64_t count = blocks_with(b, weight, digit);
        all = gyre__join(b->s, all, exchange(b, weight, digit, count, start, ready));
        start += count;
    }
    return all;
}

/* Block i of work for the member i above. */
static int32_t turn(const bruck_t *b)
{
    const gyre__plan_t *plan = b->plan;
    int above = plan->size - plan->rank;
    int32_t high = gyre__copy(b->s, GYRE__NOW, block(b, gyre__in(0), plan->rank), b->work,
                              (uint64_t)above * plan->bytes);
    return gyre__copy(b->s, high, gyre__in(0), block(b, b->work, above),
                      (uint64_t)plan->rank * plan->bytes);
}

void gyre__alltoall_bruck(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    uint64_t all = plan->bytes * (uint64_t)plan->size;
    if (all == 0)
        return;
    bruck_t b = {plan,
                 s,
                 plan->radix < 2 ? 2 : plan->radix,
                 gyre__schedule_scratch(s, all),
                 gyre__schedule_scratch(s, all),
                 gyre__schedule_scratch(s, all)};
    int32_t ready = turn(&b);
    for (int64_t weight = 1; weight < plan->size; weight *= b.radix)
        ready = round_of(&b, weight, ready);
    for (int i = 0; i < plan->size; i++)
        gyre__copy(s, ready, block(&b, b.work, i),
                   block(&b, gyre__out(0), gyre__around(plan->rank, -(int64_t)i, plan->size)),
                   plan->bytes);
}
