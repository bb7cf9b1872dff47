/* SPDX-License-Identifier: Apache-2.0 */
/* The context: made once per process, its wire once per epoch. */
#include "comm/context.h"

#include "base/error.h"
#include "base/log.h"
#include "comm/agreement.h"
#include "comm/boot/boot.h"
#include "comm/comm.h"
#include "comm/conf.h"
#include "comm/control.h"
#include "comm/farewell.h"
#include "comm/mem.h"
#include "comm/peer.h"
#include "comm/wait.h"
#include "comm/wire.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define NET_SKIPS 64 /* polls between two of a network provider that nothing has used */

static atomic_flag taken = ATOMIC_FLAG_INIT; /* PMIx allows one client per process */

void gyre__enter_threads(gyre_context_t *ctx)
{
    pthread_mutex_lock(&ctx->lock);
    if (ctx->armed) {
        ctx->armed = false;
        (void)!eventfd_write(ctx->wakeup, 1);
    }
}

void gyre__leave_threads(gyre_context_t *ctx)
{
    pthread_mutex_unlock(&ctx->lock);
}

gyre_status_t gyre__context_check(const gyre_context_t *ctx)
{
    if (!ctx)
        return gyre__error(GYRE_ERR_ARG, "no context: NULL");
    return ctx->open ? GYRE_OK
                     : gyre__error(GYRE_ERR_STATE, "the context has no wire: gyre_reopen failed");
}

static unsigned progress_net(gyre_context_t *ctx)
{
    if (!ctx->net_hot && ++ctx->net_skips < NET_SKIPS)
        return 0;
    ctx->net_skips = 0;
    return ctx->net->ops->progress(ctx->net);
}

unsigned gyre__progress_pollers(gyre_context_t *ctx)
{
    unsigned events = 0;
    gyre__link_t now, *link;
    gyre__list_init(&now);
    while ((link = gyre__list_pop(&ctx->pollers)))
        gyre__list_append(&now, link);
    while ((link = gyre__list_pop(&now))) { /* what one does may end others */
        gyre__poller_t *poller = gyre__container(link, gyre__poller_t, link);
        gyre__list_append(&ctx->pollers, link);
        events += poller->poll(poller);
    }
    return events;
}

void gyre__close_pollers(gyre_context_t *ctx)
{
    gyre__list_each(at, &ctx->pollers) {
        gyre__poller_t *poller = gyre__container(at, gyre__poller_t, link);
        if (poller->closed)
            poller->closed(poller);
    }
}

unsigned gyre__progress(gyre_context_t *ctx)
{
    if (ctx->busy)
        return 0;
    ctx->busy = true;
    unsigned events = ctx->shm ? ctx->shm->ops->progress(ctx->shm) : 0;
    if (ctx->net != ctx->self)
        events += progress_net(ctx);
    if (ctx->self_hot)
        events += ctx->self->ops->progress(ctx->self);
    if (!gyre__list_empty(&ctx->pollers))
        events += gyre__progress_pollers(ctx);
    if (__builtin_expect(ctx->due, 0))
        events += gyre__control_run(ctx);
    ctx->busy = false;
    return events;
}

unsigned gyre_progress(gyre_context_t *ctx)
{
    if (!ctx || !ctx->open)
        return 0;
    gyre__enter(ctx);
    unsigned events = gyre__poll(ctx);
    gyre__leave(ctx);
    return events;
}

static gyre_status_t init_threads(gyre_context_t *ctx, gyre_thread_t thread)
{
    pthread_mutexattr_t attributes;
    ctx->thread = thread;
    ctx->wakeup = ctx->also = -1;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&ctx->lock, &attributes);
    pthread_mutexattr_destroy(&attributes);
    pthread_cond_init(&ctx->changed, NULL);
    if (thread == GYRE_THREAD_MULTIPLE)
        ctx->wakeup = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (thread == GYRE_THREAD_MULTIPLE && ctx->wakeup < 0)
        return gyre__error(GYRE_ERR_NO_RESOURCE, "no descriptor left to wake waiting threads");
    return GYRE_OK;
}

