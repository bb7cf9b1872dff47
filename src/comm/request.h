/* SPDX-License-Identifier: Apache-2.0 */
/* Requests: from the pool for non-blocking calls, on the caller's stack for blocking ones. Pool
 * memory is never given back before the context ends, so that a stale handle can be told. */
#ifndef GYRE_COMM_REQUEST_H
#define GYRE_COMM_REQUEST_H

#include "comm/peer.h"

typedef enum gyre__request_state {
    GYRE__REQUEST_FREE,
    GYRE__REQUEST_ACTIVE,
    GYRE__REQUEST_DONE,
    GYRE__REQUEST_IDLE /* persistent, not started: nothing to wait for */
} gyre__request_state_t;

typedef enum gyre__request_kind {
    GYRE__REQUEST_SEND,
    GYRE__REQUEST_RECV,
    GYRE__REQUEST_RMA,
    GYRE__REQUEST_COLL
} gyre__request_kind_t;

/* Of a persistent request: what its starts and its end do. */
typedef struct gyre__persistent {
    gyre_status_t (*start)(gyre_request_t *req);
    void (*free)(gyre_request_t *req);
} gyre__persistent_t;

struct gyre_request {
    gyre__link_t link; /* among posted receives; the pool's while free */
    gyre__request_state_t state;
    gyre__request_kind_t kind;
    gyre_status_t status;
    gyre_context_t *ctx;
    gyre_comm_t *comm;
    gyre__net_op_t op;
    void (*on_done)(gyre_request_t *req); /* called once at completion, or NULL */
    const gyre__persistent_t *persistent; /* NULL: it is not */
    void *owner;      /* for the two above */
    bool posted;      /* a receive still in its communicator's list */
    uint32_t step;    /* for the owner */
    int64_t source;   /* receive: world rank or GYRE_ANY_SOURCE; send: of the receiver */
    int tag;
    void *buffer;
    size_t length;
    uint64_t number; /* of receives: oldest first */
    gyre_message_info_t info;
};

/* An initialised request of the pool, for the caller whose handle will be at out (checked). */
gyre_status_t gyre__request_new(gyre_context_t *ctx, gyre_comm_t *comm, gyre__request_kind_t kind,
                                gyre_request_t **out, gyre_request_t **req);
/* Hands it to the caller, or frees it where starting it failed. */
void gyre__request_give(gyre_request_t *req, gyre_status_t started, gyre_request_t **out);
void gyre__request_free(gyre_request_t *req);

/* Makes it ready to start, wherever it lies. */
void gyre__request_init(gyre_request_t *req, gyre_context_t *ctx, gyre_comm_t *comm,
                        gyre__request_kind_t kind);
void gyre__request_done(gyre_request_t *req, gyre_status_t status);

/* What a starting call of a provider returned: completes the request unless it is in progress.
 * Returns the error when nothing was started. */
gyre_status_t gyre__request_started(gyre_request_t *req, gyre_status_t status);

typedef struct gyre__payload {
    const void *header; /* the user's, of an active message */
    size_t header_length;
    const void *data;
    size_t length;
} gyre__payload_t;

/* Sends to a world rank. */
gyre_status_t gyre__request_send(gyre_request_t *req, uint32_t dest, gyre__kind_t kind, int tag,
                                 const gyre__payload_t *payload);

/* Blocks, inside the context, until the request is done; returns its status. */
gyre_status_t gyre__request_wait(gyre_request_t *req);

#endif
