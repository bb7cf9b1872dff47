/* SPDX-License-Identifier: Apache-2.0 */
/* Elements of reductions: types by name, operands and an oracle that knows no library. Operands
 * are small whole numbers, so that sums are exact in every type and brackets do not matter. */
#include "coll.h"

#include <string.h>

enum { SUM, PROD, MIN, MAX, LAND, LOR, LXOR, BAND, BOR, BXOR };

const char *const gyre__bench_reductions[] = {"sum",  "prod", "min", "max",  "land", "lor",
                                              "lxor", "band", "bor", "bxor", NULL};

static const gyre__bench_type_t types[] = {
    {"byte", 1, GYRE__BENCH_OPAQUE},        {"int8", 1, GYRE__BENCH_INTEGER},
    {"int16", 2, GYRE__BENCH_INTEGER},      {"int32", 4, GYRE__BENCH_INTEGER},
    {"int64", 8, GYRE__BENCH_INTEGER},      {"uint8", 1, GYRE__BENCH_INTEGER},
    {"uint16", 2, GYRE__BENCH_INTEGER},     {"uint32", 4, GYRE__BENCH_INTEGER},
    {"uint64", 8, GYRE__BENCH_INTEGER},     {"float16", 2, GYRE__BENCH_FLOAT},
    {"bfloat16", 2, GYRE__BENCH_FLOAT},     {"float32", 4, GYRE__BENCH_FLOAT},
    {"float64", 8, GYRE__BENCH_FLOAT},      {"complex64", 8, GYRE__BENCH_OPAQUE},
    {"complex128", 16, GYRE__BENCH_OPAQUE},
};

const gyre__bench_type_t *gyre__bench_type(const char *name)
{
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (!strcmp(types[i].name, name))
            return &types[i];
    return NULL;
}

bool gyre__bench_type_takes(const gyre__bench_type_t *type, int variant)
{
    return type->class == GYRE__BENCH_INTEGER ||
           (type->class == GYRE__BENCH_FLOAT && variant <= MAX);
}

int64_t gyre__bench_operand(const gyre__bench_type_t *type, int variant, uint64_t turn, int rank,
                            size_t index)
{
    uint64_t hash =
        gyre__bench_mix(gyre__bench_mix(turn + 1) + ((uint64_t)(unsigned)rank << 40) + index);
    uint64_t mask = type->size > 2 ? 0xfff : 0x7;
    switch (variant) {
    case PROD: /* powers of two, so that long products stay exact */
        return hash % 8 ? 1 : 2;
    case LAND:
    case BAND: /* mostly ones, or everything would soon be zero */
        return variant == LAND ? hash % 8 != 0 : (int64_t)((hash | hash >> 12 | hash >> 24) & mask);
    case LOR:
    case BOR:
        return variant == LOR ? hash % 8 == 0 : (int64_t)(hash & hash >> 12 & hash >> 24 & mask);
    case LXOR:
        return hash & 1;
    default:
        return (int64_t)(hash & mask);
    }
}

int64_t gyre__bench_reduce(int variant, int64_t left, int64_t right)
{
    switch (variant) {
    case SUM:
        return (int64_t)((uint64_t)left + (uint64_t)right);
    case PROD:
        return (int64_t)((uint64_t)left * (uint64_t)right);
    case MIN:
        return left < right ? left : right;
    case MAX:
        return left > right ? left : right;
    case LAND:
        return left && right;
    case LOR:
        return left || right;
    case LXOR:
        return !left != !right;
    case BAND:
        return left & right;
    case BOR:
        return left | right;
    default:
        return left ^ right;
    }
}

/* Of a whole number that the format holds exactly. */
static uint16_t half(int64_t value)
{
    uint64_t magnitude = (uint64_t)value;
    if (!value)
        return 0;
    int exponent = 63 - __builtin_clzll(magnitude);
    uint64_t fraction = exponent > 10 ? magnitude >> (exponent - 10) : magnitude << (10 - exponent);
    return exponent > 15 ? 0x7c00 : (uint16_t)((exponent + 15) << 10 | (fraction & 0x3ff));
}

static void encode_float(const gyre__bench_type_t *type, int64_t value, void *element)
{
    double wide = (double)value;
    float narrow = (float)value;
    uint32_t bits;
    memcpy(&bits, &narrow, sizeof(bits));
    uint16_t top = *type->name == 'b' ? (uint16_t)(bits >> 16) : half(value);
    if (type->size == 8)
        memcpy(element, &wide, sizeof(wide));
    else if (type->size == 4)
        memcpy(element, &narrow, sizeof(narrow));
    else
        memcpy(element, &top, sizeof(top));
}

void gyre__bench_encode(const gyre__bench_type_t *type, int64_t value, void *element)
{
    uint32_t word = (uint32_t)value;
    uint16_t two = (uint16_t)value;
    uint8_t one = (uint8_t)value;
    if (type->class == GYRE__BENCH_FLOAT)
        encode_float(type, value, element);
    else if (type->size == 8)
        memcpy(element, &value, sizeof(value));
    else if (type->size == 4)
        memcpy(element, &word, sizeof(word));
    else if (type->size == 2)
        memcpy(element, &two, sizeof(two));
    else
        memcpy(element, &one, sizeof(one));
}