static void init_objects(gyre_context_t *ctx)
{
    gyre__map_init(&ctx->comms);
    gyre__list_init(&ctx->orphans);
    gyre__list_init(&ctx->mems);
    gyre__list_init(&ctx->idle);
    gyre__list_init(&ctx->packed);
    gyre__store_init(&ctx->store);
    gyre__list_init(&ctx->pollers);
    gyre__list_init(&ctx->watchers);
    gyre__list_init(&ctx->agreements);
    gyre__list_init(&ctx->outbox);
    for (int i = 0; i < GYRE_AM_IDS; i++)
        gyre__list_init(&ctx->am[i].kept);
    ctx->segment.fd = -1;
    ctx->next_comm = 1;
    gyre__pool_init(&ctx->requests, sizeof(gyre_request_t), 64, 64, NULL);
    gyre__pool_init(&ctx->comm_pool, sizeof(gyre_comm_t), 64, 8, NULL);
    gyre__pool_init(&ctx->arrivals, sizeof(gyre__arrival_t), 64, 64, NULL);
    gyre__pool_init(&ctx->controls, sizeof(gyre__control_message_t), 64, 16, NULL);
    gyre__pool_init(&ctx->peer_pool, sizeof(gyre__peer_t), 64, 16, NULL);
    gyre__pool_init(&ctx->mem_pool, sizeof(gyre_mem_t), 64, 16, NULL);
    gyre__pool_init(&ctx->remote_pool, sizeof(gyre_remote_t), 64, 16, NULL);
}

static void context_free(gyre_context_t *ctx)
{
    gyre__mem_free_all(ctx);
    gyre__store_cleanup(&ctx->store);
    gyre__map_cleanup(&ctx->comms);
    gyre__pool_cleanup(&ctx->requests);
    gyre__pool_cleanup(&ctx->comm_pool);
    gyre__pool_cleanup(&ctx->arrivals);
    gyre__pool_cleanup(&ctx->controls);
    gyre__pool_cleanup(&ctx->peer_pool);
    gyre__pool_cleanup(&ctx->mem_pool);
    gyre__pool_cleanup(&ctx->remote_pool);
    if (ctx->wakeup >= 0)
        close(ctx->wakeup);
    pthread_cond_destroy(&ctx->changed);
    pthread_mutex_destroy(&ctx->lock);
    free(ctx);
    gyre__conf_release(&gyre__comm_conf_table, &gyre__comm_conf);
    atomic_flag_clear(&taken);
}

static gyre_status_t check_options(const gyre_init_opts_t *opts, gyre_context_t **ctx)
{
    if (!ctx)
        return gyre__error(GYRE_ERR_ARG, "no place for the context: NULL");
    if (opts && opts->size < sizeof(*opts))
        return gyre__error(GYRE_ERR_ARG, "options of %zu bytes, expected %zu: use "
                                         "GYRE_INIT_OPTS_INIT", opts->size, sizeof(*opts));
    if (opts && (opts->thread < GYRE_THREAD_SINGLE || opts->thread > GYRE_THREAD_MULTIPLE))
        return gyre__error(GYRE_ERR_ARG, "thread level %d", (int)opts->thread);
    return gyre_config_check();
}

gyre_status_t gyre_init(const gyre_init_opts_t *opts, gyre_context_t **out)
{
    gyre_status_t status = check_options(opts, out);
    if (status != GYRE_OK)
        return status;
    if (atomic_flag_test_and_set(&taken))
        return gyre__error(GYRE_ERR_STATE, "the process has a context already");
    gyre_context_t *ctx = calloc(1, sizeof(*ctx));
    if (!ctx) {
        atomic_flag_clear(&taken);
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for the context");
    }
    init_objects(ctx);
    status = init_threads(ctx, opts ? opts->thread : GYRE_THREAD_SINGLE);
    if (status == GYRE_OK)
        status = gyre__conf_load(&gyre__comm_conf_table, &gyre__comm_conf);
    if (status == GYRE_OK)
        status = gyre__rooms_configure(&ctx->likeness);
    if (status == GYRE_OK)
        status = gyre__wire_open(ctx, gyre__boot_namespace());
    if (status != GYRE_OK) {
        context_free(ctx);
        return status;
    }
    *out = ctx;
    return GYRE_OK;
}

