/* SPDX-License-Identifier: Apache-2.0 */
/* Graphs: each error by the names that it must say, what is printed, and that a graph keeps nothing
 * of its caller's. */
#include <criterion/criterion.h>
#include <gyre/graph.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

TestSuite(graph, .timeout = 60);

enum { WORD, COUNT };

static const gyre_schema_t *schema;
static gyre_graph_t *graph;
static const size_t by_word[] = {WORD};
static const gyre_aggregate_t totals[] = {
    {GYRE_FOLD_SUM, .column = COUNT},
    {GYRE_FOLD_COUNT, .column = GYRE_GROUP_ROWS, .name = "rows"},
};

static gyre_status_t emit(gyre_task_t *task, void *state)
{
    (void)task, (void)state;
    return GYRE_OK;
}

static gyre_status_t take(gyre_task_t *task, void *state, int edge, int source,
                          const gyre_batch_t *batch)
{
    (void)task, (void)state, (void)edge, (void)source, (void)batch;
    return GYRE_OK;
}

static gyre_status_t told(gyre_task_t *task, void *state, uint64_t id)
{
    (void)task, (void)state, (void)id;
    return GYRE_OK;
}

static gyre_status_t marked(gyre_task_t *task, void *state, int64_t time)
{
    (void)task, (void)state, (void)time;
    return GYRE_OK;
}

static gyre_status_t to_first(void *arg, int source, const gyre_batch_t *batch, size_t first,
                              size_t count, int targets, int32_t *target_of)
{
    (void)arg, (void)source, (void)batch, (void)first, (void)targets;
    memset(target_of, 0, count * sizeof(*target_of));
    return GYRE_OK;
}

static void setup(void)
{
    static const gyre_field_t fields[] = {{.name = "word", .kind = GYRE_KIND_STRING},
                                          {.name = "count", .kind = GYRE_KIND_INT64}};
    cr_assert_eq(gyre_schema_create(fields, 2, &schema), GYRE_OK);
    cr_assert_eq(gyre_graph_create("words", 0, &graph), GYRE_OK);
}

static void teardown(void)
{
    gyre_graph_destroy(graph);
    gyre_schema_release(schema);
}

#define GRAPH_TEST(name) Test(graph, name, .init = setup, .fini = teardown)

/* --- What tests are made of --- */

static gyre_task_opts_t source(int parallelism)
{
    return (gyre_task_opts_t){
        .size = sizeof(gyre_task_opts_t), .parallelism = parallelism, .source = emit};
}

static gyre_task_opts_t receiver(int parallelism)
{
    return (gyre_task_opts_t){
        .size = sizeof(gyre_task_opts_t), .parallelism = parallelism, .receive = take};
}

static gyre_edge_opts_t edge(const char *from, const char *to, gyre_operator_kind_t kind)
{
    return (gyre_edge_opts_t){.size = sizeof(gyre_edge_opts_t),
                              .from = from,
                              .to = to,
                              .flow = {.kind = kind, .schema = schema}};
}

static void add(const char *name, gyre_task_opts_t opts)
{
    cr_assert_eq(gyre_graph_add(graph, name, &opts), GYRE_OK, "%s", gyre_last_error());
}

static void connect(gyre_edge_opts_t opts)
{
    cr_assert_eq(gyre_graph_connect(graph, &opts), GYRE_OK, "%s", gyre_last_error());
}

/* What is said has all of the texts, of which NULL ends the list. */
static void says(gyre_status_t status, gyre_status_t expected, const char *const *texts)
{
    cr_assert_eq(status, expected, "%s, expected %s: %s", gyre_status_name(status),
                 gyre_status_name(expected), gyre_last_error());
    for (; *texts; texts++)
        cr_assert(strstr(gyre_last_error(), *texts), "\"%s\" lacks \"%s\"", gyre_last_error(),
                  *texts);
}
#define SAYS(call, expected, ...) says(call, expected, (const char *const[]){__VA_ARGS__, NULL})

static gyre_status_t try_add(const char *name, gyre_task_opts_t opts)
{
    return gyre_graph_add(graph, name, &opts);
}

static gyre_status_t try_connect(gyre_edge_opts_t opts)
{
    return gyre_graph_connect(graph, &opts);
}

/* "lines" to "words". */
static void two_tasks(int lines, int words)
{
    add("lines", source(lines));
    add("words", receiver(words));
}

