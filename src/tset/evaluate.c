/* SPDX-License-Identifier: Apache-2.0 */
/* When sets are evaluated, and with which others. */
#include "base/error.h"
#include "tset/job.h"

#include <stdlib.h>
#include <string.h>

static gyre_status_t check(const gyre_tset_t *set)
{
    if (!set || !set->env)
        return gyre__error(GYRE_ERR_ARG, "no set, or one that could not be made");
    gyre_status_t status = gyre_env_status(set->env);
    return status == GYRE_OK && set->poisoned
               ? gyre__error(GYRE_ERR_STATE, "\"%s\" could not be made", set->name)
               : status;
}

/* --- What has to be there before --- */

/* The first stored set that the targets need as a side input and that is not there; of jobs that
 * are kept, also one on their way, which would be made anew in every run. */
static gyre_tset_t *missing(gyre_env_t *env, gyre_tset_t *const *targets, size_t count, bool kept)
{
    gyre__mark(env, targets, count);
    gyre__list_each(link, &env->sets)
    {
        gyre_tset_t *set = gyre__container(link, gyre_tset_t, link);
        if (!set->needed)
            continue;
        bool target = false;
        for (size_t i = 0; i < count; i++)
            target |= set == targets[i];
        if (kept && !target && set->kind == GYRE__SET_STORE && !set->full)
            return set;
        for (size_t i = 0; i < set->input_count; i++)
            if (!set->inputs[i].stored->full)
                return set->inputs[i].stored;
    }
    return NULL;
}

static gyre_status_t prepare(gyre_env_t *env, gyre_tset_t *const *targets, size_t count, bool kept)
{
    gyre_status_t status = GYRE_OK;
    for (gyre_tset_t *set; status == GYRE_OK && (set = missing(env, targets, count, kept));) {
        if (set->busy)
            return gyre__error(GYRE_ERR_ARG, "\"%s\" needs itself as an input", set->name);
        set->busy = true;
        status = gyre__evaluate(env, &set, 1);
        set->busy = false;
    }
    return status;
}

gyre_status_t gyre__evaluate(gyre_env_t *env, gyre_tset_t *const *targets, size_t count)
{
    gyre__job_t *job;
    gyre_status_t status = prepare(env, targets, count, false);
    if (status == GYRE_OK)
        status = gyre__job_create(env, targets, count, NULL, &job);
    if (status != GYRE_OK)
        return status;
    status = gyre__job_run(job);
    gyre__job_destroy(job);
    return status;
}

/* Whoever stops it means what is evaluated now, not what comes later. */
static gyre_status_t end(gyre_env_t *env, gyre_status_t status)
{
    env->stopping = false;
    return status;
}

/* --- Once --- */

gyre_status_t gyre__evaluate_now(gyre_tset_t *set)
{
    gyre_status_t status = gyre__env_agree(set->env, gyre_env_status(set->env));
    if (status == GYRE_OK)
        status = gyre__evaluate(set->env, &set, 1);
    return end(set->env, status);
}

static bool waits(const gyre_tset_t *set)
{
    return !set->poisoned &&
           ((set->kind == GYRE__SET_STORE && !set->full) || (gyre__set_is_sink(set) && !set->done));
}

gyre_status_t gyre_env_run(gyre_env_t *env)
{
    if (!env)
        return gyre__error(GYRE_ERR_ARG, "no environment: NULL");
    size_t count = 0, at = 0;
    gyre_status_t status = gyre_env_status(env);
    gyre__list_each(link, &env->sets) count += waits(gyre__container(link, gyre_tset_t, link));
    gyre_tset_t **targets = malloc((count + 1) * sizeof(*targets));
    if (status == GYRE_OK && !targets)
        status = gyre__error(GYRE_ERR_NO_MEMORY, "no memory for %zu sets", count);
    status = gyre__env_agree(env, status);
    gyre__list_each(link, &env->sets)
    {
        gyre_tset_t *set = gyre__container(link, gyre_tset_t, link);
        if (status == GYRE_OK && waits(set))
            targets[at++] = set;
    }
    if (status == GYRE_OK && at)
        status = gyre__evaluate(env, targets, at);
    free(targets);
    return end(env, status);
}

