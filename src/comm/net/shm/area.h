/* SPDX-License-Identifier: Apache-2.0 */
/* The layout of the node segment: a head, one block per worker, one ring per ordered pair.
 *
 * Every process maps it elsewhere, so that it holds numbers and no addresses. All zero means:
 * nobody open, every ring empty. A worker may write into the blocks and rings of others that
 * have not opened yet. */
#ifndef GYRE_COMM_NET_SHM_AREA_H
#define GYRE_COMM_NET_SHM_AREA_H

#include "comm/net/shm/ring.h"

#include <gyre/status.h>

enum { GYRE__SHM_ABSENT, GYRE__SHM_OPEN, GYRE__SHM_CLOSED };

/* The head: first come, first written, then compared. */
typedef struct gyre__shm_head {
    uint64_t layout;                    /* format, workers and size of a ring */
    uint64_t pid_namespace;             /* processes are named to each other by pid */
} gyre__shm_head_t;

/* What a worker shows its node. */
typedef struct gyre__shm_worker {
    uint32_t state;
    int32_t pid;
    int32_t bell;        /* descriptor of its doorbell in its process */
    uint64_t bell_inode; /* proves that the process behind pid is still the same */
    _Alignas(GYRE__RING_APART) uint32_t asleep; /* ring the bell after you have written */
    _Alignas(GYRE__RING_APART) uint64_t called; /* bit w % 64: word w of contacts has changed */
    _Alignas(GYRE__RING_APART) uint64_t bits[]; /* contacts: who has sent; then watchers */
} gyre__shm_worker_t;

typedef struct gyre__shm_area {
    char *base;
    uint32_t workers;
    size_t words; /* of one bit map */
    size_t block; /* bytes of a worker's block */
    size_t ring;  /* bytes of a ring's lines */
} gyre__shm_area_t;

void gyre__shm_area_init(gyre__shm_area_t *area, void *base, uint32_t workers);

/* Checks configuration and size, and that all who share the area agree. */
gyre_status_t gyre__shm_area_join(const gyre__shm_area_t *area, size_t size);

gyre__shm_worker_t *gyre__shm_area_worker(const gyre__shm_area_t *area, uint32_t worker);
gyre__ring_t *gyre__shm_area_ring(const gyre__shm_area_t *area, uint32_t from, uint32_t to);

/* Says to a worker that from has sent to it, or wants to know when it comes and goes. */
void gyre__shm_area_contact(const gyre__shm_area_t *area, uint32_t from, uint32_t to);
void gyre__shm_area_watch(const gyre__shm_area_t *area, uint32_t from, uint32_t to);

#endif
