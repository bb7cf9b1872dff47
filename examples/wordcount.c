/* SPDX-License-Identifier: Apache-2.0 */
/* Word count: every worker cuts its share of the text into words, a reduce counts them, each at the
 * worker that its hash names, and each worker writes those that it counted as a sorted part. */
#include "words.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char usage[] =
    "Usage: gyre run -n N wordcount [OPTION...] [PATH...]\n"
    "Counts the words of files, of all in directories, and of those that match 'patterns'; "
    "without\n"
    "PATH of /usr/share/common-licenses. Files may be compressed by gzip or zstd.\n"
    "\n"
    "  -o, --output DIR      write the counts to DIR/part-00000 ..., one sorted part per worker,\n"
    "                        each line a word, a tab and its count\n"
    "  -f, --force           DIR may have parts of earlier runs\n"
    "  -r, --recursive       read directories within directories\n"
    "  -t, --top N           show the N most frequent words, 10 unless given\n"
    "  -g, --generate BYTES  write so much text, such as 64m or 1g, to the directory PATH instead\n"
    "  -h, --help            this text\n"
    "\n"
    "Examples:\n"
    "  gyre run -n 4 wordcount -o counts '/usr/share/doc/*/copyright' && sort -m counts/part-*\n"
    "  gyre run -n 2 wordcount --generate 1g text && gyre run -n 2 wordcount text\n";

typedef struct job {
    gyre_comm_t *world;
    int rank, size;
    const char *out;
    gyre_output_opts_t output;
    gyre_input_opts_t input;
    size_t top;
    gyre_part_t *part;
} job_t;

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* A worker that fails ends as it is; others learn of it, and have nothing to say about it. */
static void check(job_t *job, gyre_status_t status)
{
    if (status >= 0)
        return;
    if (status != GYRE_ERR_PEER_FAILED)
        fprintf(stderr, "wordcount: %s\n", gyre_last_error());
    gyre_part_abort(job->part);
    exit(1);
}

static gyre_status_t receive(void *arg, int target, int source, const gyre_batch_t *batch)
{
    gyre_builder_t *const *received = arg;
    (void)target;
    (void)source;
    return batch ? gyre_builder_append_batch(*received, batch, 0, batch->length) : GYRE_OK;
}

static gyre_operator_t *start(job_t *job, gyre_operator_opts_t opts, gyre_builder_t **received)
{
    gyre_operator_t *op;
    opts.size = sizeof(opts);
    opts.receive = receive;
    opts.arg = received;
    check(job, gyre_operator_create(job->world, &opts, &op));
    check(job, gyre_builder_create_batch(gyre_operator_schema(op), NULL, received));
    return op;
}

static void insert(job_t *job, gyre_operator_t *op, const gyre_batch_t *batch)
{
    gyre_status_t status;
    while ((status = gyre_operator_insert(op, job->rank, batch)) == GYRE_IN_PROGRESS)
        check(job, gyre_operator_step(op));
    check(job, status);
    check(job, gyre_operator_progress(op)); /* others wait until what they sent is taken */
    gyre_batch_release(batch);
}

/* All that was received. */
static const gyre_batch_t *finish(job_t *job, gyre_operator_t *op, gyre_builder_t *received)
{
    const gyre_batch_t *batch;
    check(job, gyre_operator_finish(op, job->rank));
    check(job, gyre_operator_wait(op));
    check(job, gyre_builder_finish_batch(received, &batch));
    gyre_operator_destroy(op);
    gyre_builder_destroy(received);
    return batch;
}

static const gyre_batch_t *sorted(job_t *job, const gyre_batch_t *batch, gyre_sort_key_t first)
{
    const gyre_sort_key_t keys[] = {first, {.column = 0}};
    const gyre_batch_t *result;
    check(job, gyre_batch_sort(batch, keys, 2, NULL, &result));
    gyre_batch_release(batch);
    return result;
}

/* Words and their counts. */
static const gyre_batch_t *count_words(job_t *job, const gyre_split_t *split)
{
    static const gyre_field_t field = {.name = "word", .kind = GYRE_KIND_STRING};
    static const gyre_aggregate_t count = {
        .fold = GYRE_FOLD_COUNT, .column = GYRE_GROUP_ROWS, .name = "count"};
    static const size_t key = 0;
    const gyre_schema_t *schema;
    const gyre_batch_t *words;
    gyre_builder_t *cut, *received;
    gyre_lines_t *lines;
    gyre_text_t text;
    check(job, gyre_schema_create(&field, 1, &schema));
    check(job, gyre_builder_create_batch(schema, NULL, &cut));
    check(job, gyre_lines_open(split, 0, &lines));
    gyre_operator_t *op = start(job,
                                (gyre_operator_opts_t){.kind = GYRE_REDUCE,
                                                       .schema = schema,
                                                       .keys = &key,
                                                       .key_count = 1,
                                                       .aggregates = &count,
                                                       .aggregate_count = 1},
                                &received);
    for (;;) {
        check(job, gyre_lines_block(lines, &text));
        if (!text.data)
            break;
        while (text.length > 0) {
            check(job, words_take(cut, &text, &words));
            insert(job, op, words);
        }
    }
    gyre_lines_close(lines);
    gyre_builder_destroy(cut);
    gyre_schema_release(schema);
    return sorted(job, finish(job, op, received), (gyre_sort_key_t){.column = 0});
}