/* --- Errors of a task --- */

GRAPH_TEST(names_are_taken_once_and_not_empty)
{
    two_tasks(1, 1);
    SAYS(try_add("lines", source(1)), GYRE_ERR_ARG, "\"words\"", "\"lines\" already");
    SAYS(try_add("", source(1)), GYRE_ERR_ARG, "name");
    SAYS(try_add(NULL, source(1)), GYRE_ERR_ARG, "name");
    SAYS(gyre_graph_create("", 0, &graph), GYRE_ERR_ARG, "name");
    SAYS(gyre_graph_add(graph, "more", NULL), GYRE_ERR_ARG, "options");
    gyre_task_opts_t opts = source(1);
    opts.size = 7;
    SAYS(try_add("more", opts), GYRE_ERR_ARG, "\"more\"", "7 bytes");
    cr_assert_eq(gyre_graph_check(graph, 1), GYRE_ERR_ARG);
}

GRAPH_TEST(functions_of_a_task_go_together)
{
    gyre_task_opts_t opts = source(1);
    opts.receive = take;
    SAYS(try_add("both", opts), GYRE_ERR_ARG, "\"both\" has both source and receive");
    opts.source = NULL, opts.receive = NULL;
    SAYS(try_add("none", opts), GYRE_ERR_ARG, "\"none\" lacks source and receive");
    opts = source(1);
    opts.end = emit;
    add("ends", opts);
    opts = source(1);
    opts.barrier = told;
    SAYS(try_add("stops", opts), GYRE_ERR_ARG, "\"stops\" is a source", "barrier");
    opts.barrier = NULL, opts.watermark = marked;
    SAYS(try_add("stops", opts), GYRE_ERR_ARG, "\"stops\" is a source", "watermark");
    opts = receiver(1);
    opts.end = emit, opts.barrier = told, opts.watermark = marked;
    add("all", opts);
}

GRAPH_TEST(figures_of_a_task_are_sane)
{
    SAYS(try_add("few", source(-1)), GYRE_ERR_RANGE, "\"few\" of -1 instances");
    SAYS(try_add("many", source((1 << 20) + 1)), GYRE_ERR_RANGE, "\"many\" of 1048577 instances");
    const double absurd[] = {-0.5, NAN, INFINITY};
    for (size_t i = 0; i < 3; i++) {
        gyre_task_opts_t opts = source(1);
        opts.cpus = absurd[i];
        SAYS(try_add("odd", opts), GYRE_ERR_RANGE, "\"odd\"", "processors");
    }
    SAYS(gyre_graph_limit(graph, -1), GYRE_ERR_RANGE, "-1 instances");
    gyre_task_opts_t most = source(1 << 20);
    most.memory = most.disk = UINT64_MAX;
    most.cpus = 1e300;
    add("most", most);
    cr_assert_eq(gyre_graph_check(graph, INT_MAX), GYRE_OK);
}

GRAPH_TEST(instances_of_a_graph_can_be_counted)
{
    char name[32];
    for (int i = 0; i < 2048; i++) {
        snprintf(name, sizeof(name), "task%d", i);
        add(name, source(1 << 20));
    }
    SAYS(gyre_graph_check(graph, 1), GYRE_ERR_RANGE, "\"words\"", "\"task2047\"");
}

GRAPH_TEST(datasets_and_settings_have_names)
{
    gyre_task_opts_t opts = source(1);
    opts.inputs = (const char *const[]){"a", "b", "a", NULL};
    SAYS(try_add("twice", opts), GYRE_ERR_ARG, "\"twice\" names input \"a\" twice");
    opts.inputs = NULL;
    opts.outputs = (const char *const[]){"a", "", NULL};
    SAYS(try_add("empty", opts), GYRE_ERR_ARG, "output 1 of task \"empty\"");
    opts.outputs = NULL;
    opts.setting_count = 1;
    SAYS(try_add("unset", opts), GYRE_ERR_ARG, "\"unset\" has 1 settings at NULL");
    opts.settings = &(gyre_metadata_t){.key = "key"};
    SAYS(try_add("half", opts), GYRE_ERR_ARG, "setting 0 of task \"half\"");
}

/* --- Errors of an edge, when it is added --- */

