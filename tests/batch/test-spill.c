/* SPDX-License-Identifier: Apache-2.0 */
/* Spilled runs come back as they were, or not at all: compressed or not, from full disks, damaged.
 * Nothing is left of them. */
#include "batch/frame.h"
#include "batch/rows.h"
#include "batch/run.h"
#include "batch/squeeze.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

enum { PLANS = 60, BATCHES_MAX = 5, ROWS_MAX = 300, DAMAGES = 400 };

static char dirs[2][64];
static const char *const dir_names[] = {dirs[0], dirs[1]};

static void make_dirs(void)
{
    for (int i = 0; i < 2; i++) {
        strcpy(dirs[i], "/tmp/gyre-test-spill-XXXXXX");
        cr_assert(mkdtemp(dirs[i]) != NULL);
    }
}

/* They go only if they are empty. */
static void remove_dirs(void)
{
    for (int i = 0; i < 2; i++)
        cr_expect_eq(rmdir(dirs[i]), 0, "%s is not empty", dirs[i]);
}

TestSuite(spill, .init = make_dirs, .fini = remove_dirs, .timeout = 100);

static gyre__spill_t *open_spill(gyre__squeeze_t squeeze, size_t frame)
{
    gyre__spill_t *spill;
    const gyre__spill_opts_t opts = {squeeze, frame};
    cr_assert_eq(gyre__spill_create(dir_names, 2, &opts, &spill), GYRE_OK, "%s", gyre_last_error());
    return spill;
}

/* One that this build has. */
static gyre__squeeze_t drawn_squeeze(random_plan_t *random)
{
    gyre__squeeze_t squeeze = (gyre__squeeze_t)random_below(random, GYRE__SQUEEZE_ZSTD + 1);
    return gyre__squeeze_check(squeeze) == GYRE_OK ? squeeze : GYRE__SQUEEZE_NONE;
}

/* Reads the run to its end and compares it with the keys that its rows are of. */
static void check_run(const gyre__run_t *run, const uint64_t *keys, size_t count)
{
    gyre__reader_t reader = {run, 0};
    const gyre_batch_t *batch;
    size_t first = 0;
    cr_assert_eq(run->rows, count);
    for (;; first += batch->length, gyre_batch_release(batch)) {
        cr_assert_eq(gyre__run_read(&reader, &batch), GYRE_OK, "%s", gyre_last_error());
        if (!batch)
            break;
        cr_assert_leq(batch->length, count - first);
        rows_check(batch, keys + first, batch->length);
    }
    cr_assert_eq(first, count);
    cr_assert_eq(gyre__run_read(&reader, &batch), GYRE_OK);
    cr_assert_null(batch);
}

/* Appends a batch of the keys' rows. */
static void append(gyre__run_t *run, const uint64_t *keys, size_t count)
{
    const gyre_batch_t *batch = rows_batch(run->schema, keys, count);
    cr_assert_eq(gyre__run_append(run, batch), GYRE_OK, "%s", gyre_last_error());
    gyre_batch_release(batch);
}

Test(spill, runs_come_back)
{
    random_plan_t random = random_start("spill runs");
    for (int plan = 0; plan < PLANS; plan++) {
        const gyre_schema_t *schema = rows_schema(&random);
        size_t frame = random_below(&random, 3) ? random_below(&random, 100000) : 0;
        gyre__spill_t *spill = open_spill(drawn_squeeze(&random), frame);
        gyre__run_t *runs[3];
        uint64_t *keys[3];
        size_t ends[3] = {0};
        for (int i = 0; i < 3; i++) {
            cr_assert_eq(gyre__run_create(i < 2 ? spill : NULL, (size_t)i, schema, &runs[i]),
                         GYRE_OK);
            keys[i] = rows_keys(&random, BATCHES_MAX * ROWS_MAX);
        }
        for (int i = 0; i < 3 * BATCHES_MAX; i++) {
            size_t count = random_below(&random, ROWS_MAX), run = random_below(&random, 3);
            if (ends[run] + count > BATCHES_MAX * ROWS_MAX)
                continue;
            append(runs[run], keys[run] + ends[run], count);
            ends[run] += count;
        }
        for (int i = 0; i < 3; i++)
            check_run(runs[i], keys[i], ends[i]);
        for (int i = 0; i < 3; i++) {
            gyre__run_destroy(runs[i]);
            free(keys[i]);
        }
        gyre__spill_destroy(spill);
        gyre_schema_release(schema);
    }
}

