/* SPDX-License-Identifier: Apache-2.0 */
/* What a provider costs: sleeping on its descriptor, and opening it again and again. */
#include "test-net-box.h"

#include "base/clock.h"

#include <dirent.h>
#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
    ROUNDS = 400,
    POLL_MS = 1000, /* shorter than what wakes a provider by itself */
    QUIET_MS = 300,
    WARM_UP = 20,
    CYCLES = 200,
    CYCLES_S = 60 /* fewer where they take longer */
};

#ifdef __SANITIZE_ADDRESS__
enum { FREED_IS_KEPT = 1 };
#else
enum { FREED_IS_KEPT = 0 };
#endif

/* Sleeps until the descriptor is readable. 1: it slept in vain, and there was something. */
static unsigned sleep_once(world_t *world)
{
    int fd;
    gyre_status_t status = world->ops->arm(world->net, &fd);
    CHECK(status >= 0, "arm: %s", gyre_status_name(status));
    if (status == GYRE_IN_PROGRESS)
        return 0;
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    int ready = poll(&wait, 1, POLL_MS);
    CHECK(ready >= 0 || errno == EINTR, "poll: %s", strerror(errno));
    unsigned events = world->ops->progress(world->net);
    return ready == 0 && events > 0;
}

static unsigned sleep_until(world_t *world, const unsigned *value, unsigned least)
{
    unsigned missed = 0;
    uint64_t since = gyre__clock_ns();
    while (*value < least) {
        if (world->ops->progress(world->net) == 0 && *value < least)
            missed += sleep_once(world);
        CHECK(gyre__clock_ns() - since < 60 * GYRE__S, "waited for message %u", least);
    }
    return missed;
}

static unsigned sleep_for(world_t *world, const op_t *op)
{
    unsigned missed = 0;
    while (op->status == GYRE_IN_PROGRESS)
        if (world->ops->progress(world->net) == 0 && op->status == GYRE_IN_PROGRESS)
            missed += sleep_once(world);
    return missed;
}

/* Ping-pong between 0 and 1, each asleep while it waits; some messages need a rendezvous. One
 * sleep in vain may be the sender's own delay. */
static void test_wait(world_t *world)
{
    box_t box;
    unsigned missed = 0;
    box_open(world, &box);
    char *data = malloc(LARGE);
    for (unsigned i = 0; i < ROUNDS && world->rank < 2; i++) {
        op_t op;
        for (volatile unsigned spin = 0; spin < i * 7919 % 20000; spin++)
            ;
        if (world->rank == 1)
            missed += sleep_until(world, &box.fetched, i + 1);
        box_send(world, 1 - world->rank, data, i % 10 ? i : LARGE, &op);
        missed += sleep_for(world, &op);
        op_start(&op, world->ops->flush(world->net, i % 2 ? world->peer[1 - world->rank] : NULL,
                                        op_init(&op)));
        missed += sleep_for(world, &op);
        if (world->rank == 0)
            missed += sleep_until(world, &box.fetched, i + 1);
    }
    CHECK(missed <= 1, "%u of %u events missed", missed, ROUNDS);
    barrier(world);
    free(data);
    free(box.data);
}

static uint64_t cpu_ms(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000 +
           (uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1000;
}

/* Who waits on the descriptor uses no processor; connecting may. */
static void test_idle(world_t *world)
{
    box_t box;
    op_t op;
    box_open(world, &box);
    if (world->rank == 0) {
        box_send(world, 1, "first", 5, &op);
        op_wait(world, &op);
    } else if (world->rank == 1) {
        wait_until(world, &box.fetched, 1, "the first message");
    }
    barrier(world);
    if (world->rank == 0) {
        usleep(QUIET_MS * 1000);
        box_send(world, 1, "late", 4, &op);
        op_wait(world, &op);
    } else if (world->rank == 1) {
        uint64_t before = cpu_ms();
        sleep_until(world, &box.fetched, 2);
        uint64_t used = cpu_ms() - before;
        CHECK(used < QUIET_MS / 2, "%lu ms of processor for sleeping %d ms", (unsigned long)used,
              QUIET_MS);
    }
    barrier(world);
    free(box.data);
}

static unsigned count_in(const char *path)
{
    unsigned count = 0;
    DIR *dir = opendir(path);
    CHECK(dir, "%s: %s", path, strerror(errno));
    while (readdir(dir))
        count++;
    closedir(dir);
    return count;
}

static size_t resident(void)
{
    unsigned long total, pages = 0;
    malloc_trim(0); /* what is free may come and go */
    FILE *file = fopen("/proc/self/statm", "r");
    CHECK(file && fscanf(file, "%lu %lu", &total, &pages) == 2, "/proc/self/statm");
    fclose(file);
    return pages * (size_t)sysconf(_SC_PAGESIZE);
}

/* At the end of time worker 0 says so, while nobody can have left the cycle. */
static void cycle(world_t *world, uint64_t end)
{
    box_t box;
    op_t op;
    gyre__net_mem_t *mem;
    world_open(world);
    box_open(world, &box);
    box_send(world, next_of(world), box.data, LARGE, &op);
    wait_until(world, &box.fetched, 1, "a message");
    if (world->rank == 0 && gyre__clock_ns() > end)
        atomic_store(&world->shared->phase, 1);
    op_wait(world, &op);
    gyre_status_t status = world->ops->mem_map(world->net, NULL, 100000, &mem);
    if (status == GYRE_OK)
        world->ops->mem_unmap(world->net, mem);
    world_close(world);
    free(box.data);
}

static unsigned run_cycles(world_t *world)
{
    unsigned count = 0;
    uint64_t end = gyre__clock_ns() + CYCLES_S * GYRE__S;
    while (count < CYCLES && atomic_load(&world->shared->phase) == 0) {
        cycle(world, end);
        count++;
    }
    return count;
}

/* Opening and closing leaves nothing behind, but for what the first rounds make once. */
static void test_cycles(world_t *world)
{
    for (unsigned i = 0; i < WARM_UP; i++)
        cycle(world, UINT64_MAX);
    unsigned descriptors = count_in("/proc/self/fd"), threads = count_in("/proc/self/task");
    size_t memory = resident();
    unsigned cycles = run_cycles(world);
    CHECK(count_in("/proc/self/fd") <= descriptors, "%u descriptors became %u", descriptors,
          count_in("/proc/self/fd"));
    CHECK(count_in("/proc/self/task") <= threads, "%u threads became %u", threads,
          count_in("/proc/self/task"));
    size_t grown = resident() > memory ? resident() - memory : 0;
    CHECK(FREED_IS_KEPT || grown < (size_t)cycles * 4096, "%zu bytes more after %u cycles", grown,
          cycles);
}

const test_t wait_tests[] = {
    {"wait", test_wait, 2, -1, false},
    {"idle", test_idle, 2, -1, false},
    {"cycles", test_cycles, 1, -1, true},
};
const size_t wait_test_count = sizeof(wait_tests) / sizeof(wait_tests[0]);
