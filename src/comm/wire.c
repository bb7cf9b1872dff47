/* SPDX-License-Identifier: Apache-2.0 */
/* One epoch's wire. The order matters: who we are, the node segment, the network provider (whose
 * address goes into our card), the exchange of cards, the directory that comes of it, and only
 * then PMIx is left and peers can be met. */
#include <config.h>

#include "comm/wire.h"

#include "base/error.h"
#include "base/log.h"
#include "comm/boot/boot.h"
#include "comm/comm.h"
#include "comm/conf.h"
#include "comm/control.h"
#include "comm/failure.h"
#include "comm/farewell.h"
#include "comm/mem.h"
#include "comm/peer.h"
#include "comm/topo/domain.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#define WORLD_ID GYRE__COMM_ID(0, 0)
#define SELF_ID  GYRE__COMM_ID(GYRE__WORKERS_MAX - 1, GYRE__COMM_NUMBERS - 1)

static const gyre__net_ops_t *const providers[] = {
#ifdef HAVE_UCX
    &gyre__net_ucx,
#endif
#ifdef HAVE_OFI
    &gyre__net_ofi,
#endif
};
#define PROVIDERS (sizeof(providers) / sizeof(providers[0]))

static gyre__net_params_t params_of(gyre_context_t *ctx)
{
    return (gyre__net_params_t){.arg = ctx,
                                .received = gyre__peer_received,
                                .failed = gyre__peer_failed,
                                .threads = ctx->thread != GYRE_THREAD_SINGLE,
                                .worker = ctx->rank,
                                .workers = ctx->size,
                                .local_rank = ctx->local_rank,
                                .local_workers = ctx->local_size};
}

static gyre_status_t open_self(gyre_context_t *ctx)
{
    gyre__net_params_t params = params_of(ctx);
    params.received = gyre__peer_received_self;
    return gyre__net_self.open(&params, &ctx->self);
}

/* The first that opens, of those that GYRE_NET allows. */
static gyre_status_t open_provider(gyre_context_t *ctx, const char *wanted)
{
    gyre__net_params_t params = params_of(ctx);
    gyre_status_t status = GYRE_ERR_NOT_FOUND;
    for (size_t i = 0; i < PROVIDERS && status != GYRE_OK; i++) {
        if (wanted && strcmp(wanted, providers[i]->name) != 0)
            continue;
        status = providers[i]->open(&params, &ctx->net);
        if (status != GYRE_OK)
            gyre__log(GYRE__LOG_INFO, "provider %s does not open: %s", providers[i]->name,
                      gyre_last_error());
    }
    if (status == GYRE_ERR_NOT_FOUND)
        gyre__error(status, "GYRE_NET=%s: this build has no such provider", wanted);
    return status;
}

static gyre_status_t open_net(gyre_context_t *ctx)
{
    static const char *const names[] = {
        [GYRE__NET_AUTO] = NULL, [GYRE__NET_UCX] = "ucx", [GYRE__NET_OFI] = "ofi"};
    int net = gyre__comm_conf.net;
    if (net == GYRE__NET_SELF && ctx->size > 1)
        return gyre__error(GYRE_ERR_ARG,
                           "GYRE_NET=self is for jobs of one worker, this one has %u: set auto, "
                           "ucx or ofi",
                           ctx->size);
    if (net == GYRE__NET_SELF || (net == GYRE__NET_AUTO && ctx->size == 1)) {
        ctx->net = ctx->self;
        return GYRE_OK;
    }
    return open_provider(ctx, names[net]);
}

static bool use_shm(const gyre_context_t *ctx)
{
    return gyre__comm_conf.shm && ctx->local_size > 1;
}

static gyre_status_t open_shm(gyre_context_t *ctx)
{
    gyre__net_params_t params = params_of(ctx);
    params.received = gyre__peer_received_shm;
    params.failed = gyre__peer_failed_shm;
    params.crowded = ctx->crowded;
    params.area = ctx->segment.area;
    params.area_size = gyre__shm_area_size(ctx->local_size);
    if (params.area_size + gyre__heap_size(ctx->local_size) > ctx->segment.area_size)
        return gyre__error(GYRE_ERR_BOOT, "a node segment of %zu bytes, expected %zu: set "
                                          "GYRE_SHM_RING alike for all",
                           ctx->segment.area_size,
                           params.area_size + gyre__heap_size(ctx->local_size));
    gyre__heap_open(&ctx->heap, (char *)ctx->segment.area + params.area_size, ctx->local_size);
    return gyre__net_shm.open(&params, &ctx->shm);
}

/* Every start of a kernel has a name of its own. */
static uint64_t machine_id(void)
{
    unsigned long long id[2] = {0};
    FILE *file = fopen("/proc/sys/kernel/random/boot_id", "re");
    if (file && fscanf(file, "%8llx-%4llx", &id[0], &id[1]) != 2)
        id[0] = id[1] = 0;
    if (file)
        fclose(file);
    return id[0] << 16 | id[1];
}

