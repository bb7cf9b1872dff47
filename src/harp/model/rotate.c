/* SPDX-License-Identifier: Apache-2.0 */
/* Rotation. Three kinds of message in a row: the length of the second; the heads of all
 * partitions, with the content of small ones; each large one by itself, from the sender's
 * partition straight into the receiver's, registered memory both. Both ends know from a
 * partition's count which kind it is. A member's own partitions live until they have gone. */
#include "harp/model/rotate.h"

#include "base/error.h"
#include "harp/model/regroup.h"
#include "harp/model/stream.h"
#include "harp/model/wire.h"

#include <stdlib.h>

#define SMALL_MAX ((size_t)8 << 10) /* bytes: above, a copy costs more than a message */

gyre_status_t gyre__rotation_map(gyre_comm_t *comm, const int *map, int *dest, int *source)
{
    int size = gyre_comm_size(comm), rank = gyre_comm_rank(comm), sum = 0;
    *dest = map ? map[rank] : (rank + 1) % size;
    *source = map ? -1 : (rank + size - 1) % size;
    if (!map)
        return GYRE_OK;
    char *seen = calloc((size_t)size, 1);
    if (!seen)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a map of %d members", size);
    for (int i = 0; i < size && map[i] >= 0 && map[i] < size; i++) {
        sum += !seen[map[i]];
        seen[map[i]] = 1;
        if (map[i] == rank)
            *source = i;
    }
    free(seen);
    return sum == size ? GYRE_OK
                       : gyre__error(GYRE_ERR_ARG, "the map is no permutation of %d members", size);
}

static bool is_small(const gyre_harp_table_t *table, size_t count)
{
    return count * table->element <= SMALL_MAX;
}

static size_t small_length(const gyre_harp_table_t *table, size_t count)
{
    return is_small(table, count) ? gyre__stream_length(table, count) : sizeof(gyre__stream_head_t);
}

/* The next place for a request. There is room: see make_room. */
static gyre_request_t **next(gyre__rotation_t *r)
{
    r->reqs[r->count] = NULL;
    return &r->reqs[r->count++];
}

static gyre_status_t make_room(gyre__rotation_t *r, size_t extra)
{
    gyre_request_t **reqs = realloc(r->reqs, (r->count + extra) * sizeof(*reqs));
    if (!reqs)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for %zu requests", r->count + extra);
    r->reqs = reqs;
    return GYRE_OK;
}

static gyre_status_t pack(gyre__rotation_t *r)
{
    const gyre_harp_table_t *table = r->table;
    void *out;
    for (size_t i = 0; i < table->count; i++)
        r->out_length += small_length(table, table->list[i]->count);
    gyre_status_t status = gyre_harp_pool_get(table->pool, r->out_length, false, &out);
    if (status != GYRE_OK)
        return status;
    char *to = r->out = out;
    for (size_t i = 0; i < table->count; i++) {
        gyre_harp_partition_t *partition = table->list[i];
        if (is_small(table, partition->count)) {
            to = gyre__stream_pack(table, partition, to);
        } else {
            *(gyre__stream_head_t *)to = (gyre__stream_head_t){partition->id, partition->count};
            to += sizeof(gyre__stream_head_t);
        }
    }
    return GYRE_OK;
}

static gyre_status_t send_all(gyre__rotation_t *r)
{
    const gyre_harp_table_t *table = r->table;
    gyre_status_t status = gyre__harp_isend(r->comm, &r->out_length, sizeof(r->out_length), r->dest,
                                            r->stream, next(r));
    if (status == GYRE_OK)
        status = gyre__harp_isend(r->comm, r->out, r->out_length, r->dest, r->stream, next(r));
    for (size_t i = 0; i < table->count && status == GYRE_OK; i++) {
        const gyre_harp_partition_t *partition = table->list[i];
        if (!is_small(table, partition->count))
            status = gyre__harp_isend(r->comm, partition->data, partition->count * table->element,
                                      r->dest, r->stream, next(r));
    }
    return status;
}

static gyre_status_t end(gyre__rotation_t *r, gyre_status_t status)
{
    status = gyre__harp_wait_all(r->comm, status, &r->receive, 1);
    status = gyre__harp_wait_all(r->comm, status, r->reqs, r->count);
    if (status == GYRE_OK)
        gyre__harp_table_take(r->table, &r->fresh);
    else
        gyre_harp_table_clear(&r->fresh);
    gyre_harp_pool_release(r->table->pool, r->out);
    gyre_harp_pool_release(r->table->pool, r->in);
    free(r->reqs);
    *r = (gyre__rotation_t){.state = GYRE__ROTATION_IDLE};
    return status;
}

