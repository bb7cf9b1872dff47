/* SPDX-License-Identifier: Apache-2.0 */
/* Runs of bits against arrays of bytes, at all places. */
#include "batch/bits.h"

#include "lib/random.h"

#include <criterion/criterion.h>

TestSuite(bits, .timeout = 60);

enum { BITS = 400, PLANS = 20000 };

typedef struct run {
    uint8_t *bits; /* exactly as long as needed, so that sanitizers see what lies beyond */
    bool oracle[BITS];
    size_t bytes;
} run_t;

static run_t make(random_plan_t *random, size_t count)
{
    run_t run = {.bytes = gyre__bits_bytes(count)};
    run.bits = malloc(run.bytes + (run.bytes == 0));
    for (size_t i = 0; i < run.bytes * 8; i++) {
        run.oracle[i] = random_below(random, 3) == 0;
        if (i % 8 == 0)
            run.bits[i / 8] = 0;
        run.bits[i / 8] |= (uint8_t)(run.oracle[i] << (i % 8));
    }
    return run;
}

static void check(const run_t *run)
{
    for (size_t i = 0; i < run->bytes * 8; i++)
        cr_assert_eq((run->bits[i / 8] >> (i % 8)) & 1, run->oracle[i], "bit %zu", i);
}

Test(bits, runs_match_arrays)
{
    random_plan_t random = random_start("bits");
    for (int plan = 0; plan < PLANS; plan++) {
        size_t count = random_below(&random, 300), at = random_below(&random, 80);
        size_t from_at = random_below(&random, 80), ones = 0;
        bool value = random_below(&random, 2), equal = true;
        run_t to = make(&random, at + count), from = make(&random, from_at + count);
        switch (random_below(&random, 3)) {
        case 0:
            gyre__bits_copy(to.bits, at, from.bits, from_at, count);
            memcpy(to.oracle + at, from.oracle + from_at, count);
            break;
        case 1:
            gyre__bits_fill(to.bits, at, count, value);
            memset(to.oracle + at, value, count);
            break;
        default:
            gyre__bits_pack(to.bits, at, (const uint8_t *)from.oracle, count);
            memcpy(to.oracle + at, from.oracle, count);
        }
        check(&to);
        for (size_t i = 0; i < count; i++) {
            ones += to.oracle[at + i];
            equal &= to.oracle[at + i] == from.oracle[from_at + i];
        }
        cr_assert_eq(gyre__bits_count(to.bits, at, count), ones);
        cr_assert_eq(gyre__bits_equal(to.bits, at, from.bits, from_at, count), equal);
        free(to.bits);
        free(from.bits);
    }
}
