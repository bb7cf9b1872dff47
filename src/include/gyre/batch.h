/* SPDX-License-Identifier: Apache-2.0 */
/* Batches: rows as columns in the memory layout of Apache Arrow, on buffers that are shared by
 * reference. See gyre_batch(3), gyre_builder(3) and gyre_buffer(3).
 *
 * Buffers, columns and batches are immutable once made: any thread may read, retain and release
 * them. A builder belongs to one thread. */
#ifndef GYRE_BATCH_H
#define GYRE_BATCH_H

#include <gyre/schema.h>

#ifdef __cplusplus
extern "C" {
#endif

/* --- Memory --- */

#define GYRE_BUFFER_ALIGN 64

/* Gives memory back that an allocator gave or a buffer adopted. Any thread may call it. */
typedef void (*gyre_release_fn)(void *context, void *data, size_t size);

/* Where buffers come from, such as registered memory: alloc gives at least size bytes, aligned to
 * GYRE_BUFFER_ALIGN, and what release is to get as its context. It must outlive the buffers. */
typedef struct gyre_allocator {
    gyre_status_t (*alloc)(void *arg, size_t size, void **data, void **context);
    gyre_release_fn release;
    void *arg;
} gyre_allocator_t;

typedef struct gyre_buffer gyre_buffer_t;

/* size bytes of any content. allocator NULL: from the heap. */
GYRE_EXPORT gyre_status_t gyre_buffer_create(const gyre_allocator_t *allocator, size_t size,
                                             gyre_buffer_t **buffer);

/* A buffer over memory as it lies, of any alignment, released with the last reference; release may
 * be NULL. After an error it is still the caller's. */
GYRE_EXPORT gyre_status_t gyre_buffer_adopt(void *data, size_t size, gyre_release_fn release,
                                            void *context, gyre_buffer_t **buffer);

/* One more reference to it; the last release frees it. NULL is allowed. */
GYRE_EXPORT gyre_buffer_t *gyre_buffer_retain(gyre_buffer_t *buffer);
GYRE_EXPORT void gyre_buffer_release(gyre_buffer_t *buffer);

GYRE_EXPORT void *gyre_buffer_data(const gyre_buffer_t *buffer);
GYRE_EXPORT size_t gyre_buffer_size(const gyre_buffer_t *buffer);

/* --- Columns --- */

/* Row i, below length:
 *   is null      where validity is there and bit offset + i of it is 0;
 *   bool         bit offset + i of values;
 *   string, binary   bytes offsets[i] to offsets[i + 1] of values;
 *   list         rows offsets[i] to offsets[i + 1] of children[0];
 *   fixed_size_list  rows (offset + i) * size and on of children[0];
 *   struct       row offset + i of each child;
 *   all others   value i of values. */
typedef struct gyre_column {
    const gyre_field_t *field; /* its name means nothing here: the batch's schema has the names */
    size_t length;
    size_t offset;
    size_t null_count;
    const uint8_t *validity; /* NULL where nothing is null */
    const int32_t *offsets;
    const void *values;
    size_t child_count;
    const struct gyre_column *const *children;
} gyre_column_t;

/* What a column is made of: buffers as they lie, each for rows 0 to offset + length, and children
 * alike. validity may be NULL; the kind says which others must be. */
typedef struct gyre_column_parts {
    size_t length, offset;
    gyre_buffer_t *validity, *offsets, *values;
    const gyre_column_t *const *children; /* as many as the field has */
} gyre_column_parts_t;

/* A column over the parts, of which it keeps references. Everything is checked, so that what it
 * shows lies inside the buffers. GYRE_ERR_SYNTAX: it would not. */
GYRE_EXPORT gyre_status_t gyre_column_create(const gyre_field_t *field,
                                             const gyre_column_parts_t *parts,
                                             const gyre_column_t **column);

/* One more reference to it; the last release frees it. NULL is allowed. */
GYRE_EXPORT const gyre_column_t *gyre_column_retain(const gyre_column_t *column);
GYRE_EXPORT void gyre_column_release(const gyre_column_t *column);

/* Rows first to first + length, on the same buffers. */
GYRE_EXPORT gyre_status_t gyre_column_slice(const gyre_column_t *column, size_t first,
                                            size_t length, const gyre_column_t **slice);

/* Same length, same nulls, same values; floating point by its bits. */
GYRE_EXPORT bool gyre_column_equal(const gyre_column_t *left, const gyre_column_t *right);

static inline bool gyre_bit(const uint8_t *bits, size_t at)
{
    return (bits[at / 8] >> (at % 8)) & 1;
}

static inline bool gyre_column_is_null(const gyre_column_t *column, size_t row)
{
    return column->validity && !gyre_bit(column->validity, column->offset + row);
}

static inline bool gyre_column_bool(const gyre_column_t *column, size_t row)
{
    return gyre_bit((const uint8_t *)column->values, column->offset + row);
}

/* Of a string or binary; not terminated. */
static inline const char *gyre_column_bytes(const gyre_column_t *column, size_t row, size_t *length)
{
    *length = (size_t)(column->offsets[row + 1] - column->offsets[row]);
    return (const char *)column->values + column->offsets[row];
}

/* --- Batches --- */

typedef struct gyre_batch {
    const gyre_schema_t *schema;
    size_t length;                       /* rows */
    const gyre_column_t *const *columns; /* as many as the schema has fields */
} gyre_batch_t;

/* Keeps references to schema and columns. GYRE_ERR_ARG: a column is of another type than its field,
 * or of another length. */
GYRE_EXPORT gyre_status_t gyre_batch_create(const gyre_schema_t *schema, size_t length,
                                            const gyre_column_t *const *columns,
                                            const gyre_batch_t **batch);

/* One more reference to it; the last release frees it. NULL is allowed. */
GYRE_EXPORT const gyre_batch_t *gyre_batch_retain(const gyre_batch_t *batch);
GYRE_EXPORT void gyre_batch_release(const gyre_batch_t *batch);

/* Rows first to first + length, on the same buffers. */
GYRE_EXPORT gyre_status_t gyre_batch_slice(const gyre_batch_t *batch, size_t first, size_t length,
                                           const gyre_batch_t **slice);

/* Columns by their index, on the same buffers; one may be there several times. */
GYRE_EXPORT gyre_status_t gyre_batch_select(const gyre_batch_t *batch, const size_t *columns,
                                            size_t count, const gyre_batch_t **selection);

/* Equal schemas, equal columns. */
GYRE_EXPORT bool gyre_batch_equal(const gyre_batch_t *left, const gyre_batch_t *right);

/* Bytes that the rows take: of a slice only its part, of what is shared all. */
GYRE_EXPORT size_t gyre_batch_bytes(const gyre_batch_t *batch);

/* A table for people, one line a row, at most limit rows. */
GYRE_EXPORT void gyre_batch_print(const gyre_batch_t *batch, size_t limit, FILE *stream);

/* --- Rows of batches --- */

/* allocator NULL: from the heap. */

#define GYRE_NO_ROW UINT32_MAX

/* The rows whose numbers are given, in that order; GYRE_NO_ROW: one of nulls. GYRE_ERR_RANGE: no
 * such row; GYRE_ERR_ARG: GYRE_NO_ROW where a field is required. */
GYRE_EXPORT gyre_status_t gyre_batch_take(const gyre_batch_t *batch, const uint32_t *rows,
                                          size_t count, const gyre_allocator_t *allocator,
                                          const gyre_batch_t **taken);
GYRE_EXPORT gyre_status_t gyre_column_take(const gyre_column_t *column, const uint32_t *rows,
                                           size_t count, const gyre_allocator_t *allocator,
                                           const gyre_column_t **taken);

/* The rows where keep, as long as the batch, is true. Batches of 2^32 - 1 rows at most. */
GYRE_EXPORT gyre_status_t gyre_batch_filter(const gyre_batch_t *batch, const bool *keep,
                                            const gyre_allocator_t *allocator,
                                            const gyre_batch_t **kept);
/* The rows where keep, a column of bool, is true and not null. */
GYRE_EXPORT gyre_status_t gyre_batch_filter_by(const gyre_batch_t *batch, const gyre_column_t *keep,
                                               const gyre_allocator_t *allocator,
                                               const gyre_batch_t **kept);

/* All rows of one or more batches of the same types, one after the other; the schema of the
 * first. */
GYRE_EXPORT gyre_status_t gyre_batch_concatenate(const gyre_batch_t *const *batches, size_t count,
                                                 const gyre_allocator_t *allocator,
                                                 const gyre_batch_t **batch);

/* --- Builders --- */

/* Grows a column at its end. A call that fails leaves the builder as it was. Appending to a list
 * or struct: append to its children, then gyre_builder_end. */
typedef struct gyre_builder {
    const gyre_field_t *field;
    gyre_kind_t kind;
    size_t length, room; /* rows that there are, and that fit */
    void *values;        /* of kinds of fixed width; moves when it grows */
    size_t child_count;
    struct gyre_builder *const *children;
} gyre_builder_t;

/* allocator NULL: from the heap. */
GYRE_EXPORT gyre_status_t gyre_builder_create(const gyre_field_t *field,
                                              const gyre_allocator_t *allocator,
                                              gyre_builder_t **builder);
/* Of batches: its children are the columns, to each of which one value is appended per row;
 * gyre_builder_end is not needed. */
GYRE_EXPORT gyre_status_t gyre_builder_create_batch(const gyre_schema_t *schema,
                                                    const gyre_allocator_t *allocator,
                                                    gyre_builder_t **builder);
/* NULL is allowed. */
GYRE_EXPORT void gyre_builder_destroy(gyre_builder_t *builder);

/* Room for so many more rows and, of strings and binaries, bytes. */
GYRE_EXPORT gyre_status_t gyre_builder_reserve(gyre_builder_t *builder, size_t rows, size_t bytes);

/* count values of a kind of fixed width, as they lie in a column; of bool, a byte each. */
GYRE_EXPORT gyre_status_t gyre_builder_append(gyre_builder_t *builder, const void *values,
                                              size_t count);
/* count values that the caller then writes to *values. Not of bool. */
GYRE_EXPORT gyre_status_t gyre_builder_extend(gyre_builder_t *builder, size_t count, void **values);
/* GYRE_ERR_ARG: the field is required. */
GYRE_EXPORT gyre_status_t gyre_builder_append_null(gyre_builder_t *builder, size_t count);
/* A string or binary. GYRE_ERR_RANGE: a column holds at most 2^31 - 1 bytes. */
GYRE_EXPORT gyre_status_t gyre_builder_append_bytes(gyre_builder_t *builder, const void *bytes,
                                                    size_t length);

/* Bytes from first to last belong to words: first becomes as, the next one the byte after it. */
typedef struct gyre_letters {
    uint8_t first, last, as;
} gyre_letters_t;

/* Each word of a text as a string or binary: runs of bytes that are letters, longest ones. Of
 * letters that are given twice the last hold. */
GYRE_EXPORT gyre_status_t gyre_builder_append_words(gyre_builder_t *builder, const char *text,
                                                    size_t length, const gyre_letters_t *letters,
                                                    size_t count);

/* Rows of a column of the same type. */
GYRE_EXPORT gyre_status_t gyre_builder_append_column(gyre_builder_t *builder,
                                                     const gyre_column_t *column, size_t first,
                                                     size_t count);
/* Rows of a batch of the same types, to a builder of batches. */
GYRE_EXPORT gyre_status_t gyre_builder_append_batch(gyre_builder_t *builder,
                                                    const gyre_batch_t *batch, size_t first,
                                                    size_t count);
/* The same for the rows whose numbers are given, in that order. */
GYRE_EXPORT gyre_status_t gyre_builder_append_rows(gyre_builder_t *builder,
                                                   const gyre_batch_t *batch, const uint32_t *rows,
                                                   size_t count);
/* What came to the child since the last end is a list; one value in each child is a struct; size
 * items are a fixed_size_list. GYRE_ERR_STATE: the children do not hold that. */
GYRE_EXPORT gyre_status_t gyre_builder_end(gyre_builder_t *builder);

/* All rows so far, without a copy; the builder is empty again. GYRE_ERR_STATE: children hold more
 * than was ended, or columns differ in length. */
GYRE_EXPORT gyre_status_t gyre_builder_finish(gyre_builder_t *builder,
                                              const gyre_column_t **column);
GYRE_EXPORT gyre_status_t gyre_builder_finish_batch(gyre_builder_t *builder,
                                                    const gyre_batch_t **batch);

/* gyre_builder_append_int64(builder, value) and so on: one value, GYRE_OK or an error. int32 goes
 * also into date32, int64 into timestamp. */
#define GYRE_BUILDER_APPEND(name, kind_, type)                                                     \
    static inline gyre_status_t gyre_builder_append_##name(gyre_builder_t *builder, type value)    \
    {                                                                                              \
        if (builder->kind != kind_ || builder->length == builder->room)                            \
            return gyre_builder_append_slow(builder, kind_, &value);                               \
        ((type *)builder->values)[builder->length++] = value;                                      \
        return GYRE_OK;                                                                            \
    }

/* What the functions below leave to a call: growth, kinds that are alike, mistakes. */
GYRE_EXPORT gyre_status_t gyre_builder_append_slow(gyre_builder_t *builder, gyre_kind_t kind,
                                                   const void *value);

GYRE_BUILDER_APPEND(int8, GYRE_KIND_INT8, int8_t)
GYRE_BUILDER_APPEND(int16, GYRE_KIND_INT16, int16_t)
GYRE_BUILDER_APPEND(int32, GYRE_KIND_INT32, int32_t)
GYRE_BUILDER_APPEND(int64, GYRE_KIND_INT64, int64_t)
GYRE_BUILDER_APPEND(uint8, GYRE_KIND_UINT8, uint8_t)
GYRE_BUILDER_APPEND(uint16, GYRE_KIND_UINT16, uint16_t)
GYRE_BUILDER_APPEND(uint32, GYRE_KIND_UINT32, uint32_t)
GYRE_BUILDER_APPEND(uint64, GYRE_KIND_UINT64, uint64_t)
GYRE_BUILDER_APPEND(float32, GYRE_KIND_FLOAT32, float)
GYRE_BUILDER_APPEND(float64, GYRE_KIND_FLOAT64, double)

static inline gyre_status_t gyre_builder_append_bool(gyre_builder_t *builder, bool value)
{
    return gyre_builder_append(builder, &value, 1);
}

#ifdef __cplusplus
}
#endif
#endif
