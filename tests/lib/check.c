/* SPDX-License-Identifier: Apache-2.0 */
/* A failed check ends the process at once: the launcher then ends the other workers. */
#include "config.h"

#include "check.h"

#include <execinfo.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

gyre_context_t *check_ctx;
gyre_comm_t *check_world;
int check_rank, check_size;

static gyre_comm_t *sync_comm; /* so that tests may receive any tag from anyone on the world */
static const char *step = "open";

void check_fail(const char *file, int line, const char *format, ...)
{
    char text[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    dprintf(2, "rank %d of %d, %s: %s:%d: %s (last error: %s)\n", check_rank, check_size, step,
            file, line, text, gyre_last_error());
    _exit(1);
}

void check_status(const char *file, int line, const char *what, gyre_status_t got,
                  gyre_status_t expected)
{
    if (got != expected)
        check_fail(file, line, "%s is %s, expected %s", what, gyre_status_name(got),
                   gyre_status_name(expected));
}

static void bark(int sig)
{
    void *frames[32];
    dprintf(2, "rank %d of %d, %s: watchdog; it was at\n", check_rank, check_size, step);
    backtrace_symbols_fd(frames, backtrace(frames, 32), 2);
    _exit(124);
}

void check_step(const char *name, unsigned seconds)
{
    void *frame;
    backtrace(&frame, 1); /* loads what the handler must not */
    signal(SIGALRM, bark);
    step = name;
    alarm(seconds);
}

void check_open(gyre_thread_t thread)
{
    gyre_init_opts_t opts = GYRE_INIT_OPTS_INIT;
    opts.thread = thread;
    CHECK_OK(gyre_init(&opts, &check_ctx));
    check_reopened();
}

void check_reopened(void)
{
    gyre_comm_destroy(sync_comm);
    check_world = gyre_comm_world(check_ctx);
    check_rank = gyre_comm_rank(check_world);
    check_size = gyre_comm_size(check_world);
    CHECK_OK(gyre_comm_dup(check_world, &sync_comm));
}

void check_close(void)
{
    gyre_comm_destroy(sync_comm);
    sync_comm = NULL;
    gyre_finalize(check_ctx);
    check_ctx = NULL;
    alarm(0);
}

bool check_next_epoch(char **list, unsigned seconds, int *epoch, int *rank, int *size)
{
    static char nspace[96]; /* "JOB.eEPOCH:RANK:SIZE" in the list */
    char *word = strsep(list, " "), *digits;
    if (!word || sscanf(word, "%95[^:]:%d:%d", nspace, rank, size) != 3)
        return false;
    digits = strrchr(nspace, 'e');
    *epoch = digits ? atoi(digits + 1) : 0;
    check_step(nspace, seconds);
    if (check_ctx)
        CHECK_OK(gyre_reopen(check_ctx, nspace, (uint32_t)*rank));
    else
        CHECK_OK(gyre_init(NULL, &check_ctx));
    check_reopened();
    return true;
}

/* Dissemination: in round k a word goes 2^k ranks on. */
void check_barrier(void)
{
    for (int distance = 1; distance < check_size; distance *= 2) {
        int to = (check_rank + distance) % check_size;
        int from = (check_rank - distance + check_size) % check_size;
        CHECK_OK(gyre_sendrecv(sync_comm, NULL, 0, to, distance, NULL, 0, from, distance, NULL));
    }
}

uint64_t check_share(uint64_t value)
{
    if (check_rank)
        CHECK_OK(gyre_recv(sync_comm, &value, sizeof(value), 0, 0, NULL));
    for (int i = 1; !check_rank && i < check_size; i++)
        CHECK_OK(gyre_send(sync_comm, &value, sizeof(value), i, 0));
    return value;
}

uint64_t check_sum(uint64_t value)
{
    uint64_t part;
    if (check_rank)
        CHECK_OK(gyre_send(sync_comm, &value, sizeof(value), 0, 0));
    for (int i = 1; !check_rank && i < check_size; i++) {
        CHECK_OK(gyre_recv(sync_comm, &part, sizeof(part), i, 0, NULL));
        value += part;
    }
    return check_share(value);
}

uint64_t check_seed(void)
{
    const char *text = getenv("TEST_SEED");
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    uint64_t seed = text ? strtoull(text, NULL, 0) : check_mix((uint64_t)now.tv_nsec, 0);
    seed = check_share(seed);
    if (!check_rank)
        printf("%s: TEST_SEED=%#llx\n", step, (unsigned long long)seed);
    fflush(stdout);
    return seed;
}

void check_skip(const char *reason)
{
    if (!check_rank)
        printf("SKIP: %s\n", reason);
    fflush(stdout);
    if (check_ctx)
        check_close();
    exit(77);
}

uint64_t check_mix(uint64_t a, uint64_t b)
{
    uint64_t x = a * UINT64_C(0x9e3779b97f4a7c15) + b + UINT64_C(0x632be59bd9b4e019);
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

uint64_t check_random(uint64_t *state)
{
    return check_mix(++*state, 1);
}

uint64_t check_below(uint64_t *state, uint64_t limit)
{
    return check_random(state) % limit;
}

void check_fill(void *buf, size_t length, uint64_t key)
{
    unsigned char *at = buf;
    for (size_t i = 0; i < length; i += 8) {
        uint64_t word = check_mix(key, i);
        memcpy(at + i, &word, length - i < 8 ? length - i : 8);
    }
}

void check_content(const char *file, int line, const void *buf, size_t length, uint64_t key)
{
    const unsigned char *at = buf;
    for (size_t i = 0; i < length; i += 8) {
        uint64_t word = check_mix(key, i);
        if (memcmp(at + i, &word, length - i < 8 ? length - i : 8))
            check_fail(file, line, "wrong bytes at %zu of %zu", i, length);
    }
}

static bool chosen(const char *name, int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (!strcmp(argv[i], name))
            return true;
    return argc < 2;
}

int check_main(int argc, char **argv, const check_case_t *cases, size_t count, gyre_thread_t thread,
               unsigned seconds)
{
    check_step("open", seconds);
    check_open(thread);
    for (size_t i = 0; i < count; i++) {
        if (!chosen(cases[i].name, argc, argv))
            continue;
        check_step(cases[i].name, seconds);
        cases[i].run();
        check_barrier();
    }
    check_step("close", seconds);
    check_close();
    return 0;
}
