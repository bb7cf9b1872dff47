/* SPDX-License-Identifier: Apache-2.0 */
#include "tset/env.h"

#include "base/error.h"
#include "comm/comm.h"
#include "dataflow/conf.h"
#include "dataflow/disks.h"
#include "tasks/conf.h"
#include "tasks/graph.h"
#include "tset/job.h"
#include "tset/set.h"

#include <stdlib.h>
#include <string.h>

static atomic_uint environments;

static gyre_status_t check(const gyre_env_opts_t *opts)
{
    if (opts->size != sizeof(*opts))
        return gyre__error(GYRE_ERR_ARG, "options of %zu bytes, expected %zu", opts->size,
                           sizeof(*opts));
    if (opts->mode < GYRE_ENV_BATCH || opts->mode > GYRE_ENV_CHECKPOINT)
        return gyre__error(GYRE_ERR_UNKNOWN, "mode %d, expected 0 to %d", (int)opts->mode,
                           GYRE_ENV_CHECKPOINT);
    if (opts->parallelism < 0 || opts->parallelism > GYRE__PARALLELISM_MAX)
        return gyre__error(GYRE_ERR_RANGE, "parallelism %d, expected 0 to %d", opts->parallelism,
                           GYRE__PARALLELISM_MAX);
    if (opts->mode == GYRE_ENV_CHECKPOINT && !opts->directory)
        return gyre__error(GYRE_ERR_ARG, "checkpoints need a directory that all nodes share");
    return GYRE_OK;
}

static gyre_status_t fill(gyre_env_t *env, const gyre_env_opts_t *opts)
{
    env->opts = *opts;
    gyre__progress_open(env);
    if (!env->opts.parallelism)
        env->opts.parallelism =
            gyre__tasks_conf.parallelism ? (int)gyre__tasks_conf.parallelism : env->size;
    env->opts.directory = NULL;
    if (opts->directory && !(env->opts.directory = strdup(opts->directory)))
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a path");
    env->poison = gyre__set_create(env, GYRE__SET_SOURCE, "poison", NULL, 0);
    env->poison->poisoned = true;
    env->next_id = 0;
    return env->status;
}

gyre_status_t gyre_env_create(gyre_comm_t *comm, const gyre_env_opts_t *opts, gyre_env_t **env)
{
    gyre_status_t status = gyre__comm_check(comm);
    const gyre_env_opts_t usual = {.size = sizeof(usual)};
    if (status != GYRE_OK)
        return status;
    gyre_env_t *made = calloc(1, sizeof(*made));
    if (!made)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for an environment");
    made->comm = comm;
    made->rank = gyre_comm_rank(comm);
    made->size = gyre_comm_size(comm);
    made->number = atomic_fetch_add(&environments, 1);
    gyre__list_init(&made->sets);
    gyre__list_init(&made->jobs);
    pthread_mutex_init(&made->lock, NULL);
    opts = opts ? opts : &usual;
    status = env ? check(opts) : gyre__error(GYRE_ERR_ARG, "no place for the environment: NULL");
    if (status == GYRE_OK)
        status = gyre__tasks_conf_open();
    if (status == GYRE_OK)
        status = gyre__dataflow_conf_open();
    if (status == GYRE_OK)
        status = fill(made, opts);
    status = gyre__env_agree(made, status);
    if (status != GYRE_OK) {
        gyre_env_destroy(made);
        return status;
    }
    *env = made;
    return GYRE_OK;
}

void gyre_env_destroy(gyre_env_t *env)
{
    if (!env)
        return;
    gyre__list_each(link, &env->jobs) gyre__job_destroy(gyre__container(link, gyre__job_t, link));
    gyre__list_each(link, &env->sets) gyre__set_free(gyre__container(link, gyre_tset_t, link));
    gyre__records_cleanup(env);
    pthread_mutex_destroy(&env->lock);
    free((char *)env->opts.directory);
    free(env->why);
    free(env);
}

void gyre__env_fail(gyre_env_t *env, const char *who, gyre_status_t status)
{
    if (env->status != GYRE_OK)
        return;
    gyre__error(status, "%s: %s", who, gyre_last_error());
    env->status = status;
    env->why = strdup(gyre_last_error());
}

gyre_status_t gyre_env_status(const gyre_env_t *env)
{
    if (!env)
        return gyre__error(GYRE_ERR_ARG, "no environment: NULL");
    return env->status == GYRE_OK ? GYRE_OK
                                  : gyre__error(env->status, "%s", env->why ? env->why : "?");
}

void gyre_env_stop(gyre_env_t *env)
{
    if (!env)
        return;
    pthread_mutex_lock(&env->lock);
    env->stopping = true;
    if (env->running)
        gyre_executor_stop(env->running);
    pthread_mutex_unlock(&env->lock);
}

/* --- What all workers know --- */

gyre_status_t gyre__env_share(gyre_env_t *env, const void *block, size_t size, void **blocks)
{
    char *all = malloc((size_t)env->size * size + 1);
    if (!all)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for %zu bytes of %d workers", size,
                           env->size);
    gyre__enter(env->comm->ctx);
    gyre_status_t status = gyre__comm_allgather(env->comm, block, size, all);
    gyre__leave(env->comm->ctx);
    if (status != GYRE_OK) {
        free(all);
        return status;
    }
    *blocks = all;
    return GYRE_OK;
}

/* Texts travel cut to a line. */
typedef struct vote {
    int64_t status;
    char why[248];
} vote_t;

gyre_status_t gyre__env_agree(gyre_env_t *env, gyre_status_t status)
{
    vote_t own = {.status = status};
    void *blocks;
    if (status != GYRE_OK)
        strncpy(own.why, gyre_last_error(), sizeof(own.why) - 1);
    gyre_status_t shared = gyre__env_share(env, &own, sizeof(own), &blocks);
    if (shared != GYRE_OK)
        return shared;
    const vote_t *votes = blocks;
    for (int i = 0; i < env->size && status == GYRE_OK; i++)
        if (votes[i].status != GYRE_OK)
            status = gyre__error((gyre_status_t)votes[i].status, "rank %d: %s", i, votes[i].why);
    if (own.status != GYRE_OK)
        gyre__error(status, "%s", own.why);
    free(blocks);
    return status;
}

gyre_status_t gyre__env_directory(gyre_env_t *env, const char **directory)
{
    gyre__disks_t disks;
    gyre_status_t status = env->opts.directory ? GYRE_OK : gyre__disks_init(&disks);
    if (status != GYRE_OK)
        return status;
    if (!env->opts.directory) {
        env->opts.directory = strdup(disks.dirs[0]);
        gyre__disks_cleanup(&disks);
    }
    *directory = env->opts.directory;
    return *directory ? GYRE_OK : gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a path");
}
