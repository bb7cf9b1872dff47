/* SPDX-License-Identifier: Apache-2.0 */
/* Types of the elements that collectives move and reduce. See gyre_type(3). */
#ifndef GYRE_TYPE_H
#define GYRE_TYPE_H

#include <gyre/status.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Code, size in bytes, name. A pair is a value followed by its index, as a C structure lays them
 * out, for GYRE_MINLOC and GYRE_MAXLOC. */
#define GYRE_TYPE_MAP(X)                                                       \
    X(GYRE_BYTE, 1, "byte")                                                    \
    X(GYRE_INT8, 1, "int8")                                                    \
    X(GYRE_INT16, 2, "int16")                                                  \
    X(GYRE_INT32, 4, "int32")                                                  \
    X(GYRE_INT64, 8, "int64")                                                  \
    X(GYRE_UINT8, 1, "uint8")                                                  \
    X(GYRE_UINT16, 2, "uint16")                                                \
    X(GYRE_UINT32, 4, "uint32")                                                \
    X(GYRE_UINT64, 8, "uint64")                                                \
    X(GYRE_FLOAT16, 2, "float16")                                              \
    X(GYRE_BFLOAT16, 2, "bfloat16")                                            \
    X(GYRE_FLOAT32, 4, "float32")                                              \
    X(GYRE_FLOAT64, 8, "float64")                                              \
    X(GYRE_COMPLEX64, 8, "complex64")                                          \
    X(GYRE_COMPLEX128, 16, "complex128")                                       \
    X(GYRE_INT32_INT32, 8, "int32_int32")                                      \
    X(GYRE_INT64_INT64, 16, "int64_int64")                                     \
    X(GYRE_FLOAT32_INT32, 8, "float32_int32")                                  \
    X(GYRE_FLOAT64_INT64, 16, "float64_int64")

typedef enum gyre_type {
#define GYRE_TYPE_ENUM(name, size, text) name,
    GYRE_TYPE_MAP(GYRE_TYPE_ENUM)
#undef GYRE_TYPE_ENUM
    GYRE_TYPE_BUILTIN_COUNT,
    GYRE_TYPE_END = GYRE_TYPE_BUILTIN_COUNT + 4096 /* created ones are below it */
} gyre_type_t;

/* A new type of records of size bytes (1 to 2^31 - 1), moved as they are and reduced by user
 * operations only. Process-wide, never freed; at most 4096. Thread-safe. */
GYRE_EXPORT gyre_status_t gyre_type_create(size_t size, gyre_type_t *type);

/* Bytes of an element; 0 for what is no type. */
GYRE_EXPORT size_t gyre_type_size(gyre_type_t type);

/* "float64", "record24"; "?" for what is no type. Static storage. */
GYRE_EXPORT const char *gyre_type_name(gyre_type_t type);

#ifdef __cplusplus
}
#endif
#endif
