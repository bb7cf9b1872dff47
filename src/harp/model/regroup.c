/* SPDX-License-Identifier: Apache-2.0 */
/* Collectives that move partitions and combine those that meet. A member's own partitions that
 * stay are not copied; they enter the new table at the member's turn, so that operands keep rank
 * order. After an error in combining the table holds what has been combined until then. */
#include "harp/model/regroup.h"

#include "base/error.h"
#include "comm/comm.h"
#include "harp/model/stream.h"

#include <stdlib.h>

gyre_status_t gyre__harp_check(gyre_comm_t *comm, const gyre_harp_table_t *table)
{
    gyre_status_t status = gyre__comm_check(comm);
    if (status == GYRE_OK && !table)
        status = gyre__error(GYRE_ERR_ARG, "no table: NULL");
    return status;
}

gyre_status_t gyre__harp_owner(gyre_harp_partitioner_fn partitioner, void *arg, int64_t id,
                               int size, int *owner)
{
    int64_t rest = id % size;
    *owner = partitioner ? partitioner(arg, id, size) : (int)(rest < 0 ? rest + size : rest);
    if (*owner >= 0 && *owner < size)
        return GYRE_OK;
    return gyre__error(GYRE_ERR_RANK, "the partitioner gives partition %lld to rank %d of %d",
                       (long long)id, *owner, size);
}

/* Takes over those of a member's own partitions that stay: all, or where owners is given, those
 * whose owner is rank. What has been taken over is NULL in the old table's list. */
static gyre_status_t merge_own(gyre_harp_table_t *fresh, gyre_harp_table_t *table,
                               const int *owners, int rank)
{
    gyre_status_t status = GYRE_OK;
    for (size_t i = 0; i < table->count && status == GYRE_OK; i++) {
        if (owners && owners[i] != rank)
            continue;
        status = gyre__harp_table_merge(fresh, table->list[i]);
        if (status == GYRE_OK)
            table->list[i] = NULL;
    }
    return status;
}

/* The table becomes what the members sent, in rank order, with its own at their place. */
static gyre_status_t rebuild(gyre_harp_table_t *table, const int *owners, int rank,
                             const gyre__parcels_t *in)
{
    gyre_harp_table_t fresh = gyre__harp_table_like(table);
    gyre_status_t status = GYRE_OK;
    for (int i = 0; i < in->size && status == GYRE_OK; i++)
        status = i == rank ? merge_own(&fresh, table, owners, rank)
                           : gyre__stream_merge(&fresh, gyre__parcels_of(in, i), in->lengths[i]);
    for (size_t i = 0; i < table->count; i++)
        if (table->list[i])
            gyre__harp_partition_free(table->pool, table->list[i]);
    gyre__harp_table_forget(table);
    gyre__harp_table_take(table, &fresh);
    return status;
}

static gyre_status_t find_owners(const gyre_harp_table_t *table, int size,
                                 gyre_harp_partitioner_fn partitioner, void *arg, int **owners)
{
    *owners = malloc((table->count + 1) * sizeof(**owners));
    if (!*owners)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for %zu owners", table->count);
    gyre_status_t status = GYRE_OK;
    for (size_t i = 0; i < table->count && status == GYRE_OK; i++)
        status = gyre__harp_owner(partitioner, arg, table->list[i]->id, size, *owners + i);
    return status;
}

/* Packs the partitions that leave, by owner. */
static gyre_status_t pack_leaving(const gyre_harp_table_t *table, const int *owners, int rank,
                                  gyre__parcels_t *out)
{
    for (size_t i = 0; i < table->count; i++)
        if (owners[i] != rank)
            out->lengths[owners[i]] += gyre__stream_length(table, table->list[i]->count);
    gyre_status_t status = gyre__parcels_open(out);
    for (size_t i = 0; i < table->count && status == GYRE_OK; i++)
        if (owners[i] != rank) {
            size_t length = gyre__stream_length(table, table->list[i]->count);
            gyre__stream_pack(table, table->list[i], gyre__parcels_pack(out, owners[i], length));
        }
    return status;
}

