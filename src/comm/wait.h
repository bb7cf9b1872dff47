/* SPDX-License-Identifier: Apache-2.0 */
/* Waiting: spin, yield, block, as GYRE_WAIT says. */
#ifndef GYRE_COMM_WAIT_H
#define GYRE_COMM_WAIT_H

#include "comm/context.h"

/* Progress until done(arg); inside the context, which other threads may enter meanwhile.
 * GYRE_ERR_STATE inside a callback, where waiting would deadlock. */
gyre_status_t gyre__wait(gyre_context_t *ctx, bool (*done)(void *arg), void *arg);

/* GYRE_ERR_STATE inside a callback. */
gyre_status_t gyre__wait_allowed(const gyre_context_t *ctx);

/* Something that a waiting thread may wait for has changed. */
static inline void gyre__wait_notify(gyre_context_t *ctx)
{
    if (__builtin_expect(ctx->waiting > 0, 0))
        pthread_cond_broadcast(&ctx->changed);
}

#endif
