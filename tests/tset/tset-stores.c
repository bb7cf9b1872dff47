/* SPDX-License-Identifier: Apache-2.0 */
/* Sources, stored sets, loops and actions. */
#include "tset-plan.h"

#include <dirent.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static gyre_env_t *env;
static const gyre_schema_t *number_schema;
static const gyre_field_t number_field = {.name = "number", .kind = GYRE_KIND_INT64};

static void begin(void)
{
    if (!number_schema) {
        tset_open();
        CHECK_OK(gyre_schema_create(&number_field, 1, &number_schema));
    }
    CHECK_OK(gyre_env_create(check_world, NULL, &env));
}

static void end(void)
{
    CHECK_OK(gyre_env_status(env));
    gyre_env_destroy(env);
}

/* Numbers first to first + count - 1. */
static print_t print_range(int64_t first, int64_t count)
{
    print_t print = {0, 0};
    for (int64_t i = first; i < first + count; i++)
        print_add(&print, &i, 1);
    return print;
}

/* --- Sources --- */

enum { PARTS = 5, EACH = 20000 };

static gyre_status_t at_open(gyre_partition_t *part)
{
    part->state = malloc(sizeof(int64_t));
    return GYRE_OK;
}

static gyre_status_t at_begin(gyre_partition_t *part)
{
    *(int64_t *)part->state = part->index * (int64_t)EACH;
    return GYRE_OK;
}

static void at_close(gyre_partition_t *part)
{
    free(part->state);
}

static gyre_status_t next(gyre_partition_t *part, gyre_builder_t *out)
{
    int64_t *at = part->state;
    CHECK_OK(gyre_builder_append_int64(out->children[0], (*at)++));
    return *at % EACH ? GYRE_IN_PROGRESS : GYRE_OK;
}

static gyre_status_t next_batch(gyre_partition_t *part, const gyre_batch_t **out)
{
    int64_t *at = part->state;
    gyre_builder_t *builder;
    CHECK_OK(gyre_builder_create_batch(part->out, NULL, &builder));
    for (int i = 0; i < EACH / 2; i++)
        CHECK_OK(gyre_builder_append_int64(builder->children[0], (*at)++));
    CHECK_OK(gyre_builder_finish_batch(builder, out));
    gyre_builder_destroy(builder);
    return *at % EACH ? GYRE_IN_PROGRESS : GYRE_OK;
}

/* A dataset of the program's, of one row in each part; the last worker has the first. */
static gyre_dataset_t *turned_data(void)
{
    gyre_dataset_t *data;
    gyre_builder_t *builder;
    const gyre_batch_t *batch;
    CHECK_OK(gyre_dataset_create(check_size, &data));
    CHECK_OK(gyre_builder_create_batch(number_schema, NULL, &builder));
    CHECK_OK(gyre_builder_append_int64(builder->children[0], check_rank));
    CHECK_OK(gyre_builder_finish_batch(builder, &batch));
    CHECK_OK(gyre_dataset_append(data, check_size - 1 - check_rank, batch));
    gyre_batch_release(batch);
    gyre_builder_destroy(builder);
    return data;
}

static void sources(void)
{
    begin();
    gyre_function_t function = {.schema = number_schema,
                                .next = next,
                                .open = at_open,
                                .begin = at_begin,
                                .close = at_close};
    CHECK_SET(gyre_tset_source(env, &function, PARTS), print_range(0, PARTS * EACH));
    function.next = NULL;
    function.next_batch = next_batch;
    CHECK_SET(gyre_tset_source(env, &function, PARTS), print_range(0, PARTS * EACH));
    CHECK_SET(gyre_tset_range(env, -7, 100001, 3), print_range(-7, 100001));
    CHECK_SET(gyre_tset_range(env, 5, 0, 0), print_range(5, 0));

    gyre_dataset_t *data = turned_data();
    CHECK_SET(gyre_tset_dataset(env, number_schema, data), print_range(0, check_size));
    gyre_dataset_release(data);
    end();
}

