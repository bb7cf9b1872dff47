/* SPDX-License-Identifier: Apache-2.0 */
/* Outputs: parts, their compression, what is overwritten, and what is left by failures. */
#include "io/fixture.h"

#include <criterion/criterion.h>
#include <gyre/output.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

TestSuite(output, .init = fixture_open, .fini = fixture_close, .timeout = 600);

static const gyre_output_opts_t overwriting = {.overwrite = GYRE_OVERWRITE};

static gyre_output_t *open_output(const gyre_output_opts_t *opts)
{
    gyre_output_t *output;
    fixture_ok(gyre_output_open(fixture_path("out"), opts, &output));
    return output;
}

static void write_part(gyre_output_t *output, uint32_t index, const char *text)
{
    gyre_part_t *part;
    fixture_ok(gyre_part_create(output, index, &part));
    fixture_ok(gyre_part_line(part, text, strlen(text)));
    fixture_ok(gyre_part_commit(part));
}

Test(output, parts_appear_when_committed)
{
    gyre_part_t *part;
    gyre_output_t *output = open_output(NULL);
    fixture_ok(gyre_part_create(output, 7, &part));
    fixture_ok(gyre_part_line(part, "one", 3));
    fixture_ok(gyre_part_line(part, "", 0));
    fixture_error(gyre_part_line(part, "a\nb", 3), GYRE_ERR_ARG, "part-00007: a line of 3 bytes");
    fixture_ok(gyre_part_write(part, "two", 3));
    cr_assert(!fixture_exists("out/part-00007"));
    fixture_ok(gyre_part_commit(part));
    cr_assert(fixture_holds("out/part-00007", "one\n\ntwo", 8));
    fixture_ok(gyre_part_create(output, 123456, &part));
    gyre_part_abort(part);
    gyre_part_abort(NULL);
    cr_assert_eq(fixture_entries("out"), 1);
    gyre_output_close(output);
    gyre_output_close(NULL);
}

Test(output, nothing_is_overwritten_unless_asked)
{
    gyre_part_t *part;
    gyre_output_t *output = open_output(NULL);
    write_part(output, 0, "old");
    fixture_error(gyre_part_create(output, 0, &part), GYRE_ERR_STATE, "part-00000: there is such");
    fixture_ok(gyre_output_finish(output, 1));
    fixture_error(gyre_part_create(output, 1, &part), GYRE_ERR_STATE, "_SUCCESS: the output is");
    gyre_output_close(output);

    output = open_output(&overwriting);
    fixture_ok(gyre_part_create(output, 0, &part));
    fixture_ok(gyre_part_line(part, "new", 3));
    cr_assert(fixture_holds("out/part-00000", "old\n", 4));
    cr_assert(fixture_exists("out/_SUCCESS"));
    fixture_ok(gyre_part_commit(part));
    cr_assert(fixture_holds("out/part-00000", "new\n", 4));
    cr_assert(!fixture_exists("out/_SUCCESS"));
    gyre_output_close(output);
}

/* Two that write the same part: with NO_OVERWRITE the first to commit has it. */
Test(output, the_second_commit_of_a_part_fails)
{
    gyre_part_t *first, *second;
    gyre_output_t *output = open_output(NULL);
    fixture_ok(gyre_part_create(output, 0, &first));
    fixture_ok(gyre_part_create(output, 0, &second));
    fixture_ok(gyre_part_line(first, "first", 5));
    fixture_ok(gyre_part_line(second, "second", 6));
    fixture_ok(gyre_part_commit(second));
    fixture_error(gyre_part_commit(first), GYRE_ERR_STATE, "part-00000: there is such a file");
    cr_assert(fixture_holds("out/part-00000", "second\n", 7));
    cr_assert_eq(fixture_entries("out"), 1);
    gyre_output_close(output);
}

Test(output, finish_leaves_the_parts_of_this_run_only)
{
    gyre_output_opts_t gzip = {.overwrite = GYRE_OVERWRITE, .compression = GYRE_COMPRESSION_GZIP};
    gyre_output_t *output = open_output(NULL);
    for (uint32_t i = 0; i < 4; i++)
        write_part(output, i, "old");
    fixture_error(gyre_output_finish(output, 5), GYRE_ERR_STATE, "4 parts, expected 5");
    fixture_error(gyre_output_finish(output, 3), GYRE_ERR_STATE, "a part of another run");
    cr_assert(!fixture_exists("out/_SUCCESS"));
    fixture_ok(gyre_output_finish(output, 4));
    cr_assert(fixture_exists("out/_SUCCESS"));
    gyre_output_close(output);

    fixture_write("out/other", "", 0);
    fixture_write("out/part-000000", "", 0);
    output = open_output(&gzip);
    write_part(output, 0, "new");
    write_part(output, 1, "new");
    fixture_ok(gyre_output_finish(output, 2));
    cr_assert_eq(fixture_entries("out"), 4);
    cr_assert(fixture_exists("out/part-00000.gz") && fixture_exists("out/part-00001.gz"));
    cr_assert(fixture_exists("out/other") && fixture_exists("out/_SUCCESS"));
    gyre_output_close(output);
}

