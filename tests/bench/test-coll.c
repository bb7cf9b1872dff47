/* SPDX-License-Identifier: Apache-2.0 */
/* What the driver does for collectives: the bytes that it gives out, moved here as each collective
 * should, must pass, and any wrong byte must not; a limit must end a cell. */
#include "bench/coll.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TestSuite(bench_coll, .timeout = 30);

enum { MOST = 5, LENGTH = 24 };

static int nothing(gyre__bench_t *bench)
{
    (void)bench;
    return 0;
}

static int keep(gyre__bench_t *bench, void *data, size_t length)
{
    (void)bench;
    (void)data;
    (void)length;
    return 0;
}

static const gyre__bench_calls_t calls[GYRE__BENCH_COLLS];
static const gyre__bench_coll_side_t colls = {.calls = calls};
static const gyre__bench_side_t side = {
    .program = "test-bench", .barrier = nothing, .share = keep, .colls = &colls};

/* All ranks of a collective, in one process. */
typedef struct crowd {
    int size;
    gyre__bench_t ranks[MOST];
} crowd_t;

static void crowd_open(crowd_t *crowd, const gyre__bench_op_t *op, const char *type, int variant,
                       int size)
{
    memset(crowd, 0, sizeof(*crowd));
    crowd->size = size;
    for (int rank = 0; rank < size; rank++) {
        gyre__bench_t *bench = &crowd->ranks[rank];
        *bench = (gyre__bench_t){.side = &side, .rank = rank, .size = size, .length = LENGTH};
        bench->opts = (gyre__bench_opts_t){
            .op = op, .type = gyre__bench_type(type), .variant = variant, .max = LENGTH};
        bench->role = GYRE__BENCH_BOTH;
        bench->turn = 7;
        cr_assert_eq(gyre__bench_coll_open(bench), 0);
        cr_assert_eq(gyre__bench_coll_cell(bench), 0);
        bench->send = calloc(1, bench->coll->room[0] + 1);
        bench->recv = calloc(1, bench->coll->room[1] + 1);
        gyre__bench_coll_fill(bench);
    }
}

static void crowd_close(crowd_t *crowd)
{
    for (int rank = 0; rank < crowd->size; rank++) {
        free(crowd->ranks[rank].send);
        free(crowd->ranks[rank].recv);
        gyre__bench_coll_close(&crowd->ranks[rank]);
    }
}

static uint64_t wrong(crowd_t *crowd)
{
    uint64_t all = 0;
    for (int rank = 0; rank < crowd->size; rank++) {
        crowd->ranks[rank].wrong = 0;
        gyre__bench_coll_check(&crowd->ranks[rank]);
        all += crowd->ranks[rank].wrong;
    }
    return all;
}

static void move(crowd_t *crowd, int from, int block, int to, int place)
{
    memcpy(crowd->ranks[to].recv + place * LENGTH, crowd->ranks[from].send + block * LENGTH,
           LENGTH);
}

static void ring(crowd_t *crowd, int rank, bool personal)
{
    int size = crowd->size, left = (rank + size - 1) % size, right = (rank + 1) % size;
    move(crowd, left, personal && size > 2, rank, 0);
    if (left != right)
        move(crowd, right, 0, rank, 1);
}

static void move_all(crowd_t *crowd, gyre__bench_kind_t kind)
{
    int size = crowd->size;
    for (int rank = 0; rank < size; rank++)
        for (int from = 0; from < size; from++)
            switch (kind) {
            case GYRE__BENCH_COLL_bcast:
                move(crowd, 0, 0, rank, 0);
                break;
            case GYRE__BENCH_COLL_gather:
            case GYRE__BENCH_COLL_gatherv:
                move(crowd, from, 0, 0, from);
                break;
            case GYRE__BENCH_COLL_scatter:
            case GYRE__BENCH_COLL_scatterv:
                move(crowd, 0, rank, rank, 0);
                break;
            case GYRE__BENCH_COLL_allgather:
            case GYRE__BENCH_COLL_allgatherv:
                move(crowd, from, 0, rank, from);
                break;
            case GYRE__BENCH_COLL_alltoall:
            case GYRE__BENCH_COLL_alltoallv:
                move(crowd, from, rank, rank, from);
                break;
            default:
                ring(crowd, rank, kind >= GYRE__BENCH_COLL_neighbor_alltoall);
            }
}