/* --- Files --- */

/* A directory that all workers know. */
static void make_directory(char *path, size_t size)
{
    const char *tmp = getenv("TMPDIR");
    snprintf(path, size, "%s/tset-%llx", tmp ? tmp : "/tmp",
             (unsigned long long)check_share((uint64_t)getpid()));
    if (!check_rank)
        CHECK(mkdir(path, 0700) == 0);
    check_barrier();
}

static void remove_all(const char *path)
{
    char entry[512];
    struct dirent *at;
    check_barrier();
    DIR *directory = check_rank ? NULL : opendir(path);
    while (directory && (at = readdir(directory))) {
        if (strcmp(at->d_name, ".") == 0 || strcmp(at->d_name, "..") == 0)
            continue;
        snprintf(entry, sizeof(entry), "%s/%s", path, at->d_name);
        struct stat about;
        if (stat(entry, &about) == 0 && S_ISDIR(about.st_mode)) {
            DIR *inner = opendir(entry);
            for (struct dirent *file; (file = readdir(inner));) {
                char name[1024];
                snprintf(name, sizeof(name), "%s/%s", entry, file->d_name);
                unlink(name);
            }
            closedir(inner);
            rmdir(entry);
        } else
            unlink(entry);
    }
    if (directory) {
        closedir(directory);
        CHECK(rmdir(path) == 0);
    }
}

static gyre_status_t cut_lines(gyre_partition_t *part, const gyre_row_t *row, gyre_builder_t *out)
{
    size_t length;
    const char *at = gyre_row_bytes(row, 0, &length), *end = at + length;
    gyre_status_t status = GYRE_OK;
    (void)part;
    while (at < end && status == GYRE_OK) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        if (!newline)
            return GYRE_ERR_SYNTAX;
        status = gyre_builder_append_bytes(out->children[0], at, (size_t)(newline - at));
        at = newline + 1;
    }
    return status;
}

static void files(void)
{
    const gyre_function_t cut = {.row = cut_lines};
    begin();
    uint64_t random = check_seed();
    table_t table = tset_draw(&random);
    gyre_tset_t *set = table_set(env, &table, tset_parts(&random));
    char root[256], path[512];
    const char *paths[] = {path};
    print_t lines = {0, 0}, rows = tset_print(set);
    char text[32];
    for (int64_t id = 0; id < (int64_t)table.rows; id++)
        print_add(&lines, (int64_t[]){text_number(text, table_text(&table, id, text))}, 1);

    make_directory(root, sizeof(root));
    snprintf(path, sizeof(path), "%s/text", root);
    CHECK_OK(gyre_tset_save_text(gyre_tset_select(set, (size_t[]){TEXT}, 1), path, NULL));
    CHECK_SET(gyre_tset_text(env, paths, 1, NULL, tset_parts(&random)), lines);
    gyre_tset_t *blocks = gyre_tset_blocks(env, paths, 1, NULL, tset_parts(&random));
    CHECK_SET(gyre_tset_flatmap(blocks, &cut), lines);

    snprintf(path, sizeof(path), "%s/csv", root);
    const gyre_csv_format_t format = {.header = GYRE_CSV_HEADER};
    const gyre_csv_opts_t opts = {.format = format};
    CHECK_OK(gyre_tset_save_csv(set, path, NULL, &format));
    CHECK_SET(gyre_tset_csv(env, paths, 1, NULL, table_schema, &opts, tset_parts(&random)), rows);
    if (table.rows >= 1000) /* one text alone may be a number */
        CHECK_SET(gyre_tset_csv(env, paths, 1, NULL, NULL, &opts, tset_parts(&random)), rows);

    snprintf(path, sizeof(path), "%s/records", root);
    if (!check_rank) {
        FILE *file = fopen(path, "w");
        for (int i = 0; i < 1000; i++)
            fprintf(file, "%09d\n", i);
        CHECK(fclose(file) == 0);
    }
    check_barrier();
    uint64_t count;
    CHECK_OK(gyre_tset_count(gyre_tset_records(env, paths, 1, NULL, 10, 7), &count));
    CHECK_EQ(count, 1000);
    remove_all(root);
    end();
}

