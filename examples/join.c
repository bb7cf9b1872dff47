/* SPDX-License-Identifier: Apache-2.0 */
/* Two CSV files joined on a column: every worker reads its share of both, the rows with equal keys
 * meet at the worker that the key's hash names, and each worker writes the pairs that it found as a
 * part. */
#include <gyre/gyre.h>

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "Usage: gyre run -n N join LEFT.csv RIGHT.csv --on COLUMN [OPTION...]\n"
    "Joins two CSV files, whose first rows are the names of their columns, where COLUMN is equal. "
    "A\n"
    "column of the right file whose name is taken gets \"_right\" behind it.\n"
    "\n"
    "  -o, --output DIR      write the pairs to DIR/part-00000.csv ..., one part per worker;\n"
    "                        without it some of them are shown\n"
    "  -f, --force           DIR may have parts of earlier runs\n"
    "  -t, --type TYPE       inner, left, right or full; inner unless given\n"
    "  -a, --algorithm HOW   hash or sort, which writes sorted parts; hash unless given\n"
    "  -h, --help            this text\n"
    "\n"
    "Examples:\n"
    "  gyre run -n 4 join people.csv orders.csv --on id --type left -o joined\n"
    "  GYRE_MEMORY=64m gyre run -n 2 join big.csv bigger.csv --on name --algorithm sort -o "
    "joined\n";

enum { SIDES = 2, SHOWN = 20 };

typedef struct job {
    gyre_comm_t *world;
    int rank, size;
    const char *column, *out;
    gyre_output_opts_t output;
    gyre_operator_opts_t join;
    gyre_part_t *part;
    gyre_csv_writer_t *writer;
    int64_t rows; /* of pairs here */
} job_t;

static const gyre_csv_format_t format = {.header = GYRE_CSV_HEADER};

/* A worker that fails ends as it is; others learn of it, and have nothing to say about it. */
static void check(job_t *job, gyre_status_t status)
{
    if (status >= 0)
        return;
    if (status != GYRE_ERR_PEER_FAILED)
        fprintf(stderr, "join: %s\n", gyre_last_error());
    gyre_part_abort(job->part);
    exit(1);
}

static gyre_status_t receive(void *arg, int target, int source, const gyre_batch_t *batch)
{
    job_t *job = arg;
    (void)target;
    (void)source;
    if (!batch)
        return GYRE_OK;
    if (job->rank == 0 && !job->out && job->rows < SHOWN)
        gyre_batch_print(batch, (size_t)(SHOWN - job->rows), stdout);
    job->rows += (int64_t)batch->length;
    return job->writer ? gyre_csv_write(job->writer, batch) : GYRE_OK;
}

/* A schema with the column as text. */
static const gyre_schema_t *with_text(job_t *job, const gyre_schema_t *schema, size_t column)
{
    gyre_field_t *fields = malloc(schema->field_count * sizeof(*fields));
    const gyre_schema_t *changed;
    memcpy(fields, schema->fields, schema->field_count * sizeof(*fields));
    fields[column] = (gyre_field_t){.name = fields[column].name, .kind = GYRE_KIND_STRING};
    check(job, gyre_schema_create(fields, schema->field_count, &changed));
    free(fields);
    gyre_schema_release(schema);
    return changed;
}

/* What both files hold. Keys whose types differ are compared as text. */
static void infer(job_t *job, gyre_input_t *const *inputs, const gyre_schema_t **schemas,
                  size_t *keys)
{
    const gyre_csv_opts_t csv = {.format = format};
    for (int i = 0; i < SIDES; i++) {
        check(job, gyre_csv_infer(inputs[i], &csv, &schemas[i]));
        check(job, gyre_schema_find(schemas[i], job->column, &keys[i]));
    }
    if (!gyre_field_alike(&schemas[0]->fields[keys[0]], &schemas[1]->fields[keys[1]]))
        for (int i = 0; i < SIDES; i++)
            schemas[i] = with_text(job, schemas[i], keys[i]);
}

/* This worker's share of a file, which is a source of its side. */
static void insert(job_t *job, gyre_operator_t *op, int side, const gyre_input_t *input,
                   const gyre_schema_t *schema)
{
    const gyre_csv_opts_t opts = {.format = format};
    int source = side * job->size + job->rank;
    const gyre_batch_t *batch;
    gyre_split_t *split;
    gyre_csv_t *csv;
    check(job, gyre_split_create(input, (uint64_t)job->rank, (uint64_t)job->size, &split));
    check(job, gyre_csv_open(split, schema, &opts, &csv));
    for (;;) {
        gyre_status_t status;
        check(job, gyre_csv_next(csv, &batch));
        if (!batch)
            break;
        while ((status = gyre_operator_insert(op, source, batch)) == GYRE_IN_PROGRESS)
            check(job, gyre_operator_step(op));
        check(job, status);
        check(job, gyre_operator_progress(op)); /* others wait until what they sent is taken */
        gyre_batch_release(batch);
    }
    check(job, gyre_operator_finish(op, source));
    gyre_csv_close(csv);
    gyre_split_destroy(split);
}

