/* SPDX-License-Identifier: Apache-2.0 */
/* The log. Stderr is a datagram socket here: one write is one message, whatever its length, so a
 * line that left in two writes, or two lines in one, are seen. */
#include "base/error.h"
#include "base/log.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

TestSuite(log, .timeout = 10);

static int ends[2], stderr_copy;
static char line[20000];

static void capture(void)
{
    unsetenv("GYRE_LOG");
    cr_assert_eq(socketpair(AF_UNIX, SOCK_DGRAM, 0, ends), 0);
    cr_assert_eq(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
    stderr_copy = dup(STDERR_FILENO);
    dup2(ends[1], STDERR_FILENO);
}

static void give_back(void)
{
    dup2(stderr_copy, STDERR_FILENO);
    close(stderr_copy);
    close(ends[0]);
    close(ends[1]);
}

/* The next line, "" when there is none. */
static const char *next_line(void)
{
    ssize_t length = read(ends[0], line, sizeof(line) - 1);
    line[length < 0 ? 0 : length] = '\0';
    return line;
}

TestSuite(log_lines, .init = capture, .fini = give_back, .timeout = 10);

Test(log_lines, warn_is_the_default)
{
    gyre__log(GYRE__LOG_INFO, "not shown");
    cr_assert_str_eq(next_line(), "");
    gyre__log(GYRE__LOG_WARN, "shown %d", 1);
    cr_assert_str_eq(next_line(), "gyre: warn: shown 1\n");
    gyre__log(GYRE__LOG_ERROR, "%s", "shown too");
    cr_assert_str_eq(next_line(), "gyre: error: shown too\n");
    cr_assert_str_eq(next_line(), "");
}

Test(log_lines, environment_sets_the_level)
{
    setenv("GYRE_LOG", "debug", 1);
    gyre__log(GYRE__LOG_TRACE, "not shown");
    gyre__log(GYRE__LOG_DEBUG, "shown");
    cr_assert_str_eq(next_line(), "gyre: debug: shown\n");
    cr_assert_str_eq(next_line(), "");
}

Test(log_lines, set_overrides_the_environment)
{
    setenv("GYRE_LOG", "error", 1);
    gyre__log_set(GYRE__LOG_TRACE);
    gyre__log(GYRE__LOG_TRACE, "shown");
    cr_assert_str_eq(next_line(), "gyre: trace: shown\n");
    gyre__log_set(GYRE__LOG_ERROR);
    gyre__log(GYRE__LOG_WARN, "not shown");
    cr_assert_str_eq(next_line(), "");
}

Test(log_lines, malformed_level_is_told_once)
{
    setenv("GYRE_LOG", "loud", 1);
    gyre__error(GYRE_ERR_IO, "what happened before");
    gyre__log(GYRE__LOG_INFO, "not shown");
    cr_assert_str_eq(next_line(), "gyre: warn: GYRE_LOG=loud: expected error, warn, info, debug "
                                  "or trace; using warn\n");
    gyre__log(GYRE__LOG_WARN, "shown");
    cr_assert_str_eq(next_line(), "gyre: warn: shown\n");
    cr_assert_str_eq(gyre_last_error(), "what happened before");
}

Test(log_lines, name_comes_first)
{
    gyre__log_name("rank 3");
    gyre__log(GYRE__LOG_WARN, "x");
    cr_assert_str_eq(next_line(), "gyre: rank 3: warn: x\n");
    gyre__log_name("");
    gyre__log(GYRE__LOG_WARN, "x");
    cr_assert_str_eq(next_line(), "gyre: warn: x\n");
}

Test(log_lines, value_cannot_forge_a_line)
{
    gyre__log(GYRE__LOG_WARN, "name %s", "a\ngyre: error: forged\r\x1b[2J\x7f");
    cr_assert_str_eq(next_line(), "gyre: warn: name a?gyre: error: forged??[2J?\n");
    cr_assert_str_eq(next_line(), "");
}

Test(log_lines, any_length_is_one_write)
{
    static char text[10001];
    for (size_t length = 450; length <= 10000; length += length < 530 ? 1 : 997) {
        memset(text, 'a', length);
        text[length] = '\0';
        gyre__log(GYRE__LOG_WARN, "%s", text);
        const char *got = next_line();
        cr_assert_eq(strlen(got), strlen("gyre: warn: \n") + length);
        cr_assert_eq(memcmp(got + strlen("gyre: warn: "), text, length), 0);
        cr_assert_eq(got[strlen(got) - 1], '\n');
        cr_assert_str_eq(next_line(), "");
    }
}

Test(log_lines, errno_survives)
{
    errno = EXDEV;
    gyre__log(GYRE__LOG_WARN, "x");
    cr_assert_eq(errno, EXDEV);
    close(STDERR_FILENO);
    errno = EXDEV;
    gyre__log(GYRE__LOG_WARN, "lost");
    cr_assert_eq(errno, EXDEV);
}

static void *write_lines(void *arg)
{
    for (int i = 0; i < 50; i++)
        gyre__log(GYRE__LOG_WARN, "thread %d", *(int *)arg);
    return NULL;
}

static void *read_lines(void *arg)
{
    int *counts = arg;
    for (int total = 0; total < 200;) {
        int thread;
        const char *got = next_line();
        if (got[0] == '\0')
            continue;
        total++;
        if (sscanf(got, "gyre: warn: thread %d\n", &thread) == 1 && thread >= 0 && thread < 4)
            counts[thread]++;
    }
    return NULL;
}

Test(log_lines, threads_may_start_it_together)
{
    pthread_t writers[4], reader;
    int ids[4], counts[4] = {0};
    pthread_create(&reader, NULL, read_lines, counts);
    for (int i = 0; i < 4; i++) {
        ids[i] = i;
        pthread_create(&writers[i], NULL, write_lines, &ids[i]);
    }
    for (int i = 0; i < 4; i++)
        pthread_join(writers[i], NULL);
    pthread_join(reader, NULL);
    for (int i = 0; i < 4; i++)
        cr_assert_eq(counts[i], 50);
}

Test(log, pipe_that_takes_nothing_does_not_hang)
{
    int pipe_ends[2], copy = dup(STDERR_FILENO);
    static char block[4096];
    cr_assert_eq(pipe(pipe_ends), 0);
    fcntl(pipe_ends[1], F_SETFL, O_NONBLOCK);
    while (write(pipe_ends[1], block, sizeof(block)) > 0)
        continue;
    dup2(pipe_ends[1], STDERR_FILENO);
    gyre__log(GYRE__LOG_WARN, "lost");
    dup2(copy, STDERR_FILENO);
}
