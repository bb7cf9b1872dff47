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

void gyre__polled(gyre_context_t *ctx, unsigned events);

/* Progress of a call that does not wait. Where workers outnumber cores, whoever asks again and
 * again in vain gives its own away. */
static inline unsigned gyre__poll(gyre_context_t *ctx)
{
    unsigned events = gyre__progress(ctx);
    if (__builtin_expect(ctx->crowded, 0))
        gyre__polled(ctx, events);
    return events;
}

/* Work that ended without a look at the wire: memory tells nothing of its owner's death, and who
 * only polls it keeps others from being served. Calls that may make progress do it when enough has
 * come together, in some microseconds of work, or a MiB. */
#define GYRE__UNWATCHED_MAX  ((size_t)1 << 20)
#define GYRE__UNWATCHED_CALL ((size_t)4096) /* what a call counts for, beside its bytes */

static inline void gyre__unwatched(gyre_context_t *ctx, size_t length)
{
    ctx->unwatched += GYRE__UNWATCHED_CALL + length;
}

void gyre__look(gyre_context_t *ctx);

static inline void gyre__watch(gyre_context_t *ctx)
{
    if (__builtin_expect(ctx->unwatched >= GYRE__UNWATCHED_MAX, 0))
        gyre__look(ctx);
}

/* Something that a waiting thread may wait for has changed. */
static inline void gyre__wait_notify(gyre_context_t *ctx)
{
    if (__builtin_expect(ctx->waiting > 0, 0))
        pthread_cond_broadcast(&ctx->changed);
}

#endif
