/* SPDX-License-Identifier: Apache-2.0 */
/* Hashes of rows. A value becomes a word: a number itself, bytes themselves or their XXH3, a list
 * or struct what its values mix into; then the words of a column are mixed into the hashes of the
 * rows by one loop, the same for all kinds. Words of numbers need not be copied where they lie as
 * such. */
#define XXH_INLINE_ALL
#include "batch/hash.h"

#include "base/clones.h"
#include "base/error.h"
#include "batch/column.h"

#include <string.h>
#include <xxhash.h>

enum { BLOCK = GYRE__HASH_BLOCK };

/* No word of a string. It is never changed. */
static const uint64_t null_word = UINT64_C(0x6c6c756e20736920);

static uint64_t mix(uint64_t hash, uint64_t word)
{
    return XXH3_64bits_withSeed(&word, sizeof(word), hash);
}

GYRE__CLONES GYRE__OPTIMIZE static void mix_words(uint64_t *restrict hashes,
                                                  const uint64_t *restrict words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        hashes[i] = XXH3_64bits_withSeed(&words[i], sizeof(*words), hashes[i]);
}

#define WORDS(name, T, expr)                                                                       \
    GYRE__OPTIMIZE static void words_of_##name(uint64_t *restrict words, const T *restrict values, \
                                               size_t count)                                       \
    {                                                                                              \
        for (size_t i = 0; i < count; i++)                                                         \
            words[i] = (expr);                                                                     \
    }

WORDS(int8, int8_t, (uint64_t)values[i])
WORDS(int16, int16_t, (uint64_t)values[i])
WORDS(int32, int32_t, (uint64_t)values[i])
WORDS(uint8, uint8_t, values[i])
WORDS(uint16, uint16_t, values[i])
WORDS(uint32, uint32_t, values[i])
WORDS(float16, uint16_t, gyre__word_of_float16(values[i]))
WORDS(float32, float, gyre__word_of_float64(values[i]))
WORDS(float64, double, gyre__word_of_float64(values[i]))

static void words_of_any(uint64_t *words, const char *values, size_t width, size_t count)
{
    for (size_t i = 0; i < count; i++)
        words[i] = XXH3_64bits(values + i * width, width);
}

/* Returns words, or the values where they are words. */
static const uint64_t *words_of_fixed(const gyre_column_t *column, size_t first, size_t count,
                                      uint64_t *words)
{
    size_t width = gyre_field_width(column->field);
    const char *values = (const char *)column->values + first * width;
    switch (column->field->kind) {
    case GYRE_KIND_INT8:
        words_of_int8(words, (const int8_t *)values, count);
        break;
    case GYRE_KIND_INT16:
        words_of_int16(words, (const int16_t *)values, count);
        break;
    case GYRE_KIND_INT32:
    case GYRE_KIND_DATE32:
        words_of_int32(words, (const int32_t *)values, count);
        break;
    case GYRE_KIND_UINT8:
        words_of_uint8(words, (const uint8_t *)values, count);
        break;
    case GYRE_KIND_UINT16:
        words_of_uint16(words, (const uint16_t *)values, count);
        break;
    case GYRE_KIND_UINT32:
        words_of_uint32(words, (const uint32_t *)values, count);
        break;
    case GYRE_KIND_FLOAT16:
        words_of_float16(words, (const uint16_t *)values, count);
        break;
    case GYRE_KIND_FLOAT32:
        words_of_float32(words, (const float *)values, count);
        break;
    case GYRE_KIND_FLOAT64:
        words_of_float64(words, (const double *)values, count);
        break;
    case GYRE_KIND_INT64:
    case GYRE_KIND_UINT64:
    case GYRE_KIND_TIMESTAMP:
        return (const uint64_t *)values;
    default:
        words_of_any(words, values, width, count);
    }
    return words;
}

static void words_of_bits(const gyre_column_t *column, size_t first, size_t count, uint64_t *words)
{
    for (size_t i = 0; i < count; i++)
        words[i] = gyre_column_bool(column, first + i);
}

/* A short string with its length, of which no two have one word. */
static uint64_t word_of_short(uint64_t bytes, size_t length)
{
    static const uint64_t masks[GYRE__HASH_SHORT + 1] = {
        0, 0xff, 0xffff, 0xffffff, 0xffffffff, 0xffffffffff, 0xffffffffffff, 0xffffffffffffff};
    return (bytes & masks[length & GYRE__HASH_SHORT]) | (uint64_t)length << 8 * GYRE__HASH_SHORT;
}

/* Which strings are long cannot be foreseen: all become words as short ones do, without a branch,
 * where a word may be read, and those that are long once more. Gives which and how many they are.
 */
static size_t words_of_bytes(const gyre_column_t *column, size_t first, size_t count,
                             uint64_t *words, uint32_t *longer)
{
    const uint64_t is_long = UINT64_C(1) << 63;
    const int32_t *offsets = column->offsets + first;
    const char *values = column->values;
    size_t size = gyre_buffer_size(gyre__column(column)->values), whole = count, found = 0;
    while (whole > 0 && (size_t)offsets[whole - 1] + sizeof(*words) > size)
        whole--;
    for (size_t i = 0; i < count; i++) {
        size_t length = (size_t)(offsets[i + 1] - offsets[i]);
        uint64_t bytes = 0;
        if (i < whole)
            memcpy(&bytes, values + offsets[i], sizeof(bytes));
        else if (length > 0)
            memcpy(&bytes, values + offsets[i], length & GYRE__HASH_SHORT);
        words[i] = word_of_short(bytes, length);
        longer[found] = (uint32_t)i;
        found += length > GYRE__HASH_SHORT;
    }
    for (size_t i = 0; i < found; i++) {
        const int32_t *at = &offsets[longer[i]];
        words[longer[i]] = XXH3_64bits(values + at[0], (size_t)(at[1] - at[0])) | is_long;
    }
    return found;
}