/* One bit in each byte of each result in turn, which the ranks must see. */
static void spoil_each(crowd_t *crowd, const char *name)
{
    for (int rank = 0; rank < crowd->size; rank++) {
        gyre__bench_t *bench = &crowd->ranks[rank];
        const gyre__bench_shape_t *shape = bench->opts.op->shape;
        size_t length = bench->coll->room[1];
        if (shape->out == GYRE__BENCH_SHARE)
            length = bench->coll->counts[rank] * bench->coll->element;
        if ((shape->one_buffer && !rank) || (shape->fold == GYRE__BENCH_BEFORE_SELF && !rank))
            continue;
        for (size_t at = 0; at < length; at++) {
            bench->recv[at] ^= 0x10;
            cr_expect_eq(wrong(crowd), 1, "%s: byte %zu of rank %d of %d", name, at, rank,
                         crowd->size);
            bench->recv[at] ^= 0x10;
        }
    }
}

Test(bench_coll, moved_blocks_pass_and_any_wrong_byte_does_not)
{
    crowd_t crowd;
    for (int kind = GYRE__BENCH_COLL_bcast; kind < GYRE__BENCH_COLLS; kind++)
        for (int size = 2; size <= MOST; size++) {
            const gyre__bench_op_t *op = &gyre__bench_coll_ops[kind];
            if (op->shape->fold)
                continue;
            crowd_open(&crowd, op, "int32", 0, size);
            cr_expect_neq(wrong(&crowd), 0, "%s: nothing moved, nothing wrong", op->name);
            move_all(&crowd, (gyre__bench_kind_t)kind);
            cr_expect_eq(wrong(&crowd), 0, "%s, %d ranks", op->name, size);
            spoil_each(&crowd, op->name);
            for (int rank = 0; rank < size; rank++)
                crowd.ranks[rank].turn++;
            cr_expect_neq(wrong(&crowd), 0, "%s: the last turn's bytes pass", op->name);
            crowd_close(&crowd);
        }
}

/* Sums of int32 from the ranks' own vectors. */
static void add_up(crowd_t *crowd)
{
    const gyre__bench_shape_t *shape = crowd->ranks[0].opts.op->shape;
    for (int rank = 0; rank < crowd->size; rank++) {
        gyre__bench_t *bench = &crowd->ranks[rank];
        bool share = shape->out == GYRE__BENCH_SHARE, blocks = shape->in == GYRE__BENCH_RANKS;
        size_t count = share ? bench->coll->counts[rank] : bench->coll->count;
        size_t first = share ? bench->coll->displs[rank] : blocks ? count * (size_t)rank : 0;
        int end = shape->fold == GYRE__BENCH_OF_ALL
                      ? crowd->size
                      : rank + (shape->fold == GYRE__BENCH_UP_TO_SELF);
        for (size_t i = 0; end && i < count && (rank == 0 || !shape->out_at_root); i++) {
            int32_t sum = 0;
            for (int from = 0; from < end; from++)
                sum += ((int32_t *)crowd->ranks[from].send)[first + i];
            ((int32_t *)bench->recv)[i] = sum;
        }
    }
}

Test(bench_coll, right_sums_pass_and_any_wrong_byte_does_not)
{
    crowd_t crowd;
    for (int kind = 0; kind < GYRE__BENCH_COLLS; kind++)
        for (int size = 2; size <= MOST; size++) {
            const gyre__bench_op_t *op = &gyre__bench_coll_ops[kind];
            if (!op->shape->fold)
                continue;
            crowd_open(&crowd, op, "int32", 0, size);
            cr_expect_neq(wrong(&crowd), 0, "%s: nothing added, nothing wrong", op->name);
            add_up(&crowd);
            cr_expect_eq(wrong(&crowd), 0, "%s, %d ranks", op->name, size);
            spoil_each(&crowd, op->name);
            crowd_close(&crowd);
        }
}

