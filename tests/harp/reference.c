/* SPDX-License-Identifier: Apache-2.0 */
/* The reference's integers, bytes and pairs, its values, and which operation is for which type. */
#include "harp/reference.h"

#include <math.h>
#include <string.h>

typedef __int128 wide_t;

static bool is_integer(gyre_type_t type)
{
    return type <= GYRE_UINT64;
}

static bool is_signed(gyre_type_t type)
{
    return type >= GYRE_INT8 && type <= GYRE_INT64;
}

static bool is_pair(gyre_type_t type)
{
    return type >= GYRE_INT32_INT32 && type < GYRE_TYPE_BUILTIN_COUNT;
}

bool reference_defined(gyre_op_t op, gyre_type_t type)
{
    switch (op) {
    case GYRE_SUM:
    case GYRE_PROD:
    case GYRE_MINUS:
    case GYRE_DIVIDE:
        return type != GYRE_BYTE && !is_pair(type);
    case GYRE_MIN:
    case GYRE_MAX:
        return type != GYRE_BYTE && (is_integer(type) || reference_is_real(type));
    case GYRE_MINLOC:
    case GYRE_MAXLOC:
        return is_pair(type);
    default:
        return is_integer(type);
    }
}

/* Little-endian machines alone, as those that Gyre runs on. */
static wide_t load(size_t size, bool with_sign, const void *element)
{
    uint64_t bits = 0;
    memcpy(&bits, element, size);
    bool negative = with_sign && bits >> (size * 8 - 1);
    return negative ? (wide_t)bits - ((wide_t)1 << size * 8) : (wide_t)bits;
}

static wide_t integer(gyre_op_t op, wide_t l, wide_t r)
{
    switch (op) {
    case GYRE_SUM:
        return l + r;
    case GYRE_PROD:
        return (wide_t)((unsigned __int128)l * (unsigned __int128)r);
    case GYRE_MIN:
        return l < r ? l : r;
    case GYRE_MAX:
        return l > r ? l : r;
    case GYRE_LAND:
        return l && r;
    case GYRE_LOR:
        return l || r;
    case GYRE_LXOR:
        return !l != !r;
    case GYRE_BAND:
        return l & r;
    case GYRE_BOR:
        return l | r;
    case GYRE_BXOR:
        return l ^ r;
    case GYRE_MINUS:
        return l - r;
    default:
        return r ? l / r : 0;
    }
}

typedef struct pair {
    gyre_type_t part; /* of the value */
    size_t half;      /* bytes of the value, and of the index */
    const void *bytes;
    double real;
    wide_t integer, index;
    bool nan;
} pair_t;

static pair_t pair(gyre_type_t type, const void *element)
{
    static const gyre_type_t parts[] = {GYRE_INT32, GYRE_INT64, GYRE_FLOAT32, GYRE_FLOAT64};
    pair_t p = {.part = parts[type - GYRE_INT32_INT32], .bytes = element};
    p.half = gyre_type_size(p.part);
    p.index = load(p.half, true, (const char *)element + p.half);
    if (reference_is_real(p.part))
        p.real = reference_number(p.part, element);
    else
        p.integer = load(p.half, true, element);
    p.nan = isnan(p.real);
    return p;
}

/* Negative: l is the one wanted. sign: 1 for the least, -1 for the greatest. */
static int order(const pair_t *l, const pair_t *r, int sign)
{
    if (l->nan != r->nan)
        return l->nan ? -1 : 1;
    if (!l->nan && l->real != r->real)
        return l->real < r->real ? -sign : sign;
    if (l->integer != r->integer)
        return l->integer < r->integer ? -sign : sign;
    if (l->index != r->index)
        return l->index < r->index ? -1 : 1;
    return l->nan ? 0 : sign * reference_compare(l->real, r->real);
}

static void locate(gyre_op_t op, gyre_type_t type, const void *left, const void *right, void *out)
{
    pair_t l = pair(type, left), r = pair(type, right);
    const pair_t *best = order(&l, &r, op == GYRE_MINLOC ? 1 : -1) <= 0 ? &l : &r;
    bool nan = best->nan;
    memmove(out, best->bytes, 2 * best->half);
    if (nan)
        reference_store(best->part, NAN, out);
}

void reference_apply(gyre_op_t op, gyre_type_t type, const void *left, const void *right, void *out)
{
    size_t size = gyre_type_size(type);
    if (is_pair(type)) {
        locate(op, type, left, right, out);
    } else if (reference_is_real(type)) {
        reference_real(op, type, left, right, out);
    } else if (!is_integer(type)) {
        reference_complex(op, type, left, right, out);
    } else {
        wide_t result =
            integer(op, load(size, is_signed(type), left), load(size, is_signed(type), right));
        memcpy(out, &result, size);
    }
}

bool reference_same(gyre_op_t op, gyre_type_t type, const void *one, const void *other)
{
    size_t size = gyre_type_size(type);
    if (memcmp(one, other, size) == 0)
        return true;
    if (is_integer(type) || is_pair(type) || op == GYRE_MIN || op == GYRE_MAX)
        return false;
    bool is_complex = !reference_is_real(type);
    gyre_type_t part = !is_complex ? type : type == GYRE_COMPLEX64 ? GYRE_FLOAT32 : GYRE_FLOAT64;
    for (size_t at = 0; at < size; at += gyre_type_size(part)) {
        const char *a = (const char *)one + at, *b = (const char *)other + at;
        bool nan = isnan(reference_number(part, a)) && isnan(reference_number(part, b));
        if (!nan && memcmp(a, b, gyre_type_size(part)) != 0)
            return false;
    }
    return true;
}

static void real_value(random_plan_t *random, gyre_type_t type, char *element)
{
    static const double special[] = {0.0, -0.0, INFINITY, -INFINITY, NAN, -NAN, 1, -1};
    uint64_t kind = random_below(random, 4);
    if (kind == 0)
        reference_store(type, special[random_below(random, 8)], element);
    else if (kind == 1)
        reference_store(type, (double)random_below(random, 9) - 4, element);
}

static void integer_value(random_plan_t *random, size_t size, char *element)
{
    uint64_t top = UINT64_C(1) << (size * 8 - 1);
    const uint64_t special[] = {0, 1, ~UINT64_C(0), top, top - 1, 2};
    if (random_below(random, 2))
        memcpy(element, &special[random_below(random, 6)], size);
}

void reference_value(random_plan_t *random, gyre_type_t type, void *element)
{
    size_t size = gyre_type_size(type), half = size / 2;
    char *bytes = element;
    for (size_t i = 0; i < size; i++)
        bytes[i] = (char)random_next(random);
    if (is_integer(type)) {
        integer_value(random, size, bytes);
    } else if (reference_is_real(type)) {
        real_value(random, type, bytes);
    } else {
        bool real = type == GYRE_FLOAT32_INT32 || type == GYRE_FLOAT64_INT64 || !is_pair(type);
        gyre_type_t part = half == 4 ? GYRE_FLOAT32 : GYRE_FLOAT64;
        if (real)
            real_value(random, part, bytes);
        else
            integer_value(random, half, bytes);
        if (is_pair(type))
            integer_value(random, half, bytes + half);
        else
            real_value(random, part, bytes + half);
    }
}
