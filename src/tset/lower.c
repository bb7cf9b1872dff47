/* SPDX-License-Identifier: Apache-2.0 */
/* From sets to a graph. Sets come in the order in which they were made, so that what one is made of
 * has its place before it. */
#include "base/error.h"
#include "tset/job.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- What is needed --- */

static bool is_target(const gyre_tset_t *set, gyre_tset_t *const *targets, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (targets[i] == set)
            return true;
    return false;
}

void gyre__mark(gyre_env_t *env, gyre_tset_t *const *targets, size_t count)
{
    gyre__list_each(link, &env->sets) gyre__container(link, gyre_tset_t, link)->needed = false;
    for (size_t i = 0; i < count; i++)
        targets[i]->needed = true;
    for (gyre__link_t *link = env->sets.prev; link != &env->sets; link = link->prev) {
        const gyre_tset_t *set = gyre__container(link, gyre_tset_t, link);
        bool asks = set->needed && (!gyre__set_is_full(set) || is_target(set, targets, count));
        for (size_t i = 0; asks && i < set->parent_count; i++)
            set->parents[i]->needed = true;
    }
}

static gyre_status_t collect(gyre__job_t *job)
{
    size_t count = 0;
    gyre__list_each(link, &job->env->sets) count +=
        gyre__container(link, gyre_tset_t, link)->needed;
    job->sets = calloc(count + 1, sizeof(*job->sets));
    job->stages = calloc(count + 1, sizeof(*job->stages));
    if (!job->sets || !job->stages)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for %zu sets", count);
    gyre__list_each(link, &job->env->sets)
    {
        gyre_tset_t *set = gyre__container(link, gyre_tset_t, link);
        if (set->needed)
            job->sets[job->set_count++] = gyre__set_retain(set);
    }
    return GYRE_OK;
}

/* --- Stages --- */

static gyre_status_t add_step(gyre__stage_plan_t *stage, gyre__step_t step)
{
    gyre__step_t *grown = realloc(stage->steps, (stage->step_count + 1) * sizeof(*grown));
    if (!grown)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a stage");
    stage->steps = grown;
    stage->steps[stage->step_count++] = step;
    return GYRE_OK;
}

static gyre_status_t add_stage(gyre__job_t *job, gyre_tset_t *set)
{
    gyre__stage_plan_t *stage = &job->stages[job->stage_count];
    stage->env = job->env;
    stage->name = set->name;
    stage->number = job->stage_count++;
    stage->grouped = set->edge_count && set->edges[0].flow.grouped;
    set->stage = stage->number;
    set->step = 0;
    return add_step(stage, (gyre__step_t){.set = set, .parent = SIZE_MAX});
}

static char *edge_name(const gyre_tset_t *set, size_t at)
{
    size_t size = strlen(set->name) + 24;
    char *name = malloc(size);
    if (name && set->edge_count == 1)
        snprintf(name, size, "%s", set->name);
    else if (name)
        snprintf(name, size, "%s.%zu", set->name, at);
    return name;
}

/* The set's rows go to an edge. */
static gyre_status_t lead_away(gyre__job_t *job, const gyre_tset_t *from, const gyre_tset_t *to,
                               size_t at)
{
    char *name = edge_name(to, at);
    if (!name)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for the name of an edge");
    gyre_status_t status =
        add_step(&job->stages[from->stage], (gyre__step_t){.edge = name, .parent = from->step});
    if (status != GYRE_OK)
        free(name);
    return status;
}

static gyre_status_t lead_to(gyre__job_t *job, const gyre_tset_t *set)
{
    gyre_status_t status = GYRE_OK;
    for (size_t i = 0; i < set->edge_count && status == GYRE_OK; i++) {
        const gyre__set_edge_t *edge = &set->edges[i];
        status = lead_away(job, set->parents[edge->parent], set, i);
        if (status == GYRE_OK && edge->flow.kind == GYRE_JOIN)
            status = lead_away(job, set->parents[edge->right], set, i);
    }
    return status;
}

