/* SPDX-License-Identifier: Apache-2.0 */
/* How the values of a kind lie: all that most code needs to know of it. */
#ifndef GYRE_BATCH_KIND_H
#define GYRE_BATCH_KIND_H

#include <gyre/schema.h>

typedef enum gyre__layout {
    GYRE__BITS,
    GYRE__FIXED, /* gyre_field_width bytes each */
    GYRE__BYTES, /* offsets into bytes */
    GYRE__LIST,  /* offsets into a child */
    GYRE__FIXED_LIST,
    GYRE__STRUCT
} gyre__layout_t;

static inline gyre__layout_t gyre__layout(gyre_kind_t kind)
{
    switch (kind) {
    case GYRE_KIND_BOOL:
        return GYRE__BITS;
    case GYRE_KIND_STRING:
    case GYRE_KIND_BINARY:
        return GYRE__BYTES;
    case GYRE_KIND_LIST:
        return GYRE__LIST;
    case GYRE_KIND_FIXED_SIZE_LIST:
        return GYRE__FIXED_LIST;
    case GYRE_KIND_STRUCT:
        return GYRE__STRUCT;
    default:
        return GYRE__FIXED;
    }
}

static inline bool gyre__has_offsets(gyre_kind_t kind)
{
    gyre__layout_t layout = gyre__layout(kind);
    return layout == GYRE__BYTES || layout == GYRE__LIST;
}

#endif
