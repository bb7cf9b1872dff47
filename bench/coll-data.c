/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes that -c gives to a collective, and those that must come out. What is moved depends on
 * sender, receiver (where each has a block of its own), turn and position; what is reduced is
 * compared with a reduction in rank order of all operands, made up again here. */
#include "coll.h"

#include <stdio.h>
#include <string.h>

static bool personal(const gyre__bench_shape_t *shape)
{
    return shape->in == GYRE__BENCH_RANKS || shape->in == GYRE__BENCH_NEAR;
}

static uint64_t seed(const gyre__bench_t *bench, int sender, int receiver)
{
    uint64_t to = personal(bench->opts.op->shape) ? (uint64_t)(unsigned)receiver + 1 : 0;
    return gyre__bench_mix(
        gyre__bench_mix(gyre__bench_mix(bench->turn + 1) + ((uint64_t)(unsigned)sender << 32)) +
        to);
}

static bool significant(const gyre__bench_t *bench, bool at_root)
{
    return !at_root || bench->rank == GYRE__BENCH_ROOT;
}

/* The rank that block number index of a buffer comes from or goes to. */
static int partner(const gyre__bench_t *bench, gyre__bench_extent_t extent, int index)
{
    if (extent == GYRE__BENCH_NEAR)
        return bench->coll->neighbors[index];
    return extent == GYRE__BENCH_RANKS ? index : GYRE__BENCH_ROOT;
}

static int blocks(const gyre__bench_t *bench, gyre__bench_extent_t extent)
{
    if (extent == GYRE__BENCH_NEAR)
        return bench->coll->degree;
    return extent == GYRE__BENCH_RANKS ? bench->size : extent != GYRE__BENCH_NONE;
}

static void fill_block(char *block, size_t length, uint64_t start)
{
    for (size_t at = 0; at < length; at += 8) {
        uint64_t bytes = gyre__bench_mix(start + at);
        memcpy(block + at, &bytes, length - at < 8 ? length - at : 8);
    }
}

static int64_t operand(const gyre__bench_t *bench, int rank, size_t index)
{
    return gyre__bench_operand(bench->opts.type, bench->opts.variant, bench->turn, rank, index);
}

static void fill_operands(gyre__bench_t *bench)
{
    gyre__bench_extent_t in = bench->opts.op->shape->in;
    size_t count = bench->coll->count * (size_t)blocks(bench, in);
    for (size_t i = 0; i < count; i++)
        gyre__bench_encode(bench->opts.type, operand(bench, bench->rank, i),
                           bench->send + i * bench->coll->element);
}

void gyre__bench_coll_fill(gyre__bench_t *bench)
{
    const gyre__bench_shape_t *shape = bench->opts.op->shape;
    if (!significant(bench, shape->in_at_root))
        return;
    if (shape->fold) {
        fill_operands(bench);
        return;
    }
    for (int i = 0; i < blocks(bench, shape->in); i++)
        fill_block(bench->send + (size_t)i * bench->length, bench->length,
                   seed(bench, bench->rank, partner(bench, shape->in, i)));
}

static void complain(gyre__bench_t *bench, size_t at, const void *found, const void *expected,
                     size_t length)
{
    const unsigned char *bytes[2] = {found, expected};
    char text[2][40] = {"", ""};
    if (bench->wrong++)
        return;
    for (int i = 0; i < 2; i++)
        for (size_t b = 0; b < length && b < 16; b++)
            snprintf(text[i] + 2 * b, 3, "%02x", bytes[i][b]);
    fprintf(stderr,
            "%s %s: rank %d: byte %zu of the result (size %zu) begins 0x%s, expected 0x%s\n",
            bench->side->program, bench->opts.op->name, bench->rank, at, bench->length, text[0],
            text[1]);
}

static bool check_block(gyre__bench_t *bench, int index, uint64_t start)
{
    const char *block = bench->recv + (size_t)index * bench->length;
    for (size_t at = 0; at < bench->length; at += 8) {
        uint64_t bytes = gyre__bench_mix(start + at);
        size_t left = bench->length - at < 8 ? bench->length - at : 8;
        if (memcmp(block + at, &bytes, left)) {
            complain(bench, (size_t)index * bench->length + at, block + at, &bytes, left);
            return false;
        }
    }
    return true;
}

static void check_moved(gyre__bench_t *bench)
{
    gyre__bench_extent_t out = bench->opts.op->shape->out;
    if (bench->opts.op->shape->one_buffer && bench->rank == GYRE__BENCH_ROOT)
        return;
    for (int i = 0; i < blocks(bench, out); i++)
        if (!check_block(bench, i, seed(bench, partner(bench, out, i), bench->rank)))
            return;
}

/* Where this rank's result begins in the vector of operands, and how much of it there is. */
static size_t part(const gyre__bench_t *bench, size_t *count)
{
    const gyre__bench_coll_t *coll = bench->coll;
    const gyre__bench_shape_t *shape = bench->opts.op->shape;
    bool share = shape->out == GYRE__BENCH_SHARE;
    *count = share ? coll->counts[bench->rank] : coll->count;
    if (shape->in == GYRE__BENCH_RANKS)
        return (size_t)bench->rank * coll->count;
    return share ? coll->displs[bench->rank] : 0;
}

static void check_reduced(gyre__bench_t *bench)
{
    gyre__bench_fold_t fold = bench->opts.op->shape->fold;
    int end =
        fold == GYRE__BENCH_OF_ALL ? bench->size : bench->rank + (fold == GYRE__BENCH_UP_TO_SELF);
    size_t element = bench->coll->element, count, first = part(bench, &count);
    for (size_t i = 0; end && i < count; i++) {
        char expected[16];
        const char *found = bench->recv + i * element;
        int64_t value = operand(bench, 0, first + i);
        for (int rank = 1; rank < end; rank++)
            value = gyre__bench_reduce(bench->opts.variant, value, operand(bench, rank, first + i));
        gyre__bench_encode(bench->opts.type, value, expected);
        if (memcmp(found, expected, element)) {
            complain(bench, i * element, found, expected, element);
            return;
        }
    }
}

void gyre__bench_coll_check(gyre__bench_t *bench)
{
    const gyre__bench_shape_t *shape = bench->opts.op->shape;
    if (!significant(bench, shape->out_at_root))
        return;
    if (shape->fold)
        check_reduced(bench);
    else
        check_moved(bench);
}