static gyre_status_t write_card(gyre_context_t *ctx, const gyre__boot_t *boot,
                                const gyre__segment_name_t *segment, gyre__buf_t *out)
{
    const void *address;
    size_t length;
    gyre__card_t card = {
        .leader = boot->leader, .segment = *segment, .likeness = ctx->likeness};
    gyre_status_t status = ctx->net->ops->address(ctx->net, &address, &length);
    if (status != GYRE_OK)
        return status;
    sched_getaffinity(0, sizeof(card.cpus), (cpu_set_t *)card.cpus);
    card.machine = machine_id();
    card.domain = gyre__topo_domain(GYRE__SYSTEM, card.cpus);
    strncpy(card.net, ctx->net->ops->name, sizeof(card.net) - 1);
    card.address_length = (uint32_t)length;
    return gyre__card_write(out, &card, boot->host, address);
}

/* The leader's work: all cards into the directory. mine serves where there is no launcher. */
static gyre_status_t build_directory(gyre_context_t *ctx, gyre__boot_t *boot,
                                     const gyre__buf_t *mine, gyre__buf_t *out)
{
    gyre__buf_t cards;
    gyre_status_t status = GYRE_OK;
    size_t *offsets = calloc((size_t)boot->size + 1, sizeof(*offsets));
    if (!offsets)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for %u cards", boot->size);
    gyre__buf_init(&cards);
    for (uint32_t i = 0; i < boot->size && status == GYRE_OK; i++) {
        status = i == boot->rank ? gyre__buf_append(&cards, mine->data, mine->length)
                                 : gyre__boot_card(boot, i, &cards);
        offsets[i + 1] = cards.length;
    }
    if (status == GYRE_OK)
        status = gyre__directory_build(out, cards.data, offsets, boot->size);
    gyre__buf_cleanup(&cards);
    free(offsets);
    return status;
}

static gyre_status_t lead_node(gyre_context_t *ctx, gyre__boot_t *boot, const gyre__buf_t *mine)
{
    gyre__buf_t directory;
    gyre__buf_init(&directory);
    gyre_status_t status = build_directory(ctx, boot, mine, &directory);
    if (status == GYRE_OK)
        status = gyre__segment_publish(&ctx->segment, directory.data, directory.length);
    gyre__buf_cleanup(&directory);
    return status;
}

static gyre_status_t join_node(gyre_context_t *ctx, gyre__boot_t *boot)
{
    gyre__buf_t bytes;
    gyre__card_t leader;
    gyre__buf_init(&bytes);
    gyre_status_t status = gyre__boot_card(boot, boot->leader, &bytes);
    if (status == GYRE_OK)
        status = gyre__card_read(bytes.data, bytes.length, &leader);
    if (status == GYRE_OK)
        status = gyre__segment_attach(&ctx->segment, &leader.segment);
    if (status == GYRE_OK)
        status = gyre__segment_await(&ctx->segment, leader.segment.pid,
                                     gyre__comm_conf.boot_timeout);
    gyre__buf_cleanup(&bytes);
    return status;
}

/* More workers on this machine, be they on one node or in containers that are nodes of their own,
 * than processors that any of them may use. */
static bool is_crowded(const gyre_context_t *ctx)
{
    const gyre__directory_t *directory = &ctx->directory;
    const gyre__node_t *mine = &directory->nodes[directory->entries[ctx->rank].node];
    uint64_t all[GYRE__CPU_WORDS] = {0};
    unsigned cpus = 0, workers = 0;
    for (uint32_t n = 0; n < directory->node_count; n++) {
        const gyre__node_t *node = &directory->nodes[n];
        if (node != mine && (node->machine == 0 || node->machine != mine->machine))
            continue;
        workers += node->workers;
        for (int i = 0; i < GYRE__CPU_WORDS; i++)
            all[i] |= node->cpus[i];
    }
    for (int i = 0; i < GYRE__CPU_WORDS; i++)
        cpus += (unsigned)__builtin_popcountll(all[i]);
    return cpus > 0 && workers > cpus;
}

static void tell_unlike(const gyre_context_t *ctx)
{
    const gyre__directory_t *d = &ctx->directory;
    if (d->unlike && ctx->rank == 0)
        gyre__log(GYRE__LOG_WARN,
                  "the files of rules for collectives differ between rank 0 and rank %u on %s: "
                  "going without them",
                  d->unlike, d->bytes + d->nodes[d->entries[d->unlike].node].host);
}

static size_t area_size(const gyre_context_t *ctx)
{
    return use_shm(ctx) ? gyre__shm_area_size(ctx->local_size) + gyre__heap_size(ctx->local_size)
                        : 0;
}

static gyre_status_t meet_job(gyre_context_t *ctx, gyre__boot_t *boot)
{
    gyre__segment_name_t name = {0};
    gyre__buf_t card;
    gyre_status_t status = GYRE_OK;
    bool leads = boot->leader == boot->rank;
    gyre__buf_init(&card);
    if (leads)
        status = gyre__segment_create(&ctx->segment, area_size(ctx), &name);
    if (status == GYRE_OK)
        status = write_card(ctx, boot, &name, &card);
    if (status == GYRE_OK && boot->nspace[0])
        status = gyre__boot_exchange(boot, card.data, card.length);
    if (status == GYRE_OK)
        status = leads ? lead_node(ctx, boot, &card) : join_node(ctx, boot);
    if (status == GYRE_OK)
        gyre__directory_open(&ctx->directory, ctx->segment.directory);
    gyre__buf_cleanup(&card);
    if (status == GYRE_OK) {
        ctx->crowded = is_crowded(ctx);
        tell_unlike(ctx);
    }
    return status;
}

