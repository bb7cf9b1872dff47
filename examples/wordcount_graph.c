/* SPDX-License-Identifier: Apache-2.0 */
/* Word count as a graph of tasks: "read" cuts text into words, an edge reduces them to their
 * counts, "write" puts each part of these into a file. */
#include "application.h"
#include "words.h"

#include <inttypes.h>
#include <string.h>

static const char usage[] = "Usage: gyre run -n N wordcount_graph PATH OUT\n"
                            "Counts the words of PATH, a file, a directory or a 'pattern', and "
                            "writes them to the directory\n"
                            "OUT, in lines of a word, a tab and its count.\n";

static const gyre_field_t word = {.name = "word", .kind = GYRE_KIND_STRING};
static const gyre_csv_format_t tabs = {.delimiter = '\t', .no_quotes = true};

typedef struct job {
    gyre_input_t *input;
    gyre_output_t *output;
    const gyre_schema_t *words;
} job_t;

typedef struct reader {
    const job_t *job;
    gyre_split_t *split;
    gyre_lines_t *lines;
    gyre_builder_t *words;
    gyre_text_t text; /* what is left of a block */
} reader_t;

static gyre_status_t open_reader(gyre_task_t *task, void *arg, void **state)
{
    reader_t *reader = calloc(1, sizeof(*reader));
    if (!reader)
        return GYRE_ERR_NO_MEMORY;
    *state = reader;
    reader->job = arg;
    gyre_status_t status = gyre_split_create(reader->job->input, (uint64_t)gyre_task_index(task),
                                             (uint64_t)gyre_task_parallelism(task), &reader->split);
    if (status == GYRE_OK)
        status = gyre_lines_open(reader->split, 0, &reader->lines);
    return status == GYRE_OK ? gyre_builder_create_batch(reader->job->words, NULL, &reader->words)
                             : status;
}

static gyre_status_t read_words(gyre_task_t *task, void *state)
{
    reader_t *reader = state;
    const gyre_batch_t *words;
    gyre_status_t status = GYRE_OK;
    if (reader->text.length == 0)
        status = gyre_lines_block(reader->lines, &reader->text);
    if (status != GYRE_OK || !reader->text.data)
        return status;
    status = words_take(reader->words, &reader->text, &words);
    if (status != GYRE_OK)
        return status;
    status = gyre_task_write(task, 0, words);
    gyre_batch_release(words);
    return status == GYRE_OK ? GYRE_IN_PROGRESS : status;
}

static void close_reader(gyre_task_t *task, void *state)
{
    reader_t *reader = state;
    (void)task;
    if (!reader)
        return;
    gyre_builder_destroy(reader->words);
    gyre_lines_close(reader->lines);
    gyre_split_destroy(reader->split);
    free(reader);
}

typedef struct writer {
    gyre_part_t *part;
    gyre_csv_writer_t *csv;
} writer_t;

static gyre_status_t open_writer(gyre_task_t *task, void *arg, void **state)
{
    const job_t *job = arg;
    writer_t *writer = calloc(1, sizeof(*writer));
    if (!writer)
        return GYRE_ERR_NO_MEMORY;
    *state = writer;
    gyre_status_t status =
        gyre_part_create(job->output, (uint32_t)gyre_task_index(task), &writer->part);
    return status == GYRE_OK ? gyre_csv_writer_create(writer->part, gyre_task_input_schema(task, 0),
                                                      &tabs, &writer->csv)
                             : status;
}

static gyre_status_t write_counts(gyre_task_t *task, void *state, int edge, int source,
                                  const gyre_batch_t *counts)
{
    writer_t *writer = state;
    (void)task;
    (void)edge;
    (void)source;
    return gyre_csv_write(writer->csv, counts);
}

static gyre_status_t commit(gyre_task_t *task, void *state)
{
    writer_t *writer = state;
    gyre_part_t *part = writer->part;
    (void)task;
    writer->part = NULL;
    return gyre_part_commit(part);
}

static void close_writer(gyre_task_t *task, void *state)
{
    writer_t *writer = state;
    (void)task;
    if (!writer)
        return;
    gyre_csv_writer_destroy(writer->csv);
    gyre_part_abort(writer->part);
    free(writer);
}

static gyre_graph_t *make_graph(job_t *job)
{
    static const gyre_aggregate_t count = {
        .fold = GYRE_FOLD_COUNT, .column = GYRE_GROUP_ROWS, .name = "count"};
    static const size_t key = 0;
    const gyre_task_opts_t read = {.size = sizeof(read),
                                   .source = read_words,
                                   .open = open_reader,
                                   .close = close_reader,
                                   .arg = job};
    const gyre_task_opts_t write = {.size = sizeof(write),
                                    .receive = write_counts,
                                    .end = commit,
                                    .open = open_writer,
                                    .close = close_writer,
                                    .arg = job};
    const gyre_edge_opts_t counts = {.size = sizeof(counts),
                                     .from = "read",
                                     .to = "write",
                                     .flow = {.size = sizeof(counts.flow),
                                              .kind = GYRE_REDUCE,
                                              .schema = job->words,
                                              .keys = &key,
                                              .key_count = 1,
                                              .aggregates = &count,
                                              .aggregate_count = 1}};
    gyre_graph_t *graph;
    must(gyre_graph_create("wordcount", 0, &graph));
    must(gyre_graph_add(graph, "read", &read));
    must(gyre_graph_add(graph, "write", &write));
    must(gyre_graph_connect(graph, &counts));
    return graph;
}

static void run(gyre_comm_t *world, const char *path, const char *out)
{
    double start = seconds();
    gyre_executor_t *executor;
    gyre_plan_t *plan;
    job_t job;
    must(gyre_schema_create(&word, 1, &job.words));
    must(gyre_input_create(&path, 1, NULL, &job.input));
    must(gyre_output_open(out, NULL, &job.output));
    gyre_graph_t *graph = make_graph(&job);
    must(gyre_plan_create_for(world, (const gyre_graph_t *const *)&graph, 1, NULL, &plan));
    must(gyre_executor_create(world, graph, plan, NULL, &executor));
    must(gyre_executor_run(executor));
    must(gyre_barrier(world)); /* all parts are there */
    if (gyre_comm_rank(world) == 0) {
        must(gyre_output_finish(job.output,
                                (uint32_t)gyre_plan_parallelism(plan, "wordcount", "write")));
        printf("words counted in %.3f s\n", seconds() - start);
    }
    gyre_executor_destroy(executor);
    gyre_plan_destroy(plan);
    gyre_graph_destroy(graph);
    gyre_output_close(job.output);
    gyre_input_destroy(job.input);
    gyre_schema_release(job.words);
}

int main(int argc, char **argv)
{
    gyre_context_t *ctx;
    if (argc == 2 && strcmp(argv[1], "--help") == 0)
        return fputs(usage, stdout) < 0;
    if (argc != 3)
        return fputs("wordcount_graph: see wordcount_graph --help\n", stderr), 2;
    must(gyre_init(NULL, &ctx));
    run(gyre_comm_world(ctx), argv[1], argv[2]);
    gyre_finalize(ctx);
    return fflush(stdout) != 0;
}
