/* SPDX-License-Identifier: Apache-2.0 */
/* Which hosts are in which racks, by a file of lines "HOST RACK": that of Hadoop's table mapping.
 */
#ifndef GYRE_TASKS_RACKS_H
#define GYRE_TASKS_RACKS_H

#include <gyre/status.h>
#include <stddef.h>

typedef struct gyre__rack {
    char *host, *name;
} gyre__rack_t;

typedef struct gyre__racks {
    gyre__rack_t *list; /* by host */
    size_t count, room;
} gyre__racks_t;

/* path "": none are known. After an error there is nothing to clean up. */
gyre_status_t gyre__racks_read(const char *path, gyre__racks_t *racks);
void gyre__racks_cleanup(gyre__racks_t *racks);

/* NULL: unknown. */
const char *gyre__racks_find(const gyre__racks_t *racks, const char *host);

#endif