/* Whether what a step gives may lie in the memory of the operator that the stage begins with. */
static bool borrows(const gyre__stage_plan_t *stage, size_t at)
{
    for (; at != SIZE_MAX; at = stage->steps[at].parent) {
        const gyre_tset_t *set = stage->steps[at].set;
        if (set->kind == GYRE__SET_WIDE)
            return true;
        if (stage->steps[at].copies || set->function.row || set->form == GYRE__FORM_COMPUTE)
            return false;
    }
    return false;
}

static gyre_status_t place(gyre__job_t *job, gyre_tset_t *set, bool target)
{
    if (set->kind == GYRE__SET_WIDE) {
        gyre_status_t status = lead_to(job, set);
        return status == GYRE_OK ? add_stage(job, set) : status;
    }
    if (set->kind == GYRE__SET_SOURCE || (gyre__set_is_full(set) && !target))
        return add_stage(job, set);
    gyre__stage_plan_t *stage = &job->stages[set->parents[0]->stage];
    size_t parent = set->parents[0]->step;
    set->stage = stage->number;
    set->step = stage->step_count;
    bool keeps = set->kind == GYRE__SET_STORE && !set->on_disk;
    return add_step(
        stage,
        (gyre__step_t){.set = set, .parent = parent, .copies = keeps && borrows(stage, parent)});
}

/* --- Datasets --- */

static gyre_status_t add_name(const char ***names, const char *name)
{
    size_t count = 0;
    for (; *names && (*names)[count]; count++)
        if (strcmp((*names)[count], name) == 0)
            return GYRE_OK;
    const char **grown = realloc(*names, (count + 2) * sizeof(*grown));
    if (!grown)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for names");
    *names = grown;
    grown[count] = name;
    grown[count + 1] = NULL;
    return GYRE_OK;
}

/* Where the stored set is, the stage runs. */
static gyre_status_t stay_with(gyre__stage_plan_t *stage, const gyre_tset_t *stored)
{
    size_t bytes = (size_t)stored->parallelism * sizeof(*stored->workers);
    if (stage->workers && stored->workers && memcmp(stage->workers, stored->workers, bytes) != 0)
        return gyre__error(GYRE_ERR_NOT_SUPPORTED,
                           "\"%s\" needs \"%s\", whose parts lie on other workers", stage->name,
                           stored->name);
    if (stored->workers)
        stage->workers = stored->workers;
    return GYRE_OK;
}

static gyre_status_t read_stored(gyre__job_t *job, gyre__stage_plan_t *stage, gyre_tset_t *stored)
{
    gyre_status_t status = stay_with(stage, stored);
    if (status != GYRE_OK)
        return status;
    for (size_t i = 0; i < job->plug_count; i++)
        if (job->plugs[i].stored == stored)
            return add_name(&stage->inputs, stored->name);
    gyre__plug_t *grown = realloc(job->plugs, (job->plug_count + 1) * sizeof(*grown));
    if (!grown)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for stored sets");
    job->plugs = grown;
    job->plugs[job->plug_count++] = (gyre__plug_t){.stored = gyre__set_retain(stored)};
    return add_name(&stage->inputs, stored->name);
}

static gyre_status_t name_datasets(gyre__job_t *job, gyre__stage_plan_t *stage)
{
    gyre_status_t status = GYRE_OK;
    for (size_t i = 0; i < stage->step_count && status == GYRE_OK; i++) {
        gyre_tset_t *set = stage->steps[i].set;
        if (!set)
            continue;
        if (set->kind == GYRE__SET_STORE && i == 0)
            status = set->on_disk ? stay_with(stage, set) : read_stored(job, stage, set);
        else if (set->kind == GYRE__SET_STORE && !set->on_disk)
            status = add_name(&stage->outputs, set->name);
        for (size_t k = 0; k < set->input_count && status == GYRE_OK; k++)
            status = read_stored(job, stage, set->inputs[k].stored);
    }
    return status;
}