static const uint64_t *words_of(const gyre_column_t *column, size_t first, size_t count,
                                uint64_t *words);

/* Their number, then each. */
static uint64_t word_of_items(const gyre_column_t *items, size_t first, size_t count)
{
    uint64_t hash = count, block[BLOCK];
    for (size_t done = 0; done < count; done += BLOCK) {
        size_t part = count - done < BLOCK ? count - done : BLOCK;
        const uint64_t *words = words_of(items, first + done, part, block);
        for (size_t i = 0; i < part; i++)
            hash = mix(hash, words[i]);
    }
    return hash;
}

static void words_of_lists(const gyre_column_t *column, size_t first, size_t count, uint64_t *words)
{
    bool fixed = column->field->kind == GYRE_KIND_FIXED_SIZE_LIST;
    for (size_t i = 0; i < count; i++) {
        size_t items = fixed
                           ? (size_t)column->field->size
                           : (size_t)(column->offsets[first + i + 1] - column->offsets[first + i]);
        words[i] = word_of_items(column->children[0], gyre__child_row(column, first + i), items);
    }
}

static void words_of_structs(const gyre_column_t *column, size_t first, size_t count,
                             uint64_t *words)
{
    uint64_t block[BLOCK];
    memset(words, 0, count * sizeof(*words));
    for (size_t i = 0; i < column->child_count; i++)
        mix_words(words, words_of(column->children[i], column->offset + first, count, block),
                  count);
}

static const uint64_t *words_of_values(const gyre_column_t *column, size_t first, size_t count,
                                       uint64_t *words)
{
    uint32_t longer[BLOCK];
    switch (gyre__layout(column->field->kind)) {
    case GYRE__BITS:
        words_of_bits(column, first, count, words);
        break;
    case GYRE__FIXED:
        return words_of_fixed(column, first, count, words);
    case GYRE__BYTES:
        words_of_bytes(column, first, count, words, longer);
        break;
    case GYRE__LIST:
    case GYRE__FIXED_LIST:
        words_of_lists(column, first, count, words);
        break;
    case GYRE__STRUCT:
        words_of_structs(column, first, count, words);
    }
    return words;
}

static const uint64_t *with_nulls(const gyre_column_t *column, size_t first, size_t count,
                                  const uint64_t *values, uint64_t *words)
{
    if (!column->validity)
        return values;
    for (size_t i = 0; i < count; i++)
        words[i] = gyre_bit(column->validity, column->offset + first + i) ? values[i] : null_word;
    return words;
}

/* At most BLOCK words. */
static const uint64_t *words_of(const gyre_column_t *column, size_t first, size_t count,
                                uint64_t *words)
{
    return with_nulls(column, first, count, words_of_values(column, first, count, words), words);
}

bool gyre__hash_exact(const gyre_field_t *field)
{
    size_t width = gyre_field_width(field);
    return width > 0 && width <= sizeof(uint64_t) && field->kind != GYRE_KIND_FIXED_SIZE_BINARY;
}

size_t gyre__bytes_hash(const gyre_column_t *column, size_t first, size_t count, uint64_t *hashes,
                        uint32_t *longer)
{
    uint64_t words[BLOCK];
    size_t found = words_of_bytes(column, first, count, words, longer);
    mix_words(hashes, with_nulls(column, first, count, words, words), count);
    return found;
}

void gyre__column_hash(const gyre_column_t *column, size_t first, size_t count, uint64_t *hashes)
{
    uint64_t block[BLOCK];
    for (size_t done = 0; done < count; done += BLOCK) {
        size_t part = count - done < BLOCK ? count - done : BLOCK;
        mix_words(hashes + done, words_of(column, first + done, part, block), part);
    }
}

gyre_status_t gyre_batch_hash(const gyre_batch_t *batch, const size_t *columns, size_t count,
                              uint64_t *hashes)
{
    if (!batch || (!columns && count > 0) || (!hashes && batch->length > 0))
        return gyre__error(GYRE_ERR_ARG, "no %s",
                           !batch   ? "batch"
                           : hashes ? "columns"
                                    : "place for the hashes");
    for (size_t i = 0; i < count; i++)
        if (columns[i] >= batch->schema->field_count)
            return gyre__error(GYRE_ERR_RANGE, "column %zu of a batch of %zu", columns[i],
                               batch->schema->field_count);
    for (size_t done = 0; done < batch->length; done += BLOCK) {
        size_t part = batch->length - done < BLOCK ? batch->length - done : BLOCK;
        memset(hashes + done, 0, part * sizeof(*hashes));
        for (size_t i = 0; i < count; i++)
            gyre__column_hash(batch->columns[columns[i]], done, part, hashes + done);
    }
    return GYRE_OK;
}
