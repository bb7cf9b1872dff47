/* SPDX-License-Identifier: Apache-2.0 */
/* Which files an input has, and how it is split. */
#include "io/fixture.h"

#include <criterion/criterion.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

TestSuite(input, .init = fixture_open, .fini = fixture_close, .timeout = 600);

/* The names of an input's files below the fixture, one behind the other. */
static void check_names(const gyre_input_t *input, const char *expected)
{
    char names[1024] = "";
    size_t root = strlen(fixture_path(""));
    for (size_t i = 0; i < gyre_input_count(input); i++) {
        strcat(names, i ? " " : "");
        strcat(names, gyre_input_file(input, i).path + root);
    }
    cr_assert_str_eq(names, expected);
}

static void check_path(const char *path, bool recursive, const char *expected)
{
    gyre_input_t *input;
    const char *full = fixture_path(path);
    fixture_ok(gyre_input_create(&full, 1, &(gyre_input_opts_t){.recursive = recursive}, &input));
    check_names(input, expected);
    gyre_input_destroy(input);
}

static void make_tree(void)
{
    static const char *const names[] = {"b",          "a",          "_SUCCESS",   ".hidden",
                                        "part-1.csv", "part-0.csv", "part-2.txt", "odd[1]",
                                        "sub/z",      "sub/y",      "sub/_x",     "sub/deep/w"};
    fixture_mkdir("sub");
    fixture_mkdir("sub/deep");
    fixture_mkdir("empty");
    fixture_mkdir("_dir");
    fixture_write("_dir/a", "x", 1);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        fixture_write(names[i], names[i], strlen(names[i]));
}

Test(input, paths_directories_and_patterns)
{
    make_tree();
    check_path("b", false, "b");
    check_path("_SUCCESS", false, "_SUCCESS");
    check_path("sub/deep", false, "sub/deep/w");
    check_path("empty", false, "");
    check_path("sub", true, "sub/deep/w sub/y sub/z");
    check_path("part-*", false, "part-0.csv part-1.csv part-2.txt");
    check_path("part-[01].*", false, "part-0.csv part-1.csv");
    check_path("?", false, "a b");
    check_path("_*S", false, "_SUCCESS");
    check_path("s*/?", false, "sub/y sub/z");
    check_path("s*/d*/*", false, "sub/deep/w");
    check_path("*b/deep", false, "sub/deep/w");
    check_path("odd[1]", false, "odd[1]");
    check_path(".h*", false, ".hidden");
}

Test(input, several_paths_keep_their_order)
{
    make_tree();
    gyre_input_t *input;
    const char *paths[] = {fixture_path("sub/z"), fixture_path("part-*.csv"), fixture_path("a"),
                           fixture_path("sub/z")};
    fixture_ok(gyre_input_create(paths, 4, NULL, &input));
    check_names(input, "sub/z part-0.csv part-1.csv a sub/z");
    cr_assert_eq(gyre_input_size(input), 5 + 10 + 10 + 1 + 5);
    cr_assert_eq(gyre_input_file(input, 1).size, 10);
    gyre_input_destroy(input);
    gyre_input_destroy(NULL);
}

Test(input, what_names_nothing_is_refused)
{
    make_tree();
    gyre_input_t *input = NULL;
    const char *missing[] = {fixture_path("a"), fixture_path("nothing")};
    fixture_error(gyre_input_create(missing, 2, NULL, &input), GYRE_ERR_NOT_FOUND, "nothing: No");
    const char *pattern = fixture_path("x*/y");
    fixture_error(gyre_input_create(&pattern, 1, NULL, &input), GYRE_ERR_NOT_FOUND,
                  "x*/y: no file matches");
    const char *hidden = fixture_path("*/a");
    fixture_error(gyre_input_create(&hidden, 1, NULL, &input), GYRE_ERR_NOT_FOUND, "no file");
    const char *nested = fixture_path("sub");
    fixture_error(gyre_input_create(&nested, 1, NULL, &input), GYRE_ERR_ARG,
                  "sub/deep: a directory within");
    cr_assert_null(input);
}

Test(input, a_link_that_leads_back_is_refused)
{
    gyre_input_t *input;
    fixture_mkdir("d");
    cr_assert_eq(symlink(".", fixture_path("d/loop")), 0);
    const char *path = fixture_path("d");
    cr_assert_neq(gyre_input_create(&path, 1, &(gyre_input_opts_t){.recursive = true}, &input),
                  GYRE_OK);
}