static void commit(job_t *job, gyre_output_t *output)
{
    gyre_part_t *part = job->part;
    gyre_csv_writer_destroy(job->writer);
    job->part = NULL;
    check(job, gyre_part_commit(part));
    check(job, gyre_barrier(job->world));
    if (job->rank == 0)
        check(job, gyre_output_finish(output, (uint32_t)job->size));
    gyre_output_close(output);
}

static void run(job_t *job, char *const *paths)
{
    const gyre_schema_t *schemas[SIDES];
    gyre_input_t *inputs[SIDES];
    gyre_output_t *output = NULL;
    gyre_operator_t *op;
    size_t keys[SIDES];
    int64_t all;
    for (int i = 0; i < SIDES; i++)
        check(job, gyre_input_create((const char *const *)&paths[i], 1, NULL, &inputs[i]));
    infer(job, inputs, schemas, keys);
    job->join.size = sizeof(job->join);
    job->join.kind = GYRE_JOIN;
    job->join.schema = schemas[0];
    job->join.right = schemas[1];
    job->join.keys = &keys[0];
    job->join.right_keys = &keys[1];
    job->join.key_count = 1;
    job->join.receive = receive;
    job->join.arg = job;
    check(job, gyre_operator_create(job->world, &job->join, &op));
    if (job->out) {
        check(job, gyre_output_open(job->out, &job->output, &output));
        check(job, gyre_part_create(output, (uint32_t)job->rank, &job->part));
        check(job,
              gyre_csv_writer_create(job->part, gyre_operator_schema(op), &format, &job->writer));
    }
    for (int i = 0; i < SIDES; i++)
        insert(job, op, i, inputs[i], schemas[i]);
    check(job, gyre_operator_wait(op));
    if (output)
        commit(job, output);
    check(job, gyre_reduce(job->world, &job->rows, &all, 1, GYRE_INT64, GYRE_SUM, 0));
    if (job->rank == 0)
        printf("%" PRId64 " rows\n", all);
    gyre_operator_destroy(op);
    for (int i = 0; i < SIDES; i++) {
        gyre_schema_release(schemas[i]);
        gyre_input_destroy(inputs[i]);
    }
}

/* The number of a name; -1: it is none of them. */
static int number_of(const char *name, const char *const *names, int count)
{
    for (int i = 0; i < count; i++)
        if (strcmp(name, names[i]) == 0)
            return i;
    return -1;
}

int main(int argc, char **argv)
{
    static const char *const types[] = {"inner", "left", "right", "full"};
    static const char *const algorithms[] = {"hash", "sort"};
    static const struct option options[] = {{"on", required_argument, NULL, 'c'},
                                            {"output", required_argument, NULL, 'o'},
                                            {"force", no_argument, NULL, 'f'},
                                            {"type", required_argument, NULL, 't'},
                                            {"algorithm", required_argument, NULL, 'a'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    job_t job = {.output = {.suffix = ".csv"}};
    int type = 0, algorithm = 0;
    gyre_context_t *ctx;
    for (int option; (option = getopt_long(argc, argv, "o:ft:a:h", options, NULL)) != -1;) {
        if (option == 'h')
            return fputs(usage, stdout) < 0;
        if (option == 'c')
            job.column = optarg;
        else if (option == 'o')
            job.out = optarg;
        else if (option == 'f')
            job.output.overwrite = GYRE_OVERWRITE;
        else if (option == 't')
            type = number_of(optarg, types, 4);
        else if (option == 'a')
            algorithm = number_of(optarg, algorithms, 2);
        else
            type = -1;
    }
    if (!job.column || argc - optind != SIDES || type < 0 || algorithm < 0)
        return fputs("join: see join --help\n", stderr), 2;
    job.join.join = (gyre_join_t)type;
    job.join.algorithm = (gyre_join_algorithm_t)algorithm;
    check(&job, gyre_init(NULL, &ctx));
    job.world = gyre_comm_world(ctx);
    job.rank = gyre_comm_rank(job.world);
    job.size = gyre_comm_size(job.world);
    run(&job, argv + optind);
    gyre_finalize(ctx);
    return fflush(stdout) != 0;
}
