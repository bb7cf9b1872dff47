/* SPDX-License-Identifier: Apache-2.0 */
/* Reductions of tables. Members that all have the same ids and counts, as models mostly do, reduce
 * their elements as one vector; else partitions are regrouped, so that each is combined at one
 * member in rank order, and then gathered. Which of the two, all members find out alike from a
 * hash of what they have. */
#include "harp/model/regroup.h"

#include "base/error.h"
#include "comm/comm.h"
#include "harp/model/parcels.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

/* The partitions by ascending id, and their elements in a row. */
typedef struct vector {
    gyre_harp_partition_t **parts;
    size_t count; /* elements */
    char *data;
    bool packed; /* data is a block of its own, not the only partition's */
} vector_t;

static gyre_status_t vector_init(vector_t *vector, const gyre_harp_table_t *table)
{
    *vector = (vector_t){.parts = malloc((table->count + 1) * sizeof(*vector->parts))};
    if (!vector->parts)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for %zu partitions", table->count);
    gyre__harp_table_order(table, vector->parts);
    for (size_t i = 0; i < table->count; i++)
        vector->count += vector->parts[i]->count;
    return GYRE_OK;
}

static gyre_status_t vector_pack(vector_t *vector, const gyre_harp_table_t *table)
{
    void *data;
    if (table->count == 1) {
        vector->data = vector->parts[0]->data;
        return GYRE_OK;
    }
    gyre_status_t status =
        gyre_harp_pool_get(table->pool, vector->count * table->element, false, &data);
    if (status != GYRE_OK)
        return status;
    vector->data = data;
    vector->packed = true;
    char *to = data;
    for (size_t i = 0; i < table->count; i++) {
        size_t length = vector->parts[i]->count * table->element;
        memcpy(to, vector->parts[i]->data, length);
        to += length;
    }
    return GYRE_OK;
}

static void vector_unpack(const vector_t *vector, const gyre_harp_table_t *table)
{
    const char *from = vector->data;
    for (size_t i = 0; i < table->count && vector->packed; i++) {
        size_t length = vector->parts[i]->count * table->element;
        memcpy(vector->parts[i]->data, from, length);
        from += length;
    }
}

static void vector_cleanup(vector_t *vector, const gyre_harp_table_t *table)
{
    if (vector->packed)
        gyre_harp_pool_release(table->pool, vector->data);
    free(vector->parts);
}

static uint64_t hash_shape(const gyre_harp_table_t *table, const vector_t *vector)
{
    uint64_t hash = XXH3_64bits(&table->count, sizeof(table->count));
    for (size_t i = 0; i < table->count; i++) {
        uint64_t shape[] = {(uint64_t)vector->parts[i]->id, vector->parts[i]->count};
        hash = XXH3_64bits_withSeed(shape, sizeof(shape), hash);
    }
    return hash;
}

/* Equal hashes have equal maxima of themselves and of their complements. */
static gyre_status_t agree_on_shape(gyre_comm_t *comm, gyre_status_t ready, uint64_t hash,
                                    bool *same)
{
    uint64_t all[] = {hash, ~hash, ready != GYRE_OK};
    gyre_status_t status = gyre_allreduce(comm, GYRE_IN_PLACE, all, 3, GYRE_UINT64, GYRE_MAX);
    *same = all[0] == ~all[1];
    if (ready != GYRE_OK)
        return ready;
    if (status == GYRE_OK && all[2])
        return gyre__error(GYRE_ERR_CANCELED, "another member could not take part");
    return status;
}

static gyre_status_t reduce_vector(gyre_comm_t *comm, gyre_harp_table_t *table, vector_t *vector,
                                   int root)
{
    gyre_status_t status;
    if (root == GYRE__TO_ALL)
        status = gyre_allreduce(comm, GYRE_IN_PLACE, vector->data, vector->count, table->type,
                                table->op);
    else if (root == gyre_comm_rank(comm))
        status = gyre_reduce(comm, GYRE_IN_PLACE, vector->data, vector->count, table->type,
                             table->op, root);
    else
        status = gyre_reduce(comm, vector->data, NULL, vector->count, table->type, table->op, root);
    if (status == GYRE_OK)
        vector_unpack(vector, table);
    return status;
}

static gyre_status_t reduce(gyre_comm_t *comm, gyre_harp_table_t *table, int root)
{
    vector_t vector;
    bool same = false;
    gyre_status_t status = vector_init(&vector, table);
    if (status == GYRE_OK)
        status = vector_pack(&vector, table);
    uint64_t hash = status == GYRE_OK ? hash_shape(table, &vector) : 0;
    status = agree_on_shape(comm, status, hash, &same);
    if (status == GYRE_OK && same)
        status = reduce_vector(comm, table, &vector, root);
    vector_cleanup(&vector, table);
    if (status != GYRE_OK)
        return status;
    if (!same) {
        status = gyre__harp_regroup(comm, GYRE_OK, table, NULL, NULL);
        return gyre__harp_gather(comm, status, table, root);
    }
    if (root != GYRE__TO_ALL && root != gyre_comm_rank(comm))
        gyre_harp_table_clear(table);
    return GYRE_OK;
}

gyre_status_t gyre_harp_allreduce(gyre_comm_t *comm, gyre_harp_table_t *table)
{
    gyre_status_t status = gyre__harp_check(comm, table);
    return status == GYRE_OK ? reduce(comm, table, GYRE__TO_ALL) : status;
}

gyre_status_t gyre_harp_reduce(gyre_comm_t *comm, gyre_harp_table_t *table, int root)
{
    gyre_status_t status = gyre__harp_check(comm, table);
    if (status == GYRE_OK)
        status = gyre__comm_check_rank(comm, root);
    return status == GYRE_OK ? reduce(comm, table, root) : status;
}