Test(output, what_is_written_is_read_again)
{
    random_plan_t random = random_start("output");
    for (int round = 0; round < 12; round++) {
        gyre_output_opts_t opts = {GYRE_OVERWRITE, (gyre_compression_t)(round % 3),
                                   (int)random_below(&random, 5), round % 2 ? ".txt" : NULL};
        gyre_output_t *output = open_output(&opts);
        gyre__buf_t expected = {0}, got = {0};
        for (uint32_t i = 0; i < 3; i++) {
            gyre_part_t *part;
            fixture_ok(gyre_part_create(output, i, &part));
            for (uint64_t k = random_below(&random, 20); k > 0; k--) {
                size_t length = random_below(&random, k % 5 ? 3000 : 900000);
                char *bytes = calloc(1, length + 1);
                for (size_t at = 0; at < length; at += 1 + random_below(&random, 9))
                    bytes[at] = (char)random_next(&random);
                fixture_ok(gyre_part_write(part, bytes, length));
                fixture_append(&expected, bytes, length);
                free(bytes);
            }
            fixture_ok(gyre_part_commit(part));
        }
        fixture_ok(gyre_output_finish(output, 3));
        gyre_output_close(output);

        gyre_input_t *input = fixture_input(fixture_path("out"));
        gyre_split_t *split;
        gyre_whole_t *whole;
        gyre_text_t content;
        const char *path;
        fixture_ok(gyre_split_create(input, 0, 1, &split));
        fixture_ok(gyre_whole_open(split, &whole));
        while (fixture_ok(gyre_whole_next(whole, &path, &content)), path)
            fixture_append(&got, content.data, content.length);
        cr_assert_eq(got.length, expected.length);
        cr_assert(got.length == 0 || memcmp(got.data, expected.data, got.length) == 0);
        gyre_whole_close(whole);
        gyre_split_destroy(split);
        gyre_input_destroy(input);
        gyre__buf_cleanup(&got);
        gyre__buf_cleanup(&expected);
    }
}

static const gyre_batch_t *make_column(const gyre_field_t *field, bool null)
{
    const gyre_schema_t *schema;
    const gyre_batch_t *batch;
    gyre_builder_t *builder;
    fixture_ok(gyre_schema_create(field, 1, &schema));
    fixture_ok(gyre_builder_create_batch(schema, NULL, &builder));
    gyre_schema_release(schema);
    for (int i = 0; i < 3; i++)
        fixture_ok(field->kind == GYRE_KIND_STRING
                       ? gyre_builder_append_bytes(builder->children[0], "abc", (size_t)i + 1)
                       : gyre_builder_append(builder->children[0], "123456789", 1));
    if (null)
        fixture_ok(gyre_builder_append_null(builder->children[0], 1));
    fixture_ok(gyre_builder_finish_batch(builder, &batch));
    gyre_builder_destroy(builder);
    return batch;
}

Test(output, columns_are_lines_and_records)
{
    static const gyre_field_t fields[] = {
        {.name = "s", .kind = GYRE_KIND_STRING},
        {.name = "r", .kind = GYRE_KIND_FIXED_SIZE_BINARY, .size = 4},
        {.name = "i", .kind = GYRE_KIND_INT64}};
    gyre_output_t *output = open_output(NULL);
    gyre_part_t *part;
    fixture_ok(gyre_part_create(output, 0, &part));
    for (int i = 0; i < 3; i++) {
        const gyre_batch_t *batch = make_column(&fields[i], false), *rest;
        fixture_ok(gyre_batch_slice(batch, 1, 2, &rest));
        if (i < 2)
            fixture_ok(gyre_part_column(part, rest->columns[0]));
        else
            fixture_error(gyre_part_column(part, rest->columns[0]), GYRE_ERR_ARG, "type int64");
        gyre_batch_release(batch);
        gyre_batch_release(rest);
        batch = make_column(&fields[i], true);
        fixture_error(gyre_part_column(part, batch->columns[0]), GYRE_ERR_ARG, "1 nulls");
        gyre_batch_release(batch);
    }
    fixture_ok(gyre_part_commit(part));
    cr_assert(fixture_holds("out/part-00000", "ab\nabc\n12341234", 15));
    gyre_output_close(output);
}

