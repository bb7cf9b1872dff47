/* SPDX-License-Identifier: Apache-2.0 */
/* Which processors each worker is bound to. */
#ifndef GYRE_LAUNCH_PLACE_H
#define GYRE_LAUNCH_PLACE_H

#include "launch/options.h"

typedef struct gyre__places {
    gyre_topo_t *topo; /* NULL: no binding */
    gyre_topo_level_t level;
    unsigned workers;
} gyre__places_t;

enum { GYRE__PLACE_MAX = 8192 };

/* Decides by options and machine; with --verbose says what and why. */
gyre_status_t gyre__places_init(gyre__places_t *places, const gyre__options_t *options);
void gyre__places_cleanup(gyre__places_t *places);

/* The processors of a worker as a Linux list, "" for any. */
gyre_status_t gyre__places_get(const gyre__places_t *places, unsigned rank, char *set,
                               size_t set_size);

#endif
