/* SPDX-License-Identifier: Apache-2.0 */
/* Every built-in operation on every type against the reference: all short lengths, operands
 * anywhere in memory and on top of each other. */
#include "harp/kernel/kernel.h"
#include "harp/reference.h"

#include <criterion/criterion.h>
#include <string.h>

TestSuite(op_kernels, .timeout = 120);

enum { AT_ONCE = 1021 }; /* leaves a rest behind every width of vectors */
enum { SHORT = 70, LONG = 1500, ROOM = (LONG + 1) * ELEMENT_MAX + 64, GUARD = 0x5a };

/* half-bits.c, half-conversion.c */
extern const gyre__kernel_row_t half_by_bits, half_by_conversion;

typedef enum overlap { APART, OUT_IS_LEFT, OUT_IS_RIGHT, OPERANDS_ARE_ONE, ALL_ARE_ONE } overlap_t;

static char left_room[ROOM], right_room[ROOM], out_room[ROOM], expected[ROOM];

static void fill(random_plan_t *random, gyre_type_t type, char *at, size_t count)
{
    for (size_t i = 0; i < count; i++)
        reference_value(random, type, at + i * gyre_type_size(type));
}

static void compare(gyre_op_t op, gyre_type_t type, const char *out, size_t count)
{
    size_t size = gyre_type_size(type);
    for (size_t i = 0; i < count; i++)
        cr_assert(reference_same(op, type, out + i * size, expected + i * size),
                  "%s of %s: element %zu of %zu", gyre_op_name(op), gyre_type_name(type), i, count);
}

static void try(random_plan_t *random, gyre_op_t op, gyre_type_t type, overlap_t overlap,
                size_t count)
{
    size_t size = gyre_type_size(type), bytes = count * size;
    char *left = left_room + random_below(random, 33);
    char *right = overlap >= OPERANDS_ARE_ONE ? left : right_room + random_below(random, 33);
    char *out = overlap == OUT_IS_LEFT || overlap == ALL_ARE_ONE ? left
                : overlap == OUT_IS_RIGHT                        ? right
                                          : out_room + 1 + random_below(random, 33);
    fill(random, type, left, count);
    fill(random, type, right, count);
    for (size_t i = 0; i < bytes; i += size)
        reference_apply(op, type, left + i, right + i, expected + i);
    out[bytes] = GUARD;
    cr_assert_eq(gyre_op_apply(op, type, left, right, out, count), GYRE_OK);
    compare(op, type, out, count);
    cr_assert_eq(out[bytes], GUARD);
}

static void try_all(random_plan_t *random, gyre_op_t op, gyre_type_t type)
{
    for (overlap_t overlap = APART; overlap <= ALL_ARE_ONE; overlap++) {
        for (size_t count = 0; count <= SHORT; count++)
            try(random, op, type, overlap, count);
        try(random, op, type, overlap, SHORT + random_below(random, LONG - SHORT));
        try(random, op, type, overlap, LONG);
    }
}

Test(op_kernels, match_the_reference)
{
    random_plan_t random = random_start("op_kernels");
    for (int op = 0; op < GYRE_OP_BUILTIN_COUNT; op++) {
        for (int type = 0; type < GYRE_TYPE_BUILTIN_COUNT; type++) {
            bool defined = reference_defined((gyre_op_t)op, (gyre_type_t)type);
            cr_assert_eq(gyre_op_supports((gyre_op_t)op, (gyre_type_t)type), defined, "%s of %s",
                         gyre_op_name((gyre_op_t)op), gyre_type_name((gyre_type_t)type));
            if (defined)
                try_all(&random, (gyre_op_t)op, (gyre_type_t)type);
        }
    }
}

/* Long results apart from their operands are stored in another way: the same bits, none beside. */
static void try_long(gyre_type_t type, size_t offset)
{
    enum { BYTES = (8 << 20) + 12345 };
    size_t element = gyre_type_size(type), count = BYTES / element, bytes = count * element;
    char *left = malloc(BYTES + 64), *right = malloc(BYTES + 64), *out = malloc(BYTES + 128);
    cr_assert(left && right && out);
    for (size_t i = 0; i < BYTES; i++) {
        left[i] = (char)(i * 7 >> 3);
        right[i] = (char)(i * 13 >> 4);
    }
    memset(out, GUARD, BYTES + 128);
    gyre_op_t op = reference_defined(GYRE_BXOR, type) ? GYRE_BXOR : GYRE_PROD;
    cr_assert_eq(gyre_op_apply(op, type, left, right, out + 64 + offset, count), GYRE_OK);
    cr_assert_eq(out[63 + offset], GUARD);
    cr_assert_eq(out[64 + offset + bytes], GUARD);
    cr_assert_eq(gyre_op_apply(op, type, left, right, left, count), GYRE_OK);
    cr_assert_eq(memcmp(left, out + 64 + offset, bytes), 0, "%s", gyre_type_name(type));
    free(left);
    free(right);
    free(out);
}

Test(op_kernels, long_results_are_the_same)
{
    const gyre_type_t types[] = {GYRE_BYTE, GYRE_UINT16, GYRE_FLOAT32, GYRE_UINT64,
                                 GYRE_COMPLEX128};
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        for (size_t offset = 0; offset < 64; offset = 3 * offset + 1)
            try_long(types[i], offset);
    try_long(GYRE_COMPLEX128, 16);
    try_long(GYRE_FLOAT64, 56);
}

/* Every float16 or bfloat16 on the left, beside itself or beside right. */
static void sweep(gyre_op_fn fn, gyre_op_t op, gyre_type_t type, const uint16_t *right)
{
    uint16_t left[AT_ONCE], out[AT_ONCE], wanted;
    for (unsigned first = 0; first < 1 << 16; first += AT_ONCE) {
        for (unsigned i = 0; i < AT_ONCE; i++)
            left[i] = (uint16_t)(first + i);
        const uint16_t *beside = right ? right : left;
        fn(NULL, left, beside, out, AT_ONCE, type);
        for (unsigned i = 0; i < AT_ONCE; i++) {
            reference_apply(op, type, &left[i], &beside[i], &wanted);
            cr_assert(reference_same(op, type, &out[i], &wanted),
                      "%s of %s: %04x, %04x: %04x, expected %04x", gyre_op_name(op),
                      gyre_type_name(type), left[i], beside[i], out[i], wanted);
        }
    }
}

static void sweep_all(const gyre__kernel_row_t row, gyre_type_t type)
{
    static const gyre_op_t ops[] = {GYRE_SUM, GYRE_PROD,  GYRE_MIN,
                                    GYRE_MAX, GYRE_MINUS, GYRE_DIVIDE};
    random_plan_t random = random_start("halves");
    uint16_t right[AT_ONCE];
    for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
        sweep(row[ops[i]], ops[i], type, NULL);
        for (int turn = 0; turn < 4; turn++) {
            fill(&random, type, (char *)right, AT_ONCE);
            sweep(row[ops[i]], ops[i], type, right);
        }
    }
}

Test(op_kernels, float16_is_rounded_to_nearest_even)
{
    sweep_all(gyre__kernels_float16, GYRE_FLOAT16);
}

Test(op_kernels, float16_needs_no_instructions)
{
    sweep_all(half_by_bits, GYRE_FLOAT16);
}

Test(op_kernels, float16_needs_no_arithmetic)
{
    sweep_all(half_by_conversion, GYRE_FLOAT16);
}

Test(op_kernels, bfloat16_is_rounded_to_nearest_even)
{
    sweep_all(gyre__kernels_bfloat16, GYRE_BFLOAT16);
}