/* --- Stores --- */

static _Atomic uint64_t calls; /* of add_row, on this worker */

static gyre_status_t add_row(gyre_partition_t *part, const gyre_row_t *row, gyre_builder_t *out)
{
    calls++;
    return gyre_builder_append_int64(out->children[0],
                                     gyre_row_int64(row, 0) + *(const int64_t *)part->arg);
}

static const int64_t one = 1;
static const gyre_function_t add_one = {.row = add_row, .arg = (void *)&one};

static void stores(void)
{
    enum { ROWS = 30000 };
    begin();
    gyre_tset_t *set = gyre_tset_map(gyre_tset_range(env, 0, ROWS, 3), &add_one);
    gyre_dataset_t *data;
    calls = 0;
    gyre_tset_t *lazy = gyre_tset_lazy_cache(set);
    CHECK_IS(gyre_tset_data(lazy, &data), GYRE_ERR_STATE);
    CHECK_EQ(check_sum(calls), 0);
    CHECK_SET(gyre_tset_map(lazy, &add_one), print_range(2, ROWS));
    CHECK_EQ(check_sum(calls), 2 * ROWS);
    /* What was on the way is there now. */
    CHECK_OK(gyre_tset_data(lazy, &data));
    gyre_dataset_release(data);
    CHECK_SET(lazy, print_range(1, ROWS));
    CHECK_EQ(check_sum(calls), 2 * ROWS);

    gyre_tset_t *kept = gyre_tset_persist(lazy);
    CHECK_IS(gyre_tset_data(kept, &data), GYRE_ERR_STATE);
    CHECK_SET(kept, print_range(1, ROWS));
    CHECK_SET(gyre_tset_pipe(kept), print_range(1, ROWS));
    gyre_tset_t *later = gyre_tset_lazy_persist(gyre_tset_partition(kept, NULL, NULL, 4));
    CHECK_OK(gyre_env_run(env));
    CHECK_SET(later, print_range(1, ROWS));
    /* Rows that come straight from an operator outlive it. */
    gyre_tset_t *moved = gyre_tset_cache(gyre_tset_partition(set, NULL, NULL, 5));
    CHECK_SET(moved, print_range(1, ROWS));
    end();
}

/* Sets of the same number, of two environments. */
static void twins(void)
{
    enum { ROWS = 1000 };
    gyre_env_t *other;
    begin();
    CHECK_OK(gyre_env_create(check_world, NULL, &other));
    gyre_tset_t *one_kept = gyre_tset_persist(gyre_tset_range(env, 0, ROWS, 4));
    gyre_tset_t *other_kept = gyre_tset_persist(gyre_tset_range(other, ROWS, ROWS, 4));
    CHECK_EQ(gyre_tset_id(one_kept), gyre_tset_id(other_kept));
    CHECK_SET(one_kept, print_range(0, ROWS));
    CHECK_SET(other_kept, print_range(ROWS, ROWS));
    CHECK_OK(gyre_env_status(other));
    gyre_env_destroy(other);
    CHECK_SET(one_kept, print_range(0, ROWS));
    end();
}

/* Rows plus the sum of the input's. */
static gyre_status_t add_input(gyre_partition_t *part, const gyre_row_t *row, gyre_builder_t *out)
{
    size_t count;
    int64_t sum = 0;
    const gyre_batch_t *const *batches = gyre_partition_input(part, "more", &count);
    CHECK(!gyre_partition_input(part, "none", &(size_t){0}));
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < batches[i]->length; k++)
            sum += ((const int64_t *)batches[i]->columns[0]->values)[k];
    return gyre_builder_append_int64(out->children[0], gyre_row_int64(row, 0) + sum);
}

static const gyre_aggregate_t total = {.fold = GYRE_FOLD_SUM, .column = 0};

