/* SPDX-License-Identifier: Apache-2.0 */
/* Doors. One allgather of the pages' places, at the first push or pull of a table, is all that is
 * ever exchanged: whatever lies behind a door is found by reading its page. */
#include "harp/model/door.h"

#include "base/error.h"
#include "comm/comm.h"
#include "harp/model/parcels.h"

#include <stdlib.h>
#include <string.h>

bool gyre__harp_door_fits(const gyre__harp_door_t *door, gyre_comm_t *comm)
{
    return door && door->comm == comm && door->comm_id == comm->id && door->epoch == comm->epoch;
}

static void release_remotes(gyre__harp_door_t *door)
{
    for (int i = 0; door->remotes && i < door->size; i++)
        gyre_remote_release(door->remotes[i]);
}

void gyre__harp_door_destroy(gyre__harp_door_t *door)
{
    if (!door)
        return;
    release_remotes(door);
    gyre_harp_pool_release(door->pool, door->inbox);
    gyre_harp_pool_release(door->pool, door->index);
    gyre_harp_pool_release(door->pool, door->page);
    free(door->remotes);
    free(door->places);
    free(door);
}

static gyre_status_t make(gyre__harp_door_t *door, gyre__harp_place_t *place)
{
    size_t size = (size_t)door->size;
    void *page;
    door->places = calloc(size, sizeof(*door->places));
    door->remotes = calloc(size, sizeof(gyre_remote_t *));
    if (!door->places || !door->remotes)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for the doors of %zu members", size);
    gyre_status_t status = gyre_harp_pool_get(door->pool, sizeof(*door->page), false, &page);
    if (status != GYRE_OK)
        return status;
    door->page = memset(page, 0, sizeof(*door->page));
    return gyre__harp_pool_place(page, place);
}

gyre_status_t gyre__harp_door_open(gyre__harp_door_t **door, gyre_comm_t *comm,
                                   gyre_harp_pool_t *pool)
{
    gyre__harp_place_t place = {0};
    gyre__harp_door_destroy(*door);
    gyre__harp_door_t *made = *door = calloc(1, sizeof(*made));
    gyre_status_t ready = made ? GYRE_OK : gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a door");
    if (made) {
        *made = (gyre__harp_door_t){.comm = comm,
                                    .comm_id = comm->id,
                                    .epoch = comm->epoch,
                                    .size = comm->size,
                                    .pool = pool};
        ready = make(made, &place);
    }
    gyre_status_t status = gyre__harp_agree(comm, ready, NULL, 0);
    if (status == GYRE_OK)
        status = gyre_allgather(comm, &place, made->places, sizeof(place), GYRE_BYTE);
    if (status != GYRE_OK) {
        gyre__harp_door_destroy(made);
        *door = NULL;
    }
    return status;
}

gyre_status_t gyre__harp_door_of(gyre__harp_door_t *door, int rank, gyre_remote_t **remote,
                                 uint64_t *offset)
{
    const gyre__harp_place_t *place = &door->places[rank];
    gyre_status_t status = GYRE_OK;
    if (!door->remotes[rank])
        status = gyre_remote_import(door->comm, rank, place->key, place->key_length,
                                    &door->remotes[rank]);
    *remote = door->remotes[rank];
    *offset = place->offset;
    return status;
}

gyre_status_t gyre__harp_door_block(gyre__harp_door_t *door, char **block, size_t length,
                                    gyre__harp_place_t *place)
{
    void *memory;
    if (*block && gyre_harp_pool_room(*block) >= length)
        return GYRE_OK;
    gyre_status_t status = gyre_harp_pool_get(door->pool, length, false, &memory);
    if (status != GYRE_OK)
        return status;
    gyre_harp_pool_release(door->pool, *block);
    *block = memory;
    return gyre__harp_pool_place(memory, place);
}