Test(output, options_that_make_no_sense)
{
    gyre_output_t *output;
    gyre_part_t *part;
    gyre_output_opts_t opts = {.suffix = "/x"};
    fixture_error(gyre_output_open(fixture_path("out"), &opts, &output), GYRE_ERR_ARG, "\"/x\"");
    opts = (gyre_output_opts_t){.compression = (gyre_compression_t)9};
    fixture_error(gyre_output_open(fixture_path("out"), &opts, &output), GYRE_ERR_ARG, "9");
    opts = (gyre_output_opts_t){.compression = GYRE_COMPRESSION_GZIP, .level = 77};
    output = open_output(&opts);
    fixture_error(gyre_part_create(output, 0, &part), GYRE_ERR_RANGE, "gzip level 77");
    gyre_output_close(output);
    opts = (gyre_output_opts_t){.compression = GYRE_COMPRESSION_ZSTD, .level = 77};
    output = open_output(&opts);
    fixture_error(gyre_part_create(output, 0, &part), GYRE_ERR_RANGE, "zstd level 77");
    gyre_output_close(output);
    cr_assert_eq(fixture_entries("out"), 0);
}

/* Writes a part until it fails; commit must fail then too, or report it first. */
static gyre_status_t write_until_error(gyre_output_t *output)
{
    static char bytes[100000];
    gyre_part_t *part;
    gyre_status_t status = gyre_part_create(output, 0, &part);
    for (int i = 0; i < 100 && status == GYRE_OK; i++) {
        for (size_t k = 0; k < sizeof(bytes); k++)
            bytes[k] = (char)rand();
        status = gyre_part_write(part, bytes, sizeof(bytes));
    }
    if (status != GYRE_OK)
        gyre_part_abort(part);
    return status == GYRE_OK ? gyre_part_commit(part) : status;
}

static void check_failed_write(const char *reason)
{
    for (int compression = 0; compression < 3; compression++) {
        gyre_output_opts_t opts = {.overwrite = GYRE_OVERWRITE,
                                   .compression = (gyre_compression_t)compression};
        gyre_output_t *output = open_output(&opts);
        fixture_error(write_until_error(output), GYRE_ERR_NO_RESOURCE, reason);
        gyre_output_close(output);
        cr_assert(fixture_holds("out/part-00000", "old\n", 4));
        cr_assert_eq(fixture_entries("out"), 2);
        cr_assert(fixture_exists("out/_SUCCESS"));
    }
}

static void write_old(void)
{
    gyre_output_t *output = open_output(NULL);
    write_part(output, 0, "old");
    fixture_ok(gyre_output_finish(output, 1));
    gyre_output_close(output);
}

Test(output, files_too_large_change_nothing)
{
    write_old();
    signal(SIGXFSZ, SIG_IGN);
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &(struct rlimit){300000, 300000}), 0);
    check_failed_write("File too large");
}

Test(output, a_full_disk_changes_nothing)
{
    fixture_mkdir("out");
    if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("none", fixture_path("out"), "tmpfs", 0, "size=256k") != 0)
        cr_skip_test("no private mount to fill");
    write_old();
    check_failed_write("No space left");
    umount(fixture_path("out"));
}

/* A writer that is killed leaves drafts, hidden from readers, which the next run sweeps. */
Test(output, what_the_killed_leave)
{
    int said[2];
    char byte;
    cr_assert_eq(pipe(said), 0);
    pid_t child = fork();
    if (child == 0) {
        gyre_output_t *output = open_output(NULL);
        gyre_part_t *part;
        for (uint32_t i = 0; i < 3; i++)
            if (gyre_part_create(output, i, &part) != GYRE_OK)
                _exit(1);
        if (write(said[1], "", 1) == 1)
            for (;;)
                pause();
    }
    close(said[1]);
    cr_assert_eq(read(said[0], &byte, 1), 1);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    cr_assert_eq(fixture_entries("out"), 3);
    gyre_input_t *input = fixture_input(fixture_path("out"));
    cr_assert_eq(gyre_input_count(input), 0);
    gyre_input_destroy(input);
    gyre_output_close(open_output(NULL));
    cr_assert_eq(fixture_entries("out"), 0);
}