GRAPH_TEST(edges_join_tasks_that_are_there)
{
    two_tasks(1, 1);
    SAYS(try_connect(edge("lines", "wrods", GYRE_PIPE)), GYRE_ERR_NOT_FOUND, "edge \"lines-wrods\"",
         "no task \"wrods\"", "mean \"words\"");
    SAYS(try_connect(edge("nothing like it", "words", GYRE_PIPE)), GYRE_ERR_NOT_FOUND,
         "no task \"nothing like it\"");
    cr_assert_null(strstr(gyre_last_error(), "mean"));
    SAYS(try_connect(edge(NULL, "words", GYRE_PIPE)), GYRE_ERR_ARG, "from and to");
    gyre_edge_opts_t opts = edge("lines", "words", GYRE_PIPE);
    opts.size = 7;
    SAYS(try_connect(opts), GYRE_ERR_ARG, "\"lines\"", "7 bytes");
}

GRAPH_TEST(edges_between_the_same_tasks_need_names)
{
    two_tasks(1, 1);
    connect(edge("lines", "words", GYRE_PIPE));
    SAYS(try_connect(edge("lines", "words", GYRE_BROADCAST)), GYRE_ERR_ARG,
         "edge \"lines-words\" already", "name");
    gyre_edge_opts_t named = edge("lines", "words", GYRE_BROADCAST);
    named.name = "all";
    connect(named);
    SAYS(try_connect(named), GYRE_ERR_ARG, "edge \"all\" already");
    cr_assert_eq(gyre_graph_check(graph, 3), GYRE_OK);
}

GRAPH_TEST(right_sides_are_of_joins)
{
    two_tasks(1, 1);
    gyre_edge_opts_t opts = edge("lines", "words", GYRE_PIPE);
    opts.right = "lines";
    SAYS(try_connect(opts), GYRE_ERR_ARG, "\"lines-words\"", "right side for a pipe");
    opts = edge("lines", "words", GYRE_JOIN);
    SAYS(try_connect(opts), GYRE_ERR_ARG, "\"lines-words\"", "right side");
    opts.right = "line";
    SAYS(try_connect(opts), GYRE_ERR_NOT_FOUND, "\"lines-words\"", "mean \"lines\"");
}

GRAPH_TEST(what_an_edge_needs_is_there)
{
    two_tasks(1, 1);
    gyre_edge_opts_t opts = edge("lines", "words", GYRE_REDUCE);
    opts.flow.schema = NULL;
    SAYS(try_connect(opts), GYRE_ERR_ARG, "\"lines-words\": no schema");
    opts = edge("lines", "words", GYRE_REDUCE);
    opts.flow.key_count = 1;
    SAYS(try_connect(opts), GYRE_ERR_ARG, "\"lines-words\": no keys");
    opts.flow.keys = by_word;
    opts.flow.key_count = 3;
    SAYS(try_connect(opts), GYRE_ERR_RANGE, "\"lines-words\": 3 keys", "2 columns");
    opts.flow.key_count = 1;
    opts.flow.aggregate_count = 1;
    SAYS(try_connect(opts), GYRE_ERR_ARG, "\"lines-words\": no aggregates");
    opts = edge("lines", "words", GYRE_SORT);
    opts.flow.order_count = 1;
    SAYS(try_connect(opts), GYRE_ERR_ARG, "\"lines-words\": no order");
    opts.flow.order = (const gyre_sort_key_t[]){{WORD}};
    opts.flow.order_count = SIZE_MAX;
    SAYS(try_connect(opts), GYRE_ERR_RANGE, "\"lines-words\"", "2 columns");
    opts = edge("lines", "words", GYRE_JOIN);
    opts.right = "lines";
    opts.flow.keys = by_word;
    opts.flow.key_count = 1;
    SAYS(try_connect(opts), GYRE_ERR_ARG, "\"lines-words\": no keys of the right side");
}

/* --- Errors of the whole --- */

GRAPH_TEST(a_graph_has_tasks_and_workers)
{
    SAYS(gyre_graph_check(graph, 1), GYRE_ERR_ARG, "\"words\" has no tasks");
    SAYS(gyre_graph_check(graph, 0), GYRE_ERR_ARG, "0 workers");
    SAYS(gyre_graph_check(NULL, 1), GYRE_ERR_ARG, "no graph");
}

