/* SPDX-License-Identifier: Apache-2.0 */
/* An instance of a stage, and what its functions see of it. */
#include "base/error.h"
#include "tset/stage.h"

#include <stdlib.h>
#include <string.h>

static bool appends(const gyre__cell_t *cell)
{
    const gyre_function_t *function = cell->function;
    const gyre_tset_t *set = cell->step->set;
    bool gives = function->row || function->next || function->finish || function->barrier ||
                 function->watermark;
    bool stores = set->kind == GYRE__SET_STORE && cell->step->parent != SIZE_MAX;
    return stores || (gives && !gyre__set_is_sink(set));
}

static gyre_status_t cell_open(gyre__stage_t *stage, gyre__cell_t *cell)
{
    const gyre_tset_t *set = cell->step->set;
    gyre_task_t *task = stage->task;
    cell->function = &set->function;
    cell->part =
        (gyre_partition_t){.name = set->name,
                           .index = gyre_task_index(task),
                           .parallelism = gyre_task_parallelism(task),
                           .worker = stage->plan->env->rank,
                           .source = -1,
                           .arg = set->function.arg,
                           .state = set->function.arg,
                           .in = cell->step->parent == SIZE_MAX ? NULL : set->parents[0]->schema,
                           .out = set->schema,
                           .inside = stage};
    gyre_status_t status =
        appends(cell) ? gyre_builder_create_batch(set->schema, NULL, &cell->builder) : GYRE_OK;
    if (set->function.keep || set->function.keep_batch) {
        cell->keep = malloc(GYRE__SLICE * sizeof(*cell->keep));
        if (!cell->keep)
            return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a filter");
    }
    if (status != GYRE_OK || !set->function.open)
        return status;
    cell->opened = true; /* what open leaves after an error is close's, too */
    cell->part.state = NULL;
    status = set->function.open(&cell->part);
    return status == GYRE_OK ? status : gyre__error_by(status, set->name, cell->part.index);
}

static gyre_status_t link_cell(gyre__stage_t *stage, size_t at)
{
    gyre__cell_t *cell = &stage->cells[at];
    if (cell->step->edge) {
        cell->edge = gyre_task_edge(stage->task, cell->step->edge);
        if (cell->edge < 0)
            return gyre__error(GYRE_ERR_NOT_FOUND, "no edge \"%s\" leads away", cell->step->edge);
    }
    if (cell->step->parent == SIZE_MAX)
        return GYRE_OK;
    gyre__cell_t *parent = &stage->cells[cell->step->parent];
    gyre__cell_t **grown =
        realloc(parent->children, (parent->child_count + 1) * sizeof(*parent->children));
    if (!grown)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a stage");
    parent->children = grown;
    parent->children[parent->child_count++] = cell;
    return GYRE_OK;
}

static void cell_close(gyre__cell_t *cell)
{
    if (cell->opened && cell->function->close)
        cell->function->close(&cell->part);
    gyre__disk_close(cell);
    gyre_batch_release(cell->in);
    gyre_batch_release(cell->out);
    gyre_builder_destroy(cell->builder);
    free(cell->keep);
    free(cell->children);
}

void gyre__stage_close(gyre_task_t *task, void *state)
{
    gyre__stage_t *stage = state;
    (void)task;
    if (!stage)
        return;
    for (size_t i = 0; stage->cells && i < stage->plan->step_count; i++)
        cell_close(&stage->cells[i]);
    free(stage->cells);
    free(stage);
}

gyre_status_t gyre__stage_open(gyre_task_t *task, void *arg, void **state)
{
    gyre__stage_plan_t *plan = arg;
    gyre__stage_t *stage = calloc(1, sizeof(*stage));
    if (stage) {
        *stage = (gyre__stage_t){.plan = plan, .task = task};
        stage->cells = calloc(plan->step_count, sizeof(*stage->cells));
    }
    gyre_status_t status =
        stage && stage->cells ? GYRE_OK : gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a stage");
    for (size_t i = 0; status == GYRE_OK && i < plan->step_count; i++) {
        stage->cells[i].step = &plan->steps[i];
        status = link_cell(stage, i);
        if (status == GYRE_OK && plan->steps[i].set)
            status = cell_open(stage, &stage->cells[i]);
    }
    if (status != GYRE_OK) {
        gyre__stage_close(task, stage);
        return status;
    }
    *state = stage;
    return GYRE_OK;
}

const gyre_batch_t *const *gyre_partition_input(const gyre_partition_t *part, const char *name,
                                                size_t *count)
{
    const gyre__cell_t *cell = gyre__container(part, const gyre__cell_t, part);
    const gyre_tset_t *set = cell->step->set;
    *count = 0;
    for (size_t i = 0; i < set->input_count; i++)
        if (strcmp(set->inputs[i].name, name) == 0)
            return gyre_dataset_batches(
                gyre_task_input(part->inside->task, set->inputs[i].stored->name), part->index,
                count);
    return NULL;
}
