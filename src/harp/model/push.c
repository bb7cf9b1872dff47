/* SPDX-License-Identifier: Apache-2.0 */
/* Push: the owner's processor does the arithmetic, for no network adds floating-point arrays, and
 * everything else is one-sided. All members add up how many bytes each owner will get, and owners
 * make their inboxes that large and their cursors 0. A sender reads the owner's door, takes its
 * part of the inbox by adding its length to the cursor atomically, puts its partitions there, and
 * flushes. When all members have said so, every inbox is complete, and nobody writes to it before
 * the next push: its owner combines what it finds in order of the senders' ranks, wherever each
 * came to lie. Nothing is combined anywhere unless all have put what they should. */
#include "base/error.h"
#include "harp/model/door.h"
#include "harp/model/locate.h"
#include "harp/model/regroup.h"
#include "harp/model/stream.h"
#include "harp/model/wire.h"

#include <gyre/rma.h>
#include <stdlib.h>

/* A sender's part of an inbox starts with this. */
typedef struct letter {
    uint64_t sender, length; /* length counts itself */
} letter_t;

_Static_assert(sizeof(letter_t) == GYRE__PARCEL_ALIGN, "a stream follows, aligned");

typedef struct push {
    gyre_comm_t *comm;
    const gyre_harp_table_t *local;
    gyre_harp_table_t *global;
    const int *owners;
    int rank, size;
    gyre__parcels_t out;
    gyre__harp_page_t *pages; /* of the owners that get something, and where theirs is ours */
    uint64_t *starts;
    gyre_request_t **reqs; /* two for each member */
    uint64_t expected;     /* bytes for this member */
} push_t;

static gyre_status_t allocate(push_t *p)
{
    size_t size = (size_t)p->size;
    gyre_status_t status = gyre__parcels_init(&p->out, p->local->pool, p->size);
    p->pages = malloc(size * sizeof(*p->pages));
    p->starts = malloc(size * sizeof(*p->starts));
    p->reqs = calloc(2 * size, sizeof(gyre_request_t *));
    if (status == GYRE_OK && (!p->pages || !p->starts || !p->reqs))
        status = gyre__error(GYRE_ERR_NO_MEMORY, "no memory to push to %zu members", size);
    return status;
}

static void cleanup(push_t *p)
{
    gyre__parcels_cleanup(&p->out);
    free(p->pages);
    free(p->starts);
    free(p->reqs);
}

static bool leaves(const push_t *p, size_t i)
{
    return p->owners[i] != p->rank;
}

static gyre_status_t pack(push_t *p)
{
    const gyre_harp_table_t *local = p->local;
    size_t *lengths = p->out.lengths;
    for (size_t i = 0; i < local->count; i++)
        if (leaves(p, i))
            lengths[p->owners[i]] += gyre__stream_length(local, local->list[i]->count);
    for (int i = 0; i < p->size; i++)
        lengths[i] += lengths[i] ? sizeof(letter_t) : 0;
    gyre_status_t status = gyre__parcels_open(&p->out);
    for (int i = 0; i < p->size && status == GYRE_OK; i++)
        if (lengths[i])
            *(letter_t *)gyre__parcels_pack(&p->out, i, sizeof(letter_t)) =
                (letter_t){(uint64_t)p->rank, lengths[i]};
    for (size_t i = 0; i < local->count && status == GYRE_OK; i++) {
        size_t length = gyre__stream_length(local, local->list[i]->count);
        if (leaves(p, i))
            gyre__stream_pack(local, local->list[i],
                              gyre__parcels_pack(&p->out, p->owners[i], length));
    }
    return status;
}

/* Everybody learns what it will get, and has room for it when this returns. */
static gyre_status_t make_inboxes(push_t *p, gyre_status_t ready)
{
    gyre__harp_door_t *door = p->global->door;
    gyre_status_t status =
        gyre_reduce_scatter_block(p->comm, p->out.lengths, &p->expected, 1, GYRE_UINT64, GYRE_SUM);
    if (ready == GYRE_OK && status == GYRE_OK && p->expected)
        ready = gyre__harp_door_block(door, &door->inbox, p->expected, &door->page->inbox);
    door->page->cursor = 0;
    return status == GYRE_OK ? gyre__harp_agree(p->comm, ready, NULL, 0) : status;
}

/* Reads the door and takes a part of the inbox; what was read of the cursor is not used. */
static gyre_status_t knock(push_t *p, int owner)
{
    gyre_remote_t *remote;
    uint64_t offset;
    gyre_status_t status = gyre__harp_door_of(p->global->door, owner, &remote, &offset);
    if (status == GYRE_OK)
        status =
            gyre_iget(remote, offset, &p->pages[owner], sizeof(*p->pages), &p->reqs[2 * owner]);
    if (status == GYRE_OK)
        status = gyre_iatomic(remote, offset + offsetof(gyre__harp_page_t, cursor),
                              GYRE_ATOMIC_FETCH_ADD, 8, p->out.lengths[owner], 0, &p->starts[owner],
                              &p->reqs[2 * owner + 1]);
    return status;
}

