/* SPDX-License-Identifier: Apache-2.0 */
/* The detail line: per thread, cut cleanly, safe to build from itself. */
#include "base/error.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TestSuite(error, .timeout = 10);

Test(error, is_empty_at_first)
{
    cr_assert_str_empty(gyre_last_error());
}

Test(error, keeps_status_and_text)
{
    cr_assert_eq(gyre__error(GYRE_ERR_RANK, "rank %d: expected 0 to %d", 7, 3), GYRE_ERR_RANK);
    cr_assert_str_eq(gyre_last_error(), "rank 7: expected 0 to 3");
    cr_assert_eq(gyre__error(GYRE_ERR_ARG, "%s", ""), GYRE_ERR_ARG);
    cr_assert_str_empty(gyre_last_error());
}

Test(error, may_quote_the_line_before)
{
    gyre__error(GYRE_ERR_IO, "disk full");
    gyre__error(GYRE_ERR_BOOT, "card of rank 3: %s (%s)", gyre_last_error(), gyre_last_error());
    cr_assert_str_eq(gyre_last_error(), "card of rank 3: disk full (disk full)");
}

Test(error, long_lines_end_in_dots_between_characters)
{
    char text[3001];
    for (size_t shift = 0; shift < 4; shift++) {
        memset(text, 'x', sizeof(text));
        for (size_t i = shift; i + 3 < sizeof(text); i += 3)
            memcpy(text + i, "\xe2\x82\xac", 3);
        text[3000] = '\0';
        gyre__error(GYRE_ERR_ARG, "%s", text);
        const char *line = gyre_last_error();
        size_t length = strlen(line);
        cr_assert_gt(length, 200);
        cr_assert_lt(length, 3000);
        cr_assert_str_eq(line + length - 3, "...");
        cr_assert_eq(memcmp(line, text, length - 3), 0);
        cr_assert_eq((length - 3 - shift) % 3, 0, "cut inside a character at %zu", length);
    }
}

Test(error, errno_gives_status_and_reason)
{
    static const struct {
        int errnum;
        gyre_status_t status;
    } rows[] = {
        {ENOMEM, GYRE_ERR_NO_MEMORY},    {EMFILE, GYRE_ERR_NO_RESOURCE},
        {ENOSPC, GYRE_ERR_NO_RESOURCE},  {EIO, GYRE_ERR_IO},
        {ENOENT, GYRE_ERR_NOT_FOUND},    {EACCES, GYRE_ERR_PERMISSION},
        {EPERM, GYRE_ERR_PERMISSION},    {ENOSYS, GYRE_ERR_NOT_SUPPORTED},
        {ETIMEDOUT, GYRE_ERR_TIMED_OUT}, {ECONNREFUSED, GYRE_ERR_UNREACHABLE},
        {EBADF, GYRE_ERR_SYSTEM},        {123456, GYRE_ERR_SYSTEM},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char expected[256];
        snprintf(expected, sizeof(expected), "open %d: %s", 5, strerror(rows[i].errnum));
        cr_assert_eq(gyre__error_errno(rows[i].errnum, "open %d", 5), rows[i].status, "errno %d",
                     rows[i].errnum);
        cr_assert_str_eq(gyre_last_error(), expected);
    }
}

static void *other_thread(void *arg)
{
    bool *empty = arg;
    *empty = gyre_last_error()[0] == '\0';
    for (int i = 0; i < 1000; i++)
        gyre__error(GYRE_ERR_IO, "theirs %d", i);
    return NULL;
}

Test(error, belongs_to_the_thread)
{
    pthread_t threads[4];
    bool empty[4] = {0};
    gyre__error(GYRE_ERR_ARG, "mine");
    for (int i = 0; i < 4; i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, other_thread, &empty[i]), 0);
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
        cr_assert(empty[i]);
    }
    cr_assert_str_eq(gyre_last_error(), "mine");
}