GRAPH_TEST(edges_lead_to_receivers_and_to_all_of_them)
{
    two_tasks(2, 2);
    SAYS(gyre_graph_check(graph, 2), GYRE_ERR_ARG, "\"words\"", "task \"words\"",
         "no edge leads to it");
    connect(edge("lines", "words", GYRE_PIPE));
    cr_assert_eq(gyre_graph_check(graph, 2), GYRE_OK);
    add("other", source(2));
    connect(edge("lines", "other", GYRE_PIPE));
    SAYS(gyre_graph_check(graph, 2), GYRE_ERR_ARG, "edge \"lines-other\"",
         "task \"other\", which is a source");
}

GRAPH_TEST(a_circle_is_named_by_one_of_its_edges)
{
    two_tasks(1, 1);
    add("back", receiver(1));
    add("last", receiver(1));
    add("behind", receiver(1));
    connect(edge("lines", "words", GYRE_PIPE));
    connect(edge("words", "behind", GYRE_PIPE));
    connect(edge("words", "back", GYRE_PIPE));
    connect(edge("back", "last", GYRE_PIPE));
    cr_assert_eq(gyre_graph_check(graph, 1), GYRE_OK);
    connect(edge("last", "words", GYRE_PIPE));
    SAYS(gyre_graph_check(graph, 1), GYRE_ERR_ARG, "circle", "leads to itself");
    cr_assert_null(strstr(gyre_last_error(), "lines"));
    cr_assert_null(strstr(gyre_last_error(), "behind"));
}

GRAPH_TEST(a_circle_may_lead_through_the_right_side)
{
    two_tasks(1, 1);
    gyre_edge_opts_t join = edge("lines", "words", GYRE_JOIN);
    join.right = "words";
    join.flow.right = schema;
    join.flow.keys = join.flow.right_keys = by_word;
    join.flow.key_count = 1;
    connect(join);
    SAYS(gyre_graph_check(graph, 1), GYRE_ERR_ARG, "edge \"lines-words\"", "circle", "\"words\"");
}

/* Of a graph of "lines" and "words" with one edge. */
static gyre_status_t check_with(int lines, int words, gyre_edge_opts_t opts, int workers)
{
    gyre_graph_destroy(graph);
    cr_assert_eq(gyre_graph_create("words", 0, &graph), GYRE_OK);
    two_tasks(lines, words);
    connect(opts);
    return gyre_graph_check(graph, workers);
}

GRAPH_TEST(operators_say_what_they_do_not_take)
{
    gyre_edge_opts_t opts = edge("lines", "words", GYRE_PIPE);
    SAYS(check_with(2, 3, opts, 1), GYRE_ERR_ARG, "edge \"lines-words\"", "\"words\"",
         "pipe of 2 sources and 3 targets");
    SAYS(check_with(0, 3, opts, 2), GYRE_ERR_ARG, "pipe of 2 sources and 3 targets");
    cr_assert_eq(check_with(0, 3, opts, 3), GYRE_OK);
    opts.flow.keys = by_word;
    opts.flow.key_count = 1;
    SAYS(check_with(1, 1, opts, 1), GYRE_ERR_ARG, "edge \"lines-words\"", "keys for a pipe");
    opts = edge("lines", "words", GYRE_OPERATOR_KINDS);
    SAYS(check_with(1, 1, opts, 1), GYRE_ERR_UNKNOWN, "edge \"lines-words\"", "operator kind");
    opts = edge("lines", "words", GYRE_GATHER);
    SAYS(check_with(4, 2, opts, 1), GYRE_ERR_ARG, "edge \"lines-words\"", "2 targets");
    cr_assert_eq(check_with(4, 1, opts, 1), GYRE_OK);
    opts = edge("lines", "words", GYRE_SORT);
    SAYS(check_with(1, 1, opts, 1), GYRE_ERR_ARG, "edge \"lines-words\"", "without an order");
    opts = edge("lines", "words", GYRE_PARTITION);
    opts.flow.keys = (const size_t[]){2};
    opts.flow.key_count = 1;
    SAYS(check_with(1, 1, opts, 1), GYRE_ERR_RANGE, "edge \"lines-words\"", "column 2");
    opts = edge("lines", "words", GYRE_PARTITION);
    opts.flow.partitioner = GYRE_PARTITIONER_USER;
    SAYS(check_with(1, 1, opts, 1), GYRE_ERR_ARG, "edge \"lines-words\"", "function");
    opts.flow.partition = to_first;
    cr_assert_eq(check_with(1, 1, opts, 1), GYRE_OK);
}

