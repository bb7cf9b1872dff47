/* SPDX-License-Identifier: Apache-2.0 */
/* Readers of text, records and whole files over splits, against the files themselves: random files,
 * plain and compressed, in random numbers of splits. */
#include "io/fixture.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

TestSuite(lines, .init = fixture_open, .fini = fixture_close, .timeout = 600);
TestSuite(records, .init = fixture_open, .fini = fixture_close, .timeout = 600);
TestSuite(whole, .init = fixture_open, .fini = fixture_close, .timeout = 600);

enum { FILES_MAX = 5, SPLITS_MAX = 12 };

/* Lines of very different lengths, some longer than a reader's buffer when large, with both ends of
 * line, characters of several bytes, broken ones and lone "\r"; the last line may lack its end. */
static void draw_text(random_plan_t *random, bool large, gyre__buf_t *text)
{
    static const char *const words[] = {"a", "Straße", "数語", "\r", "", "b c", "\"q\"", "\xf0"};
    size_t lines = random_below(random, 30);
    if (random_below(random, 8) == 0)
        fixture_append(text, "\xef\xbb\xbf", 3);
    for (size_t i = 0; i < lines; i++) {
        size_t count = random_below(random, large && random_below(random, 6) == 0 ? 400000 : 12);
        for (size_t k = 0; k < count; k++) {
            const char *word = words[random_below(random, 8)];
            fixture_append(text, word, strlen(word));
        }
        if (i + 1 == lines && random_below(random, 2))
            break;
        bool two = random_below(random, 3) == 0;
        fixture_append(text, two ? "\r\n" : "\n", two ? 2 : 1);
    }
}

/* Adds the lines of a text, each with a newline: byte by byte. */
static void split_plainly(const char *text, size_t length, gyre__buf_t *lines)
{
    size_t begin = 0;
    for (size_t i = 0; i < length; i++) {
        if (text[i] != '\n')
            continue;
        size_t end = i > begin && text[i - 1] == '\r' ? i - 1 : i;
        fixture_append(lines, text + begin, end - begin);
        fixture_append(lines, "\n", 1);
        begin = i + 1;
    }
    if (begin < length) {
        fixture_append(lines, text + begin, length - begin);
        fixture_append(lines, "\n", 1);
    }
}