/* --- The graph --- */

static gyre_status_t add_task(gyre__job_t *job, gyre__stage_plan_t *stage)
{
    const gyre_tset_t *set = stage->steps[0].set;
    bool wide = set->kind == GYRE__SET_WIDE;
    const gyre_task_opts_t opts = {.size = sizeof(opts),
                                   .parallelism = set->parallelism,
                                   .source = wide ? NULL : gyre__stage_next,
                                   .receive = wide ? gyre__stage_receive : NULL,
                                   .end = gyre__stage_end,
                                   .barrier = wide ? gyre__stage_barrier : NULL,
                                   .watermark = wide ? gyre__stage_watermark : NULL,
                                   .open = gyre__stage_open,
                                   .close = gyre__stage_close,
                                   .arg = stage,
                                   .inputs = stage->inputs,
                                   .outputs = stage->outputs,
                                   .data = set->data};
    return gyre_graph_add(job->graph, stage->name, &opts);
}

static gyre_status_t add_edges(gyre__job_t *job, const gyre_tset_t *set)
{
    gyre_status_t status = GYRE_OK;
    for (size_t i = 0; i < set->edge_count && status == GYRE_OK; i++) {
        const gyre__set_edge_t *edge = &set->edges[i];
        const gyre_tset_t *from = set->parents[edge->parent], *right = set->parents[edge->right];
        char *name = edge_name(set, i);
        gyre_edge_opts_t opts = {.size = sizeof(opts),
                                 .name = name,
                                 .from = job->stages[from->stage].name,
                                 .to = set->name,
                                 .flow = edge->flow};
        if (edge->flow.kind == GYRE_JOIN)
            opts.right = job->stages[right->stage].name;
        status = name ? gyre_graph_connect(job->graph, &opts)
                      : gyre__error(GYRE_ERR_NO_MEMORY, "no memory for the name of an edge");
        free(name);
    }
    return status;
}

static gyre_status_t build(gyre__job_t *job)
{
    gyre_status_t status = gyre_graph_create(job->name, gyre__env_streams(job->env), &job->graph);
    for (size_t i = 0; i < job->stage_count && status == GYRE_OK; i++) {
        status = name_datasets(job, &job->stages[i]);
        if (status == GYRE_OK)
            status = add_task(job, &job->stages[i]);
    }
    for (size_t i = 0; i < job->stage_count && status == GYRE_OK; i++)
        status = add_edges(job, job->stages[i].steps[0].set);
    return status;
}

gyre_status_t gyre__lower(gyre__job_t *job, gyre_tset_t *const *targets, size_t count,
                          const int *like)
{
    gyre__mark(job->env, targets, count);
    gyre_status_t status = collect(job);
    for (size_t i = 0; i < job->set_count && status == GYRE_OK; i++)
        status = place(job, job->sets[i], is_target(job->sets[i], targets, count));
    if (status == GYRE_OK)
        job->stages[targets[0]->stage].workers = like;
    return status == GYRE_OK ? build(job) : status;
}

void gyre__lower_close(gyre__job_t *job)
{
    gyre_graph_destroy(job->graph);
    for (size_t i = 0; i < job->stage_count; i++) {
        gyre__stage_plan_t *stage = &job->stages[i];
        for (size_t k = 0; k < stage->step_count; k++)
            free(stage->steps[k].edge);
        free(stage->steps);
        free(stage->inputs);
        free(stage->outputs);
    }
    free(job->stages);
    for (size_t i = 0; i < job->plug_count; i++) {
        gyre_dataset_release(job->plugs[i].plugged);
        gyre__set_release(job->plugs[i].stored);
    }
    free(job->plugs);
    for (size_t i = 0; i < job->set_count; i++)
        gyre__set_release(job->sets[i]);
    free(job->sets);
}
