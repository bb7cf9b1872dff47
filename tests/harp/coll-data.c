/* SPDX-License-Identifier: Apache-2.0 */
/* Contents of trials. Streams repeat after a prime number of elements, so that large blocks cost
 * the oracle no more than small ones and yet no shift goes unseen. Floating-point numbers that are
 * added or multiplied are such that no order of doing so rounds. */
#include "harp/coll.h"
#include "harp/reference.h"

#include <stdlib.h>
#include <string.h>

enum {
    PERIOD = 61,
    RECORDS = COLL_TYPES - GYRE_TYPE_BUILTIN_COUNT,
    USER_OPS = 2,
    RECORD_MAX = 9000
};
enum { LARGE = 200000, LARGEST = 1 << 20 };

static const size_t record_sizes[RECORDS] = {3, 24, 1000, RECORD_MAX};
static gyre_type_t records[RECORDS];
static gyre_op_t user_ops[USER_OPS];
static char user_arg;

static int pairs; /* of type and operation */

bool coll_reproducible;

static void check_operands(void *arg, const char *left, const char *right, const char *out,
                           size_t length)
{
    CHECK(arg == &user_arg);
    CHECK(left && right && out && length);
    CHECK(left + length <= right || right + length <= left);
    CHECK(out == left || out + length <= left || left + length <= out);
    CHECK(out == right || out + length <= right || right + length <= out);
}

static unsigned char add(unsigned char left, unsigned char right)
{
    return (unsigned char)(left + right);
}

/* A byte is the function a * x + b modulo 16; left's is applied first. */
static unsigned char compose(unsigned char left, unsigned char right)
{
    unsigned a = left >> 4, b = left & 15, c = right >> 4, d = right & 15;
    return (unsigned char)((a * c & 15) << 4 | ((c * b + d) & 15));
}

static void apply_add(void *arg, const void *left, const void *right, void *out, size_t count,
                      gyre_type_t type)
{
    const unsigned char *l = left, *r = right;
    unsigned char *o = out;
    size_t length = count * gyre_type_size(type);
    check_operands(arg, left, right, out, length);
    for (size_t i = 0; i < length; i++)
        o[i] = add(l[i], r[i]);
}

static void apply_compose(void *arg, const void *left, const void *right, void *out, size_t count,
                          gyre_type_t type)
{
    const unsigned char *l = left, *r = right;
    unsigned char *o = out;
    size_t length = count * gyre_type_size(type);
    check_operands(arg, left, right, out, length);
    for (size_t i = 0; i < length; i++)
        o[i] = compose(l[i], r[i]);
}

void coll_open(void)
{
    const char *reproducible = getenv("GYRE_REPRODUCIBLE");
    coll_reproducible = reproducible && strcmp(reproducible, "0") && strcmp(reproducible, "no");
    gyre_type_t type;
    gyre_op_t op;
    for (int i = 0; i < RECORDS; i++)
        CHECK_OK(gyre_type_create(record_sizes[i], &records[i]));
    CHECK_OK(gyre_op_create(apply_add, &user_arg, true, &user_ops[0]));
    CHECK_OK(gyre_op_create(apply_compose, &user_arg, false, &user_ops[1]));
    while (coll_pair(pairs, &type, &op))
        pairs++;
}

void coll_close(void)
{
    for (int i = 0; i < USER_OPS; i++)
        gyre_op_destroy(user_ops[i]);
}

gyre_type_t coll_type(uint64_t i)
{
    i %= COLL_TYPES;
    return i < GYRE_TYPE_BUILTIN_COUNT ? (gyre_type_t)i : records[i - GYRE_TYPE_BUILTIN_COUNT];
}

static bool is_user(gyre_op_t op)
{
    return op == user_ops[0] || op == user_ops[1];
}

bool coll_pair(int i, gyre_type_t *type, gyre_op_t *op)
{
    for (int t = 0; t < COLL_TYPES; t++)
        for (int o = 0; o < GYRE_OP_BUILTIN_COUNT + USER_OPS; o++) {
            bool record = t >= GYRE_TYPE_BUILTIN_COUNT, user = o >= GYRE_OP_BUILTIN_COUNT;
            *type = coll_type((uint64_t)t);
            *op = user ? user_ops[o - GYRE_OP_BUILTIN_COUNT] : (gyre_op_t)o;
            if ((user || (!record && reference_defined(*op, *type))) && i-- == 0)
                return true;
        }
    return false;
}

void coll_operation(uint64_t *state, coll_trial_t *trial)
{
    coll_pair((int)check_below(state, (uint64_t)pairs), &trial->type, &trial->op);
}

static size_t any_count(uint64_t *state, size_t limit)
{
    uint64_t kind = check_below(state, 8);
    if (kind == 0)
        return check_below(state, 2);
    if (kind < 5)
        return check_below(state, limit < 200 ? limit : 200);
    return check_below(state, kind < 7 && limit > 20000 ? 20000 : limit);
}

