/* SPDX-License-Identifier: Apache-2.0 */
/* Pages: what travels between workers, in registered memory, which workers of the same node read
 * where it lies. A pool belongs to one channel. It may always have GYRE__PAGES_SURE of them, so
 * that every operator gets on however much memory others hold, and one for a row that is longer
 * than a page; more only while the process stays below GYRE_MEMORY. */
#ifndef GYRE_DATAFLOW_PAGE_H
#define GYRE_DATAFLOW_PAGE_H

#include "base/list.h"

#include <gyre/mem.h>
#include <stdbool.h>

#define GYRE__PAGES_SURE 2 /* one to send, one to receive into */

/* What for a page is taken: each leaves one for every use before it. */
typedef enum gyre__page_use {
    GYRE__PAGE_RECEIVE,
    GYRE__PAGE_SEND,
    GYRE__PAGE_AHEAD /* to receive what must wait for others */
} gyre__page_use_t;

typedef struct gyre__page {
    gyre__link_t link;
    char *data;
    struct gyre__page_chunk *own; /* of a large one, that it alone lies in */
    unsigned users;               /* its filler; receivers that have not released it */
} gyre__page_t;

typedef struct gyre__pages {
    gyre_context_t *ctx;
    size_t size;                    /* bytes of a page */
    size_t total, used;             /* but large ones */
    size_t large[GYRE__PAGES_SURE]; /* by use */
    gyre__link_t free, chunks;
} gyre__pages_t;

void gyre__pages_init(gyre__pages_t *pages, gyre_context_t *ctx, size_t size);
void gyre__pages_cleanup(gyre__pages_t *pages);

/* A page that holds length bytes: a large one, made for it, if others do not. GYRE_IN_PROGRESS:
 * none now. */
gyre_status_t gyre__pages_take(gyre__pages_t *pages, size_t length, gyre__page_use_t use,
                               gyre__page_t **page);
/* One user less; the last gives it back. */
void gyre__pages_drop(gyre__pages_t *pages, gyre__page_t *page);

#endif
