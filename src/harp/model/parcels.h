/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes that members give each other when nobody knows beforehand how many: a piece for, or from,
 * each member, multiples of GYRE__PARCEL_ALIGN, in one block of a pool. */
#ifndef GYRE_HARP_MODEL_PARCELS_H
#define GYRE_HARP_MODEL_PARCELS_H

#include <gyre/harp.h>

#define GYRE__PARCEL_ALIGN ((size_t)16) /* of every element type */

static inline size_t gyre__parcel_round(size_t length)
{
    return (length + GYRE__PARCEL_ALIGN - 1) & ~(GYRE__PARCEL_ALIGN - 1);
}

typedef struct gyre__parcels {
    gyre_harp_pool_t *pool; /* NULL: the block is malloc's */
    int size;
    size_t *lengths, *offsets; /* of each member's piece */
    size_t *filled;            /* how much of it has been packed */
    char *data;
    size_t total;
} gyre__parcels_t;

/* First init, which leaves all lengths 0; then the lengths are set; then open gets the block.
 * Cleanup is right after each, and after a failed init. */
gyre_status_t gyre__parcels_init(gyre__parcels_t *parcels, gyre_harp_pool_t *pool, int size);
gyre_status_t gyre__parcels_open(gyre__parcels_t *parcels);
void gyre__parcels_cleanup(gyre__parcels_t *parcels);

/* Room for length bytes, already counted, at the end of a member's piece. */
static inline char *gyre__parcels_pack(gyre__parcels_t *parcels, int member, size_t length)
{
    char *at = parcels->data + parcels->offsets[member] + parcels->filled[member];
    parcels->filled[member] += length;
    return at;
}

static inline const char *gyre__parcels_of(const gyre__parcels_t *parcels, int member)
{
    return parcels->data + parcels->offsets[member];
}

/* Collective. ready is what this member has met so far: when it is not GYRE_OK at any, nothing
 * moves and all fail, that member with ready and the others with GYRE_ERR_CANCELED. in has been
 * through init, and is open after success. */

/* Piece i of out to member i. */
gyre_status_t gyre__parcels_exchange(gyre_comm_t *comm, gyre_status_t ready,
                                     const gyre__parcels_t *out, gyre__parcels_t *in);

/* Piece 0 of out to root, or to all where root is GYRE__TO_ALL; in is used where they go. */
#define GYRE__TO_ALL (-1)
gyre_status_t gyre__parcels_gather(gyre_comm_t *comm, gyre_status_t ready,
                                   const gyre__parcels_t *out, int root, gyre__parcels_t *in);

/* The same warning without data: GYRE_OK when all members are ready. sums (or NULL): count numbers
 * of this member, which become their sums over all. */
gyre_status_t gyre__harp_agree(gyre_comm_t *comm, gyre_status_t ready, uint64_t *sums, int count);

#endif
