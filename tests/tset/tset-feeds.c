/* SPDX-License-Identifier: Apache-2.0 */
/* Sources of a stream that wait: the tail of a file, which what reads it goes on writing, in
 * pieces, cuts and replaces; a connection whose other side sends lines in pieces of any length. */
#include "lib/check.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LINES = 60, CUT_AT = 20, REPLACED_AT = 40, SENT = 5000 };

static char path[64], other[80];
static gyre_env_t *env;
static int64_t lines; /* seen by this worker */

static void open_env(void)
{
    const gyre_env_opts_t opts = {.size = sizeof(opts), .mode = GYRE_ENV_STREAM};
    CHECK_OK(gyre_env_create(check_world, &opts, &env));
    lines = 0;
}

/* --- The tail of a file --- */

static void append(const char *name, int flags, const char *text)
{
    int fd = open(name, O_WRONLY | O_CREAT | flags, 0600);
    CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    close(fd);
}

/* The next line, so that there is never another one. */
static void go_on(int64_t number)
{
    char text[32];
    snprintf(text, sizeof(text), "%lld\n", (long long)number);
    if (number == CUT_AT)
        append(path, O_TRUNC, text);
    else if (number == REPLACED_AT) {
        append(other, O_TRUNC, text);
        CHECK(rename(other, path) == 0);
    } else {
        append(path, O_APPEND, "line ");
        append(path, O_APPEND, text);
    }
}

static gyre_status_t follow(gyre_partition_t *part, const gyre_row_t *row, gyre_builder_t *out)
{
    char expected[32];
    size_t length;
    const char *line = gyre_row_bytes(row, 0, &length);
    (void)out;
    bool bare = lines == CUT_AT || lines == REPLACED_AT;
    snprintf(expected, sizeof(expected), "%s%lld", bare ? "" : "line ", (long long)lines);
    CHECK(length == strlen(expected) && !memcmp(line, expected, length));
    if (++lines < LINES)
        go_on(lines);
    else
        gyre_env_stop(env);
    if (part->worker != 0) /* the tail is read on worker 0, and stopped there */
        check_fail(__FILE__, __LINE__, "a line at worker %d", part->worker);
    return GYRE_OK;
}

static void tail(void)
{
    const gyre_function_t function = {.row = follow};
    const char *dir = getenv("TMPDIR");
    uint64_t name = check_share((uint64_t)getpid());
    snprintf(path, sizeof(path), "%s/tail-%llu", dir ? dir : "/tmp", (unsigned long long)name);
    snprintf(other, sizeof(other), "%s.new", path);
    if (check_rank == 0)
        append(path, O_TRUNC, "line 0\n");
    check_barrier();
    open_env();
    gyre_tset_sink(gyre_tset_tail(env, path), &function);
    CHECK_OK(gyre_env_run(env));
    CHECK_EQ(check_sum((uint64_t)lines), LINES);
    gyre_env_destroy(env);
    if (check_rank == 0)
        unlink(path);
}

/* --- A connection --- */

typedef struct sender {
    int listener;
    uint64_t random;
} sender_t;

/* All lines in one text, the last without its newline, in pieces. */
static void *send_lines(void *arg)
{
    sender_t *sender = arg;
    char *text;
    size_t length, sent = 0;
    FILE *stream = open_memstream(&text, &length);
    for (int i = 0; i < SENT; i++)
        fprintf(stream, i + 1 < SENT ? "%d\r\n" : "%d", i);
    fclose(stream);
    int fd = accept(sender->listener, NULL, NULL);
    CHECK(fd >= 0);
    while (sent < length) {
        size_t piece = 1 + check_below(&sender->random, 200);
        piece = piece < length - sent ? piece : length - sent;
        CHECK(write(fd, text + sent, piece) == (ssize_t)piece);
        sent += piece;
    }
    close(fd);
    free(text);
    return NULL;
}

static gyre_status_t count(gyre_partition_t *part, const gyre_row_t *row, gyre_builder_t *out)
{
    size_t length;
    char expected[32];
    const char *line = gyre_row_bytes(row, 0, &length);
    (void)part;
    (void)out;
    snprintf(expected, sizeof(expected), "%lld", (long long)lines++);
    CHECK(length == strlen(expected) && !memcmp(line, expected, length));
    return GYRE_OK;
}

static void connection(void)
{
    const gyre_function_t function = {.row = count};
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    sender_t sender = {.random = check_seed()};
    pthread_t thread;
    char port[16];
    if (check_rank == 0) {
        sender.listener = socket(AF_INET, SOCK_STREAM, 0);
        CHECK(bind(sender.listener, (struct sockaddr *)&address, size) == 0 &&
              listen(sender.listener, 1) == 0 &&
              getsockname(sender.listener, (struct sockaddr *)&address, &size) == 0);
        CHECK(pthread_create(&thread, NULL, send_lines, &sender) == 0);
    }
    snprintf(port, sizeof(port), "%llu", (unsigned long long)check_share(ntohs(address.sin_port)));
    open_env();
    gyre_tset_sink(gyre_tset_socket(env, "127.0.0.1", port), &function);
    CHECK_OK(gyre_env_run(env));
    CHECK_EQ(check_sum((uint64_t)lines), SENT);
    gyre_env_destroy(env);
    if (check_rank == 0) {
        pthread_join(thread, NULL);
        close(sender.listener);
    }
}

/* --- What is not there --- */

static void wrong(void)
{
    const gyre_function_t function = {.row = count};
    gyre_env_t *batch;
    CHECK_OK(gyre_env_create(check_world, NULL, &batch));
    gyre_tset_tail(batch, "/dev/null");
    CHECK_IS(gyre_env_status(batch), GYRE_ERR_STATE);
    gyre_env_destroy(batch);
    open_env();
    gyre_tset_sink(gyre_tset_tail(env, "/no/such/file"), &function);
    CHECK_IS(gyre_env_run(env), GYRE_ERR_NOT_FOUND);
    CHECK(strstr(gyre_last_error(), "/no/such/file") != NULL);
    gyre_env_destroy(env);
    open_env();
    gyre_tset_sink(gyre_tset_socket(env, "127.0.0.1", "no such service"), &function);
    CHECK_IS(gyre_env_run(env), GYRE_ERR_NOT_FOUND);
    CHECK(strstr(gyre_last_error(), "no such service") != NULL);
    gyre_env_destroy(env);
}

int main(int argc, char **argv)
{
    static const check_case_t cases[] = {
        {"tail", tail}, {"connection", connection}, {"wrong", wrong}};
    return check_main(argc, argv, cases, 3, GYRE_THREAD_SINGLE, 100);
}
