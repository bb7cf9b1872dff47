/* SPDX-License-Identifier: Apache-2.0 */
#include "tset/job.h"

#include "base/error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- Placement --- */

static bool is_placed(const gyre__job_t *job, const gyre__stage_plan_t *stage)
{
    const gyre_tset_t *set = stage->steps[0].set;
    for (int i = 0; stage->workers && i < set->parallelism; i++)
        if (gyre_plan_worker(job->plan, job->name, stage->name, i) != stage->workers[i])
            return false;
    return true;
}

/* As the plan before, but for stages that have to be where something is stored. */
static gyre_status_t put(void *arg, const gyre_plan_t *plan, const char *graph, const char *task,
                         int index, int parallelism, int workers, int *worker)
{
    const gyre__job_t *job = arg;
    (void)plan, (void)parallelism, (void)workers;
    *worker = gyre_plan_worker(job->plan, graph, task, index);
    for (size_t i = 0; i < job->stage_count; i++)
        if (job->stages[i].workers && strcmp(job->stages[i].name, task) == 0)
            *worker = job->stages[i].workers[index];
    return GYRE_OK;
}

static gyre_status_t plan(gyre__job_t *job)
{
    const gyre_graph_t *graph = job->graph;
    gyre_env_t *env = job->env;
    gyre_plan_opts_t opts = {.size = sizeof(opts), .placement = env->opts.placement};
    gyre_status_t status = gyre_plan_create_for(env->comm, &graph, 1, &opts, &job->plan);
    bool placed = true;
    for (size_t i = 0; i < job->stage_count && status == GYRE_OK; i++)
        placed &= is_placed(job, &job->stages[i]);
    if (status != GYRE_OK || placed)
        return status;
    gyre_plan_t *other;
    opts = (gyre_plan_opts_t){.size = sizeof(opts),
                              .placement = GYRE_PLACEMENT_USER,
                              .workers = env->size,
                              .place = put,
                              .arg = job};
    status = gyre_plan_create(&graph, 1, &opts, &other);
    if (status != GYRE_OK)
        return status;
    gyre_plan_destroy(job->plan);
    job->plan = other;
    return GYRE_OK;
}

/* --- Life --- */

static bool lacks_place(const gyre_tset_t *set)
{
    return set->kind == GYRE__SET_STORE && !set->on_disk && set->full && !set->workers;
}

/* A dataset of the program's lies where its batches are: the first worker that has some of a
 * part. */
static gyre_status_t locate(gyre_env_t *env, gyre_tset_t *set)
{
    size_t parts = (size_t)set->parallelism, count;
    char *has = malloc(parts + 1), *all;
    int *workers = malloc((parts + 1) * sizeof(*workers));
    void *blocks = NULL;
    gyre_status_t status = GYRE_OK;
    if (!has || !workers)
        status = gyre__error(GYRE_ERR_NO_MEMORY, "no memory for %zu parts", parts);
    for (size_t i = 0; has && i < parts; i++)
        has[i] = gyre_dataset_batches(set->kept, (int)i, &count) != NULL;
    status = gyre__env_agree(env, status);
    if (status == GYRE_OK)
        status = gyre__env_share(env, has, parts, &blocks);
    all = blocks;
    for (size_t i = 0; i < parts && status == GYRE_OK; i++) {
        int owner = -1;
        for (int worker = 0; worker < env->size && status == GYRE_OK; worker++)
            if (all[(size_t)worker * parts + i] && owner < 0)
                owner = worker;
            else if (all[(size_t)worker * parts + i])
                status = gyre__error(GYRE_ERR_ARG, "part %zu of \"%s\" lies on ranks %d and %d", i,
                                     set->name, owner, worker);
        workers[i] = owner < 0 ? gyre_task_rank((int)i, set->parallelism, env->size) : owner;
    }
    free(blocks);
    free(has);
    if (status == GYRE_OK)
        set->workers = workers;
    else
        free(workers);
    return status;
}

static gyre_status_t locate_all(gyre_env_t *env, gyre_tset_t *const *targets, size_t count)
{
    gyre_status_t status = GYRE_OK;
    gyre__mark(env, targets, count);
    gyre__list_each(link, &env->sets)
    {
        gyre_tset_t *set = gyre__container(link, gyre_tset_t, link);
        if (set->needed && lacks_place(set) && status == GYRE_OK)
            status = locate(env, set);
        for (size_t i = 0; set->needed && i < set->input_count && status == GYRE_OK; i++)
            if (lacks_place(set->inputs[i].stored))
                status = locate(env, set->inputs[i].stored);
    }
    return status;
}

gyre_status_t gyre__job_create(gyre_env_t *env, gyre_tset_t *const *targets, size_t count,
                               const int *like, gyre__job_t **job)
{
    gyre_status_t status = locate_all(env, targets, count);
    if (status != GYRE_OK)
        return status;
    gyre__job_t *made = calloc(1, sizeof(*made));
    if (!made)
        status = gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a graph");
    else {
        made->env = env;
        snprintf(made->name, sizeof(made->name), "tset-%llu",
                 (unsigned long long)env->evaluations++);
        gyre__list_append(&env->jobs, &made->link);
        status = gyre__lower(made, targets, count, like);
    }
    status = gyre__env_agree(env, status);
    if (status == GYRE_OK)
        status = plan(made);
    const gyre_executor_opts_t opts = {
        .size = sizeof(opts), .threads = env->opts.threads, .shared = env->opts.shared};
    if (status == GYRE_OK) /* a worker may lack the threads, for one */
        status = gyre__env_agree(
            env, gyre_executor_create(env->comm, made->graph, made->plan, &opts, &made->executor));
    if (status != GYRE_OK) {
        gyre__job_destroy(made);
        return status;
    }
    *job = made;
    return GYRE_OK;
}

