/* SPDX-License-Identifier: Apache-2.0 */
/* What columns hold and what they are called: kinds, fields, schemas. See gyre_schema(3). */
#ifndef GYRE_SCHEMA_H
#define GYRE_SCHEMA_H

#include <gyre/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Code, bytes of a value, name. 0 bytes: bits, or as the field says, or of any length. */
#define GYRE_KIND_MAP(X)                                                                           \
    X(GYRE_KIND_BOOL, 0, "bool")                                                                   \
    X(GYRE_KIND_INT8, 1, "int8")                                                                   \
    X(GYRE_KIND_INT16, 2, "int16")                                                                 \
    X(GYRE_KIND_INT32, 4, "int32")                                                                 \
    X(GYRE_KIND_INT64, 8, "int64")                                                                 \
    X(GYRE_KIND_UINT8, 1, "uint8")                                                                 \
    X(GYRE_KIND_UINT16, 2, "uint16")                                                               \
    X(GYRE_KIND_UINT32, 4, "uint32")                                                               \
    X(GYRE_KIND_UINT64, 8, "uint64")                                                               \
    X(GYRE_KIND_FLOAT16, 2, "float16")                                                             \
    X(GYRE_KIND_FLOAT32, 4, "float32")                                                             \
    X(GYRE_KIND_FLOAT64, 8, "float64")                                                             \
    X(GYRE_KIND_DATE32, 4, "date32")                                                               \
    X(GYRE_KIND_TIMESTAMP, 8, "timestamp")                                                         \
    X(GYRE_KIND_DECIMAL128, 16, "decimal128")                                                      \
    X(GYRE_KIND_FIXED_SIZE_BINARY, 0, "fixed_size_binary")                                         \
    X(GYRE_KIND_STRING, 0, "string")                                                               \
    X(GYRE_KIND_BINARY, 0, "binary")                                                               \
    X(GYRE_KIND_LIST, 0, "list")                                                                   \
    X(GYRE_KIND_FIXED_SIZE_LIST, 0, "fixed_size_list")                                             \
    X(GYRE_KIND_STRUCT, 0, "struct")

typedef enum gyre_kind {
    GYRE_KIND_NONE, /* what a field of zeros has, and no column */
#define GYRE_KIND_ENUM(name, width, text) name,
    GYRE_KIND_MAP(GYRE_KIND_ENUM)
#undef GYRE_KIND_ENUM
        GYRE_KIND_COUNT
} gyre_kind_t;

/* "float64"; "?" for what is no kind. Static storage. */
GYRE_EXPORT const char *gyre_kind_name(gyre_kind_t kind);

typedef enum gyre_time_unit {
    GYRE_TIME_SECOND,
    GYRE_TIME_MILLISECOND,
    GYRE_TIME_MICROSECOND,
    GYRE_TIME_NANOSECOND
} gyre_time_unit_t;

typedef struct gyre_metadata {
    const char *key, *value;
} gyre_metadata_t;

#define GYRE_FIELD_DEPTH 64 /* levels of fields within fields */

/* Plain data that the caller may write down as a constant,
 * {.name = "key", .kind = GYRE_KIND_INT64}. What the kind has no use for is zero. */
typedef struct gyre_field {
    const char *name; /* NULL: "" */
    gyre_kind_t kind;
    bool required;            /* no value is null */
    int32_t size;             /* bytes of a fixed_size_binary, items of a fixed_size_list */
    int32_t precision, scale; /* decimal128: 1 to 38 digits */
    gyre_time_unit_t unit;    /* timestamp */
    const char *zone;         /* timestamp: "UTC", "Europe/Berlin"; NULL: none is known */
    size_t child_count;       /* lists: 1; struct: any */
    const struct gyre_field *children;
    size_t metadata_count;
    const gyre_metadata_t *metadata;
} gyre_field_t;

/* Immutable; any thread may retain and release it. */
typedef struct gyre_schema {
    size_t field_count;
    const gyre_field_t *fields;
    size_t metadata_count;
    const gyre_metadata_t *metadata;
} gyre_schema_t;

/* Copies all that the fields lead to. GYRE_ERR_ARG: a kind lacks what it needs; GYRE_ERR_RANGE: a
 * figure is out of its range, or fields lie too deep. */
GYRE_EXPORT gyre_status_t gyre_schema_create(const gyre_field_t *fields, size_t count,
                                             const gyre_schema_t **schema);
GYRE_EXPORT gyre_status_t gyre_schema_create_with(const gyre_field_t *fields, size_t count,
                                                  const gyre_metadata_t *metadata,
                                                  size_t metadata_count,
                                                  const gyre_schema_t **schema);

/* One more reference to it; the last release frees it. NULL is allowed. */
GYRE_EXPORT const gyre_schema_t *gyre_schema_retain(const gyre_schema_t *schema);
GYRE_EXPORT void gyre_schema_release(const gyre_schema_t *schema);

/* The field's index; GYRE_ERR_NOT_FOUND: none has the name, or several have. */
GYRE_EXPORT gyre_status_t gyre_schema_find(const gyre_schema_t *schema, const char *name,
                                           size_t *index);

/* Names, kinds and what belongs to them, required, all levels; not metadata. */
GYRE_EXPORT bool gyre_schema_equal(const gyre_schema_t *left, const gyre_schema_t *right);

/* Values of one may stand in a column of the other: kinds and what belongs to them, names within
 * structs. */
GYRE_EXPORT bool gyre_field_alike(const gyre_field_t *left, const gyre_field_t *right);

/* Bytes of a value; 0: bits, any length, lists and structs. */
GYRE_EXPORT size_t gyre_field_width(const gyre_field_t *field);

/* "key: int64, words: list<string>, at: timestamp[us, UTC]". */
GYRE_EXPORT void gyre_schema_print(const gyre_schema_t *schema, FILE *stream);

#ifdef __cplusplus
}
#endif
#endif
