/* SPDX-License-Identifier: Apache-2.0 */
/* Word count of a stream: each source reads a file, a pipe perhaps, as its text comes. What a
 * source has read in one go ends with a barrier, and a round, when all have come to it; the counts
 * of a round are added to those of the rounds before, which are written when all sources have
 * ended. */
#include "application.h"
#include "words.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

static const char usage[] =
    "Usage: gyre run -n N wordcount_stream OUT FILE...\n"
    "Counts words as they come from files, such as named pipes, until all of these have ended; "
    "then\n"
    "writes them to the directory OUT, in lines of a word, a tab and its count. Says after each\n"
    "round, in which every file has given some lines, how many words there are so far.\n";

enum { BLOCK = 64 << 10 };

typedef struct reader {
    int fd;
    size_t length, room; /* of text: what is left of a line, then what has been read behind it */
    uint64_t round;      /* barriers so far */
    bool pending;        /* lines were given since */
    char *text;
} reader_t;

static gyre_status_t open_reader(gyre_partition_t *part)
{
    char *const *paths = part->arg;
    reader_t *reader = calloc(1, sizeof(*reader));
    part->state = reader;
    if (!reader)
        return GYRE_ERR_NO_MEMORY;
    reader->fd = open(paths[part->index], O_RDONLY | O_CLOEXEC);
    if (reader->fd < 0 || fcntl(reader->fd, F_SETFL, O_NONBLOCK) < 0)
        return perror(paths[part->index]), GYRE_ERR_IO;
    return GYRE_OK;
}

static void close_reader(gyre_partition_t *part)
{
    reader_t *reader = part->state;
    if (!reader)
        return;
    if (reader->fd >= 0)
        close(reader->fd);
    free(reader->text);
    free(reader);
}

/* All lines that are complete; at the end of the file what there is. */
static gyre_status_t give(reader_t *reader, bool all, gyre_builder_t *out)
{
    size_t from = 0;
    gyre_status_t status = GYRE_OK;
    while (from < reader->length && status == GYRE_OK) {
        const char *end = memchr(reader->text + from, '\n', reader->length - from);
        if (!end && !all)
            break;
        size_t length = end ? (size_t)(end - reader->text) - from : reader->length - from;
        status = gyre_builder_append_bytes(out->children[0], reader->text + from, length);
        from += length + (end != NULL);
        reader->pending = true;
    }
    memmove(reader->text, reader->text + from, reader->length - from);
    reader->length -= from;
    return status;
}

static gyre_status_t read_some(gyre_partition_t *part, gyre_builder_t *out)
{
    reader_t *reader = part->state;
    gyre_status_t status = GYRE_OK;
    if (reader->pending) {
        reader->pending = false;
        status = gyre_partition_barrier(part, ++reader->round);
        return status == GYRE_OK ? GYRE_IN_PROGRESS : status;
    }
    if (reader->length + BLOCK > reader->room) {
        char *more = realloc(reader->text, reader->length + 2 * BLOCK);
        if (!more)
            return GYRE_ERR_NO_MEMORY;
        reader->text = more;
        reader->room = reader->length + 2 * BLOCK;
    }
    ssize_t got = read(reader->fd, reader->text + reader->length, BLOCK);
    if (got < 0 && errno != EAGAIN && errno != EINTR)
        return perror(part->name), GYRE_ERR_IO;
    if (got < 0) {
        gyre_partition_await(part, reader->fd, -1);
        return GYRE_IN_PROGRESS;
    }
    reader->length += (size_t)got;
    status = give(reader, got == 0, out);
    return status == GYRE_OK && got > 0 ? GYRE_IN_PROGRESS : status;
}

static gyre_status_t cut(gyre_partition_t *part, const gyre_row_t *row, gyre_builder_t *out)
{
    size_t length;
    const char *line = gyre_row_bytes(row, 0, &length);
    (void)part;
    return words_append(out, line, length);
}

/* --- Counts of all rounds --- */

static gyre_status_t open_totals(gyre_partition_t *part)
{
    static const gyre_aggregate_t sum = {.fold = GYRE_FOLD_SUM, .column = 1};
    static const size_t key = 0;
    gyre_group_t *totals;
    gyre_status_t status = gyre_group_create(part->in, &key, 1, &sum, 1, &totals);
    part->state = status == GYRE_OK ? totals : NULL;
    return status;
}

static gyre_status_t add(gyre_partition_t *part, const gyre_batch_t *in, const gyre_batch_t **out)
{
    *out = NULL;
    return gyre_group_insert(part->state, in, NULL);
}

static gyre_status_t end_round(gyre_partition_t *part, uint64_t id, gyre_builder_t *out)
{
    (void)out;
    printf("round %" PRIu64 ": %zu words in part %d\n", id, gyre_group_count(part->state),
           part->index);
    return fflush(stdout) == 0 ? GYRE_OK : GYRE_ERR_IO;
}

static gyre_status_t give_totals(gyre_partition_t *part, gyre_builder_t *out)
{
    const gyre_batch_t *batch;
    gyre_status_t status = gyre_group_result(part->state, GYRE_GROUP_FINAL, 0,
                                             gyre_group_count(part->state), NULL, &batch);
    if (status != GYRE_OK)
        return status;
    status = gyre_builder_append_batch(out, batch, 0, batch->length);
    gyre_batch_release(batch);
    return status;
}

static void close_totals(gyre_partition_t *part)
{
    gyre_group_destroy(part->state);
}

static void run(gyre_env_t *env, const char *out, char **paths, int count)
{
    static const gyre_field_t line = {.name = "line", .kind = GYRE_KIND_STRING},
                              word = {.name = "word", .kind = GYRE_KIND_STRING};
    static const gyre_aggregate_t counted = {
        .fold = GYRE_FOLD_COUNT, .column = GYRE_GROUP_ROWS, .name = "count"};
    static const gyre_csv_format_t tabs = {.delimiter = '\t', .no_quotes = true};
    static const size_t key = 0;
    gyre_function_t read = {
        .next = read_some, .open = open_reader, .close = close_reader, .arg = paths};
    gyre_function_t split = {.row = cut};
    const gyre_function_t total = {.batch = add,
                                   .finish = give_totals,
                                   .barrier = end_round,
                                   .open = open_totals,
                                   .close = close_totals};
    must(gyre_schema_create(&line, 1, &read.schema));
    must(gyre_schema_create(&word, 1, &split.schema));
    gyre_tset_t *words = gyre_tset_flatmap(gyre_tset_source(env, &read, count), &split);
    gyre_tset_t *counts = gyre_tset_keyed_reduce(gyre_tset_keyed(words, &key, 1), &counted, 1, 0);
    must(gyre_tset_save_csv(gyre_tset_compute_collect(counts, &total), out, NULL, &tabs));
    gyre_schema_release(read.schema);
    gyre_schema_release(split.schema);
}

int main(int argc, char **argv)
{
    const gyre_env_opts_t opts = {.size = sizeof(opts), .mode = GYRE_ENV_STREAM};
    gyre_context_t *ctx;
    gyre_env_t *env;
    if (argc == 2 && strcmp(argv[1], "--help") == 0)
        return fputs(usage, stdout) < 0;
    if (argc < 3)
        return fputs("wordcount_stream: see wordcount_stream --help\n", stderr), 2;
    must(gyre_init(NULL, &ctx));
    must(gyre_env_create(gyre_comm_world(ctx), &opts, &env));
    run(env, argv[1], argv + 2, argc - 2);
    gyre_env_destroy(env);
    gyre_finalize(ctx);
    return 0;
}
