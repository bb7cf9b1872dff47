/* SPDX-License-Identifier: Apache-2.0 */
/* Another worker (or this one) as the wire sees it: which provider carries messages to it, the
 * order of messages, and whether it has failed. Made at first contact. */
#ifndef GYRE_COMM_PEER_H
#define GYRE_COMM_PEER_H

#include "comm/context.h"
#include "comm/envelope.h"
#include "comm/view.h"

/* A message that waits: for its predecessor, its receive, its communicator or its function. */
typedef struct gyre__arrival {
    gyre__link_t link; /* in the list of its source's bin, or of what it waits for */
    gyre__link_t all;  /* in the list of all unexpected messages of the communicator */
    gyre__envelope_t envelope;
    struct gyre__peer *peer;
    gyre__net_t *net; /* with desc: whose */
    void *desc;       /* data not here yet */
    char *data;       /* data that is, or NULL: in inline_data */
    size_t length;
    uint64_t number; /* of unexpected messages: oldest first */
    size_t header_length;
    char header[GYRE_AM_HEADER_MAX]; /* the user's, of an active message */
    char inline_data[128];
} gyre__arrival_t;

/* What goes to a peer: users' messages count until it has left, the wire's own until it is gone. */
typedef enum gyre__owed { GYRE__OWED_MESSAGE, GYRE__OWED_CONTROL, GYRE__OWED } gyre__owed_t;

typedef struct gyre__peer {
    uint32_t worker;
    uint32_t send_seq, recv_seq;
    bool failed;
    bool cut;                       /* failed, and disconnected from */
    uint64_t failed_at;             /* when this worker learned of it */
    bool left;                      /* closes in good order, or has: not to be passed on */
    bool gone;                      /* and has nothing to wait for any more */
    unsigned owed[GYRE__OWED];      /* operations that it has not ended yet */
    bool refused;                   /* failed, and told so */
    uint64_t answered;              /* when it last answered a ping */
    uint32_t informant;             /* failed: who told, or this worker itself */
    struct gyre__peer *next_failed; /* in the order in which this worker learned of them */
    struct gyre__peer *told;        /* the last failed one that it has been told of from here */
    gyre__net_t *carrier;       /* self, shm or net: carries messages */
    gyre__net_peer_t *link;     /* connection of carrier, NULL until needed */
    gyre__net_peer_t *net_link; /* connection of ctx->net, for one-sided operations */
    uint32_t changes, flushed;  /* puts and atomics of ctx->net: started, known to be there */
    gyre__view_t *views;        /* of its shareable memory */
    bool no_views;              /* it cannot be reached that way */
    gyre__link_t early;         /* arrivals ahead of their turn */
    gyre__link_t active;        /* active messages behind one whose data is being fetched */
    bool active_busy;
} gyre__peer_t;

/* The peer of a world rank; GYRE_ERR_PEER_FAILED when it has failed and alive is asked for. */
gyre_status_t gyre__peer_get(gyre_context_t *ctx, uint32_t worker, gyre__peer_t **peer);

/* The provider that carries messages to a world rank. */
gyre__net_t *gyre__peer_carrier(const gyre_context_t *ctx, uint32_t worker);

/* Connections, made at first use. */
gyre_status_t gyre__peer_link(gyre_context_t *ctx, gyre__peer_t *peer);
gyre_status_t gyre__peer_net_link(gyre_context_t *ctx, gyre__peer_t *peer);

/* Up-calls of the providers. */
void gyre__peer_received(void *ctx, const gyre__net_message_t *message);
void gyre__peer_received_shm(void *ctx, const gyre__net_message_t *message);
void gyre__peer_received_self(void *ctx, const gyre__net_message_t *message);
void gyre__peer_failed(void *ctx, uint32_t worker);
void gyre__peer_failed_shm(void *ctx, uint32_t local_rank);

/* Delivers the messages that came for a communicator before it was made. */
void gyre__peer_adopt(gyre_context_t *ctx, uint64_t comm);

/* Disconnects and frees all peers; their providers are still open. */
void gyre__peer_close_all(gyre_context_t *ctx);

/* An arrival that keeps a message beyond its up-call; NULL and a failed peer without memory. */
gyre__arrival_t *gyre__arrival_keep(gyre_context_t *ctx, gyre__peer_t *peer, gyre__net_t *net,
                                    const gyre__envelope_t *envelope,
                                    const gyre__net_message_t *message);
static inline const char *gyre__arrival_data(const gyre__arrival_t *arrival)
{
    return arrival->data ? arrival->data : arrival->inline_data;
}

/* Refuses data that is not here yet, and frees it. */
void gyre__arrival_drop(gyre_context_t *ctx, gyre__arrival_t *arrival);
void gyre__arrival_drop_list(gyre_context_t *ctx, gyre__link_t *list);
void gyre__arrival_free(gyre_context_t *ctx, gyre__arrival_t *arrival);

#endif