void gyre__job_destroy(gyre__job_t *job)
{
    if (!job)
        return;
    if (job->executor)
        gyre__record(job);
    gyre__list_remove(&job->link);
    gyre_executor_destroy(job->executor);
    gyre_plan_destroy(job->plan);
    gyre__lower_close(job);
    free(job);
}

/* --- Runs --- */

/* Of side inputs on disk, this worker's parts into memory. All workers come to the same ones. */
static gyre_status_t load(gyre__job_t *job)
{
    bool loaded = false;
    gyre_status_t status = GYRE_OK;
    for (size_t i = 0; i < job->plug_count; i++) {
        gyre_tset_t *stored = job->plugs[i].stored;
        if (!stored->on_disk || stored->kept)
            continue;
        loaded = true;
        if (status == GYRE_OK)
            status = gyre__persist_load(stored);
    }
    return loaded ? gyre__env_agree(job->env, status) : GYRE_OK;
}

static gyre_status_t plug(gyre__job_t *job)
{
    gyre_status_t status = GYRE_OK;
    for (size_t i = 0; i < job->plug_count && status == GYRE_OK; i++) {
        gyre__plug_t *plug = &job->plugs[i];
        gyre_dataset_t *kept = plug->stored->kept;
        if (kept == plug->plugged)
            continue;
        status = gyre_executor_set(job->executor, plug->stored->name, kept);
        gyre_dataset_release(plug->plugged);
        plug->plugged = gyre_dataset_retain(kept);
    }
    return status;
}

static void set_running(gyre_env_t *env, gyre_executor_t *executor)
{
    pthread_mutex_lock(&env->lock);
    env->running = executor;
    if (executor && env->stopping)
        gyre_executor_stop(executor);
    pthread_mutex_unlock(&env->lock);
}

/* Where the parts of a set are now; NULL, with the error told, without memory. */
static int *workers_of(const gyre__job_t *job, const gyre_tset_t *set)
{
    int *workers = malloc((size_t)set->parallelism * sizeof(*workers));
    if (!workers)
        gyre__error(GYRE_ERR_NO_MEMORY, "no memory for %d parts", set->parallelism);
    for (int i = 0; workers && i < set->parallelism; i++)
        workers[i] = gyre_plan_worker(job->plan, job->name, job->stages[set->stage].name, i);
    return workers;
}

static bool reads(const gyre__job_t *job, const gyre_tset_t *stored)
{
    for (size_t i = 0; i < job->stage_count; i++)
        if (job->stages[i].steps[0].set == stored)
            return true;
    for (size_t i = 0; i < job->plug_count; i++)
        if (job->plugs[i].stored == stored)
            return true;
    return false;
}

/* Where its parts were before, other jobs would look for them in vain. */
static gyre_status_t move(const gyre__job_t *job, gyre_tset_t *set)
{
    int *workers = workers_of(job, set);
    if (!workers)
        return GYRE_ERR_NO_MEMORY;
    size_t bytes = (size_t)set->parallelism * sizeof(*workers);
    bool moved = set->workers && memcmp(set->workers, workers, bytes) != 0;
    free(set->workers);
    set->workers = workers;
    gyre__list_each(link, &job->env->jobs)
    {
        gyre__job_t *other = gyre__container(link, gyre__job_t, link);
        other->outdated |= moved && reads(other, set);
    }
    return GYRE_OK;
}

static gyre_status_t take_stored(gyre__job_t *job, gyre_tset_t *set)
{
    gyre_dataset_t *kept = NULL;
    gyre_status_t status =
        set->on_disk ? GYRE_OK : gyre_executor_get(job->executor, set->name, &kept);
    if (status == GYRE_OK && !job->has_run)
        status = move(job, set);
    if (status != GYRE_OK) {
        gyre_dataset_release(kept);
        return status;
    }
    gyre_dataset_release(set->kept);
    set->kept = kept;
    set->full = true;
    return set->on_disk ? gyre__persist_finish(set) : GYRE_OK;
}

/* What the steps behind a stage's first have left. */
static gyre_status_t take_results(gyre__job_t *job)
{
    gyre_status_t status = GYRE_OK;
    for (size_t i = 0; i < job->stage_count; i++)
        for (size_t k = 1; k < job->stages[i].step_count && status == GYRE_OK; k++) {
            gyre_tset_t *set = job->stages[i].steps[k].set;
            if (set && set->kind == GYRE__SET_STORE) {
                set->stage = i;
                status = take_stored(job, set);
            } else if (set && gyre__set_is_sink(set) && !set->done) {
                set->done = true;
                gyre__set_release(set);
            }
        }
    job->has_run = true;
    return status;
}

/* Who has no edges in common with a worker that fails learns of it here. */
gyre_status_t gyre__job_run(gyre__job_t *job)
{
    gyre_env_t *env = job->env;
    gyre_status_t status = load(job);
    if (status != GYRE_OK)
        return status;
    status = plug(job);
    set_running(env, job->executor);
    gyre__progress_start(job);
    if (status == GYRE_OK)
        status = gyre_executor_run(job->executor);
    set_running(env, NULL);
    status = gyre__env_agree(env, status);
    return status == GYRE_OK ? take_results(job) : status;
}
