/* SPDX-License-Identifier: Apache-2.0 */
/* What functions of a task may ask of it, and do with it. */
#include "base/error.h"
#include "batch/column.h"
#include "tasks/executor.h"

#include <stdlib.h>
#include <string.h>

static gyre_status_t check_edge(const gyre_task_t *task, int edge)
{
    if (edge < 0 || (size_t)edge >= task->outbox_count)
        return gyre__error(GYRE_ERR_RANGE, "edge %d of task \"%s\", which has %zu", edge,
                           task->node->name, task->outbox_count);
    const gyre__outbox_t *outbox = &task->outboxes[edge];
    return outbox->ended ? gyre__error(GYRE_ERR_STATE, "edge \"%s\" of task \"%s\" has ended",
                                       outbox->flow->edge->name, task->node->name)
                         : GYRE_OK;
}

static gyre_status_t put(gyre_task_t *task, gyre__outbox_t *outbox, gyre__item_t item)
{
    pthread_mutex_lock(&task->executor->lock);
    gyre_status_t status = gyre__items_put(&outbox->queue, item);
    pthread_mutex_unlock(&task->executor->lock);
    if (status == GYRE_OK)
        gyre__executor_mail(task->executor);
    return status;
}

static bool is_full(const gyre_task_t *task, const gyre__outbox_t *outbox)
{
    pthread_mutex_lock(&task->executor->lock);
    bool full = outbox->queue.bytes >= task->executor->pending;
    pthread_mutex_unlock(&task->executor->lock);
    return full;
}

gyre_status_t gyre_task_write(gyre_task_t *task, int edge, const gyre_batch_t *batch)
{
    gyre_status_t status = check_edge(task, edge);
    if (status != GYRE_OK)
        return status;
    gyre__outbox_t *outbox = &task->outboxes[edge];
    if (!batch ||
        (batch->schema != outbox->schema && !gyre_schema_equal(batch->schema, outbox->schema)))
        return gyre__error(GYRE_ERR_ARG, "%s to edge \"%s\"",
                           batch ? "a batch of another schema" : "no batch, NULL,",
                           outbox->flow->edge->name);
    if (batch->length == 0)
        return GYRE_OK;
    if (is_full(task, outbox))
        return GYRE_IN_PROGRESS;
    status = put(task, outbox, (gyre__item_t){.kind = GYRE__ITEM_ROWS, .batch = batch});
    if (status == GYRE_OK) {
        task->counts.rows_out += batch->length;
        task->counts.batches_out++;
    }
    return status;
}

gyre_status_t gyre_task_write_keyed(gyre_task_t *task, int edge, const gyre_batch_t *keys,
                                    const gyre_batch_t *values)
{
    const gyre_batch_t *both;
    gyre_status_t status = check_edge(task, edge);
    if (status == GYRE_OK && (!keys || !values))
        status = gyre__error(GYRE_ERR_ARG, "no batch of keys or of values: NULL");
    if (status != GYRE_OK)
        return status;
    const gyre_schema_t *schema = task->outboxes[edge].schema;
    size_t count = keys->schema->field_count, more = values->schema->field_count;
    if (count + more != schema->field_count)
        return gyre__error(GYRE_ERR_ARG,
                           "%zu columns of keys and %zu of values to edge \"%s\", which takes %zu",
                           count, more, task->outboxes[edge].flow->edge->name, schema->field_count);
    const gyre_column_t **columns = malloc((count + more + 1) * sizeof(*columns));
    if (!columns)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for %zu columns", count + more);
    memcpy(columns, keys->columns, count * sizeof(*columns));
    memcpy(columns + count, values->columns, more * sizeof(*columns));
    status = gyre_batch_create(schema, keys->length, columns, &both);
    free(columns);
    if (status != GYRE_OK)
        return status;
    status = gyre_task_write(task, edge, both);
    gyre_batch_release(both);
    return status;
}

bool gyre_task_is_full(const gyre_task_t *task)
{
    pthread_mutex_lock(&task->executor->lock);
    bool full = gyre__task_full(task);
    pthread_mutex_unlock(&task->executor->lock);
    return full;
}

/* Of a source, to all edges. */
static gyre_status_t put_mark(gyre_task_t *task, const char *what, gyre__item_t mark)
{
    gyre_status_t status = GYRE_OK;
    if (task->inbox_count)
        return gyre__error(GYRE_ERR_STATE, "a %s of task \"%s\", which is no source", what,
                           task->node->name);
    for (size_t i = 0; i < task->outbox_count && status == GYRE_OK; i++)
        if (!task->outboxes[i].ended)
            status = put(task, &task->outboxes[i], mark);
    return status;
}

