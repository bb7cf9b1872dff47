/* SPDX-License-Identifier: Apache-2.0 */
/* Key-value tables: one implementation for integer keys and for bytes. Keys and values are two
 * arrays; a map leads from a key's hash to the first entry with it, the others of that hash are
 * chained. An integer is its own hash, so that its chain has one entry. */
#include "harp/model/kv.h"

#include "base/error.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#define VALUE_ALIGN ((size_t)16) /* of every type */

gyre_status_t gyre_harp_kv_create(gyre_harp_key_t key, gyre_type_t type, size_t count, gyre_op_t op,
                                  gyre_harp_kv_t **kv)
{
    size_t element = gyre_type_size(type);
    if (!kv || element == 0 || key < GYRE_HARP_INT32 || key > GYRE_HARP_BYTES)
        return gyre__error(GYRE_ERR_ARG, "key-value table at %p, keys %d, type %d", (void *)kv,
                           (int)key, (int)type);
    if (count > SIZE_MAX / 4 / element)
        return gyre__error(GYRE_ERR_RANGE, "values of %zu elements", count);
    gyre_harp_kv_t *made = malloc(sizeof(*made));
    if (!made)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a key-value table");
    *made = (gyre_harp_kv_t){
        .key = key, .type = type, .width = count * element, .elements = count, .op = op};
    made->step = (made->width + VALUE_ALIGN - 1) & ~(VALUE_ALIGN - 1);
    gyre__map_init(&made->map);
    *kv = made;
    return GYRE_OK;
}

gyre_harp_kv_t gyre__kv_like(const gyre_harp_kv_t *kv)
{
    gyre_harp_kv_t like = *kv;
    gyre__map_init(&like.map);
    like.keys = NULL;
    like.values = NULL;
    like.count = like.room = 0;
    return like;
}

static void clear(gyre_harp_kv_t *kv)
{
    for (size_t i = 0; i < kv->count && kv->key == GYRE_HARP_BYTES; i++)
        free(kv->keys[i].bytes);
    gyre__map_cleanup(&kv->map);
    free(kv->keys);
    free(kv->values);
}

void gyre__kv_take(gyre_harp_kv_t *kv, gyre_harp_kv_t *from)
{
    clear(kv);
    *kv = *from;
}

void gyre_harp_kv_destroy(gyre_harp_kv_t *kv)
{
    if (!kv)
        return;
    clear(kv);
    free(kv);
}

const void *gyre__kv_bytes(const gyre_harp_kv_t *kv, const gyre__kv_key_t *key)
{
    return kv->key == GYRE_HARP_BYTES   ? (const void *)key->bytes
           : kv->key == GYRE_HARP_INT32 ? (const void *)&key->narrow
                                        : (const void *)&key->number;
}

/* A key as it is looked for; bytes still the user's. */
static gyre_status_t key_of(const gyre_harp_kv_t *kv, const void *key, size_t length,
                            gyre__kv_key_t *out)
{
    if (!kv || (!key && (length || kv->key != GYRE_HARP_BYTES)))
        return gyre__error(GYRE_ERR_ARG, "key-value table at %p, key at %p", (const void *)kv, key);
    *out = (gyre__kv_key_t){.length = length};
    if (kv->key == GYRE_HARP_BYTES) {
        out->bytes = (char *)(uintptr_t)key;
        out->hash = XXH3_64bits(key, length);
        return GYRE_OK;
    }
    out->length = kv->key == GYRE_HARP_INT32 ? sizeof(int32_t) : sizeof(int64_t);
    memcpy(&out->number, key, out->length);
    out->hash = kv->key == GYRE_HARP_INT32 ? (uint64_t)(int64_t)out->narrow : (uint64_t)out->number;
    return GYRE_OK;
}

/* The place, in the chain, of the number of the key's entry; or of the chain's end. */
static size_t *link_of(const gyre_harp_kv_t *kv, const gyre__kv_key_t *key, size_t *first)
{
    size_t *at = first;
    for (; *at; at = &kv->keys[*at - 1].next) {
        const gyre__kv_key_t *have = &kv->keys[*at - 1];
        if (kv->key != GYRE_HARP_BYTES ||
            (have->length == key->length && memcmp(have->bytes, key->bytes, key->length) == 0))
            break;
    }
    return at;
}

static size_t first_of(const gyre_harp_kv_t *kv, uint64_t hash)
{
    return (size_t)(uintptr_t)gyre__map_get(&kv->map, hash);
}

static gyre_status_t set_first(gyre_harp_kv_t *kv, uint64_t hash, size_t first)
{
    if (first)
        return gyre__map_put(&kv->map, hash, (void *)(uintptr_t)first);
    gyre__map_remove(&kv->map, hash);
    return GYRE_OK;
}