static void inputs(void)
{
    enum { ROWS = 5000 };
    begin();
    const gyre_function_t function = {.row = add_input};
    gyre_tset_t *sum = gyre_tset_allreduce(gyre_tset_range(env, 0, 10, 4), &total, 1);
    gyre_tset_t *stored[] = {gyre_tset_cache(sum), gyre_tset_lazy_cache(sum),
                             gyre_tset_persist(sum)};
    for (int i = 0; i < 3; i++) {
        gyre_tset_t *set = gyre_tset_map(gyre_tset_range(env, 0, ROWS, 4), &function);
        CHECK(gyre_tset_add_input(set, "more", stored[i]) == set);
        CHECK_SET(set, print_range(45, ROWS));
    }
    end();
}

/* --- Loops --- */

static size_t heap(void)
{
    return mallinfo2().uordblks;
}

static size_t descriptors(void)
{
    size_t count = 0;
    DIR *directory = opendir("/proc/self/fd");
    while (readdir(directory))
        count++;
    closedir(directory);
    return count;
}

/* A row in each part. */
static void check_totals(gyre_tset_t *sums, int64_t expected)
{
    gyre_dataset_t *data;
    CHECK_OK(gyre_tset_data(sums, &data));
    CHECK_EQ(check_sum(gyre_dataset_rows(data)), gyre_dataset_parts(data));
    for (int part = 0; part < gyre_dataset_parts(data); part++) {
        size_t count;
        const gyre_batch_t *const *batches = gyre_dataset_batches(data, part, &count);
        if (count)
            CHECK_EQ(((const int64_t *)batches[0]->columns[0]->values)[0], expected);
    }
    gyre_dataset_release(data);
}

static void loop(void)
{
    enum { TURNS = 1000, ROWS = 400, PART_COUNT = 3 };
    begin();
    gyre_tset_t *cached = gyre_tset_cache(gyre_tset_range(env, 0, ROWS, PART_COUNT));
    gyre_tset_t *sum = gyre_tset_allreduce(cached, &total, 1);
    gyre_tset_t *sums = gyre_tset_lazy_cache(sum);
    CHECK_OK(gyre_tset_evaluate(sums));
    gyre_tset_t *turn = gyre_tset_map(cached, &add_one);
    gyre_tset_t *next_rows = gyre_tset_lazy_cache(gyre_tset_partition(turn, NULL, NULL, 0));
    size_t bytes = 0, files_open = 0;
    for (int i = 0; i < TURNS; i++) {
        CHECK_OK(gyre_tset_eval_and_update(next_rows, cached));
        CHECK_OK(gyre_tset_evaluate(sums));
        if (i == TURNS / 2) {
            bytes = heap();
            files_open = descriptors();
        }
    }
    CHECK(heap() <= bytes + 65536);
    CHECK_EQ(descriptors(), files_open);
    CHECK_SET(cached, print_range(TURNS, ROWS));
    CHECK_OK(gyre_tset_finish_eval(next_rows));
    CHECK_OK(gyre_tset_finish_eval(sums));

    check_totals(sums, (int64_t)ROWS * (ROWS - 1) / 2 + (int64_t)ROWS * TURNS);
    end();
}

/* What is evaluated again elsewhere is found there by all that reads it. */
static void moves(void)
{
    enum { ROWS = 1000 };
    begin();
    const gyre_function_t renamed = {.schema = number_schema, .row = add_row, .arg = (void *)&one};
    gyre_dataset_t *data = turned_data();
    gyre_tset_t *cached = gyre_tset_dataset(env, number_schema, data);
    gyre_tset_t *rows =
        gyre_tset_lazy_cache(gyre_tset_map(gyre_tset_range(env, 0, ROWS, check_size), &renamed));
    gyre_tset_t *sums = gyre_tset_lazy_cache(gyre_tset_allreduce(rows, &total, 1));
    const int64_t sum = (int64_t)ROWS * (ROWS + 1) / 2;
    CHECK_SET(cached, print_range(0, check_size));
    CHECK_OK(gyre_tset_evaluate(sums));
    check_totals(sums, sum);
    CHECK_OK(gyre_tset_eval_and_update(rows, cached));
    CHECK_SET(cached, print_range(1, ROWS));
    CHECK_OK(gyre_tset_evaluate(sums));
    check_totals(sums, sum);
    CHECK_OK(gyre_tset_finish_eval(rows));
    CHECK_OK(gyre_tset_evaluate(rows));
    CHECK_SET(rows, print_range(1, ROWS));
    CHECK_OK(gyre_tset_evaluate(sums));
    check_totals(sums, sum);
    gyre_dataset_release(data);
    end();
}

