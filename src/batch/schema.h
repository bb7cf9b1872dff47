/* SPDX-License-Identifier: Apache-2.0 */
/* What is behind a schema. */
#ifndef GYRE_BATCH_SCHEMA_H
#define GYRE_BATCH_SCHEMA_H

#include <gyre/schema.h>
#include <stdatomic.h>

typedef struct gyre__schema {
    gyre_schema_t view;
    atomic_uint refs;
    atomic_uint_least64_t hash; /* 0: not computed yet */
} gyre__schema_t;

static inline bool gyre__has_size(gyre_kind_t kind)
{
    return kind == GYRE_KIND_FIXED_SIZE_BINARY || kind == GYRE_KIND_FIXED_SIZE_LIST;
}

#endif
