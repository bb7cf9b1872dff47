/* SPDX-License-Identifier: Apache-2.0 */
/* Near which hosts a split lies: the store says who has how many bytes of each range. */
#include "io/input.h"

#include "base/error.h"

#include <gyre/store.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct host {
    char *name;
    uint64_t bytes;
} host_t;

typedef struct hosts {
    host_t *all;
    size_t count;
} hosts_t;

static gyre_status_t add_host(void *arg, const char *name, uint64_t bytes)
{
    hosts_t *hosts = arg;
    for (size_t i = 0; i < hosts->count; i++)
        if (strcmp(hosts->all[i].name, name) == 0) {
            hosts->all[i].bytes += bytes;
            return GYRE_OK;
        }
    host_t *all = realloc(hosts->all, (hosts->count + 1) * sizeof(*all));
    if (all)
        hosts->all = all;
    char *copy = strdup(name);
    if (!all || !copy) {
        free(copy);
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for the hosts of a split");
    }
    hosts->all[hosts->count++] = (host_t){copy, bytes};
    return GYRE_OK;
}

static int nearest_first(const void *a, const void *b)
{
    const host_t *x = a, *y = b;
    return x->bytes != y->bytes ? (x->bytes < y->bytes ? 1 : -1) : strcmp(x->name, y->name);
}

static gyre_status_t ask(const gyre_split_t *split, hosts_t *hosts)
{
    if (split->input->opts.per_node) {
        char name[HOST_NAME_MAX + 1] = "";
        gethostname(name, sizeof(name) - 1);
        return add_host(hosts, name, gyre_split_size(split));
    }
    gyre_status_t status = GYRE_OK;
    for (size_t i = 0; i < split->count && status == GYRE_OK; i++) {
        const gyre_range_t *range = &split->ranges[i];
        status =
            gyre_store_hosts(range->path, range->from, range->to - range->from, add_host, hosts);
    }
    return status;
}

/* Moves the names to the split, or frees them. */
static gyre_status_t keep(gyre_split_t *split, hosts_t *hosts, gyre_status_t status)
{
    char **names = status == GYRE_OK ? malloc((hosts->count + 1) * sizeof(*names)) : NULL;
    if (status == GYRE_OK && !names)
        status = gyre__error(GYRE_ERR_NO_MEMORY, "no memory for the hosts of a split");
    if (names && hosts->count > 0)
        qsort(hosts->all, hosts->count, sizeof(*hosts->all), nearest_first);
    for (size_t i = 0; i < hosts->count; i++) {
        if (names)
            names[i] = hosts->all[i].name;
        else
            free(hosts->all[i].name);
    }
    if (names) {
        split->hosts = names;
        split->host_count = hosts->count;
    }
    free(hosts->all);
    return status;
}

gyre_status_t gyre_split_hosts(gyre_split_t *split, const char *const **names, size_t *count)
{
    gyre_status_t status = GYRE_OK;
    if (!split->hosts) {
        hosts_t hosts = {0};
        status = ask(split, &hosts);
        status = keep(split, &hosts, status);
    }
    if (status == GYRE_OK) {
        *names = (const char *const *)split->hosts;
        *count = split->host_count;
    }
    return status;
}