GRAPH_TEST(folds_go_with_their_columns)
{
    gyre_edge_opts_t opts = edge("lines", "words", GYRE_REDUCE);
    gyre_aggregate_t sum = {GYRE_FOLD_SUM, .column = WORD};
    opts.flow.keys = by_word;
    opts.flow.key_count = 1;
    opts.flow.aggregates = &sum;
    opts.flow.aggregate_count = 1;
    SAYS(check_with(1, 1, opts, 1), GYRE_ERR_ARG, "edge \"lines-words\"", "word");
    sum.column = COUNT;
    cr_assert_eq(check_with(1, 1, opts, 1), GYRE_OK);
}

GRAPH_TEST(datasets_are_shared_by_as_many_and_left_by_one)
{
    gyre_task_opts_t opts = source(2);
    opts.outputs = (const char *const[]){"centres", NULL};
    add("move", opts);
    opts = source(3);
    opts.inputs = (const char *const[]){"points", "centres", NULL};
    add("read", opts);
    SAYS(gyre_graph_check(graph, 2), GYRE_ERR_ARG, "\"centres\"", "\"move\"", "with 2 instances",
         "\"read\"", "with 3");
    gyre_graph_destroy(graph);
    cr_assert_eq(gyre_graph_create("words", 0, &graph), GYRE_OK);
    opts = source(2);
    opts.inputs = opts.outputs = (const char *const[]){"centres", NULL};
    add("move", opts);
    cr_assert_eq(gyre_graph_check(graph, 2), GYRE_OK);
    opts.inputs = NULL;
    add("other", opts);
    SAYS(gyre_graph_check(graph, 2), GYRE_ERR_ARG, "\"centres\" is left by tasks \"move\"",
         "\"other\"");
}

/* --- Copies --- */

static char *heap_text(const char *text)
{
    char *copy = strdup(text);
    cr_assert(copy);
    return copy;
}

static char *printed(void (*print)(const gyre_graph_t *, FILE *))
{
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    cr_assert(stream);
    print(graph, stream);
    fclose(stream);
    return text;
}

static void same_text(const char *got, const char *expected)
{
    cr_assert_str_eq(got, expected, "got\n%s\nexpected\n%s", got, expected);
}

/* All of the caller's is overwritten and freed; under a sanitizer, a pointer left behind is seen,
 * and without one it prints other text. */
GRAPH_TEST(nothing_of_the_caller_is_kept)
{
    char *name = heap_text("lines"), *output = heap_text("set"), *key = heap_text("key");
    const char **outputs = calloc(2, sizeof(*outputs));
    gyre_metadata_t *setting = calloc(1, sizeof(*setting));
    size_t *keys = calloc(1, sizeof(*keys));
    gyre_aggregate_t *sum = calloc(1, sizeof(*sum));
    gyre_edge_opts_t *opts = calloc(1, sizeof(*opts));
    outputs[0] = output;
    *setting = (gyre_metadata_t){key, key};
    gyre_task_opts_t lines = source(2);
    lines.outputs = outputs;
    lines.settings = setting;
    lines.setting_count = 1;
    add(name, lines);
    add("words", receiver(3));
    *sum = (gyre_aggregate_t){GYRE_FOLD_SUM, .column = COUNT, .name = key};
    *keys = WORD;
    *opts = edge(name, "words", GYRE_REDUCE);
    opts->flow.keys = keys;
    opts->flow.key_count = 1;
    opts->flow.aggregates = sum;
    opts->flow.aggregate_count = 1;
    connect(*opts);
    memset(name, '?', 5), memset(output, '?', 3), memset(key, '?', 3);
    memset(keys, 0xff, sizeof(*keys)), memset(sum, 0xff, sizeof(*sum));
    free(name), free(output), free(key), free(outputs), free(setting), free(keys), free(sum);
    free(opts);
    gyre_schema_release(schema);
    char *text = printed(gyre_graph_print);
    same_text(text, "batch graph \"words\"\n"
                    "  task \"lines\": source, 2 instances, leaves \"set\"\n"
                    "  task \"words\": 3 instances\n"
                    "  edge \"lines-words\": from \"lines\" to \"words\", "
                    "reduce by word: sum(count)\n");
    free(text);
    cr_assert_eq(gyre_graph_check(graph, 2), GYRE_OK);
    schema = NULL;
}

/* --- Printing --- */

