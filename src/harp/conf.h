/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration of the collectives. */
#ifndef GYRE_HARP_CONF_H
#define GYRE_HARP_CONF_H

#include "base/conf.h"

typedef struct gyre__harp_conf {
    int reproducible;
} gyre__harp_conf_t;

/* The values in force: read when a communicator has its first collective. */
extern gyre__harp_conf_t gyre__harp_conf;
extern const gyre__conf_table_t gyre__harp_conf_table;

#endif
