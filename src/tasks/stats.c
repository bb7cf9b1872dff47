/* SPDX-License-Identifier: Apache-2.0 */
/* What an executor has done, as JSON. */
#include "base/error.h"
#include "comm/comm.h"
#include "tasks/executor.h"

#include <jansson.h>

static json_t *task_object(const gyre_task_t *task)
{
    const gyre__task_counts_t *counts = &task->counts;
    return json_pack("{s:s, s:i, s:I, s:f, s:I, s:I, s:I, s:I}", "name", task->node->name, "index",
                     task->index, "calls", (json_int_t)counts->calls, "seconds",
                     (double)counts->ns * 1e-9, "rows_in", (json_int_t)counts->rows_in,
                     "batches_in", (json_int_t)counts->batches_in, "rows_out",
                     (json_int_t)counts->rows_out, "batches_out", (json_int_t)counts->batches_out);
}

static json_t *edge_object(const gyre__flow_t *flow)
{
    const gyre__edge_t *edge = flow->edge;
    gyre_operator_counts_t counts = {.size = sizeof(counts)};
    if (flow->op)
        gyre_operator_count(flow->op, &counts);
    return json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I}", "name", edge->name, "operator",
                     gyre_operator_kind_name(edge->flow.kind), "rows_sent",
                     (json_int_t)counts.rows_inserted, "rows_received",
                     (json_int_t)counts.rows_received, "bytes_sent", (json_int_t)counts.bytes_sent,
                     "bytes_received", (json_int_t)counts.bytes_received, "rows_spilled",
                     (json_int_t)counts.rows_spilled, "bytes_spilled",
                     (json_int_t)counts.bytes_spilled);
}

gyre_status_t gyre_executor_stats(const gyre_executor_t *executor, FILE *stream)
{
    if (!executor || !stream)
        return gyre__error(GYRE_ERR_ARG, "no executor or no stream: NULL");
    json_t *tasks = json_array(), *edges = json_array();
    for (size_t i = 0; i < executor->task_count; i++)
        json_array_append_new(tasks, task_object(&executor->tasks[i]));
    for (size_t i = 0; i < executor->graph->edge_count; i++)
        json_array_append_new(edges, edge_object(&executor->flows[i]));
    json_t *all = json_pack("{s:s, s:i, s:o, s:o}", "graph", executor->graph->name, "worker",
                            gyre_comm_rank(executor->comm), "tasks", tasks, "edges", edges);
    if (!all)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for the figures of an executor");
    int failed =
        json_dumpf(all, stream, JSON_COMPACT | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(6));
    json_decref(all);
    return failed ? gyre__error(GYRE_ERR_IO, "the figures of an executor could not be written")
                  : GYRE_OK;
}