gyre_status_t gyre_task_barrier(gyre_task_t *task, uint64_t id)
{
    return put_mark(task, "barrier", (gyre__item_t){.kind = GYRE__ITEM_BARRIER, .id = id});
}

gyre_status_t gyre_task_watermark(gyre_task_t *task, int64_t time)
{
    return put_mark(task, "watermark", (gyre__item_t){.kind = GYRE__ITEM_WATERMARK, .time = time});
}

gyre_status_t gyre_task_end(gyre_task_t *task, int edge)
{
    gyre_status_t status = check_edge(task, edge);
    if (status == GYRE_OK)
        status = put(task, &task->outboxes[edge], (gyre__item_t){.kind = GYRE__ITEM_END});
    if (status == GYRE_OK)
        task->outboxes[edge].ended = true;
    return status;
}

void gyre_task_await(gyre_task_t *task, int fd, int milliseconds)
{
    task->wants_await = true;
    task->await_fd = fd;
    task->await_ms = milliseconds;
}

bool gyre_task_stopping(const gyre_task_t *task)
{
    return task->executor->stopping;
}

/* --- Datasets --- */

static bool names(const char *const *list, const char *name)
{
    for (; list && *list; list++)
        if (strcmp(*list, name) == 0)
            return true;
    return false;
}

static gyre__shelf_t *find_shelf(const gyre_task_t *task, const char *name, bool output)
{
    for (size_t i = 0; i < task->executor->shelf_count; i++) {
        gyre__shelf_t *shelf = &task->executor->shelves[i];
        if (shelf->is_output == output && strcmp(shelf->name, name) == 0)
            return shelf;
    }
    return NULL;
}

gyre_dataset_t *gyre_task_input(const gyre_task_t *task, const char *name)
{
    const gyre__shelf_t *shelf =
        names(task->node->opts.inputs, name) ? find_shelf(task, name, false) : NULL;
    return shelf ? shelf->dataset : NULL;
}

gyre_status_t gyre_task_output(gyre_task_t *task, const char *name, const gyre_batch_t *batch)
{
    if (!names(task->node->opts.outputs, name))
        return gyre__error(GYRE_ERR_NOT_FOUND, "task \"%s\" does not leave a dataset \"%s\"",
                           task->node->name, name);
    gyre_dataset_t *dataset = find_shelf(task, name, true)->dataset;
    if (!batch || !gyre__batch_is_lent(batch))
        return gyre_dataset_append(dataset, task->index, batch);
    const gyre_batch_t *copy;
    gyre_status_t status = gyre_batch_concatenate(&batch, 1, NULL, &copy);
    if (status != GYRE_OK)
        return status;
    status = gyre_dataset_append(dataset, task->index, copy);
    gyre_batch_release(copy);
    return status;
}

/* --- What it is --- */

int gyre_task_edge(const gyre_task_t *task, const char *name)
{
    for (size_t i = 0; i < task->outbox_count; i++)
        if (strcmp(task->outboxes[i].flow->edge->name, name) == 0)
            return (int)i;
    return -1;
}

const char *gyre_task_name(const gyre_task_t *task)
{
    return task->node->name;
}

int gyre_task_index(const gyre_task_t *task)
{
    return task->index;
}

int gyre_task_id(const gyre_task_t *task)
{
    return task->id;
}

int gyre_task_parallelism(const gyre_task_t *task)
{
    return task->parallelism;
}

const gyre_plan_t *gyre_task_plan(const gyre_task_t *task)
{
    return task->executor->plan;
}

const gyre_graph_t *gyre_task_graph(const gyre_task_t *task)
{
    return task->executor->graph;
}

const gyre_schema_t *gyre_task_edge_schema(const gyre_task_t *task, int edge)
{
    return edge >= 0 && (size_t)edge < task->outbox_count ? task->outboxes[edge].schema : NULL;
}

const gyre_schema_t *gyre_task_input_schema(const gyre_task_t *task, int edge)
{
    return edge >= 0 && (size_t)edge < task->inbox_count ? task->inboxes[edge].flow->received
                                                         : NULL;
}

const char *gyre_task_setting(const gyre_task_t *task, const char *key)
{
    const gyre_task_opts_t *opts = &task->node->opts;
    for (size_t i = 0; i < opts->setting_count; i++)
        if (strcmp(opts->settings[i].key, key) == 0)
            return opts->settings[i].value;
    return NULL;
}
