/* SPDX-License-Identifier: Apache-2.0 */
/* Leaving in good order. A connection with work in it is not to be closed: libraries below crash
 * then, or go on reading and writing buffers that the caller has back. */
#ifndef GYRE_COMM_FAREWELL_H
#define GYRE_COMM_FAREWELL_H

#include "comm/peer.h"

/* Before connections close, when all operations have ended for their callers: waits until what is
 * being fetched is here, tells the peers that we leave, and waits until they have taken, or
 * refused, what they were offered. Nothing that comes meanwhile is delivered. */
void gyre__farewell(gyre_context_t *ctx);

/* Nobody posts a receive or sets a function any more: what waits for one at its sender is refused,
 * and so is what comes. */
void gyre__farewell_deaf(gyre_context_t *ctx);

/* The peer takes no more, and what it has offered is refused; gone: it closes now. */
void gyre__farewell_heard(gyre_context_t *ctx, gyre__peer_t *peer, bool gone);

/* A message that its provider has not done with at once; and when it has. */
void gyre__farewell_started(gyre_context_t *ctx, gyre__peer_t *peer, gyre__owed_t what);
void gyre__farewell_ended(gyre_context_t *ctx, uint32_t worker, gyre__owed_t what);

#endif