static void big_graph(void)
{
    gyre_task_opts_t lines = source(0), words = receiver(3), last = receiver(1);
    lines.cpus = 0.5;
    lines.memory = UINT64_C(3) << 29;
    lines.disk = 100;
    lines.inputs = (const char *const[]){"files", NULL};
    lines.outputs = (const char *const[]){"one", "two", NULL};
    add("lines", lines);
    add("words", words);
    add("a \"quoted\\\" one", last);
    gyre_edge_opts_t opts = edge("lines", "words", GYRE_REDUCE);
    opts.flow.keys = by_word;
    opts.flow.key_count = 1;
    opts.flow.aggregates = totals;
    opts.flow.aggregate_count = 2;
    connect(opts);
    opts = edge("words", "a \"quoted\\\" one", GYRE_JOIN);
    opts.name = "both";
    opts.right = "lines";
    opts.flow.keys = opts.flow.right_keys = by_word;
    opts.flow.key_count = 1;
    opts.flow.right = schema;
    opts.flow.join = GYRE_JOIN_LEFT;
    opts.flow.algorithm = GYRE_JOIN_SORT;
    connect(opts);
    opts = edge("lines", "words", GYRE_PARTITION);
    opts.name = "ordered";
    opts.flow.partitioner = GYRE_PARTITIONER_RANGE;
    opts.flow.order = (const gyre_sort_key_t[]){{.column = COUNT, .descending = true}, {WORD}};
    opts.flow.order_count = 2;
    opts.flow.bulk = 1;
    connect(opts);
    cr_assert_eq(gyre_graph_limit(graph, 4), GYRE_OK);
}

GRAPH_TEST(text_has_a_line_for_each)
{
    big_graph();
    cr_assert_eq(gyre_graph_check(graph, 2), GYRE_OK, "%s", gyre_last_error());
    char *text = printed(gyre_graph_print);
    same_text(text,
              "batch graph \"words\", at most 4 instances on a worker\n"
              "  task \"lines\": source, the usual instances, 0.5 processors, 1.5 GiB of memory, "
              "100 bytes of disk, reads \"files\", leaves \"one\", \"two\"\n"
              "  task \"words\": 3 instances\n"
              "  task \"a \\\"quoted\\\\\\\" one\": 1 instance\n"
              "  edge \"lines-words\": from \"lines\" to \"words\", reduce by word: sum(count), "
              "count(rows)\n"
              "  edge \"both\": from \"words\" and \"lines\" to \"a \\\"quoted\\\\\\\" one\", left "
              "join by sort on word = word\n"
              "  edge \"ordered\": from \"lines\" to \"words\", partition by range in order of "
              "count down, word, in bulk\n");
    free(text);
}

GRAPH_TEST(dot_has_what_dot_takes)
{
    big_graph();
    char *text = printed(gyre_graph_print_dot);
    same_text(text,
              "digraph \"words\" {\n"
              "  \"lines\" [label=\"lines\\nthe usual instances\", shape=box];\n"
              "  \"words\" [label=\"words\\n3 instances\"];\n"
              "  \"a \\\"quoted\\\\\\\" one\" [label=\"a \\\"quoted\\\\\\\" one\\n1 instance\"];\n"
              "  \"lines\" -> \"words\" [label=\"lines-words\\nreduce by word: sum(count), "
              "count(rows)\"];\n"
              "  \"words\" -> \"a \\\"quoted\\\\\\\" one\" [label=\"both, left\\nleft join by sort "
              "on word = word\"];\n"
              "  \"lines\" -> \"a \\\"quoted\\\\\\\" one\" [label=\"both, right\\nleft join by "
              "sort on word = word\"];\n"
              "  \"lines\" -> \"words\" [label=\"ordered\\npartition by range in order of count "
              "down, word, in bulk\"];\n"
              "}\n");
    free(text);
}

/* Whatever is wrong with it: graphs are printed to find that out. */
GRAPH_TEST(what_is_wrong_is_printed_too)
{
    two_tasks(1, 1);
    gyre_edge_opts_t opts = edge("lines", "words", GYRE_OPERATOR_KINDS);
    opts.flow.keys = (const size_t[]){99};
    opts.flow.key_count = 1;
    opts.flow.partitioner = 77;
    connect(opts);
    char *text = printed(gyre_graph_print);
    cr_assert(strstr(text, "from \"lines\" to \"words\", ? by column 99\n"), "%s", text);
    free(text);
}