/* --- Actions --- */

static _Atomic int64_t seen;

static gyre_status_t see_row(gyre_partition_t *part, const gyre_row_t *row, gyre_builder_t *out)
{
    (void)part;
    CHECK(!out);
    seen += gyre_row_int64(row, 0);
    return GYRE_OK;
}

static gyre_status_t see_batch(gyre_partition_t *part, const gyre_batch_t *in,
                               const gyre_batch_t **out)
{
    *out = NULL;
    for (size_t i = 0; i < in->length; i++)
        see_row(part, &(gyre_row_t){in, i}, NULL);
    return GYRE_OK;
}

static void actions(void)
{
    enum { ROWS = 20000 };
    const uint64_t expected = (uint64_t)ROWS * (ROWS - 1) / 2;
    begin();
    const gyre_function_t by_row = {.row = see_row}, by_batch = {.batch = see_batch};
    gyre_tset_t *set = gyre_tset_range(env, 0, ROWS, 5);
    uint64_t count;
    CHECK_OK(gyre_tset_count(set, &count));
    CHECK_EQ(count, ROWS);
    seen = 0;
    CHECK_OK(gyre_tset_for_each(set, &by_row));
    CHECK_EQ(check_sum((uint64_t)seen), expected);
    CHECK_OK(gyre_tset_for_each(gyre_tset_gather(set), &by_batch));
    CHECK_EQ(check_sum((uint64_t)seen), 2 * expected);
    gyre_tset_t *sinks[] = {gyre_tset_sink(set, &by_batch), gyre_tset_sink(set, &by_row)};
    gyre_tset_release(sinks[1]); /* it runs nevertheless, once */
    CHECK_EQ(check_sum((uint64_t)seen), 2 * expected);
    CHECK_OK(gyre_env_run(env));
    CHECK_OK(gyre_env_run(env));
    CHECK_EQ(check_sum((uint64_t)seen), 4 * expected);
    CHECK_OK(gyre_tset_evaluate(sinks[0]));
    CHECK_OK(gyre_tset_evaluate(sinks[0]));
    CHECK_EQ(check_sum((uint64_t)seen), 6 * expected);

    gyre_tset_t *quoted = gyre_tset_set_name(gyre_tset_pipe(set), "a \"name\"-0");
    CHECK_OK(gyre_tset_count(quoted, &count));
    char *stats;
    size_t size;
    FILE *stream = open_memstream(&stats, &size);
    CHECK_OK(gyre_job_stats(env, stream));
    fclose(stream);
    CHECK(strstr(stats, "\"a \\\"name\\\"-0\""));
    CHECK(!strstr(stats, "\"a \"name"));
    free(stats);

    stream = tmpfile();
    gyre_tset_explain(gyre_tset_join(gyre_tset_keyed(set, (size_t[]){0}, 1),
                                     gyre_tset_keyed(set, (size_t[]){0}, 1), GYRE_JOIN_INNER,
                                     GYRE_JOIN_HASH, 0),
                      stream);
    long explained = ftell(stream);
    CHECK(explained > 0);
    CHECK_OK(gyre_job_stats(env, stream));
    CHECK(ftell(stream) > explained);
    fclose(stream);
    end();
}

/* --- Checkpoints --- */

