/* SPDX-License-Identifier: Apache-2.0 */
/* Where operators spill to: GYRE_SPILL_DIRS, or what is usual for temporary files. */
#ifndef GYRE_DATAFLOW_DISKS_H
#define GYRE_DATAFLOW_DISKS_H

#include <gyre/status.h>
#include <stddef.h>
#include <stdint.h>

enum { GYRE__DISKS_MAX = 256 };

typedef struct gyre__disks {
    char *text;
    const char *dirs[GYRE__DISKS_MAX];
    size_t count; /* 1 or more */
} gyre__disks_t;

gyre_status_t gyre__disks_init(gyre__disks_t *disks);
void gyre__disks_cleanup(gyre__disks_t *disks);

/* What this user may still write there, in bytes; 0: it cannot be known. */
uint64_t gyre__disks_room(void);

#endif
