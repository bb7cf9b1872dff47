/* SPDX-License-Identifier: Apache-2.0 */
/* Words of text against a loop over its bytes: of random letters, around the edges of what is
 * looked at together, and at the end of memory. */
#include "lib/random.h"

#include <criterion/criterion.h>
#include <gyre/batch.h>
#include <stdlib.h>
#include <string.h>

TestSuite(words, .timeout = 60);

enum { PLANS = 400, LETTERS_MAX = 6, LONG = 70000 };

typedef struct words {
    size_t count, bytes;
    size_t *ends;
    char *text;
} words_t;

static words_t words_of(const char *text, size_t length, const gyre_letters_t *letters,
                        size_t count)
{
    words_t words = {.ends = calloc(length + 1, sizeof(*words.ends)), .text = malloc(length + 1)};
    int as[256];
    bool inside = false;
    for (int c = 0; c < 256; c++) {
        as[c] = -1;
        for (size_t k = 0; k < count; k++)
            if (c >= letters[k].first && c <= letters[k].last)
                as[c] = (uint8_t)(letters[k].as + c - letters[k].first);
    }
    for (size_t i = 0; i < length; i++) {
        int letter = as[(uint8_t)text[i]];
        words.count += inside && letter < 0;
        inside = letter >= 0;
        if (!inside)
            continue;
        words.text[words.bytes++] = (char)letter;
        words.ends[words.count] = words.bytes;
    }
    words.count += inside;
    return words;
}

static void check_words(const gyre_column_t *column, size_t first, const words_t *words)
{
    cr_assert_eq(column->length, first + words->count, "%zu words, expected %zu behind %zu",
                 column->length, words->count, first);
    for (size_t i = 0, start = 0; i < words->count; start = words->ends[i++]) {
        size_t length;
        const char *bytes = gyre_column_bytes(column, first + i, &length);
        cr_assert_eq(length, words->ends[i] - start, "word %zu", i);
        cr_assert(memcmp(bytes, words->text + start, length) == 0, "word %zu", i);
    }
}

static gyre_builder_t *builder_of(gyre_kind_t kind)
{
    const gyre_field_t field = {.name = "word", .kind = kind};
    gyre_builder_t *builder;
    cr_assert_eq(gyre_builder_create(&field, NULL, &builder), GYRE_OK);
    return builder;
}

/* Behind rows that are there before: one, or a null. */
static void check_text(random_plan_t *random, const char *text, size_t length,
                       const gyre_letters_t *letters, size_t count)
{
    gyre_builder_t *builder =
        builder_of(random_below(random, 2) ? GYRE_KIND_STRING : GYRE_KIND_BINARY);
    words_t words = words_of(text, length, letters, count);
    size_t before = random_below(random, 3);
    char *exact = malloc(length ? length : 1); /* nothing may be read behind it */
    const gyre_column_t *column;
    memcpy(exact, text, length);
    if (before > 0)
        cr_assert_eq(gyre_builder_append_bytes(builder, "before", 6), GYRE_OK);
    if (before > 1)
        cr_assert_eq(gyre_builder_append_null(builder, 1), GYRE_OK);
    cr_assert_eq(gyre_builder_append_words(builder, exact, length, letters, count), GYRE_OK, "%s",
                 gyre_last_error());
    cr_assert_eq(gyre_builder_finish(builder, &column), GYRE_OK);
    check_words(column, before, &words);
    cr_assert_eq(column->null_count, (int64_t)(before > 1));
    gyre_column_release(column);
    gyre_builder_destroy(builder);
    free(exact);
    free(words.ends);
    free(words.text);
}

static const gyre_letters_t usual[] = {
    {'a', 'z', 'a'}, {'A', 'Z', 'a'}, {'0', '9', '0'}, {128, 255, 128}};