static void expect_bytes(const char *type, int64_t value, uint64_t bits)
{
    const gyre__bench_type_t *element = gyre__bench_type(type);
    uint64_t found = 0;
    gyre__bench_encode(element, value, &found);
    cr_expect_eq(found, bits, "%s of %lld: 0x%llx", type, (long long)value,
                 (unsigned long long)found);
}

Test(bench_coll, elements_have_the_bytes_of_their_type)
{
    expect_bytes("int8", -2, 0xfe);
    expect_bytes("uint16", 65537, 1);
    expect_bytes("int32", 7, 7);
    expect_bytes("uint64", -1, UINT64_MAX);
    expect_bytes("float64", 3, 0x4008000000000000);
    expect_bytes("float32", 3, 0x40400000);
    expect_bytes("bfloat16", 3, 0x4040);
    expect_bytes("float16", 0, 0);
    expect_bytes("float16", 1, 0x3c00);
    expect_bytes("float16", 3, 0x4200);
    expect_bytes("float16", 2047, 0x67ff);
    expect_bytes("float16", 65536, 0x7c00);
    cr_expect_null(gyre__bench_type("float"));
}

Test(bench_coll, operations_are_what_their_names_say)
{
    const int64_t expected[] = {18, 72, 6, 12, 1, 1, 0, 4, 14, 10};
    for (int i = 0; gyre__bench_reductions[i]; i++)
        cr_expect_eq(gyre__bench_reduce(i, 12, 6), expected[i], "%s", gyre__bench_reductions[i]);
}

static int ran;

static int take_a_millisecond(gyre__bench_t *bench)
{
    (void)bench;
    for (double start = gyre__bench_now(); gyre__bench_now() < start + 1e-3;)
        ;
    ran++;
    return 0;
}

Test(bench_coll, a_limit_ends_the_cell)
{
    gyre__bench_op_t op = {.name = "op", .once = take_a_millisecond};
    gyre__bench_t bench = {.side = &side, .size = 2, .role = GYRE__BENCH_BOTH, .length = 8};
    gyre__bench_sample_t sample = {0};
    int iterations = 1000000;
    bench.opts = (gyre__bench_opts_t){.op = &op, .limit = 0.1};
    cr_assert_eq(gyre__bench_time(&bench, 100000, &iterations, &sample), 0);
    cr_expect(iterations >= 1 && iterations <= 200, "%d iterations", iterations);
    cr_expect(sample.seconds >= iterations * .9e-3, "%g s of %d", sample.seconds, iterations);
    cr_expect(ran > iterations, "no warm-up");
    ran = 0;
    iterations = 3;
    cr_assert_eq(gyre__bench_time(&bench, 2, &iterations, &sample), 0);
    cr_expect_eq(iterations, 3);
}

Test(bench_coll, overlap_is_what_the_computing_hid)
{
    gyre__bench_op_t op = {.name = "op", .legs = 1, .shape = gyre__bench_coll_ops[0].shape};
    gyre__bench_t bench = {.side = &side, .size = 2, .length = 8};
    const gyre__bench_sample_t samples[] = {{.seconds = 1.4e-3, .pure = 1e-3, .compute = 1e-3},
                                            {.seconds = 1.2e-3, .pure = 1e-3, .compute = 1e-3}};
    bench.opts =
        (gyre__bench_opts_t){.op = &op, .window = 1, .json = true, .mode = GYRE__BENCH_OVERLAP};
    json_t *row = gyre__bench_row(&bench, 1000, samples);
    cr_expect_float_eq(json_number_value(json_object_get(row, "avg")), 1.3, 1e-9);
    cr_expect_float_eq(json_number_value(json_object_get(row, "pure")), 1, 1e-9);
    cr_expect_float_eq(json_number_value(json_object_get(row, "overlap")), 70, 1e-6);
    json_decref(row);
}