static gyre_status_t grow(gyre_harp_kv_t *kv)
{
    size_t room = kv->room ? kv->room * 2 : 16;
    if (kv->count < kv->room)
        return GYRE_OK;
    if (kv->step && room > SIZE_MAX / 2 / kv->step)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for %zu values", room);
    gyre__kv_key_t *keys = realloc(kv->keys, room * sizeof(*keys));
    kv->keys = keys ? keys : kv->keys;
    char *values = realloc(kv->values, room * kv->step + 1);
    kv->values = values ? values : kv->values;
    if (!keys || !values)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for %zu keys", room);
    kv->room = room;
    return GYRE_OK;
}

static gyre_status_t append(gyre_harp_kv_t *kv, gyre__kv_key_t key, const void *value)
{
    gyre_status_t status = grow(kv);
    if (status != GYRE_OK)
        return status;
    if (kv->key == GYRE_HARP_BYTES) {
        char *copy = malloc(key.length + 1);
        if (!copy)
            return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a key of %zu bytes", key.length);
        if (key.length)
            memcpy(copy, key.bytes, key.length);
        key.bytes = copy;
    }
    key.next = first_of(kv, key.hash);
    kv->keys[kv->count] = key;
    if (kv->width)
        memcpy(kv->values + kv->count * kv->step, value, kv->width);
    status = set_first(kv, key.hash, kv->count + 1);
    kv->count += status == GYRE_OK;
    if (status != GYRE_OK && kv->key == GYRE_HARP_BYTES)
        free(key.bytes);
    return status;
}

gyre_status_t gyre_harp_kv_add(gyre_harp_kv_t *kv, const void *key, size_t key_length,
                               const void *value, gyre_harp_outcome_t *outcome)
{
    gyre__kv_key_t wanted;
    gyre_status_t status = key_of(kv, key, key_length, &wanted);
    if (status == GYRE_OK && !value && kv->width)
        status = gyre__error(GYRE_ERR_ARG, "no value: NULL");
    if (status != GYRE_OK)
        return status;
    size_t first = first_of(kv, wanted.hash), found = *link_of(kv, &wanted, &first);
    if (outcome)
        *outcome = found ? GYRE_HARP_COMBINED : GYRE_HARP_ADDED;
    if (!found)
        return append(kv, wanted, value);
    char *have = kv->values + (found - 1) * kv->step;
    return gyre_op_apply(kv->op, kv->type, have, value, have, kv->elements);
}

void *gyre_harp_kv_find(const gyre_harp_kv_t *kv, const void *key, size_t key_length)
{
    gyre__kv_key_t wanted;
    if (key_of(kv, key, key_length, &wanted) != GYRE_OK)
        return NULL;
    size_t first = first_of(kv, wanted.hash), found = *link_of(kv, &wanted, &first);
    return found ? kv->values + (found - 1) * kv->step : NULL;
}

/* Takes an entry out of its chain, or, with a new number, changes the chain to that. */
static void relink(gyre_harp_kv_t *kv, size_t entry, size_t instead)
{
    const gyre__kv_key_t *key = &kv->keys[entry - 1];
    size_t first = first_of(kv, key->hash), *at = &first;
    while (*at != entry)
        at = &kv->keys[*at - 1].next;
    *at = instead;
    if (at == &first)
        (void)set_first(kv, key->hash, first); /* there already: needs no memory */
}

gyre_status_t gyre_harp_kv_remove(gyre_harp_kv_t *kv, const void *key, size_t key_length)
{
    gyre__kv_key_t wanted;
    gyre_status_t status = key_of(kv, key, key_length, &wanted);
    if (status != GYRE_OK)
        return status;
    size_t first = first_of(kv, wanted.hash), found = *link_of(kv, &wanted, &first);
    if (!found)
        return gyre__error(GYRE_ERR_NOT_FOUND, "no such key, of %zu bytes", wanted.length);
    relink(kv, found, kv->keys[found - 1].next);
    if (kv->key == GYRE_HARP_BYTES)
        free(kv->keys[found - 1].bytes);
    if (found != kv->count) {
        relink(kv, kv->count, found);
        kv->keys[found - 1] = kv->keys[kv->count - 1];
        memcpy(kv->values + (found - 1) * kv->step, kv->values + (kv->count - 1) * kv->step,
               kv->step);
    }
    kv->count--;
    return GYRE_OK;
}

size_t gyre_harp_kv_count(const gyre_harp_kv_t *kv)
{
    return kv ? kv->count : 0;
}

bool gyre_harp_kv_next(const gyre_harp_kv_t *kv, size_t *at, const void **key, size_t *key_length,
                       void **value)
{
    if (*at >= gyre_harp_kv_count(kv))
        return false;
    const gyre__kv_key_t *entry = &kv->keys[*at];
    if (key)
        *key = gyre__kv_bytes(kv, entry);
    if (key_length)
        *key_length = entry->length;
    if (value)
        *value = kv->values + *at * kv->step;
    ++*at;
    return true;
}