/* --- Again and again --- */

static gyre_status_t keep_job(gyre_tset_t *set, const int *like)
{
    if (set->job && set->job->outdated)
        gyre_tset_finish_eval(set);
    if (set->job)
        return GYRE_OK;
    gyre_status_t status = prepare(set->env, &set, 1, true);
    return status == GYRE_OK ? gyre__job_create(set->env, &set, 1, like, &set->job) : status;
}

static gyre_status_t check_lazy(const gyre_tset_t *set)
{
    gyre_status_t status = check(set);
    bool lazy = status == GYRE_OK &&
                (gyre__set_is_sink(set) || (set->kind == GYRE__SET_STORE && !set->eager));
    if (status == GYRE_OK && !lazy)
        status = gyre__error(GYRE_ERR_STATE, "\"%s\" is no lazy store and no sink", set->name);
    return status;
}

/* Before a graph is made, all workers hear of what any of them has against it. */
static gyre_status_t agree(const gyre_tset_t *set, gyre_status_t status)
{
    return set && set->env && !set->job ? gyre__env_agree(set->env, status) : status;
}

gyre_status_t gyre_tset_evaluate(gyre_tset_t *set)
{
    gyre_status_t status = agree(set, check_lazy(set));
    if (status != GYRE_OK)
        return status;
    status = keep_job(set, NULL);
    if (status == GYRE_OK)
        status = gyre__job_run(set->job);
    return end(set->env, status);
}

static gyre_status_t check_update(const gyre_tset_t *set, const gyre_tset_t *cached)
{
    gyre_status_t status = check_lazy(set);
    if (status == GYRE_OK)
        status = check(cached);
    if (status != GYRE_OK)
        return status;
    if (set->kind != GYRE__SET_STORE || set->on_disk || set == cached || cached->on_disk ||
        !gyre__set_is_full(cached))
        return gyre__error(GYRE_ERR_STATE,
                           "\"%s\" to \"%s\": expected a lazy cache, and another cache that has "
                           "been evaluated",
                           set->name, cached->name);
    if (set->parallelism != cached->parallelism || !gyre_schema_equal(set->schema, cached->schema))
        return gyre__error(GYRE_ERR_ARG, "\"%s\" and \"%s\" differ in parts or columns", set->name,
                           cached->name);
    return GYRE_OK;
}

/* What is taken over has to be where the other is. */
static bool is_elsewhere(const gyre_tset_t *set, const gyre_tset_t *cached)
{
    return set->workers && cached->workers &&
           memcmp(set->workers, cached->workers,
                  (size_t)set->parallelism * sizeof(*set->workers)) != 0;
}

gyre_status_t gyre_tset_eval_and_update(gyre_tset_t *set, gyre_tset_t *cached)
{
    gyre_status_t status = agree(set, check_update(set, cached));
    if (status != GYRE_OK)
        return status;
    if (is_elsewhere(set, cached))
        gyre_tset_finish_eval(set);
    status = keep_job(set, cached->workers);
    if (status == GYRE_OK)
        status = gyre__job_run(set->job);
    if (end(set->env, status) != GYRE_OK)
        return status;
    gyre_dataset_t *kept = gyre_dataset_retain(set->kept);
    gyre_dataset_release(cached->kept);
    cached->kept = kept;
    return GYRE_OK;
}

gyre_status_t gyre_tset_finish_eval(gyre_tset_t *set)
{
    if (!set || !set->env)
        return gyre__error(GYRE_ERR_ARG, "no set, or one that could not be made");
    gyre__job_t *job = set->job;
    set->job = NULL;
    gyre__job_destroy(job);
    return GYRE_OK;
}