static gyre_status_t open_comms(gyre_context_t *ctx)
{
    gyre_status_t status =
        gyre__comm_new(ctx, WORLD_ID, (int)ctx->rank, (int)ctx->size, NULL, &ctx->world);
    uint32_t *me = malloc(sizeof(*me));
    if (status == GYRE_OK && !me)
        status = gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a communicator");
    if (status != GYRE_OK) {
        free(me);
        return status;
    }
    ctx->world->slots = gyre__comm_conf.shm; /* the first to take any */
    *me = ctx->rank;
    return gyre__comm_new(ctx, SELF_ID, 0, 1, me, &ctx->own);
}

static gyre_status_t open_with(gyre_context_t *ctx, gyre__boot_t *boot)
{
    if (boot->size >= GYRE__WORKERS_MAX)
        return gyre__error(GYRE_ERR_RANGE, "a job of %u workers, expected less than %u",
                           boot->size, GYRE__WORKERS_MAX);
    ctx->rank = boot->rank;
    ctx->size = boot->size;
    ctx->local_rank = boot->local_rank;
    ctx->local_size = boot->local_size;
    ctx->wire_id = XXH32(boot->nspace, strlen(boot->nspace), 0);
    ctx->peers = calloc(ctx->size, sizeof(*ctx->peers));
    if (!ctx->peers)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for %u peers", ctx->size);
    gyre__failure_open(ctx);
    gyre_status_t status = open_self(ctx);
    if (status == GYRE_OK)
        status = open_net(ctx);
    if (status == GYRE_OK)
        status = meet_job(ctx, boot);
    if (status == GYRE_OK && use_shm(ctx))
        status = open_shm(ctx);
    if (status == GYRE_OK)
        status = gyre__mem_map_all(ctx);
    return status == GYRE_OK ? open_comms(ctx) : status;
}

gyre_status_t gyre__wire_open(gyre_context_t *ctx, const char *nspace)
{
    gyre__boot_t boot;
    char name[32];
    gyre_status_t status = gyre__boot_open(&boot, nspace);
    if (status != GYRE_OK)
        return status;
    snprintf(name, sizeof(name), "rank %u", boot.rank);
    gyre__log_name(boot.size > 1 ? name : "");
    status = open_with(ctx, &boot);
    gyre__boot_close(&boot);
    if (status != GYRE_OK) {
        gyre__wire_close(ctx);
        return status;
    }
    ctx->open = true;
    gyre__log(GYRE__LOG_INFO, "epoch %u: rank %u of %u on %s (%u of %u here), provider %s%s",
              ctx->epoch, ctx->rank, ctx->size, boot.host, ctx->local_rank, ctx->local_size,
              ctx->net->ops->name, ctx->shm ? ", node segment" : "");
    return GYRE_OK;
}

static void close_comms(gyre_context_t *ctx)
{
    size_t at = 0;
    uint64_t id;
    void *comm;
    while (gyre__map_next(&ctx->comms, &at, &id, &comm)) {
        gyre__comm_drop_team(comm);
        gyre__match_end_all(&((gyre_comm_t *)comm)->match, GYRE_ERR_CANCELED);
        gyre__comm_drop_arrived(comm);
    }
    gyre__map_cleanup(&ctx->comms);
    gyre__map_init(&ctx->comms);
    gyre__arrival_drop_list(ctx, &ctx->orphans);
    for (int i = 0; i < GYRE_AM_IDS; i++)
        gyre__arrival_drop_list(ctx, &ctx->am[i].kept);
    if (ctx->world)
        gyre__comm_free(ctx->world);
    if (ctx->own)
        gyre__comm_free(ctx->own);
    ctx->world = ctx->own = NULL;
}

void gyre__wire_close(gyre_context_t *ctx)
{
    bool open = ctx->open;
    ctx->open = false;
    close_comms(ctx);
    if (open)
        gyre__farewell(ctx);
    gyre__peer_close_all(ctx);
    gyre__control_close(ctx);
    gyre__close_pollers(ctx);
    if (ctx->net)
        gyre__mem_unmap_all(ctx);
    if (ctx->shm)
        ctx->shm->ops->close(ctx->shm);
    if (ctx->net && ctx->net != ctx->self)
        ctx->net->ops->close(ctx->net);
    if (ctx->self)
        ctx->self->ops->close(ctx->self);
    ctx->self = ctx->shm = ctx->net = NULL;
    ctx->heap = (gyre__heap_t){0};
    ctx->self_hot = ctx->net_hot = ctx->closing = false;
    ctx->fetching = ctx->owed = 0;
    gyre__segment_close(&ctx->segment);
    ctx->directory = (gyre__directory_t){0};
}