/* Runs of letters and of what is none, of lengths that are often one and seldom hundreds. */
static void draw_text(random_plan_t *random, char *text, size_t length)
{
    static const char *const runs[] = {
        "qwertyuiopasdfghjklzxcvbnm", "QWERTY",    "\xc3\xa4\xe2\x82", " ", "\n\r\t\v\f",
        "\0.,;:'@[`{/\x7f",           "0123456789"};
    for (size_t at = 0; at < length;) {
        const char *run = runs[random_below(random, 7)];
        size_t size = run[0] ? strlen(run) : 12;
        size_t most = (size_t)1 << random_below(random, 9);
        size_t count = 1 + random_below(random, 1 + random_below(random, most));
        for (; count > 0 && at < length; count--)
            text[at++] = run[random_below(random, size)];
    }
}

Test(words, are_those_of_a_loop_over_bytes)
{
    random_plan_t random = random_start("words");
    for (int plan = 0; plan < PLANS; plan++) {
        size_t length = random_below(&random, (size_t)1 << random_below(&random, 17));
        char *text = malloc(length + 1);
        draw_text(&random, text, length);
        check_text(&random, text, length, usual, 4);
        free(text);
    }
}

Test(words, may_have_any_letters)
{
    random_plan_t random = random_start("words of any letters");
    for (int plan = 0; plan < PLANS; plan++) {
        gyre_letters_t letters[LETTERS_MAX];
        size_t count = random_below(&random, LETTERS_MAX + 1), length = random_below(&random, 999);
        char text[999];
        for (size_t k = 0; k < count; k++) {
            uint8_t a = (uint8_t)random_below(&random, 256),
                    b = (uint8_t)random_below(&random, 256);
            letters[k] =
                (gyre_letters_t){a < b ? a : b, a < b ? b : a, (uint8_t)random_below(&random, 256)};
        }
        for (size_t i = 0; i < length; i++)
            text[i] = (char)random_below(&random, 256);
        check_text(&random, text, length, letters, count);
    }
}

/* A word of each length up to three times what is looked at together, at each place in it. */
Test(words, end_anywhere)
{
    random_plan_t random = random_start("words anywhere");
    char text[300];
    for (size_t start = 0; start < 70; start++)
        for (size_t length = 0; length < 200; length++) {
            memset(text, ' ', sizeof(text));
            memset(text + start, 'W', length);
            size_t behind = random_below(&random, 30);
            check_text(&random, text, start + length + behind, usual, 4);
        }
}

Test(words, may_be_long)
{
    random_plan_t random = random_start("long words");
    char *text = malloc(LONG);
    memset(text, 'x', LONG);
    check_text(&random, text, LONG, usual, 4);
    text[16 << 10] = ' ';
    check_text(&random, text, LONG, usual, 4);
    memset(text, ' ', LONG);
    check_text(&random, text, LONG, usual, 4);
    check_text(&random, text, LONG, NULL, 0);
    free(text);
}

Test(words, are_appended_whole_or_not_at_all)
{
    gyre_builder_t *numbers = builder_of(GYRE_KIND_INT64), *builder = builder_of(GYRE_KIND_STRING);
    const gyre_letters_t wrong = {'z', 'a', 'a'};
    cr_assert_eq(gyre_builder_append_words(NULL, "a", 1, usual, 4), GYRE_ERR_ARG);
    cr_assert_eq(gyre_builder_append_words(numbers, "a", 1, usual, 4), GYRE_ERR_ARG);
    cr_assert_eq(gyre_builder_append_words(builder, NULL, 1, usual, 4), GYRE_ERR_ARG);
    cr_assert_eq(gyre_builder_append_words(builder, "a", 1, NULL, 4), GYRE_ERR_ARG);
    cr_assert_eq(gyre_builder_append_words(builder, "a", 1, &wrong, 1), GYRE_ERR_ARG);
    cr_assert_eq(gyre_builder_append_words(builder, NULL, 0, usual, 4), GYRE_OK);
    cr_assert_eq(builder->length, 0);
    gyre_builder_destroy(builder);
    gyre_builder_destroy(numbers);
}