gyre_status_t gyre__harp_regroup(gyre_comm_t *comm, gyre_status_t ready, gyre_harp_table_t *table,
                                 gyre_harp_partitioner_fn partitioner, void *arg)
{
    gyre__parcels_t out = {0}, in = {0};
    int *owners = NULL, size = gyre_comm_size(comm), rank = gyre_comm_rank(comm);
    gyre_status_t status = gyre__parcels_init(&in, table->pool, size);
    if (status == GYRE_OK)
        status = gyre__parcels_init(&out, table->pool, size);
    if (status == GYRE_OK) {
        if (ready == GYRE_OK)
            ready = find_owners(table, size, partitioner, arg, &owners);
        if (ready == GYRE_OK)
            ready = pack_leaving(table, owners, rank, &out);
        status = gyre__parcels_exchange(comm, ready, &out, &in);
    }
    if (status == GYRE_OK)
        status = rebuild(table, owners, rank, &in);
    free(owners);
    gyre__parcels_cleanup(&out);
    gyre__parcels_cleanup(&in);
    return status;
}

static gyre_status_t pack_all(const gyre_harp_table_t *table, gyre__parcels_t *out)
{
    for (size_t i = 0; i < table->count; i++)
        out->lengths[0] += gyre__stream_length(table, table->list[i]->count);
    gyre_status_t status = gyre__parcels_open(out);
    char *to = out->data;
    for (size_t i = 0; i < table->count && status == GYRE_OK; i++)
        to = gyre__stream_pack(table, table->list[i], to);
    return status;
}

gyre_status_t gyre__harp_gather(gyre_comm_t *comm, gyre_status_t ready, gyre_harp_table_t *table,
                                int root)
{
    gyre__parcels_t out = {0}, in = {0};
    int rank = gyre_comm_rank(comm);
    gyre_status_t status = gyre__parcels_init(&in, table->pool, gyre_comm_size(comm));
    if (status == GYRE_OK)
        status = gyre__parcels_init(&out, table->pool, 1);
    if (status == GYRE_OK) {
        ready = ready == GYRE_OK ? pack_all(table, &out) : ready;
        status = gyre__parcels_gather(comm, ready, &out, root, &in);
    }
    if (status == GYRE_OK && (root == GYRE__TO_ALL || root == rank))
        status = rebuild(table, NULL, rank, &in);
    else if (status == GYRE_OK)
        gyre_harp_table_clear(table);
    gyre__parcels_cleanup(&out);
    gyre__parcels_cleanup(&in);
    return status;
}

gyre_status_t gyre_harp_regroup(gyre_comm_t *comm, gyre_harp_table_t *table,
                                gyre_harp_partitioner_fn partitioner, void *arg)
{
    gyre_status_t status = gyre__harp_check(comm, table);
    return status == GYRE_OK ? gyre__harp_regroup(comm, GYRE_OK, table, partitioner, arg) : status;
}

gyre_status_t gyre_harp_allgather(gyre_comm_t *comm, gyre_harp_table_t *table)
{
    gyre_status_t status = gyre__harp_check(comm, table);
    return status == GYRE_OK ? gyre__harp_gather(comm, GYRE_OK, table, GYRE__TO_ALL) : status;
}

gyre_status_t gyre_harp_gather(gyre_comm_t *comm, gyre_harp_table_t *table, int root)
{
    gyre_status_t status = gyre__harp_check(comm, table);
    if (status == GYRE_OK)
        status = gyre__comm_check_rank(comm, root);
    return status == GYRE_OK ? gyre__harp_gather(comm, GYRE_OK, table, root) : status;
}

gyre_status_t gyre_harp_aggregate(gyre_comm_t *comm, gyre_harp_table_t *table,
                                  gyre_harp_partitioner_fn partitioner, void *arg)
{
    gyre_status_t status = gyre__harp_check(comm, table);
    if (status != GYRE_OK)
        return status;
    status = gyre__harp_regroup(comm, GYRE_OK, table, partitioner, arg);
    return gyre__harp_gather(comm, status, table, GYRE__TO_ALL);
}
