/* SPDX-License-Identifier: Apache-2.0 */
/* The team: places, slots, and the protocol of units.
 *
 * Who waits for a release says so in `starved` before it sleeps, so that a release, which is part
 * of every collective, costs one load of a line that hardly ever changes. */
#include "harp/team.h"

#include "base/clock.h"
#include "base/error.h"
#include "comm/conf.h"
#include "comm/peer.h"
#include "harp/cache.h"
#include "harp/conf.h"
#include "harp/execute.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>

enum { APART = 4096 + 5 * 64 };

_Static_assert(sizeof(gyre__page_t) <= GYRE__HEAP_PAGE, "a page has room for the control lines");
_Static_assert(2 * GYRE__SLOTS_SURE * GYRE__SLOT_SIZE <= GYRE__HEAP_RING_MIN,
               "beside all sure units but one, as long as can be, a gap has room for one");

static const gyre__entry_t *entry_of(const gyre_comm_t *comm, int rank)
{
    return &comm->ctx->directory.entries[gyre__comm_world(comm, rank)];
}

/* Numbers the nodes by their lowest rank here. node_index is by node of the job, zeroed. */
static void number_nodes(gyre__team_t *team, int *node_of, int *leaders, int *node_index,
                         int *members)
{
    gyre_comm_t *comm = team->comm;
    gyre__places_t *places = &team->places;
    for (int i = 0; i < comm->size; i++) {
        int *index = &node_index[entry_of(comm, i)->node];
        if (*index == 0) {
            leaders[places->nodes++] = i;
            *index = places->nodes;
        }
        node_of[i] = *index - 1;
        members[node_of[i]]++;
    }
}

/* Numbers the domains by their lowest member. One, where a member's is not known, or where no two
 * members share theirs. */
static void find_domains(gyre__team_t *team, int *domain_of)
{
    gyre__places_t *places = &team->places;
    bool known = true;
    places->domains = 0;
    for (int i = 0, j; i < places->local_size; i++) {
        uint32_t domain = entry_of(team->comm, places->local[i])->domain;
        known &= domain != GYRE__NO_DOMAIN;
        for (j = 0; j < i; j++)
            if (entry_of(team->comm, places->local[j])->domain == domain)
                break;
        domain_of[i] = j < i ? domain_of[j] : places->domains++;
    }
    if (known && places->domains < places->local_size)
        return;
    places->domains = 1;
    memset(domain_of, 0, (size_t)places->local_size * sizeof(int));
}

static void find_local(gyre__team_t *team, int *local, int *domain_of)
{
    gyre__places_t *places = &team->places;
    for (int i = 0; i < team->comm->size; i++) {
        if (places->node_of[i] != places->node)
            continue;
        if (i == team->comm->rank)
            places->local_rank = places->local_size;
        local[places->local_size++] = i;
    }
    find_domains(team, domain_of);
}

static gyre_status_t find_places(gyre__team_t *team)
{
    gyre_comm_t *comm = team->comm;
    gyre__places_t *places = &team->places;
    size_t size = (size_t)comm->size;
    int *node_index = calloc(comm->ctx->directory.node_count, sizeof(int));
    int *members = calloc(size, sizeof(int));
    team->numbers = malloc(4 * size * sizeof(int));
    if (!node_index || !members || !team->numbers) {
        free(node_index);
        free(members);
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for the places of %zu members", size);
    }
    int *node_of = team->numbers, *leaders = node_of + size, *local = leaders + size;
    number_nodes(team, node_of, leaders, node_index, members);
    *places = (gyre__places_t){.nodes = places->nodes,
                               .node = node_of[comm->rank],
                               .local = local,
                               .node_of = node_of,
                               .leaders = leaders,
                               .domain_of = local + size};
    places->slots = comm->slots;
    places->ranges = true;
    for (int i = 1; i < comm->size; i++)
        places->ranges &= node_of[i] >= node_of[i - 1];
    places->local_size_max = places->local_size_min = members[0];
    for (int i = 1; i < places->nodes; i++) {
        if (members[i] > places->local_size_max)
            places->local_size_max = members[i];
        if (members[i] < places->local_size_min)
            places->local_size_min = members[i];
    }
    find_local(team, local, local + size);
    free(node_index);
    free(members);
    return GYRE_OK;
}

/* The lowest member here claims the piece while it makes the communicator, so this wait is short
 * unless it is dead, which the wait for its data would tell later. */
static gyre_status_t find_piece(gyre__team_t *team, void **memory)
{
    gyre_context_t *ctx = team->comm->ctx;
    uint64_t start = gyre__clock_ns();
    while (!gyre__heap_find(&ctx->heap, team->comm->id + 1, memory)) {
        if (gyre__clock_ns() - start > gyre__comm_conf.boot_timeout)
            return gyre__error(GYRE_ERR_TIMED_OUT,
                               "rank %d has not made the communicator within GYRE_BOOT_TIMEOUT",
                               team->places.local[0]);
        sched_yield();
    }
    return GYRE_OK;
}