static const gyre_schema_t *numbers(void)
{
    const gyre_field_t field = {"n", .kind = GYRE_KIND_INT64};
    const gyre_schema_t *schema;
    cr_assert_eq(gyre_schema_create(&field, 1, &schema), GYRE_OK);
    return schema;
}

static off_t file_size(const gyre__spill_t *spill, size_t file)
{
    struct stat found;
    cr_assert_eq(fstat(spill->files[file].fd, &found), 0);
    return found.st_size;
}

Test(spill, frames_are_no_larger_than_asked_for_and_space_comes_back)
{
    enum { FRAME = 4096, COUNT = 5000 };
    random_plan_t random = random_start("spill frames");
    const gyre_schema_t *schema = numbers();
    gyre__spill_t *spill = open_spill(GYRE__SQUEEZE_NONE, FRAME);
    uint64_t *keys = rows_keys(&random, COUNT);
    for (int again = 0; again < 10; again++) {
        gyre__run_t *runs[2];
        for (int i = 0; i < 2; i++) {
            cr_assert_eq(gyre__run_create(spill, 0, schema, &runs[i]), GYRE_OK);
            append(runs[i], keys, COUNT);
            cr_assert(runs[i]->memory <= FRAME && runs[i]->memory > FRAME / 3, "%zu bytes",
                      runs[i]->memory);
        }
        off_t size = file_size(spill, 0);
        cr_assert_lt(size, (off_t)(2 * COUNT * 16));
        gyre__run_destroy(runs[0]);
        check_run(runs[1], keys, COUNT);
        gyre__run_destroy(runs[1]);
        cr_assert_eq(file_size(spill, 0), 0);
        cr_assert_eq(file_size(spill, 1), 0);
    }
    free(keys);
    gyre__spill_destroy(spill);
    gyre_schema_release(schema);
}

/* Every bit counts: what was changed or cut off is refused, the rest is read. */
Test(spill, damage_is_refused)
{
    enum { COUNT = 400 };
    random_plan_t random = random_start("spill damage");
    for (int squeeze = GYRE__SQUEEZE_NONE; squeeze <= GYRE__SQUEEZE_ZSTD; squeeze++) {
        if (gyre__squeeze_check((gyre__squeeze_t)squeeze) != GYRE_OK)
            continue;
        const gyre_schema_t *schema = rows_schema(&random);
        gyre__spill_t *spill = open_spill((gyre__squeeze_t)squeeze, 0);
        uint64_t *keys = rows_keys(&random, COUNT);
        const gyre_batch_t *batch;
        gyre__run_t *run;
        cr_assert_eq(gyre__run_create(spill, 0, schema, &run), GYRE_OK);
        append(run, keys, COUNT);
        int fd = spill->files[0].fd;
        off_t size = file_size(spill, 0);
        for (int i = 0; i < DAMAGES; i++) {
            off_t at = (off_t)random_below(&random, (uint64_t)size);
            unsigned char byte, wrong;
            cr_assert_eq(pread(fd, &byte, 1, at), 1);
            wrong = byte ^ (unsigned char)(1u << random_below(&random, 8));
            cr_assert_eq(pwrite(fd, &wrong, 1, at), 1);
            cr_assert_eq(gyre__run_read(&(gyre__reader_t){run, 0}, &batch), GYRE_ERR_IO,
                         "byte %lld was changed, and nobody saw it", (long long)at);
            cr_assert(strstr(gyre_last_error(), dirs[0]), "%s", gyre_last_error());
            cr_assert_eq(pwrite(fd, &byte, 1, at), 1);
        }
        check_run(run, keys, COUNT);
        cr_assert_eq(ftruncate(fd, (off_t)random_below(&random, (uint64_t)size)), 0);
        cr_assert_eq(gyre__run_read(&(gyre__reader_t){run, 0}, &batch), GYRE_ERR_IO);
        cr_assert(strstr(gyre_last_error(), "are left"), "%s", gyre_last_error());
        gyre__run_destroy(run);
        gyre__spill_destroy(spill);
        gyre_schema_release(schema);
        free(keys);
    }
}