void coll_any(uint64_t *state, size_t bytes, coll_trial_t *trial)
{
    *trial = (coll_trial_t){.coll = (gyre__coll_t)check_below(state, GYRE__COLLS),
                            .form = (coll_form_t)check_below(state, COLL_FORMS),
                            .memory = (coll_memory_t)check_below(state, COLL_MEMORIES),
                            .in_place = check_below(state, 2),
                            .seed = check_random(state)};
    if (coll_reduces(trial->coll))
        coll_operation(state, trial);
    else
        trial->type = coll_type(check_random(state));
    trial->count = any_count(state, bytes / gyre_type_size(trial->type) + 1);
}

void coll_any_large(uint64_t *state, int size, coll_trial_t *trial)
{
    coll_any(state, 1, trial);
    trial->count = (LARGE + check_below(state, LARGEST - LARGE)) / gyre_type_size(trial->type);
    if (!coll_reduces(trial->coll) && trial->coll != GYRE__BCAST)
        trial->count = 1 + trial->count / (uint64_t)size;
}

static bool is_complex(gyre_type_t type)
{
    return type == GYRE_COMPLEX64 || type == GYRE_COMPLEX128;
}

static bool rounds(const coll_trial_t *trial)
{
    return (reference_is_real(trial->type) || is_complex(trial->type)) &&
           (trial->op == GYRE_SUM || trial->op == GYRE_PROD);
}

/* Sums of 17 such are exact in 8 bits; of products, one member of each index has a 3. */
static double small_number(const coll_trial_t *trial, int size, int member, size_t i, uint64_t key)
{
    if (trial->op == GYRE_SUM)
        return (double)(key % 15) - 7;
    if (check_mix(trial->seed + trial->round, i) % (uint64_t)size == (uint64_t)member)
        return 3;
    return key % 2 ? 1 : -1;
}

static void small_value(const coll_trial_t *trial, int size, int member, size_t i, uint64_t key,
                        char *element)
{
    double number = small_number(trial, size, member, i, key);
    if (reference_is_real(trial->type)) {
        reference_store(trial->type, number, element);
        return;
    }
    gyre_type_t part = trial->type == GYRE_COMPLEX64 ? GYRE_FLOAT32 : GYRE_FLOAT64;
    double other = trial->op == GYRE_SUM ? (double)(key / 15 % 15) - 7 : 0;
    bool turned = key / 1000 % 2;
    reference_store(part, turned ? other : number, element);
    reference_store(part, turned ? number : other, element + gyre_type_size(part));
}

static void value(const coll_layout_t *layout, int member, uint64_t stream, size_t i, char *element)
{
    const coll_trial_t *trial = layout->trial;
    uint64_t key = check_mix(trial->seed + trial->round, (uint64_t)member);
    key = check_mix(key, check_mix(stream, i));
    random_plan_t random = {key};
    if (!coll_reduces(trial->coll) || is_user(trial->op))
        check_fill(element, layout->element, key);
    else if (rounds(trial) && !coll_reproducible)
        small_value(trial, layout->group->size, member, i, key, element);
    else
        reference_value(&random, trial->type, element);
}

static void combine(const coll_layout_t *layout, char *left, const char *right)
{
    const coll_trial_t *trial = layout->trial;
    if (!is_user(trial->op)) {
        reference_apply(trial->op, trial->type, left, right, left);
        return;
    }
    for (size_t i = 0; i < layout->element; i++) {
        unsigned char l = (unsigned char)left[i], r = (unsigned char)right[i];
        left[i] = (char)(trial->op == user_ops[0] ? add(l, r) : compose(l, r));
    }
}

void coll_fill(const coll_layout_t *layout, const coll_block_t *block, char *to)
{
    size_t element = layout->element, length = block->count * element, period = PERIOD * element;
    char right[RECORD_MAX];
    for (size_t i = 0; i < block->count && i < PERIOD; i++) {
        value(layout, block->first, block->stream, i, to + i * element);
        for (int member = block->first + 1; member < block->last; member++) {
            value(layout, member, block->stream, i, right);
            combine(layout, to + i * element, right);
        }
    }
    for (size_t at = period; at < length; at += period)
        memcpy(to + at, to, length - at < period ? length - at : period);
}

/* Zeros of any sign: that of a complex product depends on the order. */
static bool equal_parts(gyre_type_t type, const char *a, const char *b)
{
    gyre_type_t part = type == GYRE_COMPLEX64 ? GYRE_FLOAT32 : GYRE_FLOAT64;
    size_t half = gyre_type_size(part);
    return reference_number(part, a) == reference_number(part, b) &&
           reference_number(part, a + half) == reference_number(part, b + half);
}

bool coll_same(const coll_trial_t *trial, const void *got, const void *expected)
{
    if (memcmp(got, expected, gyre_type_size(trial->type)) == 0)
        return true;
    if (!coll_reduces(trial->coll) || is_user(trial->op))
        return false;
    return reference_same(trial->op, trial->type, got, expected) ||
           (is_complex(trial->type) && trial->op == GYRE_PROD && !coll_reproducible &&
            equal_parts(trial->type, got, expected));
}
