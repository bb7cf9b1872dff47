/* SPDX-License-Identifier: Apache-2.0 */
/* Finding the other workers of the job. PMIx is used here only, between gyre__boot_open and
 * gyre__boot_close, and for nothing but wire-up: a process that dies with PMIx open makes some
 * launchers kill everything. */
#ifndef GYRE_COMM_BOOT_H
#define GYRE_COMM_BOOT_H

#include "base/buf.h"

#include <gyre/status.h>
#include <stdint.h>

typedef struct gyre__boot {
    char nspace[256]; /* "" for a job of one worker that no launcher knows */
    uint32_t rank, size;
    uint32_t local_rank, local_size;
    uint32_t leader; /* lowest rank on this node */
    char host[256];
} gyre__boot_t;

/* The namespace that the environment names, NULL when no launcher left one. A launcher that
 * speaks no PMIx, such as srun without --mpi=pmix, is warned about. */
const char *gyre__boot_namespace(void);

/* Asks the PMIx server who this worker is; nspace NULL: the only one. */
gyre_status_t gyre__boot_open(gyre__boot_t *boot, const char *nspace);

/* Shows this worker's card to all, and waits until all have shown theirs. */
gyre_status_t gyre__boot_exchange(gyre__boot_t *boot, const void *card, size_t length);

/* A worker's card, appended to buf. */
gyre_status_t gyre__boot_card(gyre__boot_t *boot, uint32_t rank, gyre__buf_t *buf);

void gyre__boot_close(gyre__boot_t *boot);

#endif
