/* SPDX-License-Identifier: Apache-2.0 */
/* What one operator sends between the workers of its communicator: parcels, each a head and most
 * often up to a page of data, in order from one worker to another.
 *
 * Data of some length lies in a page of the sender's pool until its receiver has released it. A
 * receiver on the same node reads it there; one elsewhere fetches it, when it has a page for it. So
 * memory is bounded at both ends, and a sender may have no more under way to one worker than the
 * window: how slow a receiver is, its sender sees by getting no page. Short data travels with its
 * head. Marks, parcels without data, are never refused.
 *
 * One thread at a time uses a channel. No call here waits, and progress is the caller's. */
#ifndef GYRE_DATAFLOW_CHANNEL_H
#define GYRE_DATAFLOW_CHANNEL_H

#include "dataflow/page.h"

#include <gyre/comm.h>
#include <stdint.h>

typedef struct gyre__channel gyre__channel_t;

/* What the operator says about a parcel; carried as it is. */
typedef struct gyre__label {
    int32_t kind;
    int32_t source, target; /* tasks */
    uint64_t value;
} gyre__label_t;

/* A parcel that has come. Its data stays readable, and the sender's page taken, until it is
 * released. */
typedef struct gyre__parcel {
    gyre__link_t link;
    int worker; /* that sent it */
    gyre__label_t label;
    const char *data; /* 64-byte aligned */
    size_t length;
} gyre__parcel_t;

typedef struct gyre__channel_counts {
    uint64_t parcels_sent, bytes_sent, parcels_received, bytes_received;
    uint64_t refused; /* pages that there were none of */
} gyre__channel_counts_t;

/* Collective over comm, of which the channel makes itself a copy. Blocks. */
gyre_status_t gyre__channel_open(gyre_comm_t *comm, gyre__channel_t **channel);

/* Local. NULL is allowed. What was sent and received stays until it has been released, by peers or
 * here, or peers are gone. */
void gyre__channel_close(gyre__channel_t *channel);

/* Bytes of a page. A parcel may be longer, at a price: its memory is made and registered for it. */
size_t gyre__channel_room(const gyre__channel_t *channel);

/* A page to fill with length bytes for some workers, most often one. GYRE_IN_PROGRESS: not now. It
 * is sent, or given back. */
gyre_status_t gyre__channel_page(gyre__channel_t *channel, const int *workers, int count,
                                 size_t length, gyre__page_t **page);
void gyre__channel_give_back(gyre__channel_t *channel, gyre__page_t *page);

/* The page, whose first length bytes count, to the workers for which it was taken; length > 0.
 * Takes the page over. */
gyre_status_t gyre__channel_send(gyre__channel_t *channel, const int *workers, int count,
                                 const gyre__label_t *label, gyre__page_t *page, size_t length);

/* Data behind it takes no page at its receiver that others may need, until that has released the
 * mark: what waits for other workers is not in their way. */
gyre_status_t gyre__channel_mark(gyre__channel_t *channel, int worker, const gyre__label_t *label);

/* Ends what goes on between the workers: progress returns the status here, and at all others, with
 * a text that says who gave up and why. The first of them counts. */
void gyre__channel_give_up(gyre__channel_t *channel, gyre_status_t status, const char *why);

/* Moves everything on, and the wire. The first error, a failed peer's, a lost message's, or that
 * with which a worker gave up, is returned from then on. */
gyre_status_t gyre__channel_progress(gyre__channel_t *channel);

/* The oldest parcel that nobody has taken, whose data is here; NULL: none. */
gyre__parcel_t *gyre__channel_take(gyre__channel_t *channel);
/* Any thread may. */
void gyre__parcel_release(gyre__parcel_t *parcel);

/* Whether all that was sent has been released; to one worker. */
bool gyre__channel_idle(const gyre__channel_t *channel);
bool gyre__channel_idle_to(const gyre__channel_t *channel, int worker);

/* Whether something has happened since the last progress began: call it then. */
bool gyre__channel_has_news(const gyre__channel_t *channel);
/* Sleeps until there is news. */
gyre_status_t gyre__channel_wait(gyre__channel_t *channel);

const gyre__channel_counts_t *gyre__channel_counts(const gyre__channel_t *channel);

#endif
