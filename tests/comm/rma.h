/* SPDX-License-Identifier: Apache-2.0 */
/* The cases of wire-rma, on windows: a region per worker that all others have imported. */
#ifndef TESTS_COMM_RMA_H
#define TESTS_COMM_RMA_H

#include "lib/check.h"

typedef struct window {
    gyre_mem_t *mem;
    char *bytes;
    gyre_remote_t **at; /* by rank, one's own included */
} window_t;

/* Collective: everyone's mem, imported by everyone. */
window_t window_of(gyre_mem_t *mem);
window_t window_open(size_t length); /* of new zeroed memory */
void window_close(window_t *window);

/* rma_memory.c */
void rma_first_contact(void);
void rma_regions(void);
void rma_many_regions(void);
void rma_inside(void);
void rma_reuse(void);
void rma_keys(void);
void rma_key_fuzz(void);

/* rma_access.c */
void rma_sizes(void);
void rma_plan(void);
void rma_ranges(void);
void rma_visibility(void);

/* rma_atomic.c */
void rma_counters(void);
void rma_swaps(void);
void rma_lock(void);
void rma_atomic_refusals(void);

#endif