/* Damage with a checksum that is right: an error or some batch, and never a crash. */
Test(spill, forged_frames_do_no_harm)
{
    enum { COUNT = 100 };
    random_plan_t random = random_start("spill forgery");
    for (int plan = 0; plan < PLANS; plan++) {
        const gyre_schema_t *schema = rows_schema(&random);
        gyre__spill_t *spill = open_spill(drawn_squeeze(&random), 0);
        uint64_t *keys = rows_keys(&random, COUNT);
        const gyre_batch_t *batch;
        gyre__run_t *run;
        cr_assert_eq(gyre__run_create(spill, 0, schema, &run), GYRE_OK);
        append(run, keys, COUNT);
        const gyre__frame_t *frame = &run->frames[0];
        unsigned char *bytes = malloc(frame->length), *forged = malloc(frame->length);
        cr_assert_eq(gyre__spill_read(run->file, frame->offset, bytes, frame->length), GYRE_OK);
        for (int i = 0; i < DAMAGES / 4; i++) {
            memcpy(forged, bytes, frame->length);
            for (size_t flips = 1 + random_below(&random, 8); flips > 0; flips--)
                forged[random_below(&random, frame->length)] ^=
                    (unsigned char)(1u << random_below(&random, 8));
            uint64_t sum = XXH3_64bits_withSeed(forged + sizeof(sum), frame->length - sizeof(sum),
                                                frame->offset);
            memcpy(forged, &sum, sizeof(sum));
            cr_assert_eq(pwrite(run->file->fd, forged, frame->length, (off_t)frame->offset),
                         (ssize_t)frame->length);
            if (gyre__run_read(&(gyre__reader_t){run, 0}, &batch) == GYRE_OK)
                gyre_batch_release(batch);
        }
        gyre__run_destroy(run);
        gyre__spill_destroy(spill);
        gyre_schema_release(schema);
        free(keys);
        free(bytes);
        free(forged);
    }
}

Test(spill, a_full_disk_is_an_error_and_what_was_written_stays)
{
    enum { COUNT = 1000 };
    random_plan_t random = random_start("spill full");
    const gyre_schema_t *schema = numbers();
    gyre__spill_t *spill = open_spill(GYRE__SQUEEZE_NONE, 2048);
    uint64_t *keys = rows_keys(&random, COUNT);
    const gyre_batch_t *batch = rows_batch(schema, keys, COUNT);
    gyre__run_t *run;
    cr_assert_eq(gyre__run_create(spill, 0, schema, &run), GYRE_OK);
    append(run, keys, COUNT);
    signal(SIGXFSZ, SIG_IGN);
    const struct rlimit limit = {(rlim_t)file_size(spill, 0) + 3000, RLIM_INFINITY};
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    cr_assert_lt(gyre__run_append(run, batch), 0);
    cr_assert(strstr(gyre_last_error(), dirs[0]) && strstr(gyre_last_error(), "writing"), "%s",
              gyre_last_error());
    cr_assert(run->rows > COUNT && run->rows < 2 * COUNT);
    gyre__reader_t reader = {run, 0};
    size_t rows = 0;
    for (const gyre_batch_t *read; rows < run->rows; gyre_batch_release(read)) {
        cr_assert_eq(gyre__run_read(&reader, &read), GYRE_OK, "%s", gyre_last_error());
        rows_check(read, keys + rows % COUNT, read->length);
        rows += read->length;
    }
    const struct rlimit lifted = {RLIM_INFINITY, RLIM_INFINITY};
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &lifted), 0);
    cr_assert_eq(gyre__run_append(run, batch), GYRE_OK);
    gyre_batch_release(batch);
    gyre__run_destroy(run);
    gyre__spill_destroy(spill);
    gyre_schema_release(schema);
    free(keys);
}

Test(spill, nothing_is_left_after_a_kill)
{
    const gyre_schema_t *schema = numbers();
    uint64_t keys[ROWS_MAX] = {0};
    pid_t child = fork();
    if (child == 0) {
        gyre__spill_t *spill = open_spill(GYRE__SQUEEZE_NONE, 0);
        gyre__run_t *run;
        cr_assert_eq(gyre__run_create(spill, 1, schema, &run), GYRE_OK);
        append(run, keys, ROWS_MAX);
        raise(SIGKILL);
    }
    int status;
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    gyre_schema_release(schema);
}

Test(spill, mistakes_are_refused)
{
    const char *const nowhere = "/nonexistent/disk";
    gyre__spill_t *spill;
    cr_expect_eq(gyre__spill_create(NULL, 0, &(gyre__spill_opts_t){0}, &spill), GYRE_ERR_ARG);
    cr_expect_eq(gyre__spill_create(&nowhere, 1, &(gyre__spill_opts_t){0}, &spill),
                 GYRE_ERR_NOT_FOUND);
    cr_expect(strstr(gyre_last_error(), nowhere), "%s", gyre_last_error());
}
