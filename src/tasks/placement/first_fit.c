/* SPDX-License-Identifier: Apache-2.0 */
/* First fit, decreasing: by the largest part of a worker that an instance takes, of processors,
 * memory or disk, each to the first worker with room for it. What instances of one bundle take is
 * alike, so a worker that was full for one is so for the next: the search never goes back. */
#include "base/bytes.h"
#include "base/error.h"
#include "tasks/placement/placement.h"

#include <math.h>
#include <stdlib.h>

/* A worker's room that is not known is endless, and stays. */
#define ENDLESS UINT64_MAX

static uint64_t share_of(double has, double padding)
{
    return has > 0 ? (uint64_t)fmin(floor(has * (1 - padding)), 0x1p63) : ENDLESS;
}

static uint64_t bytes_of(uint64_t has, double padding)
{
    uint64_t kept = (uint64_t)ceill((long double)has * padding);
    return has ? has - (kept < has ? kept : has) : ENDLESS;
}

static gyre__needs_t room_of(const gyre_plan_worker_t *has, double padding)
{
    return (gyre__needs_t){share_of(has->cpus * 1e6, padding), bytes_of(has->memory, padding),
                           bytes_of(has->disk, padding)};
}

static bool fits(const gyre__needs_t *needs, const gyre__needs_t *room)
{
    return needs->cpus <= room->cpus && needs->memory <= room->memory && needs->disk <= room->disk;
}

static uint64_t less(uint64_t room, uint64_t taken)
{
    return room == ENDLESS ? ENDLESS : room - taken;
}

static void take(gyre__needs_t *room, const gyre__needs_t *needs)
{
    room->cpus = less(room->cpus, needs->cpus);
    room->memory = less(room->memory, needs->memory);
    room->disk = less(room->disk, needs->disk);
}

/* --- Order --- */

static uint64_t more(uint64_t most, uint64_t room)
{
    return room != ENDLESS && room > most ? room : most;
}

/* The most that any worker has of each, as far as is known; what is not is no measure. */
static gyre__needs_t largest(const gyre__needs_t *rooms, int workers)
{
    gyre__needs_t most = {0};
    for (int i = 0; i < workers; i++)
        most = (gyre__needs_t){more(most.cpus, rooms[i].cpus), more(most.memory, rooms[i].memory),
                               more(most.disk, rooms[i].disk)};
    return most;
}

static double ratio(uint64_t taken, uint64_t most)
{
    return most ? (double)taken / (double)most : 0;
}

static double part_of(const gyre__needs_t *needs, const gyre__needs_t *most)
{
    double bytes = fmax(ratio(needs->memory, most->memory), ratio(needs->disk, most->disk));
    return fmax(ratio(needs->cpus, most->cpus), bytes);
}

typedef struct item {
    double part;
    const gyre__bundle_t *bundle;
} item_t;

static int larger_first(const void *left, const void *right)
{
    const item_t *a = left, *b = right;
    if (a->part != b->part)
        return a->part > b->part ? -1 : 1;
    return (a->bundle > b->bundle) - (a->bundle < b->bundle);
}

/* --- Placing --- */

static gyre_status_t fits_nowhere(const gyre__placer_t *placer, const gyre__bundle_t *bundle,
                                  int index, const gyre__needs_t *rooms)
{
    const gyre__planned_t *task = &placer->plan->tasks[bundle->tasks[0]];
    for (int i = 0; i < placer->plan->workers; i++)
        if (fits(&bundle->needs, &rooms[i]))
            return gyre__placer_full(placer, bundle, index);
    return gyre__error(GYRE_ERR_NO_RESOURCE,
                       "instance %d of task \"%s\" of graph \"%s\"%s fits on none of %d workers: "
                       "it takes %g processors, %s of memory and %s of disk",
                       index, task->task, task->graph,
                       bundle->count > 1 ? ", with those that share its datasets," : "",
                       placer->plan->workers, (double)bundle->needs.cpus / 1e6,
                       gyre__bytes(bundle->needs.memory).text,
                       gyre__bytes(bundle->needs.disk).text);
}

static gyre_status_t place(gyre__placer_t *placer, const gyre__bundle_t *bundle,
                           gyre__needs_t *rooms)
{
    int worker = 0, workers = placer->plan->workers;
    for (int index = 0; index < bundle->parallelism; index++) {
        while (worker < workers && !(fits(&bundle->needs, &rooms[worker]) &&
                                     gyre__placer_has_room(placer, bundle, worker)))
            worker++;
        if (worker == workers)
            return fits_nowhere(placer, bundle, index, rooms);
        take(&rooms[worker], &bundle->needs);
        gyre__placer_put(placer, bundle, index, worker);
    }
    return GYRE_OK;
}

static gyre_status_t place_all(gyre__placer_t *placer, gyre__needs_t *rooms, item_t *items)
{
    int workers = placer->plan->workers;
    for (int i = 0; i < workers; i++)
        rooms[i] = room_of(&placer->plan->has[i], placer->opts->padding);
    gyre__needs_t most = largest(rooms, workers);
    for (size_t i = 0; i < placer->bundle_count; i++)
        items[i] = (item_t){part_of(&placer->bundles[i].needs, &most), &placer->bundles[i]};
    qsort(items, placer->bundle_count, sizeof(*items), larger_first);
    gyre_status_t status = GYRE_OK;
    for (size_t i = 0; status == GYRE_OK && i < placer->bundle_count; i++)
        status = place(placer, items[i].bundle, rooms);
    return status;
}

gyre_status_t gyre__place_first_fit(gyre__placer_t *placer)
{
    gyre__needs_t *rooms = calloc((size_t)placer->plan->workers, sizeof(*rooms));
    item_t *items = calloc(placer->bundle_count, sizeof(*items));
    gyre_status_t status = rooms && items
                               ? place_all(placer, rooms, items)
                               : gyre__error(GYRE_ERR_NO_MEMORY, "no memory to place %zu tasks",
                                             placer->plan->task_count);
    free(rooms);
    free(items);
    return status;
}
