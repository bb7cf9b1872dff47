/* SPDX-License-Identifier: Apache-2.0 */
/* Graphs for people, and for dot(1), where the text of an edge is its label. */
#include "base/bytes.h"
#include "tasks/graph.h"

static void print_char(char c, FILE *stream)
{
    if (c == '\n')
        fputs("\\n", stream);
    else if (c == '"' || c == '\\')
        fprintf(stream, "\\%c", c);
    else
        fputc(c, stream);
}

static void print_inside(const char *text, FILE *stream)
{
    for (; *text; text++)
        print_char(*text, stream);
}

static void print_name(const char *name, FILE *stream)
{
    fputc('"', stream);
    print_inside(name, stream);
    fputc('"', stream);
}

/* --- Tasks --- */

static void print_instances(const gyre__vertex_t *node, FILE *stream)
{
    int count = node->opts.parallelism;
    if (count)
        fprintf(stream, "%d instance%s", count, count == 1 ? "" : "s");
    else
        fputs("the usual instances", stream);
}

static void print_datasets(const char *before, const char *const *names, FILE *stream)
{
    for (; names && *names; names++) {
        fprintf(stream, "%s ", before);
        print_name(*names, stream);
        before = ",";
    }
}

static void print_needs(const gyre_task_opts_t *opts, FILE *stream)
{
    if (opts->cpus > 0)
        fprintf(stream, ", %g processors", opts->cpus);
    if (opts->memory)
        fprintf(stream, ", %s of memory", gyre__bytes(opts->memory).text);
    if (opts->disk)
        fprintf(stream, ", %s of disk", gyre__bytes(opts->disk).text);
}

static void print_task(const gyre__vertex_t *node, FILE *stream)
{
    fputs("  task ", stream);
    print_name(node->name, stream);
    fputs(node->opts.source ? ": source, " : ": ", stream);
    print_instances(node, stream);
    print_needs(&node->opts, stream);
    print_datasets(", reads", node->opts.inputs, stream);
    print_datasets(", leaves", node->opts.outputs, stream);
    fputc('\n', stream);
}

/* --- Edges --- */

/* A column may not be there: graphs are printed before they are checked, too. */
static void print_column(const gyre_schema_t *schema, size_t column, FILE *stream)
{
    const char *name = schema && column < schema->field_count ? schema->fields[column].name : NULL;
    if (name)
        print_inside(name, stream);
    else
        fprintf(stream, "column %zu", column);
}

static void print_keys(const char *before, const gyre_schema_t *schema, const size_t *keys,
                       size_t count, FILE *stream)
{
    for (size_t i = 0; i < count; i++) {
        fputs(i ? ", " : before, stream);
        print_column(schema, keys[i], stream);
    }
}

static void print_order(const gyre_operator_opts_t *flow, FILE *stream)
{
    for (size_t i = 0; i < flow->order_count; i++) {
        fputs(i ? ", " : " in order of ", stream);
        print_column(flow->schema, flow->order[i].column, stream);
        fputs(flow->order[i].descending ? " down" : "", stream);
    }
}

static void print_aggregates(const gyre_operator_opts_t *flow, FILE *stream)
{
    static const char *const folds[] = {"count", "sum", "prod", "min", "max", "mean", "user"};
    for (size_t i = 0; i < flow->aggregate_count; i++) {
        const gyre_aggregate_t *aggregate = &flow->aggregates[i];
        bool known = (size_t)aggregate->fold < sizeof(folds) / sizeof(folds[0]);
        fprintf(stream, "%s%s(", i ? ", " : ": ", known ? folds[aggregate->fold] : "?");
        if (aggregate->column == GYRE_GROUP_ROWS)
            fputs("rows", stream);
        else
            print_column(flow->schema, aggregate->column, stream);
        fputc(')', stream);
    }
}

static const char *partitioner_of(const gyre_operator_opts_t *flow)
{
    static const char *const names[] = {"",          " by hash",   " in turn",
                                        " by range", " by source", " by a function"};
    return (size_t)flow->partitioner < sizeof(names) / sizeof(names[0]) ? names[flow->partitioner]
                                                                        : "";
}

