/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration of the wire, read once when the context opens. */
#ifndef GYRE_COMM_CONF_H
#define GYRE_COMM_CONF_H

#include "base/conf.h"

#include <stdint.h>

enum { GYRE__NET_AUTO, GYRE__NET_UCX, GYRE__NET_OFI, GYRE__NET_SELF };
enum { GYRE__WAIT_AUTO, GYRE__WAIT_SPIN, GYRE__WAIT_YIELD, GYRE__WAIT_BLOCK };
enum { GYRE__LARGE_AUTO, GYRE__LARGE_COPY, GYRE__LARGE_CMA };

typedef struct gyre__comm_conf {
    int net;
    int shm;
    size_t shm_ring;
    size_t shm_eager;
    int shm_large;
    int wait;
    uint64_t spin;
    uint64_t boot_timeout;
    size_t reg_cache;
} gyre__comm_conf_t;

/* The values in force: defaults until gyre_init has read the environment. */
extern gyre__comm_conf_t gyre__comm_conf;
extern const gyre__conf_table_t gyre__comm_conf_table;

#endif
