/* SPDX-License-Identifier: Apache-2.0 */
/* Atomics on a counter at the target. Every variant raises it by one, so the old value that
 * comes back is known in advance and always checked. */
#include "worker.h"

#include <inttypes.h>
#include <stdio.h>

static const char *const variants[] = {"fetch_add", "swap", "compare_swap", NULL};
static gyre__bench_region_t region;
static uint64_t counts[2]; /* values of the 4 and of the 8 byte counter */

static int atomic_open(gyre__bench_t *bench)
{
    return gyre__bench_region_open(bench, &region);
}

static void atomic_close(gyre__bench_t *bench)
{
    (void)bench;
    gyre__bench_region_close(&region);
}

static void complain(gyre__bench_t *bench, uint64_t old, uint64_t expected)
{
    if (!bench->wrong++)
        fprintf(stderr,
                "gyre bench atomic: %s, width %zu: old value %" PRIu64 ", expected %" PRIu64 "\n",
                variants[bench->opts.variant], bench->length, old, expected);
}

static int once(gyre__bench_t *bench)
{
    static const gyre_atomic_t codes[] = {GYRE_ATOMIC_FETCH_ADD, GYRE_ATOMIC_SWAP,
                                          GYRE_ATOMIC_COMPARE_SWAP};
    bool wide = bench->length == 8;
    gyre_atomic_t code = codes[bench->opts.variant];
    if (bench->role == GYRE__BENCH_TARGET)
        return GYRE_OK;
    uint64_t expected = wide ? counts[1]++ : (uint32_t)counts[0]++, old = 0;
    uint64_t next = wide ? expected + 1 : (uint32_t)(expected + 1);
    uint64_t operand = code == GYRE_ATOMIC_FETCH_ADD ? 1 : next;
    gyre_status_t status =
        gyre_atomic(region.remote, wide ? 8 : 0, code, (int)bench->length, operand, expected, &old);
    if (!status && old != expected)
        complain(bench, old, expected);
    return status;
}

const gyre__bench_op_t gyre__bench_atomic = {
    .name = "atomic",
    .title = "One-Sided Atomic Latency",
    .help = "fetch_add, swap or compare_swap of 4 and 8 bytes (--op)",
    .metric = GYRE__BENCH_LATENCY,
    .one_sided = true,
    .legs = 1,
    .min = 4,
    .max = 8,
    .least = 4,
    .most = 8,
    .iterations = 10000,
    .warmup = 100,
    .variants = variants,
    .open = atomic_open,
    .once = once,
    .close = atomic_close,
};
