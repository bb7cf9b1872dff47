/* SPDX-License-Identifier: Apache-2.0 */
/* Environments of workers: the launcher's own, without what other launchers put there, with what
 * the user and the PMIx server add. */
#ifndef GYRE_LAUNCH_ENVIRON_H
#define GYRE_LAUNCH_ENVIRON_H

#include "launch/options.h"

/* A list of NAME=value, each name once, NULL-terminated. Owns the strings it sets. */
typedef struct gyre__environ {
    char **list;
    size_t count, room;
    size_t shared; /* so many at the front belong to somebody else */
} gyre__environ_t;

/* What is the same for all workers: a copy of the process's environment without the scrubbed
 * names, with --env. */
gyre_status_t gyre__environ_init(gyre__environ_t *env, const gyre__options_t *options);

/* One worker's, but for PMIx. Uses the strings of base, which must outlive it and stay as it is. */
gyre_status_t gyre__environ_derive(gyre__environ_t *env, const gyre__environ_t *base,
                                   unsigned rank);
void gyre__environ_cleanup(gyre__environ_t *env);

/* Sets or replaces; copies. */
gyre_status_t gyre__environ_set(gyre__environ_t *env, const char *setting);

/* Takes the scrubbed names out of this process's own environment. */
void gyre__environ_scrub_self(void);

#endif
