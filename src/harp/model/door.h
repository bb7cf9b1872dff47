/* SPDX-License-Identifier: Apache-2.0 */
/* A table's door: a page of registered memory through which peers learn where to put and get.
 * Peers keep each other's doors from the first push or pull on; what a door leads to changes
 * between calls only. */
#ifndef GYRE_HARP_MODEL_DOOR_H
#define GYRE_HARP_MODEL_DOOR_H

#include "harp/model/pool.h"

typedef struct gyre__harp_page {
    uint64_t cursor; /* bytes of the inbox that senders have taken; by atomics */
    uint64_t index_length;
    gyre__harp_place_t inbox, index;
} gyre__harp_page_t;

typedef struct gyre__harp_door {
    gyre_comm_t *comm;
    uint64_t comm_id;
    uint32_t epoch;
    int size;
    gyre_harp_pool_t *pool;
    gyre__harp_page_t *page;
    gyre__harp_place_t *places; /* of all members' pages */
    gyre_remote_t **remotes;    /* to them, made at first need */
    char *inbox;
    char *index;
    uint64_t index_version; /* of the table that it describes, plus one; 0: none */
} gyre__harp_door_t;

/* Whether the door is there and leads to the members of comm. */
bool gyre__harp_door_fits(const gyre__harp_door_t *door, gyre_comm_t *comm);

/* Collective: a new door in place of the old one. */
gyre_status_t gyre__harp_door_open(gyre__harp_door_t **door, gyre_comm_t *comm,
                                   gyre_harp_pool_t *pool);
/* NULL is allowed. */
void gyre__harp_door_destroy(gyre__harp_door_t *door);

/* A member's page: its region, and the offset there. */
gyre_status_t gyre__harp_door_of(gyre__harp_door_t *door, int rank, gyre_remote_t **remote,
                                 uint64_t *offset);

/* A block of the pool whose old content is not needed, at least length bytes; *place says where
 * it is. */
gyre_status_t gyre__harp_door_block(gyre__harp_door_t *door, char **block, size_t length,
                                    gyre__harp_place_t *place);

#endif