static int64_t count_of(const gyre_batch_t *counts, size_t row)
{
    return ((const int64_t *)counts->columns[1]->values)[row];
}

static void write_part(job_t *job, gyre_output_t *output, const gyre_batch_t *counts)
{
    for (size_t i = 0; i < counts->length; i++) {
        char count[32];
        size_t length;
        const char *word = gyre_column_bytes(counts->columns[0], i, &length);
        check(job, gyre_part_write(job->part, word, length));
        length = (size_t)snprintf(count, sizeof(count), "\t%" PRId64 "\n", count_of(counts, i));
        check(job, gyre_part_write(job->part, count, length));
    }
    gyre_part_t *part = job->part;
    job->part = NULL;
    check(job, gyre_part_commit(part));
    check(job, gyre_barrier(job->world));
    if (job->rank == 0)
        check(job, gyre_output_finish(output, (uint32_t)job->size));
}

/* The most frequent words, first of each worker, then of all, at rank 0. */
static const gyre_batch_t *top_of(job_t *job, const gyre_batch_t *counts)
{
    const gyre_sort_key_t by_count = {.column = 1, .descending = true};
    const gyre_batch_t *top;
    gyre_builder_t *received;
    gyre_operator_t *op = start(
        job, (gyre_operator_opts_t){.kind = GYRE_GATHER, .schema = counts->schema}, &received);
    counts = sorted(job, gyre_batch_retain(counts), by_count);
    check(job,
          gyre_batch_slice(counts, 0, job->top < counts->length ? job->top : counts->length, &top));
    gyre_batch_release(counts);
    insert(job, op, top);
    return sorted(job, finish(job, op, received), by_count);
}

static void show(job_t *job, const gyre_input_t *input, const gyre_batch_t *counts, double start)
{
    double megabytes = (double)gyre_input_size(input) / 1e6;
    int64_t own[2] = {0, (int64_t)counts->length}, all[2];
    for (size_t i = 0; i < counts->length; i++)
        own[0] += count_of(counts, i);
    check(job, gyre_reduce(job->world, own, all, 2, GYRE_INT64, GYRE_SUM, 0));
    const gyre_batch_t *top = top_of(job, counts);
    for (size_t i = 0; i < job->top && i < top->length; i++) {
        size_t length;
        const char *word = gyre_column_bytes(top->columns[0], i, &length);
        printf("%10" PRId64 "  %.*s\n", count_of(top, i), (int)length, word);
    }
    double took = seconds() - start;
    if (job->rank == 0)
        printf("%" PRId64 " words, %" PRId64 " distinct, in %zu files of %.1f MB; %d workers, "
               "%.3f s, %.0f MB/s\n",
               all[0], all[1], gyre_input_count(input), megabytes, job->size, took,
               megabytes / took);
    gyre_batch_release(top);
}

static void run(job_t *job, const char *const *paths, size_t count)
{
    double start = seconds();
    gyre_output_t *output = NULL;
    gyre_input_t *input;
    gyre_split_t *split;
    check(job, gyre_input_create(paths, count, &job->input, &input));
    check(job, gyre_split_create(input, (uint64_t)job->rank, (uint64_t)job->size, &split));
    if (job->out) {
        check(job, gyre_output_open(job->out, &job->output, &output));
        check(job, gyre_part_create(output, (uint32_t)job->rank, &job->part));
    }
    const gyre_batch_t *counts = count_words(job, split);
    if (output)
        write_part(job, output, counts);
    show(job, input, counts, start);
    gyre_batch_release(counts);
    gyre_output_close(output);
    gyre_split_destroy(split);
    gyre_input_destroy(input);
}

int main(int argc, char **argv)
{
    static const char *const licenses[] = {"/usr/share/common-licenses"};
    static const struct option options[] = {{"output", required_argument, NULL, 'o'},
                                            {"force", no_argument, NULL, 'f'},
                                            {"recursive", no_argument, NULL, 'r'},
                                            {"generate", required_argument, NULL, 'g'},
                                            {"top", required_argument, NULL, 't'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    job_t job = {.top = 10};
    uint64_t bytes = 0;
    gyre_context_t *ctx;
    for (int option; (option = getopt_long(argc, argv, "o:frt:g:h", options, NULL)) != -1;) {
        if (option == 'h')
            return fputs(usage, stdout) < 0;
        if (option == 'o')
            job.out = optarg;
        else if (option == 'f')
            job.output.overwrite = GYRE_OVERWRITE;
        else if (option == 'r')
            job.input.recursive = true;
        else if (option == 't')
            job.top = strtoul(optarg, NULL, 10);
        else if (option != 'g' || !(bytes = text_bytes(optarg)))
            return fputs("wordcount: see wordcount --help\n", stderr), 2;
    }
    const char *const *paths = (const char *const *)argv + optind;
    size_t count = (size_t)(argc - optind);
    if (bytes && count != 1)
        return fputs("wordcount: --generate wants one directory\n", stderr), 2;
    check(&job, gyre_init(NULL, &ctx));
    job.world = gyre_comm_world(ctx);
    job.rank = gyre_comm_rank(job.world);
    job.size = gyre_comm_size(job.world);
    if (bytes)
        check(&job, text_generate(job.world, paths[0], bytes));
    else
        run(&job, count ? paths : licenses, count ? count : 1);
    gyre_finalize(ctx);
    return fflush(stdout) != 0;
}