/* Connections tell who dies, and let sleepers be woken. */
static gyre_status_t meet(gyre__team_t *team)
{
    gyre_context_t *ctx = team->comm->ctx;
    for (int i = 0; i < team->places.local_size; i++) {
        gyre__peer_t *peer;
        uint32_t world = gyre__comm_world(team->comm, team->places.local[i]);
        team->sleepers[i] = ctx->directory.entries[world].local_rank;
        if (world == ctx->rank)
            continue;
        gyre_status_t status = gyre__peer_get(ctx, world, &peer);
        if (status == GYRE_OK && !peer->link)
            status = gyre__peer_link(ctx, peer);
        if (status != GYRE_OK)
            return status;
    }
    return GYRE_OK;
}

static gyre_status_t find_slots(gyre__team_t *team)
{
    gyre__places_t *places = &team->places;
    size_t size = (size_t)places->local_size;
    void *memory = NULL;
    if (!team->comm->ctx->heap.pieces || size < 2)
        return GYRE_OK;
    team->sleepers = calloc(size, sizeof(*team->sleepers));
    team->released = calloc(size + 1, sizeof(*team->released));
    if (!team->sleepers || !team->released)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for %zu members", size);
    gyre_status_t status = find_piece(team, &memory);
    if (status == GYRE_OK)
        status = meet(team);
    if (status == GYRE_OK && memory) {
        team->pages = memory;
        team->rings = (char *)memory + size * GYRE__HEAP_PAGE;
        team->ring = gyre__heap_ring((uint32_t)size);
        places->shared = true;
    }
    return status;
}

/* Nobody may be left waiting for a member that has given up because of the failed one: all end
 * what runs here, each when it learns of the failure. */
static void failed(gyre__watcher_t *watcher, uint32_t worker)
{
    gyre__team_t *team = gyre__container(watcher, gyre__team_t, watcher);
    if (gyre__comm_member(team->comm, worker) >= 0)
        gyre__execute_break(team, GYRE_ERR_PEER_FAILED);
}

static void revoked(gyre__watcher_t *watcher, gyre_comm_t *comm)
{
    gyre__team_t *team = gyre__container(watcher, gyre__team_t, watcher);
    if (comm == team->comm)
        gyre__execute_break(team, GYRE_ERR_REVOKED);
}

/* Files that differ between workers serve none of them. */
static void find_rules(gyre__team_t *team)
{
    bool alike = team->comm->ctx->directory.unlike == 0;
    team->rules[0] = &team->own;
    for (int i = 0; i < GYRE__TUNINGS; i++)
        if (alike || (i != GYRE__TUNING_USER && i != GYRE__TUNING_SYSTEM))
            team->rules[1 + i] = &gyre__harp_tuning->rules[i];
}

static void team_free(gyre__team_t *team)
{
    gyre__failure_unwatch(&team->watcher);
    gyre__execute_cancel(team);
    gyre__cache_free(team->cache);
    gyre__rules_cleanup(&team->own);
    free(team->numbers);
    free(team->sleepers);
    free(team->released);
    free(team);
}

static gyre_status_t team_new(gyre_comm_t *comm, gyre__team_t **out)
{
    gyre__team_t *team = calloc(1, sizeof(*team));
    if (!team)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for collectives");
    team->comm = comm;
    team->watcher.failed = failed;
    team->watcher.revoked = revoked;
    gyre__failure_watch(comm->ctx, &team->watcher);
    gyre__list_init(&team->turns);
    gyre__list_init(&team->running);
    find_rules(team);
    gyre_status_t status = find_places(team);
    if (status == GYRE_OK)
        status = find_slots(team);
    if (status == GYRE_OK)
        status = gyre__cache_new(&team->cache);
    if (status != GYRE_OK) {
        team_free(team);
        return status;
    }
    comm->team_free = team_free;
    *out = comm->team = team;
    return GYRE_OK;
}

gyre_status_t gyre__team_of(gyre_comm_t *comm, gyre__team_t **team)
{
    *team = comm->team;
    return *team ? GYRE_OK : team_new(comm, team);
}

static uint64_t look(gyre__team_t *team, int member)
{
    uint64_t *seen = &team->released[member + 1];
    *seen = __atomic_load_n(&gyre__team_page(team, (uint32_t)member)->released, __ATOMIC_ACQUIRE);
    return *seen;
}

/* Looks only at those who had not released that much when last seen. */
static uint64_t look_at_all(gyre__team_t *team, uint64_t wanted)
{
    uint64_t least = UINT64_MAX;
    for (int i = 0; i < team->places.local_size; i++) {
        if (i == team->places.local_rank)
            continue;
        uint64_t seen = team->released[i + 1];
        seen = seen < wanted ? look(team, i) : seen;
        least = seen < least ? seen : least;
    }
    team->released[GYRE__ALL + 1] = least;
    return least;
}

static bool is_released(gyre__team_t *team, int slot)
{
    uint64_t last = team->mine[slot].unit;
    int32_t reader = team->mine[slot].reader;
    if (last <= team->released[reader + 1])
        return true;
    return last <= (reader == GYRE__ALL ? look_at_all(team, last) : look(team, reader));
}

