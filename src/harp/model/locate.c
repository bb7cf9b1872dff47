/* SPDX-License-Identifier: Apache-2.0 */
/* Who has which partition. Where every partition of the distributed table is at the member that the
 * partitioner names, which one sum over all members tells, nobody needs to ask. Otherwise those
 * members, the homes, keep a directory for the time of the call: partitions that are elsewhere are
 * told to their home, and who seeks a partition asks there. */
#include "harp/model/locate.h"

#include "base/error.h"
#include "harp/model/door.h"
#include "harp/model/parcels.h"
#include "harp/model/regroup.h"

#include <stdlib.h>
#include <string.h>

typedef struct directory {
    const gyre__locate_t *locate;
    int size, rank;
    gyre__map_t owners; /* id -> rank + 1, of partitions that are not at their home, me */
} directory_t;

static gyre_status_t home_of(const gyre__locate_t *l, int64_t id, int *home)
{
    return gyre__harp_owner(l->partitioner, l->arg, id, gyre_comm_size(l->comm), home);
}

/* Homes of all partitions of a table. */
static gyre_status_t find_homes(const gyre__locate_t *l, const gyre_harp_table_t *table, int *homes)
{
    gyre_status_t status = GYRE_OK;
    for (size_t i = 0; i < table->count && status == GYRE_OK; i++)
        status = home_of(l, table->list[i]->id, &homes[i]);
    return status;
}

static gyre_status_t count_misplaced(const gyre__locate_t *l, uint64_t *count)
{
    int home, rank = gyre_comm_rank(l->comm);
    gyre_status_t status = GYRE_OK;
    for (size_t i = 0; i < l->global->count && status == GYRE_OK; i++) {
        status = home_of(l, l->global->list[i]->id, &home);
        *count += home != rank;
    }
    return status;
}

/* Gives the ids of a table to their homes; with misplaced, those only that are not at home here. */
static gyre_status_t send_ids(const directory_t *d, gyre_status_t ready,
                              const gyre_harp_table_t *table, const int *homes, bool misplaced,
                              gyre__parcels_t *in)
{
    gyre__parcels_t out;
    gyre_status_t status = gyre__parcels_init(&out, table->pool, d->size);
    if (status != GYRE_OK)
        return status;
    for (size_t i = 0; i < table->count && ready == GYRE_OK; i++)
        if (!misplaced || homes[i] != d->rank)
            out.lengths[homes[i]] += sizeof(int64_t);
    ready = ready == GYRE_OK ? gyre__parcels_open(&out) : ready;
    for (size_t i = 0; i < table->count && ready == GYRE_OK; i++)
        if (!misplaced || homes[i] != d->rank)
            memcpy(gyre__parcels_pack(&out, homes[i], sizeof(int64_t)), &table->list[i]->id,
                   sizeof(int64_t));
    status = gyre__parcels_exchange(d->locate->comm, ready, &out, in);
    gyre__parcels_cleanup(&out);
    return status;
}

static gyre_status_t fill(directory_t *d)
{
    const gyre_harp_table_t *global = d->locate->global;
    gyre__parcels_t in = {0};
    int *homes = malloc((global->count + 1) * sizeof(*homes));
    gyre_status_t ready =
        homes ? find_homes(d->locate, global, homes)
              : gyre__error(GYRE_ERR_NO_MEMORY, "no memory for %zu homes", global->count);
    gyre_status_t status = gyre__parcels_init(&in, global->pool, d->size);
    if (status == GYRE_OK)
        status = send_ids(d, ready, global, homes, true, &in);
    for (int rank = 0; rank < d->size && status == GYRE_OK; rank++) {
        const int64_t *ids = (const int64_t *)gyre__parcels_of(&in, rank);
        for (size_t i = 0; i < in.lengths[rank] / sizeof(*ids) && status == GYRE_OK; i++)
            status = gyre__map_put(&d->owners, (uint64_t)ids[i], (void *)((intptr_t)rank + 1));
    }
    free(homes);
    gyre__parcels_cleanup(&in);
    return status;
}

/* An answer for each id asked for, in their order, as wide as the question. */
static gyre_status_t answer(const directory_t *d, gyre__parcels_t *asked, gyre__parcels_t *answers)
{
    for (int rank = 0; rank < d->size; rank++) {
        int64_t *ids = (int64_t *)(asked->data + asked->offsets[rank]);
        for (size_t i = 0; i < asked->lengths[rank] / sizeof(*ids); i++) {
            intptr_t owner = (intptr_t)gyre__map_get(&d->owners, (uint64_t)ids[i]);
            ids[i] = owner ? owner - 1 : d->rank;
        }
    }
    return gyre__parcels_exchange(d->locate->comm, GYRE_OK, asked, answers);
}

/* Owners, which are homes at entry, become what the homes answer. */
static gyre_status_t ask(const directory_t *d, gyre_status_t ready)
{
    const gyre_harp_table_t *local = d->locate->local;
    gyre__parcels_t asked = {0}, answers = {0};
    int *owners = d->locate->owners;
    gyre_status_t status = gyre__parcels_init(&asked, local->pool, d->size);
    if (status == GYRE_OK)
        status = gyre__parcels_init(&answers, local->pool, d->size);
    if (status == GYRE_OK)
        status = send_ids(d, ready, local, owners, false, &asked);
    if (status == GYRE_OK)
        status = answer(d, &asked, &answers);
    for (size_t i = 0; i < local->count && status == GYRE_OK; i++)
        owners[i] = (int)*(int64_t *)gyre__parcels_pack(&answers, owners[i], sizeof(int64_t));
    gyre__parcels_cleanup(&asked);
    gyre__parcels_cleanup(&answers);
    return status;
}

/* What this member alone can say: homes and, in sums, what is not there, here. */
static gyre_status_t prepare(gyre__locate_t *l, uint64_t *misplaced)
{
    gyre_status_t status = GYRE_OK;
    if (l->local == l->global)
        return gyre__error(GYRE_ERR_ARG, "table %lld cannot be local and global at once",
                           (long long)l->local->id);
    if (l->local->type != l->global->type)
        return gyre__error(GYRE_ERR_ARG, "tables %lld and %lld are of types %s and %s",
                           (long long)l->local->id, (long long)l->global->id,
                           gyre_type_name(l->local->type), gyre_type_name(l->global->type));
    l->owners = malloc((l->local->count + 1) * sizeof(*l->owners));
    if (!l->owners)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for %zu owners", l->local->count);
    status = find_homes(l, l->local, l->owners);
    return status == GYRE_OK ? count_misplaced(l, misplaced) : status;
}

gyre_status_t gyre__harp_locate_open(gyre__locate_t *l, gyre_harp_table_t *global)
{
    gyre_status_t status = gyre__harp_check(l->comm, l->local);
    if (status == GYRE_OK)
        status = gyre__harp_check(l->comm, global);
    if (status != GYRE_OK)
        return status;
    uint64_t sums[] = {0, !gyre__harp_door_fits(global->door, l->comm)};
    status = gyre__harp_agree(l->comm, prepare(l, &sums[0]), sums, 2);
    if (status == GYRE_OK && sums[1])
        status = gyre__harp_door_open(&global->door, l->comm, global->pool);
    if (status != GYRE_OK || sums[0] == 0)
        return status;
    directory_t d = {.locate = l, .size = gyre_comm_size(l->comm), .rank = gyre_comm_rank(l->comm)};
    gyre__map_init(&d.owners);
    status = ask(&d, fill(&d));
    gyre__map_cleanup(&d.owners);
    return status;
}
