/* SPDX-License-Identifier: Apache-2.0 */
/* The driver's parts that decide what a benchmark says: the pattern must give away every wrong
 * byte, and the figures must follow from the ranks' times. */
#include "bench/bench.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

TestSuite(bench, .timeout = 20);

enum { LENGTH = 37, PLACES = 3, ROOM = LENGTH * PLACES };

static const gyre__bench_side_t side = {.program = "test-bench"};
static const gyre__bench_op_t both = {
    .name = "op", .fills = GYRE__BENCH_BOTH, .checks = GYRE__BENCH_BOTH};

/* Rank 0, the origin, has sent its window to rank 1, the target. */
typedef struct couple {
    char sent[ROOM], received[ROOM];
    gyre__bench_t origin, target;
} couple_t;

static void couple_init(couple_t *couple)
{
    memset(couple, 0, sizeof(*couple));
    couple->origin = (gyre__bench_t){.side = &side,
                                     .opts = {.op = &both, .window = PLACES},
                                     .peer = 1,
                                     .role = GYRE__BENCH_ORIGIN,
                                     .length = LENGTH,
                                     .stride = LENGTH,
                                     .send = couple->sent};
    couple->target = couple->origin;
    couple->target.rank = 1;
    couple->target.peer = 0;
    couple->target.role = GYRE__BENCH_TARGET;
    couple->target.recv = couple->received;
    gyre__bench_fill(&couple->origin);
    memcpy(couple->received, couple->sent, ROOM);
}

static uint64_t wrong(couple_t *couple)
{
    couple->target.wrong = 0;
    gyre__bench_check(&couple->target);
    return couple->target.wrong;
}

Test(bench, right_bytes_pass_and_any_wrong_one_does_not)
{
    couple_t couple;
    couple_init(&couple);
    cr_assert_eq(wrong(&couple), 0);
    for (int at = 0; at < ROOM; at++) {
        couple.received[at] ^= 1;
        cr_assert_eq(wrong(&couple), 1, "byte %d", at);
        couple.received[at] ^= 1;
    }
}

Test(bench, messages_of_another_place_turn_or_sender_do_not_pass)
{
    couple_t couple;
    couple_init(&couple);
    memcpy(couple.received, couple.sent + LENGTH, LENGTH);
    cr_assert_eq(wrong(&couple), 1);
    couple_init(&couple);
    couple.target.turn = 1;
    cr_assert_eq(wrong(&couple), PLACES);
    couple_init(&couple);
    couple.target.peer = 2;
    cr_assert_eq(wrong(&couple), PLACES);
    couple_init(&couple);
    memmove(couple.received, couple.sent + 8, LENGTH - 8);
    cr_assert_eq(wrong(&couple), 1);
}

Test(bench, without_stride_one_message_is_looked_at)
{
    couple_t couple;
    couple_init(&couple);
    memset(couple.received + LENGTH, 0, LENGTH);
    cr_assert_eq(wrong(&couple), 1);
    couple.target.stride = 0;
    cr_assert_eq(wrong(&couple), 0);
}

/* Two pairs; the targets' times must not count. */
static json_t *report(gyre__bench_metric_t metric, int legs, int window, size_t length)
{
    static const gyre__bench_sample_t samples[] = {{.seconds = .002, .best = .5e-6},
                                                   {.seconds = .004, .best = 1.5e-6},
                                                   {.seconds = 9, .best = 9},
                                                   {.seconds = 9, .best = 9, .wrong = 1}};
    gyre__bench_op_t op = {.name = "op", .metric = metric, .legs = legs};
    gyre__bench_t bench = {.side = &side,
                           .opts = {.op = &op, .window = window, .json = true, .check = true},
                           .size = 4,
                           .length = length};
    return gyre__bench_row(&bench, 1000, samples);
}

static void expect(json_t *row, const char *key, double value)
{
    double found = json_number_value(json_object_get(row, key));
    cr_expect(found > value * .999999 && found < value * 1.000001, "%s: %g, expected %g", key,
              found, value);
}

Test(bench, latency_is_half_of_the_round_trip)
{
    json_t *row = report(GYRE__BENCH_LATENCY, 2, 1, 8);
    expect(row, "size", 8);
    expect(row, "min", 1);
    expect(row, "avg", 1.5);
    expect(row, "max", 2);
    expect(row, "best", 0.5);
    expect(row, "messages_per_s", 1.5e6);
    cr_expect(json_is_false(json_object_get(row, "valid")), "a failed check of rank 3 is lost");
    json_decref(row);
}

Test(bench, bandwidth_counts_the_window_and_both_ways)
{
    json_t *row = report(GYRE__BENCH_BANDWIDTH, 2, 10, 1000);
    expect(row, "min", 5000);
    expect(row, "avg", 7500);
    expect(row, "max", 10000);
    json_decref(row);
}

Test(bench, rate_adds_the_pairs_up)
{
    json_t *row = report(GYRE__BENCH_RATE, 1, 10, 1000);
    expect(row, "avg", 7500);
    expect(row, "best", 20000 + 20000 / 3.);
    expect(row, "messages_per_s", 7.5e6);
    json_decref(row);
}