Test(input, whole_uris)
{
    char uri[300];
    make_tree();
    snprintf(uri, sizeof(uri), "file://%s", fixture_path("p*.csv"));
    const char *path = uri;
    gyre_input_t *input;
    fixture_ok(gyre_input_create(&path, 1, NULL, &input));
    cr_assert_eq(gyre_input_count(input), 2);
    snprintf(uri, sizeof(uri), "file://%s", fixture_path("part-1.csv"));
    cr_assert_str_eq(gyre_input_file(input, 1).path, uri);
    gyre_input_destroy(input);
}

/* Every byte and every empty file is in one split; splits differ by no more than a byte a file. */
static void check_splits(const gyre_input_t *input, uint64_t count)
{
    size_t file = 0;
    uint64_t at = 0, size = gyre_input_size(input), files = gyre_input_count(input);
    for (uint64_t i = 0; i < count; i++) {
        gyre_split_t *split;
        const gyre_range_t *ranges;
        fixture_ok(gyre_split_create(input, i, count, &split));
        size_t range_count = gyre_split_ranges(split, &ranges);
        uint64_t sum = 0;
        for (size_t k = 0; k < range_count; k++) {
            const gyre_range_t *range = &ranges[k];
            while (file < files && gyre_input_file(input, file).size == at && at > 0)
                file++, at = 0;
            cr_assert_str_eq(range->path, gyre_input_file(input, file).path);
            cr_assert_eq(range->size, gyre_input_file(input, file).size);
            cr_assert_eq(range->from, at);
            cr_assert(range->to <= range->size && (range->to > at || range->size == 0));
            at = range->to;
            sum += range->to - range->from;
            if (range->size == 0)
                file++;
        }
        cr_assert_eq(gyre_split_size(split), sum);
        cr_assert_leq(sum, (size + files) / count + 1);
        gyre_split_destroy(split);
    }
    while (file < files && gyre_input_file(input, file).size == at && at > 0)
        file++, at = 0;
    cr_assert(file == files && at == 0);
}

Test(input, splits_have_everything_once)
{
    static char bytes[200];
    random_plan_t random = random_start("splits");
    fixture_mkdir("in");
    for (int round = 0; round < 60; round++) {
        int files = (int)random_below(&random, 8);
        for (int i = 0; i < 8; i++) {
            char name[16];
            snprintf(name, sizeof(name), "in/%d", i);
            unlink(fixture_path(name));
            if (i < files)
                fixture_write(name, bytes, random_below(&random, 3) * random_below(&random, 99));
        }
        gyre_input_t *input = fixture_input(fixture_path("in"));
        for (uint64_t count = 1; count <= 20; count++)
            check_splits(input, count);
        gyre_input_destroy(input);
    }
}

Test(input, a_split_is_one_of_its_count)
{
    gyre_split_t *split;
    fixture_write("f", "", 0);
    gyre_input_t *input = fixture_input(fixture_path("f"));
    fixture_error(gyre_split_create(input, 3, 3, &split), GYRE_ERR_RANGE, "split 3 of 3");
    fixture_error(gyre_split_create(input, 0, 0, &split), GYRE_ERR_RANGE, "split 0 of 0");
    gyre_split_destroy(NULL);
    gyre_input_destroy(input);
}

Test(input, files_of_a_node_are_near_it)
{
    char here[HOST_NAME_MAX + 1] = "";
    gyre_split_t *split;
    gyre_input_t *input;
    const char *const *hosts;
    size_t count;
    fixture_write("f", "abc", 3);
    const char *path = fixture_path("f");
    gethostname(here, sizeof(here) - 1);
    fixture_ok(gyre_input_create(&path, 1, &(gyre_input_opts_t){.per_node = true}, &input));
    fixture_ok(gyre_split_create(input, 0, 1, &split));
    for (int i = 0; i < 2; i++) {
        fixture_ok(gyre_split_hosts(split, &hosts, &count));
        cr_assert(count == 1 && strcmp(hosts[0], here) == 0);
    }
    gyre_split_destroy(split);
    gyre_input_destroy(input);

    input = fixture_input(path);
    fixture_ok(gyre_split_create(input, 0, 1, &split));
    fixture_ok(gyre_split_hosts(split, &hosts, &count));
    cr_assert_eq(count, 0);
    gyre_split_destroy(split);
    gyre_input_destroy(input);
}
