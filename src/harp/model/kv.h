/* SPDX-License-Identifier: Apache-2.0 */
/* Key-value tables from the inside. Integer keys are kept as int64_t, whatever their width; an
 * entry's number changes when others are removed. */
#ifndef GYRE_HARP_MODEL_KV_H
#define GYRE_HARP_MODEL_KV_H

#include "base/map.h"

#include <gyre/harp.h>

typedef struct gyre__kv_key {
    uint64_t hash;
    size_t length;
    union {
        int64_t number;
        int32_t narrow; /* its first four bytes, as the user sees them */
        char *bytes;
    };
    size_t next; /* entry of the same hash, plus one; 0: none */
} gyre__kv_key_t;

struct gyre_harp_kv {
    gyre_harp_key_t key;
    gyre_type_t type;
    size_t width; /* bytes of a value, */
    size_t step;  /* and from one to the next */
    size_t elements;
    gyre_op_t op;
    gyre__map_t map; /* hash -> first entry, plus one */
    gyre__kv_key_t *keys;
    char *values;
    size_t count, room;
};

/* The key's bytes. */
const void *gyre__kv_bytes(const gyre_harp_kv_t *kv, const gyre__kv_key_t *key);

/* Another of the same kind, empty; and its content instead of the table's own. */
gyre_harp_kv_t gyre__kv_like(const gyre_harp_kv_t *kv);
void gyre__kv_take(gyre_harp_kv_t *kv, gyre_harp_kv_t *from);

#endif
