/* SPDX-License-Identifier: Apache-2.0 */
/* A stage at work. */
#include "tset/stage.h"

#include "base/error.h"
#include "tset/job.h"

typedef enum event { FLUSH, WATERMARK, BARRIER, END } event_t;

static gyre_status_t blame(const gyre__cell_t *cell, gyre_status_t status)
{
    return gyre__error_by(status, cell->part.name, cell->part.index);
}

/* --- Down the tree --- */

static gyre_status_t go_on(gyre__stage_t *stage, gyre__cell_t *cell);

static gyre_status_t give(gyre__stage_t *stage, gyre__cell_t *cell, const gyre_batch_t *batch)
{
    if (cell->step->edge)
        return gyre_task_write(stage->task, cell->edge, batch);
    if (!cell->in && !cell->out) {
        cell->in = gyre_batch_retain(batch);
        cell->at = 0;
        cell->part.source = stage->source;
    }
    return go_on(stage, cell);
}

/* To the children that have not got it yet. */
static gyre_status_t serve(gyre__stage_t *stage, gyre__cell_t *cell)
{
    if (!cell->out)
        return GYRE_OK;
    for (; cell->served < cell->child_count; cell->served++) {
        gyre_status_t status = give(stage, cell->children[cell->served], cell->out);
        if (status != GYRE_OK)
            return status;
    }
    gyre_batch_release(cell->out);
    cell->out = NULL;
    cell->served = 0;
    return GYRE_OK;
}

/* A store gives what it has stored. */
static gyre_status_t emit(gyre__stage_t *stage, gyre__cell_t *cell)
{
    if (cell->out && cell->step->set->kind == GYRE__SET_STORE && cell->step->parent != SIZE_MAX)
        return gyre__store_put(stage, cell, cell->out);
    return GYRE_OK;
}

static gyre_status_t go_on(gyre__stage_t *stage, gyre__cell_t *cell)
{
    for (;;) {
        gyre_status_t status = serve(stage, cell);
        if (status != GYRE_OK || !cell->in)
            return status;
        status = gyre__cell_work(cell);
        if (status == GYRE_OK)
            status = emit(stage, cell);
        if (status != GYRE_OK)
            return blame(cell, status);
        if (cell->at == cell->in->length) {
            gyre_batch_release(cell->in);
            cell->in = NULL;
        }
    }
}

static gyre_status_t handle(gyre__stage_t *stage, gyre__cell_t *cell, event_t event)
{
    gyre_status_t status = GYRE_OK;
    if (event == BARRIER && cell->function->barrier)
        status = cell->function->barrier(&cell->part, stage->barrier_id, cell->builder);
    else if (event == WATERMARK && cell->function->watermark)
        status = cell->function->watermark(&cell->part, stage->watermark, cell->builder);
    else if (event == END)
        status = gyre__cell_finish(cell);
    if (status == GYRE_OK && cell->builder)
        status = gyre__cell_seal(cell);
    if (status == GYRE_OK)
        status = emit(stage, cell);
    if (status == GYRE_OK && event == END && cell->step->set->on_disk)
        status = gyre__disk_end(cell);
    return status == GYRE_OK ? GYRE_OK : blame(cell, status);
}

/* Nothing is left in the cell and those below, and they know of the event. */
static gyre_status_t settle(gyre__stage_t *stage, gyre__cell_t *cell, event_t event)
{
    if (cell->step->edge)
        return GYRE_OK;
    gyre_status_t status = cell->settled ? GYRE_OK : handle(stage, cell, event);
    if (status != GYRE_OK)
        return status;
    cell->settled = true;
    status = serve(stage, cell);
    for (; status == GYRE_OK && cell->settled_children < cell->child_count;)
        if ((status = settle(stage, cell->children[cell->settled_children], event)) == GYRE_OK)
            cell->settled_children++;
    if (status != GYRE_OK)
        return status;
    cell->settled = false;
    cell->settled_children = 0;
    return GYRE_OK;
}

/* --- Runs --- */

