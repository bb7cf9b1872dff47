/* SPDX-License-Identifier: Apache-2.0 */
/* Pull: all one-sided. Owners publish an index of what they have, made anew only when partitions
 * came or went; when all have, a member reads the doors and indices of those that own what it
 * wants, and gets the partitions from the owners' memory into its own. Nobody changes a partition
 * before all say that they have theirs.
 *
 * What all members want would be read from one owner's memory by all of them: where the caller
 * asks for it, owners count who wants what, and such partitions are gathered to all instead. */
#include "base/error.h"
#include "harp/model/door.h"
#include "harp/model/index.h"
#include "harp/model/locate.h"
#include "harp/model/regroup.h"
#include "harp/model/stream.h"
#include "harp/model/wire.h"

#include <gyre/rma.h>
#include <stdlib.h>
#include <string.h>

enum { FETCHED = -1 }; /* in place of an owner */

typedef struct pull {
    gyre_comm_t *comm;
    gyre_harp_table_t *local, *global;
    int *owners; /* of local's partitions */
    int rank, size;
    size_t missing;  /* partitions that nobody has, */
    int64_t example; /* and one of them */
} pull_t;

static void miss(pull_t *p, int64_t id)
{
    p->missing++;
    p->example = id;
}

static gyre_status_t fill(const pull_t *p, gyre_harp_partition_t *partition, const void *data,
                          size_t count)
{
    gyre_status_t status = gyre__harp_table_resize(p->local, partition, count);
    if (status == GYRE_OK)
        memcpy(partition->data, data, count * p->local->element);
    return status;
}

static gyre_status_t fetch_own(pull_t *p)
{
    gyre_status_t status = GYRE_OK;
    for (size_t i = 0; i < p->local->count && status == GYRE_OK; i++) {
        gyre_harp_partition_t *partition = p->local->list[i];
        const gyre_harp_partition_t *there = gyre_harp_table_find(p->global, partition->id);
        if (p->owners[i] == p->rank && there)
            status = fill(p, partition, there->data, there->count);
        else if (p->owners[i] == p->rank)
            miss(p, partition->id);
    }
    return status;
}

/* A copy of the owner's index, malloc's. */
static gyre_status_t read_index(pull_t *p, int owner, gyre__index_t **index)
{
    gyre__harp_page_t page;
    gyre_remote_t *remote;
    uint64_t offset;
    *index = NULL;
    gyre_status_t status = gyre__harp_door_of(p->global->door, owner, &remote, &offset);
    if (status == GYRE_OK)
        status = gyre_get(remote, offset, &page, sizeof(page));
    if (status == GYRE_OK)
        status = gyre_remote_import(p->comm, owner, page.index.key, page.index.key_length, &remote);
    if (status != GYRE_OK)
        return status;
    *index = malloc(page.index_length);
    if (!*index)
        status = gyre__error(GYRE_ERR_NO_MEMORY, "no memory for an index of %llu bytes",
                             (unsigned long long)page.index_length);
    if (status == GYRE_OK)
        status = gyre_get(remote, page.index.offset, *index, page.index_length);
    gyre_remote_release(remote);
    return status == GYRE_OK ? gyre__index_check(*index, page.index_length) : status;
}

/* Partitions on their way from one owner. */
typedef struct batch {
    const gyre__index_t *index;
    int owner;
    gyre__map_t remotes; /* key's offset in the index -> region */
    gyre_request_t **reqs;
    size_t count;
} batch_t;

static gyre_status_t region_of(const pull_t *p, batch_t *b, uint64_t at, gyre_remote_t **remote)
{
    const gyre__index_key_t *key = (const gyre__index_key_t *)((const char *)b->index + at);
    *remote = gyre__map_get(&b->remotes, at);
    if (*remote)
        return GYRE_OK;
    gyre_status_t status =
        gyre_remote_import(p->comm, b->owner, key->key, (size_t)key->length, remote);
    if (status != GYRE_OK)
        return status;
    status = gyre__map_put(&b->remotes, at, *remote);
    if (status != GYRE_OK)
        gyre_remote_release(*remote);
    return status;
}

