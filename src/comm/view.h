/* SPDX-License-Identifier: Apache-2.0 */
/* A node peer's store as this worker sees it: chunks of it, mapped at first use and kept until
 * the connection to the peer is closed, so that reaching into one again costs a comparison. */
#ifndef GYRE_COMM_VIEW_H
#define GYRE_COMM_VIEW_H

#include "comm/store.h"

#include <sys/types.h>

typedef struct gyre__view gyre__view_t; /* a chunk */
struct gyre__view {
    gyre__view_t *next;
    gyre__mem_place_t chunk;
    char *addr;
};

/* NULL: not mapped. */
static inline void *gyre__view_find(const gyre__view_t *view, const gyre__mem_place_t *place)
{
    for (; view; view = view->next)
        if (view->chunk.nonce == place->nonce && view->chunk.chunk == place->chunk &&
            view->chunk.size == place->size &&
            place->offset < place->size * (uint64_t)GYRE__STORE_UNIT)
            return view->addr + place->offset;
    return NULL;
}

/* Maps the place's chunk of the store of process pid. Errors are nothing to tell the user: there
 * are other ways to that memory. GYRE_ERR_SYNTAX: there is no such chunk, of this store.
 * GYRE_ERR_NOT_SUPPORTED: the kernel does not let us. */
gyre_status_t gyre__view_open(gyre__view_t **views, pid_t pid, const gyre__mem_place_t *place);
void gyre__view_close(gyre__view_t **views);

#endif