gyre_status_t gyre__rotation_start(gyre__rotation_t *r, gyre_comm_t *comm, gyre_harp_table_t *table,
                                   int dest, int source, int stream)
{
    *r = (gyre__rotation_t){.comm = comm,
                            .table = table,
                            .fresh = gyre__harp_table_like(table),
                            .dest = dest,
                            .source = source,
                            .stream = stream,
                            .state = GYRE__ROTATION_LENGTH};
    gyre_status_t status = make_room(r, table->count + 2);
    if (status == GYRE_OK)
        status = pack(r);
    if (status == GYRE_OK)
        status = gyre__harp_irecv(comm, &r->in_length, sizeof(r->in_length), source, stream,
                                  &r->receive);
    if (status == GYRE_OK)
        status = send_all(r);
    return status == GYRE_OK ? GYRE_OK : end(r, status);
}

static gyre_status_t receive_small(gyre__rotation_t *r)
{
    void *in;
    gyre_status_t status = gyre_harp_pool_get(r->table->pool, r->in_length, false, &in);
    if (status != GYRE_OK)
        return status;
    r->in = in;
    r->state = GYRE__ROTATION_SMALL;
    return gyre__harp_irecv(r->comm, in, r->in_length, r->source, r->stream, &r->receive);
}

/* A head whose content comes by itself. */
static gyre_status_t receive_one(gyre__rotation_t *r, const gyre__stream_head_t *head)
{
    gyre_harp_partition_t *partition;
    gyre_status_t status = gyre__harp_table_place(&r->fresh, head->id, head->count, &partition);
    if (status == GYRE_OK)
        status = make_room(r, 1);
    if (status != GYRE_OK)
        return status;
    return gyre__harp_irecv(r->comm, partition->data, head->count * r->fresh.element, r->source,
                            r->stream, next(r));
}

static gyre_status_t receive_large(gyre__rotation_t *r)
{
    const char *at = r->in, *limit = r->in + r->in_length;
    gyre_status_t status = GYRE_OK;
    r->state = GYRE__ROTATION_LARGE;
    while (at < limit && status == GYRE_OK) {
        const gyre__stream_head_t *head = (const gyre__stream_head_t *)at;
        size_t left = (size_t)(limit - at);
        if (left < sizeof(*head) || small_length(&r->fresh, head->count) > left)
            return gyre__error(GYRE_ERR_SYNTAX, "table %lld: rank %d sent one of another type",
                               (long long)r->fresh.id, r->source);
        if (is_small(&r->fresh, head->count))
            status = gyre_harp_table_add(&r->fresh, head->id, head + 1, head->count, NULL);
        else
            status = receive_one(r, head);
        at += small_length(&r->fresh, head->count);
    }
    return status;
}

static gyre_status_t ended(gyre__rotation_t *r, gyre_request_t **req, bool wait)
{
    if (!*req)
        return GYRE_OK;
    if (wait)
        return gyre__harp_wait(r->comm, req);
    gyre_status_t status = gyre_test(req, NULL);
    gyre_status_t trouble = status == GYRE_IN_PROGRESS ? gyre__harp_trouble(r->comm) : GYRE_OK;
    return trouble == GYRE_OK ? status : trouble;
}

gyre_status_t gyre__rotation_advance(gyre__rotation_t *r, bool wait)
{
    gyre_status_t status = GYRE_OK;
    if (r->state == GYRE__ROTATION_IDLE)
        return GYRE_OK;
    if (r->state == GYRE__ROTATION_LENGTH) {
        status = ended(r, &r->receive, wait);
        if (status == GYRE_OK)
            status = receive_small(r);
    }
    if (r->state == GYRE__ROTATION_SMALL && status == GYRE_OK) {
        status = ended(r, &r->receive, wait);
        if (status == GYRE_OK)
            status = receive_large(r);
    }
    while (r->state == GYRE__ROTATION_LARGE && status == GYRE_OK && r->done < r->count) {
        status = ended(r, &r->reqs[r->done], wait);
        r->done += status == GYRE_OK;
    }
    return status == GYRE_IN_PROGRESS ? status : end(r, status);
}

gyre_status_t gyre_harp_rotate(gyre_comm_t *comm, gyre_harp_table_t *table, const int *map)
{
    gyre__rotation_t rotation;
    int dest, source;
    gyre_status_t status = gyre__harp_check(comm, table);
    if (status == GYRE_OK)
        status = gyre__rotation_map(comm, map, &dest, &source);
    if (status == GYRE_OK)
        status = gyre__rotation_start(&rotation, comm, table, dest, source, GYRE__STREAM_ROTATE);
    return status == GYRE_OK ? gyre__rotation_advance(&rotation, true) : status;
}
