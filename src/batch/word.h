/* SPDX-License-Identifier: Apache-2.0 */
/* Values as words: unsigned numbers of 64 bits, compared one after the other from the first, that
 * order as the values do. They define the order; nulls, lists and structs have none. */
#ifndef GYRE_BATCH_WORD_H
#define GYRE_BATCH_WORD_H

#include "batch/kind.h"

#include <gyre/batch.h>
#include <string.h>

/* Of strings, a word has this many bytes, and in its last byte how many of them there are, one more
 * if the string goes on. */
enum { GYRE__WORD_BYTES = 7 };

static inline bool gyre__has_words(gyre_kind_t kind)
{
    return gyre__layout(kind) <= GYRE__BYTES;
}

/* The first bytes of the word; 0 for those that are not there. */
static inline uint64_t gyre__word_of_bytes(const char *bytes, size_t length)
{
    uint64_t word = 0;
    if (length >= sizeof(word))
        memcpy(&word, bytes, sizeof(word));
    else if (length > 0)
        memcpy(&word, bytes, length);
    return __builtin_bswap64(word);
}

static inline uint64_t gyre__word_of_string(const char *bytes, size_t length)
{
    uint64_t word = gyre__word_of_bytes(bytes, length);
    if (length <= GYRE__WORD_BYTES)
        return word | length;
    return (word & ~UINT64_C(0xff)) | (GYRE__WORD_BYTES + 1);
}

/* A float of that many bits with its sign first: positive ones after negative ones, which order
 * backwards. infinity as bits. */
static inline uint64_t gyre__word_of_float(uint64_t value, unsigned bits, uint64_t infinity)
{
    uint64_t sign = UINT64_C(1) << (bits - 1), all = sign | (sign - 1);
    if ((value & ~sign) > infinity)
        return all; /* NaN */
    if (value == sign)
        return sign; /* -0 */
    return value & sign ? value ^ all : value ^ sign;
}

static inline uint64_t gyre__word_of_int(int64_t value)
{
    return (uint64_t)value ^ (UINT64_C(1) << 63);
}

/* kind is that of the column's field, a constant where it is to be fast. */
static inline __attribute__((always_inline)) uint64_t
gyre__word(const gyre_column_t *column, gyre_kind_t kind, size_t row, size_t depth)
{
    const void *values = column->values;
    size_t length, at;
    const char *bytes;
    switch (kind) {
    case GYRE_KIND_BOOL:
        return gyre_column_bool(column, row);
    case GYRE_KIND_INT8:
        return gyre__word_of_int(((const int8_t *)values)[row]);
    case GYRE_KIND_INT16:
        return gyre__word_of_int(((const int16_t *)values)[row]);
    case GYRE_KIND_INT32:
    case GYRE_KIND_DATE32:
        return gyre__word_of_int(((const int32_t *)values)[row]);
    case GYRE_KIND_INT64:
    case GYRE_KIND_TIMESTAMP:
        return gyre__word_of_int(((const int64_t *)values)[row]);
    case GYRE_KIND_UINT8:
        return ((const uint8_t *)values)[row];
    case GYRE_KIND_UINT16:
        return ((const uint16_t *)values)[row];
    case GYRE_KIND_UINT32:
        return ((const uint32_t *)values)[row];
    case GYRE_KIND_UINT64:
        return ((const uint64_t *)values)[row];
    case GYRE_KIND_FLOAT16:
        return gyre__word_of_float(((const uint16_t *)values)[row], 16, 0x7c00);
    case GYRE_KIND_FLOAT32:
        return gyre__word_of_float(((const uint32_t *)values)[row], 32, 0x7f800000);
    case GYRE_KIND_FLOAT64:
        return gyre__word_of_float(((const uint64_t *)values)[row], 64,
                                   UINT64_C(0x7ff0000000000000));
    case GYRE_KIND_DECIMAL128:
        return depth == 0 ? gyre__word_of_int(((const int64_t *)values)[row * 2 + 1])
                          : ((const uint64_t *)values)[row * 2];
    case GYRE_KIND_FIXED_SIZE_BINARY:
        length = (size_t)column->field->size;
        at = depth * sizeof(uint64_t);
        return gyre__word_of_bytes((const char *)values + row * length + at, length - at);
    case GYRE_KIND_STRING:
    case GYRE_KIND_BINARY:
        bytes = gyre_column_bytes(column, row, &length);
        at = depth * GYRE__WORD_BYTES;
        return gyre__word_of_string(bytes + at, length - at);
    default:
        return 0;
    }
}

/* Values that have this word at depth, and had the same before, have more of them. */
static inline bool gyre__word_goes_on(const gyre_field_t *field, uint64_t word, size_t depth)
{
    if (gyre__layout(field->kind) == GYRE__BYTES)
        return (word & 0xff) > GYRE__WORD_BYTES;
    return (depth + 1) * sizeof(word) < gyre_field_width(field);
}

#endif
