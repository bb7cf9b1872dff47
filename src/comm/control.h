/* SPDX-License-Identifier: Apache-2.0 */
/* Small messages of the wire's own: who has failed, which communicator is revoked, how far an
 * agreement is. They are taken in where they arrive, inside progress; whatever they cause is done
 * at the end of it, where connecting is allowed. */
#ifndef GYRE_COMM_CONTROL_H
#define GYRE_COMM_CONTROL_H

#include "comm/peer.h"

#include <gyre/am.h>

#define GYRE__CONTROL_MAX GYRE_AM_HEADER_MAX

/* What it is, in the envelope's tag. */
typedef enum gyre__control {
    GYRE__CONTROL_FAILED, /* workers that have failed; of no communicator */
    GYRE__CONTROL_LEFT,   /* the sender takes no more; of no communicator */
    GYRE__CONTROL_GONE,   /* the sender closes in good order; of no communicator */
    GYRE__CONTROL_PING,   /* to be answered by PONG; of no communicator */
    GYRE__CONTROL_PONG,
    GYRE__CONTROL_REVOKED,
    GYRE__CONTROL_UNKNOWN, /* answers another: no such communicator here, now */
    GYRE__CONTROL_PROMISE, /* of an agreement, see agreement.c */
    GYRE__CONTROL_PRIOR,
    GYRE__CONTROL_PROPOSE,
    GYRE__CONTROL_ACCEPT,
    GYRE__CONTROL_DECIDED,
    GYRE__CONTROLS
} gyre__control_t;

typedef struct gyre__control_message {
    gyre__link_t link; /* in the outbox; the pool's while free */
    gyre_context_t *ctx;
    gyre__net_op_t op;
    uint32_t dest;
    gyre__control_t control;
    uint64_t comm;
    size_t length;
    char bytes[GYRE__ENVELOPE_SIZE + GYRE__CONTROL_MAX];
} gyre__control_message_t;

/* Queues a message of at most GYRE__CONTROL_MAX bytes to a world rank; its place among others to
 * that rank is kept. One that cannot be sent makes its receiver a failed one. */
void gyre__control_send(gyre_context_t *ctx, uint32_t dest, gyre__control_t control, uint64_t comm,
                        const void *bytes, size_t length);

/* Does what is due: spreads news, moves agreements on, sends what is queued. Returns the number
 * of events. ctx->due asks for it. */
unsigned gyre__control_run(gyre_context_t *ctx);

/* A control message in order; comm is the envelope's, NULL when there is none of that id. True:
 * the message is to be kept until the communicator is made. */
bool gyre__control_deliver(gyre_context_t *ctx, gyre_comm_t *comm, gyre__peer_t *peer,
                           const gyre__envelope_t *envelope, const gyre__net_message_t *message);

/* Forgets what has not been sent. */
void gyre__control_close(gyre_context_t *ctx);

#endif
