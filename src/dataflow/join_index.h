/* SPDX-License-Identifier: Apache-2.0 */
/* Rows by the hash of their keys: chains of rows, linked by their numbers. */
#ifndef GYRE_DATAFLOW_JOIN_INDEX_H
#define GYRE_DATAFLOW_JOIN_INDEX_H

#include <gyre/status.h>
#include <stddef.h>
#include <stdint.h>

/* A chain leads on by numbers of rows, and 1; 0: it ends. */
typedef struct gyre__chain {
    uint64_t hash;
    uint32_t next;
} gyre__chain_t;

typedef struct gyre__join_index {
    uint32_t *heads;       /* of chains */
    gyre__chain_t *chains; /* of each row */
    unsigned shift;        /* from a product to a head */
} gyre__join_index_t;

/* For so many rows. */
size_t gyre__join_index_bytes(size_t rows);
gyre_status_t gyre__join_index_init(gyre__join_index_t *index, size_t rows);
/* Of zeros, too. */
void gyre__join_index_cleanup(gyre__join_index_t *index);

/* Rows from first on. */
void gyre__join_index_add(gyre__join_index_t *index, size_t first, const uint64_t *hashes,
                          size_t count);
/* Where the chain of each hash begins. */
void gyre__join_index_look(const gyre__join_index_t *index, const uint64_t *hashes, size_t count,
                           uint32_t *starts);

/* From at on, the next of that hash. */
static inline uint32_t gyre__join_index_find(const gyre__join_index_t *index, uint32_t at,
                                             uint64_t hash)
{
    while (at != 0 && index->chains[at - 1].hash != hash)
        at = index->chains[at - 1].next;
    return at;
}

#endif
