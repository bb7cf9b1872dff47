/* SPDX-License-Identifier: Apache-2.0 */
/* Key-value tables between members. An entry travels as the key's length, the key and the value,
 * the latter two aligned; values that meet are combined in rank order. */
#include "base/error.h"
#include "comm/comm.h"
#include "harp/model/kv.h"
#include "harp/model/parcels.h"

#include <stdlib.h>
#include <string.h>

static size_t entry_length(const gyre_harp_kv_t *kv, size_t key_length)
{
    return gyre__parcel_round(sizeof(uint64_t) + key_length) + kv->step;
}

static void pack(const gyre_harp_kv_t *kv, size_t entry, char *to)
{
    const gyre__kv_key_t *key = &kv->keys[entry];
    size_t head = gyre__parcel_round(sizeof(uint64_t) + key->length);
    uint64_t length = key->length;
    memset(to, 0, head);
    memcpy(to, &length, sizeof(length));
    memcpy(to + sizeof(length), gyre__kv_bytes(kv, key), key->length);
    memcpy(to + head, kv->values + entry * kv->step, kv->width);
    memset(to + head + kv->width, 0, kv->step - kv->width);
}

static gyre_status_t merge(gyre_harp_kv_t *kv, const char *data, size_t left)
{
    gyre_status_t status = GYRE_OK;
    while (left > 0 && status == GYRE_OK) {
        uint64_t length = UINT64_MAX;
        if (left >= sizeof(length))
            memcpy(&length, data, sizeof(length));
        if (length > left || entry_length(kv, length) > left)
            return gyre__error(GYRE_ERR_SYNTAX, "a member sent a key-value table of another kind");
        status = gyre_harp_kv_add(kv, data + sizeof(length), length,
                                  data + entry_length(kv, length) - kv->step, NULL);
        left -= entry_length(kv, length);
        data += entry_length(kv, length);
    }
    return status;
}

static gyre_status_t rebuild(gyre_harp_kv_t *kv, const gyre__parcels_t *in)
{
    gyre_harp_kv_t fresh = gyre__kv_like(kv);
    gyre_status_t status = GYRE_OK;
    for (int i = 0; i < in->size && status == GYRE_OK; i++)
        status = merge(&fresh, gyre__parcels_of(in, i), in->lengths[i]);
    gyre__kv_take(kv, &fresh);
    return status;
}

/* Integers are their own hashes; mixed, so that strided keys reach all members. */
static int owner_of(const gyre__kv_key_t *key, int size)
{
    uint64_t mixed = (key->hash ^ (key->hash >> 32)) * UINT64_C(0x9e3779b97f4a7c15);
    return (int)((mixed >> 32) % (uint64_t)size);
}

/* All entries into pieces by owner: out->size of them, one when all go everywhere. */
static gyre_status_t pack_all(const gyre_harp_kv_t *kv, gyre__parcels_t *out)
{
    for (size_t i = 0; i < kv->count; i++)
        out->lengths[owner_of(&kv->keys[i], out->size)] += entry_length(kv, kv->keys[i].length);
    gyre_status_t status = gyre__parcels_open(out);
    for (size_t i = 0; i < kv->count && status == GYRE_OK; i++)
        pack(kv, i,
             gyre__parcels_pack(out, owner_of(&kv->keys[i], out->size),
                                entry_length(kv, kv->keys[i].length)));
    return status;
}

static gyre_status_t move(gyre_comm_t *comm, gyre_harp_kv_t *kv, bool to_all)
{
    gyre__parcels_t out = {0}, in = {0};
    gyre_status_t status = gyre__comm_check(comm);
    if (status == GYRE_OK && !kv)
        status = gyre__error(GYRE_ERR_ARG, "no key-value table: NULL");
    if (status != GYRE_OK)
        return status;
    status = gyre__parcels_init(&in, NULL, gyre_comm_size(comm));
    if (status == GYRE_OK)
        status = gyre__parcels_init(&out, NULL, to_all ? 1 : gyre_comm_size(comm));
    if (status == GYRE_OK && to_all)
        status = gyre__parcels_gather(comm, pack_all(kv, &out), &out, GYRE__TO_ALL, &in);
    else if (status == GYRE_OK)
        status = gyre__parcels_exchange(comm, pack_all(kv, &out), &out, &in);
    if (status == GYRE_OK)
        status = rebuild(kv, &in);
    gyre__parcels_cleanup(&out);
    gyre__parcels_cleanup(&in);
    return status;
}

gyre_status_t gyre_harp_group_by_key(gyre_comm_t *comm, gyre_harp_kv_t *kv)
{
    return move(comm, kv, false);
}

gyre_status_t gyre_harp_kv_allgather(gyre_comm_t *comm, gyre_harp_kv_t *kv)
{
    return move(comm, kv, true);
}