static gyre_status_t begin(pull_t *p, batch_t *b, gyre_harp_partition_t *partition)
{
    const gyre__index_entry_t *entry = gyre__index_find(b->index, partition->id);
    gyre_remote_t *remote;
    if (!entry) {
        miss(p, partition->id);
        return GYRE_OK;
    }
    gyre_status_t status = gyre__harp_table_resize(p->local, partition, entry->count);
    if (status == GYRE_OK)
        status = region_of(p, b, entry->key, &remote);
    if (status == GYRE_OK)
        status = gyre_iget(remote, entry->offset, partition->data,
                           partition->count * p->local->element, &b->reqs[b->count]);
    b->count += status == GYRE_OK;
    return status;
}

static void release_regions(batch_t *b)
{
    size_t at = 0;
    uint64_t key;
    for (void *remote; gyre__map_next(&b->remotes, &at, &key, &remote);)
        gyre_remote_release(remote);
    gyre__map_cleanup(&b->remotes);
}

/* The partitions first, next[first] ... of one owner; the end is the table's count. */
static gyre_status_t fetch_from(pull_t *p, int owner, size_t first, const size_t *next,
                                gyre_request_t **reqs)
{
    gyre__index_t *index;
    gyre_status_t status = read_index(p, owner, &index);
    batch_t batch = {.index = index, .owner = owner, .reqs = reqs};
    gyre__map_init(&batch.remotes);
    for (size_t i = first; i < p->local->count && status == GYRE_OK; i = next[i])
        status = begin(p, &batch, p->local->list[i]);
    status = gyre__harp_wait_all(p->comm, status, reqs, batch.count);
    release_regions(&batch);
    free(index);
    return status;
}

/* Sorts the partitions by owner into lists; then one owner after the other, from the next rank on,
 * so that not all begin with the same one. */
static gyre_status_t fetch_all(pull_t *p)
{
    size_t count = p->local->count;
    size_t *first = malloc((size_t)p->size * sizeof(*first));
    size_t *next = malloc((count + 1) * sizeof(*next));
    gyre_request_t **reqs = calloc(count + 1, sizeof(*reqs));
    gyre_status_t status = GYRE_OK;
    if (!first || !next || !reqs)
        status = gyre__error(GYRE_ERR_NO_MEMORY, "no memory to pull %zu partitions", count);
    for (int i = 0; i < p->size && status == GYRE_OK; i++)
        first[i] = count;
    for (size_t i = count; i-- > 0 && status == GYRE_OK;)
        if (p->owners[i] != FETCHED) {
            next[i] = first[p->owners[i]];
            first[p->owners[i]] = i;
        }
    for (int i = 1; i < p->size && status == GYRE_OK; i++) {
        int owner = (p->rank + i) % p->size;
        if (first[owner] < count)
            status = fetch_from(p, owner, first[owner], next, reqs);
    }
    free(first);
    free(next);
    free(reqs);
    return status == GYRE_OK ? fetch_own(p) : status;
}

/* What this member wants, by owner. */
static gyre_status_t pack_wishes(const pull_t *p, gyre__parcels_t *wishes)
{
    const gyre_harp_table_t *local = p->local;
    for (size_t i = 0; i < local->count; i++)
        wishes->lengths[p->owners[i]] += sizeof(int64_t);
    gyre_status_t status = gyre__parcels_open(wishes);
    for (size_t i = 0; i < local->count && status == GYRE_OK; i++)
        memcpy(gyre__parcels_pack(wishes, p->owners[i], sizeof(int64_t)), &local->list[i]->id,
               sizeof(int64_t));
    return status;
}

