/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of an environment: all its sets, in the order in which they were made, and what has
 * been evaluated. */
#ifndef GYRE_TSET_ENV_H
#define GYRE_TSET_ENV_H

#include "base/list.h"

#include <gyre/tset.h>
#include <pthread.h>
#include <stdatomic.h>

struct gyre_env {
    gyre_comm_t *comm;
    gyre_env_opts_t opts; /* directory is the environment's own; NULL until one is needed */
    int rank, size;
    unsigned number; /* among the environments of this process */
    gyre__link_t sets;
    int next_id;
    gyre_tset_t *poison;  /* what stands for a set that there is no memory for */
    gyre_status_t status; /* the first error of a call that made a set */
    char *why;
    pthread_mutex_t lock; /* of what follows: gyre_env_stop comes from any thread */
    gyre_executor_t *running;
    atomic_bool stopping;
    uint64_t evaluations;
    gyre__link_t jobs; /* that are kept to be run again */
    struct gyre__record *records;
    size_t record_count, record_next;
    bool shows; /* how far it is */
    uint64_t show_next;
};

static inline bool gyre__env_streams(const gyre_env_t *env)
{
    return env->opts.mode == GYRE_ENV_STREAM;
}

/* The first error counts; the text is what gyre_last_error says. */
void gyre__env_fail(gyre_env_t *env, const char *who, gyre_status_t status);

/* Collective: the worst that any worker brings. */
gyre_status_t gyre__env_agree(gyre_env_t *env, gyre_status_t status);
/* Collective: every worker's number, for the caller to free. */
gyre_status_t gyre__env_share(gyre_env_t *env, const void *block, size_t size, void **blocks);

/* Where persist writes; lives as long as the environment. */
gyre_status_t gyre__env_directory(gyre_env_t *env, const char **directory);

#endif