static gyre_status_t begin(gyre__stage_t *stage)
{
    stage->begun = true;
    stage->source = -1;
    for (size_t i = 0; i < stage->plan->step_count; i++) {
        gyre__cell_t *cell = &stage->cells[i];
        if (cell->step->edge)
            continue;
        cell->part.source = -1;
        cell->next = 0;
        gyre_status_t status = cell->function->begin ? cell->function->begin(&cell->part) : GYRE_OK;
        if (status == GYRE_OK && cell->step->set->on_disk)
            status = gyre__disk_begin(cell);
        if (status != GYRE_OK)
            return blame(cell, status);
    }
    return GYRE_OK;
}

/* --- Sources --- */

/* Until a slice is full, nothing comes, or, in a stream, after every call. */
static gyre_status_t collect(gyre__stage_t *stage, gyre__cell_t *root)
{
    bool stream = gyre__env_streams(stage->plan->env);
    gyre_status_t status;
    size_t before, rows = gyre__cell_rows(root);
    if (rows == 0) {
        status = gyre_builder_reserve(root->builder, GYRE__SLICE, 0);
        if (status != GYRE_OK)
            return status;
    }
    do {
        before = rows;
        status = root->function->next(&root->part, root->builder);
        rows = gyre__cell_rows(root);
    } while (status == GYRE_IN_PROGRESS && !stream && !stage->awaits && !stage->barrier &&
             rows > before && !gyre__cell_full(root));
    gyre_status_t sealed = status < 0 ? status : gyre__cell_seal(root);
    return sealed == GYRE_OK ? status : sealed;
}

static gyre_status_t pull(gyre__stage_t *stage, gyre__cell_t *root)
{
    gyre_status_t status;
    if (root->step->set->kind == GYRE__SET_STORE)
        status = gyre__store_next(stage, root, &root->out);
    else if (root->function->next)
        status = collect(stage, root);
    else
        status = root->function->next_batch(&root->part, &root->out);
    gyre_status_t checked = status < 0 ? status : gyre__cell_check(root);
    if (checked < 0)
        return blame(root, checked);
    gyre__progress_note(stage->plan, root->out);
    stage->drained = status == GYRE_OK || stage->plan->env->stopping;
    stage->flush = gyre__env_streams(stage->plan->env) && root->out;
    return GYRE_OK;
}

static gyre_status_t push_watermark(gyre__stage_t *stage)
{
    gyre_status_t status = settle(stage, &stage->cells[0], WATERMARK);
    if (status == GYRE_OK)
        status = gyre_task_watermark(stage->task, stage->watermark);
    stage->marks = status != GYRE_OK;
    return status;
}

static gyre_status_t push_barrier(gyre__stage_t *stage)
{
    gyre_status_t status = settle(stage, &stage->cells[0], BARRIER);
    if (status == GYRE_OK)
        status = gyre_task_barrier(stage->task, stage->barrier_id);
    stage->barrier = status != GYRE_OK;
    return status;
}

/* What has been pulled goes its way, and with it, in a stream, what cells hold, a watermark and a
 * barrier. */
static gyre_status_t push(gyre__stage_t *stage)
{
    gyre__cell_t *root = &stage->cells[0];
    gyre_status_t status = serve(stage, root);
    if (status == GYRE_OK && stage->flush) {
        status = settle(stage, root, FLUSH);
        stage->flush = status != GYRE_OK;
    }
    if (status == GYRE_OK && stage->marks)
        status = push_watermark(stage);
    if (status == GYRE_OK && stage->barrier)
        status = push_barrier(stage);
    return status;
}

gyre_status_t gyre__stage_next(gyre_task_t *task, void *state)
{
    gyre__stage_t *stage = state;
    gyre__cell_t *root = &stage->cells[0];
    gyre_status_t status = stage->begun ? push(stage) : begin(stage);
    if (status != GYRE_OK || stage->drained)
        return status;
    stage->awaits = false;
    status = pull(stage, root);
    bool idle = !root->out;
    if (status == GYRE_OK)
        status = push(stage);
    if (status == GYRE_OK && idle && stage->awaits)
        gyre_task_await(task, stage->await_fd, stage->await_milliseconds);
    return status == GYRE_OK && !stage->drained ? GYRE_IN_PROGRESS : status;
}