/* Files of random texts, packed as they come; their lines go to lines. */
static void draw_files(random_plan_t *random, bool large, gyre__buf_t *lines)
{
    size_t files = 1 + random_below(random, FILES_MAX);
    for (size_t i = 0; i < FILES_MAX; i++) {
        char name[16];
        snprintf(name, sizeof(name), "in/%zu", i);
        unlink(fixture_path(name));
        if (i >= files)
            continue;
        gyre__buf_t text = {0}, packed = {0};
        draw_text(random, large, &text);
        size_t mark = text.length >= 3 && memcmp(text.data, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
        split_plainly(text.data + mark, text.length - mark, lines);
        fixture_pack(text.data, text.length, (fixture_packing_t)random_below(random, 3),
                     1 + (unsigned)random_below(random, 3), &packed);
        fixture_write(name, packed.data, packed.length);
        gyre__buf_cleanup(&text);
        gyre__buf_cleanup(&packed);
    }
}

static void read_lines(const gyre_split_t *split, gyre__buf_t *out)
{
    gyre_lines_t *lines;
    gyre_text_t line;
    fixture_ok(gyre_lines_open(split, 0, &lines));
    for (;;) {
        fixture_ok(gyre_lines_next(lines, &line));
        if (!line.data)
            break;
        fixture_append(out, line.data, line.length);
        fixture_append(out, "\n", 1);
    }
    fixture_ok(gyre_lines_next(lines, &line));
    cr_assert_null(line.data);
    gyre_lines_close(lines);
}

/* Blocks, and now and then a line between them. */
static void read_blocks(random_plan_t *random, const gyre_split_t *split, gyre__buf_t *out)
{
    gyre_lines_t *lines;
    gyre_text_t text;
    fixture_ok(gyre_lines_open(split, 0, &lines));
    for (;;) {
        bool one = random_below(random, 3) == 0;
        fixture_ok(one ? gyre_lines_next(lines, &text) : gyre_lines_block(lines, &text));
        if (!text.data)
            break;
        if (one) {
            fixture_append(out, text.data, text.length);
            fixture_append(out, "\n", 1);
        } else {
            split_plainly(text.data, text.length, out);
        }
    }
    gyre_lines_close(lines);
}

static void read_batches(const gyre_split_t *split, gyre__buf_t *out)
{
    gyre_lines_t *lines;
    const gyre_batch_t *batch;
    fixture_ok(gyre_lines_open(split, 0, &lines));
    while (fixture_ok(gyre_lines_batch(lines, &batch)), batch) {
        for (size_t row = 0; row < batch->length; row++) {
            size_t length;
            const char *text = gyre_column_bytes(batch->columns[0], row, &length);
            fixture_append(out, text, length);
            fixture_append(out, "\n", 1);
        }
        gyre_batch_release(batch);
    }
    gyre_lines_close(lines);
}

static void same(const gyre__buf_t *got, const gyre__buf_t *expected)
{
    cr_assert_eq(got->length, expected->length, "%zu bytes, expected %zu", got->length,
                 expected->length);
    cr_assert(got->length == 0 || memcmp(got->data, expected->data, got->length) == 0);
}

static void check_lines(random_plan_t *random, const gyre_input_t *input, uint64_t count,
                        const gyre__buf_t *expected)
{
    gyre__buf_t lines = {0}, blocks = {0}, batches = {0};
    for (uint64_t i = 0; i < count; i++) {
        gyre_split_t *split;
        fixture_ok(gyre_split_create(input, i, count, &split));
        read_lines(split, &lines);
        read_blocks(random, split, &blocks);
        read_batches(split, &batches);
        gyre_split_destroy(split);
    }
    same(&lines, expected);
    same(&blocks, expected);
    same(&batches, expected);
    gyre__buf_cleanup(&lines);
    gyre__buf_cleanup(&blocks);
    gyre__buf_cleanup(&batches);
}

static void check_random_lines(const char *name, bool large, int rounds)
{
    random_plan_t random = random_start(name);
    fixture_mkdir("in");
    for (int round = 0; round < rounds; round++) {
        gyre__buf_t expected = {0};
        draw_files(&random, large, &expected);
        gyre_input_t *input = fixture_input(fixture_path("in"));
        check_lines(&random, input, 1, &expected);
        for (int i = 0; i < 4; i++)
            check_lines(&random, input, 2 + random_below(&random, SPLITS_MAX), &expected);
        gyre_input_destroy(input);
        gyre__buf_cleanup(&expected);
    }
}

Test(lines, every_line_is_read_once)
{
    check_random_lines("small lines", false, 150);
}

Test(lines, lines_longer_than_a_buffer)
{
    check_random_lines("large lines", true, 6);
}

Test(lines, at_every_cut)
{
    static const char text[] = "\xef\xbb\xbf"
                               "a\r\n\nñandú\r\n\r\nx";
    gyre__buf_t expected = {0};
    random_plan_t random = random_start("cuts");
    fixture_write("f", text, sizeof(text) - 1);
    split_plainly(text + 3, sizeof(text) - 4, &expected);
    gyre_input_t *input = fixture_input(fixture_path("f"));
    for (uint64_t count = 1; count < 2 * sizeof(text); count++)
        check_lines(&random, input, count, &expected);
    gyre_input_destroy(input);
    gyre__buf_cleanup(&expected);
}

Test(lines, a_mark_alone_is_an_empty_file)
{
    random_plan_t random = random_start("mark");
    fixture_write("f", "\xef\xbb\xbf", 3);
    gyre_input_t *input = fixture_input(fixture_path("f"));
    for (uint64_t count = 1; count < 6; count++)
        check_lines(&random, input, count, &(gyre__buf_t){0});
    gyre_input_destroy(input);
}

Test(lines, a_bound_is_kept)
{
    enum { LENGTH = 3 << 20 };
    char *bytes = malloc(LENGTH);
    gyre_split_t *split;
    gyre_lines_t *lines;
    gyre_text_t line;
    memset(bytes, 'x', LENGTH);
    memcpy(bytes, "short\n", 6);
    fixture_write("f", bytes, LENGTH);
    gyre_input_t *input = fixture_input(fixture_path("f"));
    fixture_ok(gyre_split_create(input, 0, 1, &split));
    fixture_ok(gyre_lines_open(split, 2 << 20, &lines));
    fixture_ok(gyre_lines_next(lines, &line));
    fixture_error(gyre_lines_next(lines, &line), GYRE_ERR_RANGE,
                  "f: what begins at byte 6 is longer than 2097152 bytes");
    gyre_lines_close(lines);
    fixture_ok(gyre_lines_open(split, LENGTH, &lines));
    fixture_ok(gyre_lines_next(lines, &line));
    fixture_ok(gyre_lines_next(lines, &line));
    cr_assert_eq(line.length, LENGTH - 6);
    gyre_lines_close(lines);
    gyre_split_destroy(split);
    gyre_input_destroy(input);
    free(bytes);
}

/* Reads all lines of the one file f; the status that ends it. */
static gyre_status_t read_to_error(void)
{
    gyre_split_t *split;
    gyre_lines_t *lines;
    gyre_text_t line = {"", 0};
    gyre_input_t *input = fixture_input(fixture_path("f"));
    fixture_ok(gyre_split_create(input, 0, 1, &split));
    fixture_ok(gyre_lines_open(split, 0, &lines));
    gyre_status_t status = GYRE_OK;
    while (status == GYRE_OK && line.data)
        status = gyre_lines_next(lines, &line);
    gyre_lines_close(lines);
    gyre_split_destroy(split);
    gyre_input_destroy(input);
    return status;
}

Test(lines, compressed_files_that_are_damaged)
{
    static char text[300000];
    random_plan_t random = random_start("damage");
    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = (char)('a' + random_below(&random, 26));
    for (int packing = FIXTURE_GZIP; packing <= FIXTURE_ZSTD; packing++) {
        gyre__buf_t packed = {0};
        fixture_pack(text, sizeof(text), (fixture_packing_t)packing, 3, &packed);
        for (int i = 0; i < 40; i++) {
            size_t length = 5 + random_below(&random, packed.length - 5);
            fixture_write("f", packed.data, length);
            gyre_status_t status = read_to_error();
            /* A file may end between frames. */
            if (status != GYRE_OK)
                fixture_error(status, GYRE_ERR_SYNTAX, "f: its compressed data ends early");
        }
        fixture_append(&packed, "garbage", 7);
        fixture_write("f", packed.data, packed.length);
        fixture_error(read_to_error(), GYRE_ERR_SYNTAX, "is corrupt");
        packed.data[packed.length / 2] ^= 0x10;
        fixture_write("f", packed.data, packed.length);
        fixture_error(read_to_error(), GYRE_ERR_SYNTAX, "is corrupt");
        gyre__buf_cleanup(&packed);
    }
}

Test(lines, zeros_behind_gzip_are_padding)
{
    gyre__buf_t packed = {0};
    fixture_pack("a\nb\n", 4, FIXTURE_GZIP, 2, &packed);
    fixture_append(&packed, "\0\0\0\0\0", 5);
    fixture_write("f", packed.data, packed.length);
    fixture_ok(read_to_error());
    gyre__buf_cleanup(&packed);
}

Test(lines, a_file_that_became_shorter_is_an_error)
{
    gyre_split_t *split;
    gyre_lines_t *lines;
    gyre_text_t line;
    fixture_write("f", "abc\ndef\nghi\n", 12);
    gyre_input_t *input = fixture_input(fixture_path("f"));
    fixture_ok(gyre_split_create(input, 0, 1, &split));
    fixture_ok(gyre_lines_open(split, 0, &lines));
    cr_assert_eq(truncate(fixture_path("f"), 6), 0);
    fixture_error(gyre_lines_next(lines, &line), GYRE_ERR_IO, "f: ends at byte 6, had 12 when");
    gyre_lines_close(lines);
    gyre_split_destroy(split);
    gyre_input_destroy(input);
}

static void read_records(const gyre_split_t *split, size_t length, gyre__buf_t *out)
{
    gyre_records_t *records;
    const void *first;
    size_t count;
    fixture_ok(gyre_records_open(split, length, &records));
    for (;;) {
        fixture_ok(gyre_records_next(records, &first, &count));
        if (count == 0)
            break;
        fixture_append(out, first, count * length);
    }
    gyre_records_close(records);
}

static void read_record_batches(const gyre_split_t *split, size_t length, gyre__buf_t *out)
{
    gyre_records_t *records;
    const gyre_batch_t *batch;
    fixture_ok(gyre_records_open(split, length, &records));
    while (fixture_ok(gyre_records_batch(records, &batch)), batch) {
        fixture_append(out, batch->columns[0]->values, batch->length * length);
        gyre_batch_release(batch);
    }
    gyre_records_close(records);
}

static void check_records(random_plan_t *random, size_t length)
{
    gyre__buf_t expected = {0};
    for (size_t i = 0; i < FILES_MAX; i++) {
        char name[16];
        gyre__buf_t packed = {0};
        size_t records = random_below(random, random_below(random, 2) ? 40 : 1 + 1500000 / length);
        size_t before = expected.length;
        fixture_ok(gyre__buf_reserve(&expected, records * length));
        for (size_t k = 0; k < records * length; k++)
            expected.data[expected.length++] = (char)random_next(random);
        snprintf(name, sizeof(name), "in/%zu", i);
        fixture_pack(records ? expected.data + before : "", records * length,
                     (fixture_packing_t)(random_below(random, 6) % 4 % 3), 1, &packed);
        fixture_write(name, packed.data, packed.length);
        gyre__buf_cleanup(&packed);
    }
    gyre_input_t *input = fixture_input(fixture_path("in"));
    for (uint64_t count = 1; count < 10; count++) {
        gyre__buf_t got = {0};
        for (uint64_t i = 0; i < count; i++) {
            gyre_split_t *split;
            fixture_ok(gyre_split_create(input, i, count, &split));
            if (count % 2)
                read_records(split, length, &got);
            else
                read_record_batches(split, length, &got);
            gyre_split_destroy(split);
        }
        same(&got, &expected);
        gyre__buf_cleanup(&got);
    }
    gyre_input_destroy(input);
    gyre__buf_cleanup(&expected);
}

Test(records, every_record_is_read_once)
{
    random_plan_t random = random_start("records");
    fixture_mkdir("in");
    for (int round = 0; round < 8; round++)
        check_records(&random, 1 + random_below(&random, round % 2 ? 300 : 20));
    check_records(&random, 700001);
}

Test(records, a_part_of_a_record_is_refused)
{
    gyre_split_t *split;
    gyre_records_t *records;
    const void *first;
    size_t count;
    fixture_write("f", "0123456789ab", 12);
    gyre_input_t *input = fixture_input(fixture_path("f"));
    fixture_ok(gyre_split_create(input, 0, 1, &split));
    fixture_ok(gyre_records_open(split, 5, &records));
    fixture_ok(gyre_records_next(records, &first, &count));
    cr_assert(count == 2 && memcmp(first, "0123456789", 10) == 0);
    fixture_error(gyre_records_next(records, &first, &count), GYRE_ERR_SYNTAX,
                  "f: ends with 2 bytes at byte 10, expected records of 5");
    gyre_records_close(records);
    fixture_error(gyre_records_open(split, 0, &records), GYRE_ERR_ARG, "records of 0 bytes");
    gyre_split_destroy(split);
    gyre_input_destroy(input);
}

Test(records, that_begin_as_compressed_files_do_are_read_plainly)
{
    static const char bytes[] = "\x1f\x8b\x08\x00"
                                "abcd"
                                "\x28\xb5\x2f\xfd";
    const char *path = fixture_path("f");
    const gyre_input_opts_t opts = {.plain = true};
    gyre_input_t *input;
    fixture_write("f", bytes, 12);
    fixture_ok(gyre_input_create(&path, 1, &opts, &input));
    gyre__buf_t got = {0};
    for (uint64_t i = 0; i < 2; i++) {
        gyre_split_t *split;
        fixture_ok(gyre_split_create(input, i, 2, &split));
        read_records(split, 4, &got);
        gyre_split_destroy(split);
    }
    cr_assert(got.length == 12 && memcmp(got.data, bytes, 12) == 0);
    gyre__buf_cleanup(&got);
    gyre_input_destroy(input);
}

Test(whole, every_file_is_read_once)
{
    random_plan_t random = random_start("whole");
    fixture_mkdir("in");
    for (int round = 0; round < 20; round++) {
        gyre__buf_t expected = {0};
        for (size_t i = 0; i < FILES_MAX; i++) {
            char name[16], bytes[3000];
            gyre__buf_t packed = {0};
            size_t length = random_below(&random, 2) * random_below(&random, sizeof(bytes));
            memset(bytes, (int)random_next(&random), length);
            fixture_append(&expected, bytes, length);
            fixture_append(&expected, "|", 1);
            fixture_pack(bytes, length, (fixture_packing_t)random_below(&random, 3), 40, &packed);
            snprintf(name, sizeof(name), "in/%zu", i);
            fixture_write(name, packed.data, packed.length);
            gyre__buf_cleanup(&packed);
        }
        gyre_input_t *input = fixture_input(fixture_path("in"));
        uint64_t count = 1 + random_below(&random, 9);
        gyre__buf_t got = {0};
        for (uint64_t i = 0; i < count; i++) {
            gyre_split_t *split;
            gyre_whole_t *whole;
            gyre_text_t content;
            const char *path;
            fixture_ok(gyre_split_create(input, i, count, &split));
            fixture_ok(gyre_whole_open(split, &whole));
            while (fixture_ok(gyre_whole_next(whole, &path, &content)), path) {
                fixture_append(&got, content.data, content.length);
                fixture_append(&got, "|", 1);
            }
            gyre_whole_close(whole);
            gyre_split_destroy(split);
        }
        same(&got, &expected);
        gyre_input_destroy(input);
        gyre__buf_cleanup(&got);
        gyre__buf_cleanup(&expected);
    }
}
