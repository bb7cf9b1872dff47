/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of a channel, for channel*.c. */
#ifndef GYRE_DATAFLOW_CHANNEL_STATE_H
#define GYRE_DATAFLOW_CHANNEL_STATE_H

#include "base/pool.h"
#include "comm/comm.h"
#include "comm/mem.h"
#include "comm/message.h"
#include "dataflow/channel.h"

#include <limits.h>

/* What stands in front of every message with TAG_HEAD. */
typedef enum gyre__head_kind {
    GYRE__HEAD_MARK,  /* a label alone */
    GYRE__HEAD_SHORT, /* the data follows the head */
    GYRE__HEAD_PLACE, /* the data is where place says */
    GYRE__HEAD_LONG,  /* the data is a message of its own */
    GYRE__HEAD_RELEASE, /* serials follow: data that the sender of them may forget */
    GYRE__HEAD_REFUSED, /* one serial follows: its place is out of reach, send it */
    GYRE__HEAD_GIVEN_UP /* by the sender; count bytes of text follow; length is -status */
} gyre__head_kind_t;

typedef struct gyre__head {
    uint32_t kind, count;
    uint64_t serial, length;
    gyre__label_t label;
    gyre__mem_place_t place;
} __attribute__((aligned(64))) gyre__head_t;

enum {
    HEAD_BYTES = 4096, /* of a head with short data */
    SHORT_MAX = HEAD_BYTES - (int)sizeof(gyre__head_t),
    SERIALS_MAX = SHORT_MAX / (int)sizeof(uint64_t),
    POSTED = 8, /* receives for heads */
    TAG_HEAD = 0,
    TAG_DATA = 1 /* and above, by serial */
};

static inline int gyre__data_tag(uint64_t serial)
{
    return TAG_DATA + (int)(serial % (INT_MAX - TAG_DATA));
}

/* A head on its way out. */
typedef struct gyre__letter {
    gyre__link_t link;
    gyre__channel_t *channel;
    gyre_request_t req;
    _Alignas(64) char bytes[HEAD_BYTES];
} gyre__letter_t;

/* Data that was sent, until its receiver has released it. */
typedef struct gyre__sent {
    gyre__link_t link; /* in the peer's, by serial */
    gyre__channel_t *channel;
    gyre__page_t *page; /* NULL: short */
    int worker;         /* that it is for */
    uint64_t serial;
    size_t length;
    gyre_request_t req; /* of a long one */
    bool busy;          /* req is under way */
    bool released;
} gyre__sent_t;

/* A parcel on its way in. */
typedef struct gyre__incoming {
    gyre__parcel_t parcel;
    gyre__channel_t *channel;
    uint64_t serial;
    gyre__page_t *page; /* of this worker; NULL: the data is the sender's, or short */
    char *copy;         /* short data */
    gyre_request_t req; /* of a long one */
    bool ready;
    bool wanted;   /* has no page yet */
    bool fetching; /* req is under way */
} gyre__incoming_t;

typedef struct gyre__correspondent {
    uint32_t world;
    bool near;      /* reads our pages where they lie */
    size_t pending; /* bytes sent and not released */
    bool given_up;  /* so it sends nothing more */
    uint64_t serial;
    gyre__link_t sent;
    gyre__link_t incoming; /* in order; those in front of the first that is not ready are taken */
    unsigned marks;        /* that were taken and have not been released */
    uint64_t releases[SERIALS_MAX];
    int release_count;
} gyre__correspondent_t;

struct gyre__channel {
    gyre__poller_t poller;
    gyre_context_t *ctx;
    gyre_comm_t *comm;
    int rank, size;
    gyre_status_t status; /* first error */
    char *why;            /* NULL: what the status says */
    bool given_up;        /* all others are told so */
    bool closed;
    unsigned busy;         /* requests under way, heads' receives among them */
    size_t window;         /* bytes under way to a worker */
    size_t pending;        /* of all correspondents */
    size_t held;           /* parcels that came and have not been released */
    bool due;              /* there may be releases to send, data to fetch, or to hand on */
    int next;              /* of receives: the oldest */
    uint64_t events, seen; /* counts what happened; at the start of the last progress */
    gyre__pages_t pages;
    gyre__pool_t letters, sents, incomings;
    gyre__link_t ready; /* parcels that nobody has taken */
    gyre__channel_counts_t counts;
    gyre_request_t receives[POSTED];
    char *heads; /* POSTED of HEAD_BYTES */
    gyre__correspondent_t peers[];
};

/* All inside the context. The first error is the channel's. */
void gyre__channel_fail(gyre__channel_t *channel, gyre_status_t status);
gyre_status_t gyre__channel_trouble(const gyre__channel_t *channel);

/* A request of the channel has ended; the channel may be freed. */
void gyre__channel_ended(gyre__channel_t *channel, gyre_status_t status);

/* A worker has given up. */
void gyre__channel_given_up(gyre__channel_t *channel, int worker, const gyre__head_t *head);

/* channel_send.c. Sends a head and what follows it. */
void gyre__channel_post(gyre__channel_t *channel, int worker, const gyre__head_t *head,
                        const void *data, size_t length);
void gyre__channel_released(gyre__channel_t *channel, int worker, const uint64_t *serials,
                            uint32_t count);
void gyre__channel_refused(gyre__channel_t *channel, int worker, uint64_t serial);
void gyre__channel_forget_sent(gyre__channel_t *channel, gyre__correspondent_t *peer);

/* channel_receive.c. Whether a message of received bytes is one; what it says may still be wrong.
 */
bool gyre__head_sound(const gyre__head_t *head, size_t received);
void gyre__channel_listen(gyre__channel_t *channel);
unsigned gyre__channel_hear(gyre__channel_t *channel);
void gyre__channel_serve(gyre__channel_t *channel);
gyre_status_t gyre__channel_deliver_own(gyre__channel_t *channel, const gyre__label_t *label,
                                        gyre__page_t *page, size_t length);
void gyre__channel_forget_incoming(gyre__channel_t *channel);

#endif