/* What was sent leaves for good before the connections close. */
static void flush_net(gyre_context_t *ctx)
{
    gyre_request_t req;
    gyre__request_init(&req, ctx, NULL, GYRE__REQUEST_RMA);
    gyre_status_t status = ctx->net->ops->flush(ctx->net, NULL, &req.op);
    if (gyre__request_started(&req, status) == GYRE_OK)
        gyre__request_wait(&req);
}

/* The barrier gets to its end only where nobody has failed; what is left then agrees to leave.
 * Whoever got through the barrier has closed: to the others it has failed, which does no harm. */
static void meet_last(gyre_context_t *ctx)
{
    const gyre__verdict_t *verdict;
    gyre__farewell_deaf(ctx); /* else two could wait for each other to receive */
    flush_net(ctx);
    ctx->leaving = true;
    gyre_status_t status = gyre__comm_barrier(ctx->world);
    if (status != GYRE_OK) {
        ctx->leaving = false;
        ctx->news = ctx->due = true;
        status = gyre__agree(ctx->world, GYRE__PURPOSE_LEAVE, 0, &verdict);
    }
    if (status != GYRE_OK)
        gyre__log(GYRE__LOG_INFO, "leaving without the others: %s", gyre_last_error());
    flush_net(ctx);
}

void gyre_finalize(gyre_context_t *ctx)
{
    if (!ctx)
        return;
    gyre__enter(ctx);
    if (ctx->open)
        meet_last(ctx);
    gyre__wire_close(ctx);
    gyre__leave(ctx);
    context_free(ctx);
}

gyre_status_t gyre_reopen(gyre_context_t *ctx, const char *nspace, uint32_t rank)
{
    char text[16];
    if (!ctx)
        return gyre__error(GYRE_ERR_ARG, "no context: NULL");
    if (nspace && !*nspace)
        return gyre__error(GYRE_ERR_ARG, "an empty namespace");
    gyre__enter(ctx);
    gyre_status_t status = gyre__wait_allowed(ctx);
    if (status == GYRE_OK) {
        gyre__wire_close(ctx);
        ctx->epoch++;
        snprintf(text, sizeof(text), "%u", rank);
        if (nspace) {
            setenv("PMIX_NAMESPACE", nspace, 1);
            setenv("PMIX_RANK", text, 1);
        }
        status = gyre__wire_open(ctx, nspace);
    }
    gyre__leave(ctx);
    return status;
}

uint32_t gyre_epoch(const gyre_context_t *ctx)
{
    return ctx ? ctx->epoch : 0;
}

uint32_t gyre_worker_rank(const gyre_context_t *ctx)
{
    return ctx ? ctx->rank : 0;
}

uint32_t gyre_worker_count(const gyre_context_t *ctx)
{
    return ctx ? ctx->size : 0;
}

uint32_t gyre_node_count(const gyre_context_t *ctx)
{
    return ctx ? ctx->directory.node_count : 0;
}

gyre_status_t gyre_worker(const gyre_context_t *ctx, uint32_t rank, gyre_worker_info_t *info)
{
    gyre_status_t status = gyre__context_check(ctx);
    if (status != GYRE_OK)
        return status;
    if (!info)
        return gyre__error(GYRE_ERR_ARG, "no place for the description: NULL");
    if (rank >= ctx->size)
        return gyre__error(GYRE_ERR_RANK, "rank %u in a world of %u", rank, ctx->size);
    const gyre__entry_t *entry = &ctx->directory.entries[rank];
    const gyre__node_t *node = &ctx->directory.nodes[entry->node];
    *info = (gyre_worker_info_t){rank, entry->node, entry->local_rank, node->workers,
                                 ctx->directory.bytes + node->host,
                                 gyre__peer_carrier(ctx, rank)->ops->name};
    return GYRE_OK;
}

const char *gyre_net_name(const gyre_context_t *ctx)
{
    return ctx && ctx->net ? ctx->net->ops->name : "";
}