static bool starve(gyre__team_t *team)
{
    __atomic_store_n(&team->pages->starved, 1, __ATOMIC_SEQ_CST);
    return false;
}

bool gyre__team_look(gyre__team_t *team, uint64_t unit)
{
    return is_released(team, unit % GYRE__SLOTS) || starve(team);
}

/* Bytes of the ring that a unit takes. Short ones lie apart, for a reader's prefetching would fetch
 * lines of the next that are just being written. */
static size_t span_of(size_t length)
{
    return length < GYRE__CARRIED ? APART : (length + 63) & ~(size_t)63;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Units go around in so many bytes of the ring, and use the rest only while readers are behind: a
 * round is more than a core's own cache keeps, and not so much more that it drives out of the cache
 * that all share what is copied, all the less where every member gives some. Short ones, of few
 * lines each, fill all slots. Pages are new to every member, which costs many times what is
 * copied there: no more of the ring than an eighth of what has gone through it so far. */
static size_t round_of(const gyre__team_t *team, size_t length, bool swaps)
{
    const size_t longest = (size_t)(swaps ? 1 : 2) << 20;
    size_t sure = (size_t)GYRE__SLOTS_SURE / 2 * GYRE__SLOT_SIZE, known = team->taken / 8;
    if (length < GYRE__CARRIED)
        return least((size_t)GYRE__SLOTS * APART, team->ring);
    return least(least(longest, team->ring), known > sure ? known : sure);
}

/* Whether somebody may still read the bytes in my ring of the unit in that slot. */
static bool is_kept(gyre__team_t *team, int slot)
{
    return team->mine[slot].start != GYRE__NOWHERE && !is_released(team, slot);
}

/* Where in my ring, from there on, the first bytes lie that somebody may still read. */
static size_t first_kept(gyre__team_t *team, size_t from)
{
    size_t first = team->ring;
    for (int i = 0; i < GYRE__SLOTS; i++)
        if (team->mine[i].start >= from && team->mine[i].start < first && is_kept(team, i))
            first = team->mine[i].start;
    return first;
}

/* Gets the pages of the ring's next stretch at once. */
static void touch(gyre__team_t *team)
{
    enum { STRETCH = 64 << 10 }; /* a fault in a file maps what there is around it */
    uint32_t me = (uint32_t)team->places.local_rank;
    size_t end = least((team->next + STRETCH - 1) / STRETCH * STRETCH, team->ring);
    gyre__heap_touch(gyre__team_bytes(team, me, (uint32_t)team->touched), end - team->touched);
    team->touched = end;
}

static bool go_to(gyre__team_t *team, size_t at, size_t span)
{
    size_t end = first_kept(team, at);
    if (at + span > end)
        return false;
    team->next = at;
    team->limit = end;
    return true;
}

/* Beside fewer units than are sure there is room somewhere. Who waits for this one may be who keeps
 * them; more are kept by members that are behind. */
static bool go_between(gyre__team_t *team, size_t span)
{
    int kept = 0;
    for (int i = 0; i < GYRE__SLOTS && kept < GYRE__SLOTS_SURE; i++)
        kept += is_kept(team, i);
    if (kept >= GYRE__SLOTS_SURE)
        return false;
    bool found = go_to(team, 0, span);
    for (int i = 0; i < GYRE__SLOTS && !found; i++)
        found = is_kept(team, i) && go_to(team, team->mine[i].end, span);
    return found;
}

/* At the end of a round it goes on behind only where the beginning is taken. */
bool gyre__team_take(gyre__team_t *team, uint64_t unit, uint32_t length, bool swaps,
                     uint32_t *offset)
{
    size_t span = span_of(length);
    size_t begin = team->next + span > round_of(team, length, swaps) ? first_kept(team, 0) : 0;
    if (span <= begin) {
        team->next = 0;
        team->limit = begin;
    }
    if (team->next + span > team->limit)
        team->limit = first_kept(team, team->next);
    if (team->next + span > team->limit && !go_between(team, span))
        return starve(team);
    *offset = (uint32_t)team->next;
    gyre__mine_t *mine = &team->mine[unit % GYRE__SLOTS];
    mine->start = team->next;
    mine->end = team->next += span;
    team->taken += length;
    if (__builtin_expect(team->next > team->touched, 0))
        touch(team);
    return true;
}

void gyre__team_signal(const gyre__team_t *team, int32_t reader)
{
    gyre__net_t *shm = team->comm->ctx->shm;
    if (reader != GYRE__ALL) {
        gyre__shm_signal(shm, team->sleepers[reader]);
        return;
    }
    for (int i = 0; i < team->places.local_size; i++)
        if (i != team->places.local_rank)
            gyre__shm_signal(shm, team->sleepers[i]);
}

void gyre__team_feed(gyre__team_t *team)
{
    __atomic_store_n(&team->pages->starved, 0, __ATOMIC_SEQ_CST);
    gyre__team_signal(team, GYRE__ALL);
}