/* The partitions here that every member has wished for. Each wishes for one at most once. */
static gyre_status_t pack_popular(const pull_t *p, const gyre__parcels_t *wishes,
                                  gyre__parcels_t *popular)
{
    const gyre_harp_table_t *global = p->global;
    int *wanted = calloc(global->count + 1, sizeof(*wanted));
    if (!wanted)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for %zu counts", global->count);
    for (int rank = 0; rank < p->size; rank++) {
        const int64_t *ids = (const int64_t *)gyre__parcels_of(wishes, rank);
        for (size_t i = 0; i < wishes->lengths[rank] / sizeof(*ids); i++) {
            const gyre_harp_partition_t *here = gyre_harp_table_find(global, ids[i]);
            if (here && ++wanted[gyre__harp_partition_at(here)] == p->size)
                popular->lengths[0] += gyre__stream_length(global, here->count);
        }
    }
    gyre_status_t status = gyre__parcels_open(popular);
    char *to = popular->data;
    for (size_t i = 0; i < global->count && status == GYRE_OK; i++)
        if (wanted[i] == p->size)
            to = gyre__stream_pack(global, global->list[i], to);
    free(wanted);
    return status;
}

static gyre_status_t take_popular(pull_t *p, const char *data, size_t length)
{
    gyre__stream_head_t head;
    const void *elements;
    gyre_status_t status = GYRE_OK;
    const char *end = data + length;
    while (gyre__stream_next(p->local, &data, end, &head, &elements, &status)) {
        gyre_harp_partition_t *partition = gyre_harp_table_find(p->local, head.id);
        if (!partition)
            continue;
        status = fill(p, partition, elements, head.count);
        p->owners[gyre__harp_partition_at(partition)] = FETCHED;
    }
    return status;
}

static gyre_status_t share_popular(pull_t *p, gyre_status_t ready)
{
    gyre__parcels_t wishes = {0}, wanted = {0}, popular = {0}, all = {0};
    gyre_status_t status = gyre__parcels_init(&wishes, p->local->pool, p->size);
    if (status == GYRE_OK)
        status = gyre__parcels_init(&wanted, p->local->pool, p->size);
    if (status == GYRE_OK)
        status = gyre__parcels_init(&popular, p->local->pool, 1);
    if (status == GYRE_OK)
        status = gyre__parcels_init(&all, p->local->pool, p->size);
    if (status == GYRE_OK) {
        ready = ready == GYRE_OK ? pack_wishes(p, &wishes) : ready;
        status = gyre__parcels_exchange(p->comm, ready, &wishes, &wanted);
    }
    if (status == GYRE_OK) {
        ready = pack_popular(p, &wanted, &popular);
        status = gyre__parcels_gather(p->comm, ready, &popular, GYRE__TO_ALL, &all);
    }
    for (int i = 0; i < p->size && status == GYRE_OK; i++)
        status = take_popular(p, gyre__parcels_of(&all, i), all.lengths[i]);
    gyre__parcels_cleanup(&wishes);
    gyre__parcels_cleanup(&wanted);
    gyre__parcels_cleanup(&popular);
    gyre__parcels_cleanup(&all);
    return status;
}

static gyre_status_t pull(pull_t *p, bool broadcast)
{
    gyre_status_t status = gyre__index_publish(p->global);
    if (broadcast)
        status = share_popular(p, status);
    status = gyre__harp_agree(p->comm, status, NULL, 0);
    if (status != GYRE_OK)
        return status;
    status = fetch_all(p);
    gyre_status_t met = gyre_barrier(p->comm);
    status = status == GYRE_OK ? met : status;
    if (status == GYRE_OK && p->missing)
        status =
            gyre__error(GYRE_ERR_NOT_FOUND, "table %lld: %zu partitions are nowhere, one is %lld",
                        (long long)p->global->id, p->missing, (long long)p->example);
    return status;
}

gyre_status_t gyre_harp_pull(gyre_comm_t *comm, gyre_harp_table_t *local, gyre_harp_table_t *global,
                             gyre_harp_partitioner_fn partitioner, void *arg, bool broadcast)
{
    gyre__locate_t locate = {comm, local, global, partitioner, arg, NULL};
    gyre_status_t status = gyre__harp_locate_open(&locate, global);
    if (status == GYRE_OK) {
        pull_t p = {.comm = comm,
                    .local = local,
                    .global = global,
                    .owners = locate.owners,
                    .rank = gyre_comm_rank(comm),
                    .size = gyre_comm_size(comm)};
        status = pull(&p, broadcast);
    }
    free(locate.owners);
    return status;
}