void gyre_partition_await(gyre_partition_t *part, int fd, int milliseconds)
{
    gyre__stage_t *stage = part->inside;
    stage->awaits = true;
    stage->await_fd = fd;
    stage->await_milliseconds = milliseconds;
}

gyre_status_t gyre_partition_barrier(gyre_partition_t *part, uint64_t id)
{
    gyre__stage_t *stage = part->inside;
    if (!gyre__env_streams(stage->plan->env))
        return gyre__error(GYRE_ERR_STATE, "a barrier in what is no stream");
    if (stage->barrier)
        return gyre__error(GYRE_ERR_STATE, "a second barrier in one call of a source");
    stage->barrier = true;
    stage->barrier_id = id;
    return GYRE_OK;
}

gyre_status_t gyre_partition_watermark(gyre_partition_t *part, int64_t time)
{
    gyre__stage_t *stage = part->inside;
    if (!gyre__env_streams(stage->plan->env))
        return gyre__error(GYRE_ERR_STATE, "a watermark in what is no stream");
    stage->marks = true;
    stage->watermark = time;
    return GYRE_OK;
}

bool gyre_partition_stopping(const gyre_partition_t *part)
{
    return part->inside->plan->env->stopping || gyre_task_stopping(part->inside->task);
}

/* --- All others --- */

/* Rows of another source, or of the next key, do not meet those before in one batch. */
static bool parts_from_before(const gyre__stage_t *stage, int source)
{
    return stage->dirty && (source != stage->source || (stage->plan->grouped && source == 0));
}

static gyre_status_t arrive(gyre__stage_t *stage, int edge, int source, const gyre_batch_t *batch)
{
    gyre__cell_t *root = &stage->cells[0];
    const gyre_tset_t *set = root->step->set;
    gyre_status_t status = GYRE_OK;
    if (set->arrive)
        status = set->arrive(&root->part, edge, source, batch, &root->out);
    else
        root->out = gyre_batch_retain(batch);
    if (status != GYRE_OK)
        return blame(root, status);
    stage->receiving = stage->dirty = true;
    stage->source = source;
    gyre__progress_note(stage->plan, batch);
    return GYRE_OK;
}

gyre_status_t gyre__stage_receive(gyre_task_t *task, void *state, int edge, int source,
                                  const gyre_batch_t *batch)
{
    gyre__stage_t *stage = state;
    gyre__cell_t *root = &stage->cells[0];
    gyre_status_t status = stage->begun ? GYRE_OK : begin(stage);
    (void)task;
    if (status == GYRE_OK && !stage->receiving) {
        if (parts_from_before(stage, source))
            status = settle(stage, root, FLUSH);
        if (status == GYRE_OK)
            status = arrive(stage, edge, source, batch);
    }
    if (status == GYRE_OK)
        status = serve(stage, root);
    if (status == GYRE_OK && gyre__env_streams(stage->plan->env))
        status = settle(stage, root, FLUSH);
    if (status == GYRE_OK)
        stage->receiving = false;
    return status;
}

gyre_status_t gyre__stage_end(gyre_task_t *task, void *state)
{
    gyre__stage_t *stage = state;
    (void)task;
    gyre_status_t status = stage->begun ? push(stage) : begin(stage);
    if (status == GYRE_OK)
        status = settle(stage, &stage->cells[0], END);
    if (status == GYRE_OK)
        stage->begun = stage->dirty = stage->drained = false;
    return status;
}

gyre_status_t gyre__stage_barrier(gyre_task_t *task, void *state, uint64_t id)
{
    gyre__stage_t *stage = state;
    gyre_status_t status = stage->begun ? GYRE_OK : begin(stage);
    (void)task;
    stage->barrier_id = id;
    return status == GYRE_OK ? settle(stage, &stage->cells[0], BARRIER) : status;
}

gyre_status_t gyre__stage_watermark(gyre_task_t *task, void *state, int64_t time)
{
    gyre__stage_t *stage = state;
    gyre_status_t status = stage->begun ? GYRE_OK : begin(stage);
    (void)task;
    stage->watermark = time;
    return status == GYRE_OK ? settle(stage, &stage->cells[0], WATERMARK) : status;
}
