/* SPDX-License-Identifier: Apache-2.0 */
/* One thread at a time waits in the wire; others that wait sleep on a condition until their
 * request is done or the wire is free. The thread in the wire first polls, for waking a blocked
 * peer costs some 20 us, then gives its core away between polls, then blocks on the providers'
 * descriptors. With more workers than cores it polls only as long as a message needs that is
 * already on its way: the core belongs to the peer that will send the next one. */
#include "comm/wait.h"

#include "base/clock.h"
#include "base/cpu.h"
#include "base/error.h"
#include "comm/conf.h"

#include <poll.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define POLLS_PER_CLOCK 128 /* polls between two looks at the clock */
#define EAGER_POLLS     64  /* polls before the first pause, which may be as long as a message */
#define CROWDED_POLLS   8
#define YIELD_NS        (100 * GYRE__US)
#define YIELDS          64 /* polls until then, at least: in each, other workers may do a part */
/* Bounds a sleep, should a transport miss a wake-up (UCX over rxe was seen to). */
#define SLEEP_MS       1000
#define BLIND_SLEEP_MS 1 /* where the provider has no descriptor to wait on */

typedef struct pace {
    unsigned idle; /* polls in vain */
    uint64_t since, yield_since;
} pace_t;

/* Adds the provider's descriptor; false: it has events already. */
static bool arm(gyre__net_t *net, struct pollfd *fds, nfds_t *count, int *timeout)
{
    int fd;
    gyre_status_t status = net ? net->ops->arm(net, &fd) : GYRE_ERR_NOT_SUPPORTED;
    if (!net || status == GYRE_IN_PROGRESS)
        return !net;
    if (status == GYRE_OK)
        fds[(*count)++] = (struct pollfd){.fd = fd, .events = POLLIN};
    else
        *timeout = BLIND_SLEEP_MS;
    return true;
}

static void block(gyre_context_t *ctx)
{
    struct pollfd fds[4];
    nfds_t count = 0;
    int timeout = SLEEP_MS;
    if (!arm(ctx->net, fds, &count, &timeout) || !arm(ctx->shm, fds, &count, &timeout))
        return;
    if (ctx->wakeup >= 0)
        fds[count++] = (struct pollfd){.fd = ctx->wakeup, .events = POLLIN};
    struct pollfd *also = &fds[count++];
    *also = (struct pollfd){.fd = ctx->also, .events = POLLIN}; /* -1 is passed over */
    if (gyre__progress_pollers(ctx))
        return;
    ctx->armed = true;
    gyre__leave(ctx);
    poll(fds, count, timeout);
    gyre__enter(ctx);
    ctx->armed = false;
    if (also->revents)
        gyre__wait_notify(ctx);
    eventfd_t drained;
    if (ctx->wakeup >= 0)
        (void)!read(ctx->wakeup, &drained, sizeof(drained));
}

static void yield(gyre_context_t *ctx)
{
    gyre__leave(ctx);
    sched_yield();
    gyre__enter(ctx);
}

void gyre__polled(gyre_context_t *ctx, unsigned events)
{
    if (events || ctx->busy)
        ctx->vain = 0;
    else if (++ctx->vain > CROWDED_POLLS && gyre__comm_conf.wait != GYRE__WAIT_SPIN)
        yield(ctx);
}

static void pause_briefly(gyre_context_t *ctx, const pace_t *pace)
{
    if (!gyre__threads(ctx)) {
        if (pace->idle > EAGER_POLLS)
            gyre__cpu_relax();
        return;
    }
    gyre__leave(ctx); /* another thread may have something to send */
    gyre__cpu_relax();
    gyre__enter(ctx);
}

static void idle_auto(gyre_context_t *ctx, pace_t *pace)
{
    if (ctx->crowded ? pace->idle < CROWDED_POLLS : pace->yield_since == 0) {
        pause_briefly(ctx, pace);
        if (ctx->crowded || pace->idle % POLLS_PER_CLOCK != 0)
            return;
        uint64_t now = gyre__clock_ns();
        pace->since = pace->since ? pace->since : now;
        if (now - pace->since > gyre__comm_conf.spin)
            pace->yield_since = now;
        return;
    }
    uint64_t now = gyre__clock_ns();
    pace->yield_since = pace->yield_since ? pace->yield_since : now;
    if (now - pace->yield_since < YIELD_NS || pace->idle < YIELDS)
        yield(ctx);
    else
        block(ctx);
}

static void idle(gyre_context_t *ctx, pace_t *pace)
{
    pace->idle++;
    switch (gyre__comm_conf.wait) {
    case GYRE__WAIT_SPIN:
        pause_briefly(ctx, pace);
        break;
    case GYRE__WAIT_YIELD:
        yield(ctx);
        break;
    case GYRE__WAIT_BLOCK:
        block(ctx);
        break;
    default:
        idle_auto(ctx, pace);
    }
}

static void wait_in_wire(gyre_context_t *ctx, bool (*done)(void *arg), void *arg)
{
    pace_t pace = {0};
    ctx->polling = true;
    do {
        if (gyre__progress(ctx))
            pace = (pace_t){0};
        else
            idle(ctx, &pace);
    } while (!done(arg));
    ctx->polling = false;
    gyre__wait_notify(ctx);
}

gyre_status_t gyre__wait_allowed(const gyre_context_t *ctx)
{
    return ctx->busy ? gyre__error(GYRE_ERR_STATE, "a callback must not wait") : GYRE_OK;
}

void gyre__look(gyre_context_t *ctx)
{
    ctx->unwatched = 0;
    if (ctx->shm)
        gyre__shm_look(ctx->shm);
    gyre__progress(ctx);
    if (ctx->crowded)
        sched_yield();
}

gyre_status_t gyre__wait(gyre_context_t *ctx, bool (*done)(void *arg), void *arg)
{
    gyre__watch(ctx);
    while (!done(arg)) {
        gyre_status_t status = gyre__wait_allowed(ctx);
        if (status != GYRE_OK)
            return status;
        if (!ctx->polling) {
            wait_in_wire(ctx, done, arg);
            return GYRE_OK;
        }
        ctx->waiting++;
        pthread_cond_wait(&ctx->changed, &ctx->lock);
        ctx->waiting--;
    }
    return GYRE_OK;
}