static gyre_status_t deliver(push_t *p, int owner)
{
    const gyre__harp_place_t *inbox = &p->pages[owner].inbox;
    gyre_remote_t *remote;
    gyre_status_t status =
        gyre_remote_import(p->comm, owner, inbox->key, inbox->key_length, &remote);
    if (status != GYRE_OK)
        return status;
    status = gyre_put(remote, inbox->offset + p->starts[owner], gyre__parcels_of(&p->out, owner),
                      p->out.lengths[owner]);
    gyre_remote_release(remote);
    return status;
}

/* Owners above this rank first, so that not all begin with the same one. */
static gyre_status_t send_all(push_t *p)
{
    gyre_status_t status = GYRE_OK;
    for (int i = 1; i < p->size && status == GYRE_OK; i++)
        if (p->out.lengths[(p->rank + i) % p->size])
            status = knock(p, (p->rank + i) % p->size);
    status = gyre__harp_wait_all(p->comm, status, p->reqs, 2 * (size_t)p->size);
    for (int i = 1; i < p->size && status == GYRE_OK; i++)
        if (p->out.lengths[(p->rank + i) % p->size])
            status = deliver(p, (p->rank + i) % p->size);
    for (int i = 1; i < p->size && status == GYRE_OK; i++)
        if (p->out.lengths[(p->rank + i) % p->size])
            status = gyre_flush(p->comm, (p->rank + i) % p->size);
    return status;
}

/* Where in the inbox each sender's letter lies; NULL: it sent none. */
static gyre_status_t sort_letters(const push_t *p, const letter_t **letters)
{
    const char *inbox = p->global->door->inbox;
    for (uint64_t at = 0; at < p->expected;) {
        const letter_t *letter = (const letter_t *)(inbox + at);
        if (letter->sender >= (uint64_t)p->size || letters[letter->sender] ||
            letter->length < sizeof(*letter) || letter->length > p->expected - at)
            return gyre__error(GYRE_ERR_SYNTAX, "table %lld: a broken inbox at byte %llu of %llu",
                               (long long)p->global->id, (unsigned long long)at,
                               (unsigned long long)p->expected);
        letters[letter->sender] = letter;
        at += letter->length;
    }
    return GYRE_OK;
}

static gyre_status_t combine_own(const push_t *p)
{
    gyre_status_t status = GYRE_OK;
    for (size_t i = 0; i < p->local->count && status == GYRE_OK; i++) {
        const gyre_harp_partition_t *partition = p->local->list[i];
        if (!leaves(p, i))
            status = gyre_harp_table_add(p->global, partition->id, partition->data,
                                         partition->count, NULL);
    }
    return status;
}

static gyre_status_t combine_all(const push_t *p)
{
    const letter_t **letters = calloc((size_t)p->size, sizeof(*letters));
    if (!letters)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for %d letters", p->size);
    gyre_status_t status = sort_letters(p, letters);
    for (int i = 0; i < p->size && status == GYRE_OK; i++)
        if (i == p->rank)
            status = combine_own(p);
        else if (letters[i])
            status = gyre__stream_merge(p->global, (const char *)(letters[i] + 1),
                                        letters[i]->length - sizeof(letter_t));
    free(letters);
    return status;
}

static gyre_status_t push(push_t *p)
{
    gyre_status_t status = make_inboxes(p, pack(p));
    if (status != GYRE_OK)
        return status;
    status = gyre__harp_agree(p->comm, send_all(p), NULL, 0);
    return status == GYRE_OK ? combine_all(p) : status;
}

gyre_status_t gyre_harp_push(gyre_comm_t *comm, const gyre_harp_table_t *local,
                             gyre_harp_table_t *global, gyre_harp_partitioner_fn partitioner,
                             void *arg)
{
    gyre__locate_t locate = {comm, local, global, partitioner, arg, NULL};
    gyre_status_t status = gyre__harp_locate_open(&locate, global);
    if (status == GYRE_OK) {
        push_t p = {.comm = comm,
                    .local = local,
                    .global = global,
                    .owners = locate.owners,
                    .rank = gyre_comm_rank(comm),
                    .size = gyre_comm_size(comm)};
        status = allocate(&p);
        if (status == GYRE_OK)
            status = push(&p);
        cleanup(&p);
    }
    free(locate.owners);
    return status;
}