static void checkpoints(void)
{
    enum { ROWS = 10000 };
    const gyre_function_t with_sum = {.row = add_input};
    char root[256];
    begin();
    make_directory(root, sizeof(root));
    const gyre_env_opts_t opts = {
        .size = sizeof(opts), .mode = GYRE_ENV_CHECKPOINT, .directory = root};
    for (int run = 0; run < 3; run++) {
        gyre_env_t *job;
        CHECK_OK(gyre_env_create(check_world, &opts, &job));
        calls = 0;
        gyre_tset_t *kept =
            gyre_tset_persist(gyre_tset_map(gyre_tset_range(job, 0, ROWS, 4), &add_one));
        CHECK_EQ(check_sum(calls), run == 0 ? ROWS : 0);
        CHECK_SET(kept, print_range(1, ROWS));
        gyre_tset_t *sum =
            gyre_tset_persist(gyre_tset_allreduce(gyre_tset_range(job, 0, 10, 4), &total, 1));
        gyre_tset_t *set = gyre_tset_map(gyre_tset_range(job, 0, ROWS, 4), &with_sum);
        gyre_tset_add_input(set, "more", sum);
        CHECK_SET(set, print_range(45, ROWS));
        CHECK_SET(set, print_range(45, ROWS));
        CHECK_OK(gyre_env_status(job));
        gyre_env_destroy(job);
    }
    remove_all(root);
    end();
}

static void touch(const char *directory)
{
    char file[512];
    snprintf(file, sizeof(file), "%s/part-00000", directory);
    FILE *made = fopen(file, "w");
    CHECK(made && fclose(made) == 0);
}

/* As a process leaves it that was killed: a directory of its own, with a file. */
static void leave(const char *root, pid_t process, char *path, size_t size)
{
    char host[128] = "";
    struct stat space;
    CHECK(gethostname(host, sizeof(host) - 1) == 0 && stat("/proc/self/ns/pid", &space) == 0);
    snprintf(path, size, "%s/gyre-%s-%llu-%d-999-0", root, host, (unsigned long long)space.st_ino,
             (int)process);
    CHECK(mkdir(path, 0700) == 0);
    touch(path);
}

/* What no process owns any more goes with the next persisted set; what one owns stays, and what a
 * name alone makes look like it. */
static void litter(void)
{
    char root[64], dead[256], alive[256], other[80], link[256];
    begin();
    make_directory(root, sizeof(root));
    if (!check_rank) {
        pid_t child = fork();
        if (child == 0)
            _exit(0);
        CHECK(child > 0 && waitpid(child, NULL, 0) == child);
        leave(root, child, dead, sizeof(dead));
        snprintf(other, sizeof(other), "%s/other", root);
        snprintf(link, sizeof(link), "%.*s-998-0", (int)(strlen(dead) - strlen("-999-0")), dead);
        CHECK(mkdir(other, 0700) == 0 && symlink(other, link) == 0);
        touch(other);
        leave(root, getpid(), alive, sizeof(alive));
    }
    check_barrier();
    const gyre_env_opts_t opts = {.size = sizeof(opts), .directory = root};
    gyre_env_t *job;
    CHECK_OK(gyre_env_create(check_world, &opts, &job));
    CHECK_SET(gyre_tset_persist(gyre_tset_range(job, 0, 100, 4)), print_range(0, 100));
    gyre_env_destroy(job);
    check_barrier();
    if (!check_rank) {
        CHECK(access(dead, F_OK) != 0 && access(alive, F_OK) == 0);
        CHECK(unlink(link) == 0);
        CHECK(access(other, F_OK) == 0 && rmdir(other) != 0); /* its file is there */
    }
    remove_all(root);
    end();
}

static const check_case_t cases[] = {
    {"sources", sources},         {"files", files},  {"stores", stores}, {"twins", twins},
    {"inputs", inputs},           {"loop", loop},    {"moves", moves},   {"actions", actions},
    {"checkpoints", checkpoints}, {"litter", litter}};

int main(int argc, char **argv)
{
    int status =
        check_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]), GYRE_THREAD_MULTIPLE, 120);
    tset_close();
    gyre_schema_release(number_schema);
    return status;
}