/* "left join by sort on key = id" */
static void print_join(const gyre_operator_opts_t *flow, FILE *stream)
{
    static const char *const names[] = {"inner", "left", "right", "full"};
    bool known = (size_t)flow->join < sizeof(names) / sizeof(names[0]);
    fprintf(stream, "%s join by %s", known ? names[flow->join] : "?",
            flow->algorithm == GYRE_JOIN_SORT ? "sort" : "hash");
    print_keys(" on ", flow->schema, flow->keys, flow->key_count, stream);
    print_keys(" = ", flow->right, flow->right_keys, flow->key_count, stream);
}

static void print_flow(const gyre_operator_opts_t *flow, FILE *stream)
{
    if (flow->kind == GYRE_JOIN) {
        print_join(flow, stream);
        return;
    }
    fprintf(stream, "%s%s", gyre_operator_kind_name(flow->kind), partitioner_of(flow));
    print_keys(" by ", flow->schema, flow->keys, flow->key_count, stream);
    print_order(flow, stream);
    fputs(flow->grouped ? ", grouped" : "", stream);
    fputs(flow->bulk ? ", in bulk" : "", stream);
    print_aggregates(flow, stream);
}

static void print_edge(const gyre_graph_t *graph, const gyre__edge_t *edge, FILE *stream)
{
    fputs("  edge ", stream);
    print_name(edge->name, stream);
    fputs(": from ", stream);
    print_name(graph->nodes[edge->from].name, stream);
    if (gyre__edge_joins(edge)) {
        fputs(" and ", stream);
        print_name(graph->nodes[edge->right].name, stream);
    }
    fputs(" to ", stream);
    print_name(graph->nodes[edge->to].name, stream);
    fputs(", ", stream);
    print_flow(&edge->flow, stream);
    fputc('\n', stream);
}

void gyre_graph_print(const gyre_graph_t *graph, FILE *stream)
{
    fprintf(stream, "%s graph ", graph->stream ? "stream" : "batch");
    print_name(graph->name, stream);
    if (graph->limit)
        fprintf(stream, ", at most %d instances on a worker", graph->limit);
    fputc('\n', stream);
    for (size_t i = 0; i < graph->node_count; i++)
        print_task(&graph->nodes[i], stream);
    for (size_t i = 0; i < graph->edge_count; i++)
        print_edge(graph, &graph->edges[i], stream);
}

/* --- DOT --- */

static void dot_task(const gyre__vertex_t *node, FILE *stream)
{
    fputs("  ", stream);
    print_name(node->name, stream);
    fputs(" [label=\"", stream);
    print_inside(node->name, stream);
    fputs("\\n", stream);
    print_instances(node, stream);
    fprintf(stream, "\"%s];\n", node->opts.source ? ", shape=box" : "");
}

static void dot_edge(const gyre_graph_t *graph, size_t from, const gyre__edge_t *edge,
                     const char *side, FILE *stream)
{
    fputs("  ", stream);
    print_name(graph->nodes[from].name, stream);
    fputs(" -> ", stream);
    print_name(graph->nodes[edge->to].name, stream);
    fputs(" [label=\"", stream);
    print_inside(edge->name, stream);
    fprintf(stream, "%s\\n", side);
    print_flow(&edge->flow, stream);
    fputs("\"];\n", stream);
}

void gyre_graph_print_dot(const gyre_graph_t *graph, FILE *stream)
{
    fputs("digraph ", stream);
    print_name(graph->name, stream);
    fputs(" {\n", stream);
    for (size_t i = 0; i < graph->node_count; i++)
        dot_task(&graph->nodes[i], stream);
    for (size_t i = 0; i < graph->edge_count; i++) {
        const gyre__edge_t *edge = &graph->edges[i];
        bool joins = gyre__edge_joins(edge);
        dot_edge(graph, edge->from, edge, joins ? ", left" : "", stream);
        if (joins)
            dot_edge(graph, edge->right, edge, ", right", stream);
    }
    fputs("}\n", stream);
}
