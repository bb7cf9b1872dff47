/* SPDX-License-Identifier: Apache-2.0 */
/* Types: a table of the built-in ones and a registry of the program's. A type is never freed, so
 * that its size and name hold wherever its number has gone. */
#include "base/error.h"
#include "harp/registry.h"

#include <gyre/type.h>
#include <stdint.h>
#include <stdio.h>

_Static_assert(GYRE_TYPE_END - GYRE_TYPE_BUILTIN_COUNT == GYRE__REGISTRY_MAX, "as documented");

typedef struct record {
    size_t size;
    char name[24];
} record_t;

static const record_t builtin[] = {
#define BUILTIN(name, size, text) [name] = {size, text},
    GYRE_TYPE_MAP(BUILTIN)
#undef BUILTIN
};
static gyre__registry_t created = GYRE__REGISTRY_INIT(record_t);

static const record_t *find(gyre_type_t type)
{
    size_t index = (size_t)type;
    if (index < GYRE_TYPE_BUILTIN_COUNT)
        return &builtin[index];
    return gyre__registry_at(&created, index - GYRE_TYPE_BUILTIN_COUNT);
}

/* With the lock held. */
static gyre_status_t add(size_t size, gyre_type_t *type)
{
    size_t index = atomic_load(&created.count);
    record_t *record = gyre__registry_next(&created);
    if (!record && index == GYRE__REGISTRY_MAX)
        return gyre__error(GYRE_ERR_NO_RESOURCE, "all %d types are taken", GYRE__REGISTRY_MAX);
    if (!record)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for type %zu", index);
    record->size = size;
    snprintf(record->name, sizeof(record->name), "record%zu", size);
    gyre__registry_publish(&created);
    *type = (gyre_type_t)(GYRE_TYPE_BUILTIN_COUNT + index);
    return GYRE_OK;
}

gyre_status_t gyre_type_create(size_t size, gyre_type_t *type)
{
    if (!type)
        return gyre__error(GYRE_ERR_ARG, "no place for the type");
    if (size == 0 || size > INT32_MAX)
        return gyre__error(GYRE_ERR_RANGE, "a type of %zu bytes: expected 1 to 2^31 - 1", size);
    pthread_mutex_lock(&created.lock);
    gyre_status_t status = add(size, type);
    pthread_mutex_unlock(&created.lock);
    return status;
}

size_t gyre_type_size(gyre_type_t type)
{
    const record_t *record = find(type);
    return record ? record->size : 0;
}

const char *gyre_type_name(gyre_type_t type)
{
    const record_t *record = find(type);
    return record ? record->name : "?";
}
