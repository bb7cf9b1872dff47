/* SPDX-License-Identifier: Apache-2.0 */
/* Waiting on the descriptor, disconnecting, dying and opening again and again. */
#include "net-fixture.h"

#include "base/clock.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
    ROUNDS = 400,
    LARGE = 2 << 20,
    POLL_MS = 1000, /* shorter than what wakes a provider by itself */
    QUIET_MS = 300,
    WARM_UP = 20,
    CYCLES = 200
};

#ifdef __SANITIZE_ADDRESS__
enum { FREED_IS_KEPT = 1 };
#else
enum { FREED_IS_KEPT = 0 };
#endif

typedef struct box {
    unsigned count, fetched;
    void *desc[4];
    unsigned kept;
    bool keep; /* do not fetch */
    char *data;
    op_t op;
} box_t;

static void fetched(gyre__net_op_t *base, gyre_status_t status)
{
    op_t *op = (op_t *)base;
    box_t *box = (box_t *)((char *)op - offsetof(box_t, op));
    CHECK(status == GYRE_OK, "fetch: %s", gyre_status_name(status));
    box->fetched++;
}

static void received(world_t *world, const gyre__net_message_t *message)
{
    box_t *box = world->test;
    if (message->desc && box->keep) {
        box->desc[box->kept++] = message->desc;
    } else if (message->desc) {
        gyre__net_op_t *op = op_init(&box->op);
        op->done = fetched;
        gyre_status_t status =
            world->ops->fetch(world->net, message->desc, box->data, message->length, op);
        CHECK(status >= 0, "fetch: %s", gyre_status_name(status));
        if (status == GYRE_OK)
            fetched(op, status);
    } else {
        box->fetched++;
    }
    box->count++;
}

static void box_open(world_t *world, box_t *box)
{
    *box = (box_t){.data = malloc(LARGE)};
    CHECK(box->data, "malloc");
    world->test = box;
    world->received = received;
    barrier(world);
}

static void send(world_t *world, unsigned to, const void *data, size_t length, op_t *op)
{
    op_start(op, world->ops->send(world->net, world->peer[to], "head", 4, data, length,
                                  op_init(op)));
}

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
        send(world, 1 - world->rank, data, i % 10 ? i : LARGE, &op);
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

/* Who waits on the descriptor uses no processor. */
static void test_idle(world_t *world)
{
    box_t box;
    op_t op;
    box_open(world, &box);
    if (world->rank == 0) {
        usleep(QUIET_MS * 1000);
        send(world, 1, "late", 4, &op);
        op_wait(world, &op);
    } else if (world->rank == 1) {
        uint64_t before = cpu_ms();
        sleep_until(world, &box.fetched, 1);
        uint64_t used = cpu_ms() - before;
        CHECK(used < QUIET_MS / 2, "%lu ms of processor for sleeping %d ms", (unsigned long)used,
              QUIET_MS);
    }
    barrier(world);
    free(box.data);
}

/* Worker 1 leaves a large message unfetched; worker 0 disconnects, and connects again. */
static void abandon(world_t *world)
{
    op_t large, small, flush;
    char *data = malloc(LARGE);
    send(world, 1, data, LARGE, &large);
    send(world, 1, data, 100, &small);
    op_wait(world, &small);
    while (atomic_load(&world->shared->phase) == 0)
        world->ops->progress(world->net);
    bool pending = large.status == GYRE_IN_PROGRESS;
    world->ops->disconnect(world->net, world->peer[1]);
    gyre_status_t status = op_end(world, &large);
    CHECK(!pending || status == GYRE_ERR_CANCELED, "pending at disconnect: %s",
          gyre_status_name(status));
    free(data);
    status = world->ops->connect(world->net, 1, world->shared->address[1].bytes,
                                 world->shared->address[1].length, &world->peer[1]);
    CHECK(status == GYRE_OK, "connect again: %s", gyre_status_name(status));
    send(world, 1, "back", 4, &small);
    op_wait(world, &small);
    op_start(&flush, world->ops->flush(world->net, world->peer[1], op_init(&flush)));
    op_wait(world, &flush);
}

static void test_disconnect(world_t *world)
{
    box_t box;
    box_open(world, &box);
    box.keep = true;
    if (world->rank == 0) {
        abandon(world);
    } else if (world->rank == 1) {
        wait_until(world, &box.count, 2, "two messages");
        atomic_store(&world->shared->phase, 1);
        wait_until(world, &box.count, 3, "the message after");
    }
    barrier(world);
    for (unsigned i = 0; i < box.kept; i++)
        world->ops->drop(world->net, box.desc[i]);
    barrier(world);
    free(box.data);
}

/* Meets without the barrier of all: for those who are left. */
static void meet(world_t *world, unsigned all)
{
    atomic_fetch_add(&world->shared->counter, 1);
    while (atomic_load(&world->shared->counter) < all)
        if (world->net)
            world->ops->progress(world->net);
}

/* Worker 0 closes while worker 1 still holds its messages. */
static void close_early(world_t *world)
{
    op_t op[4];
    char *data = malloc(LARGE);
    for (unsigned i = 0; i < 4; i++)
        send(world, 1, data, LARGE, &op[i]);
    while (atomic_load(&world->shared->phase) == 0)
        world->ops->progress(world->net);
    world->ops->close(world->net);
    world->net = NULL;
    for (unsigned i = 0; i < 4; i++)
        CHECK(op[i].status != GYRE_IN_PROGRESS, "op %u outlived close", i);
    free(data);
}

static void hold(world_t *world, const box_t *box)
{
    wait_until(world, &box->count, 4, "four messages");
    atomic_store(&world->shared->phase, 1);
    meet(world, 2);
    for (unsigned i = 0; i < box->kept; i++)
        world->ops->drop(world->net, box->desc[i]);
}

static void test_close(world_t *world)
{
    box_t box;
    box_open(world, &box);
    box.keep = true;
    if (world->rank == 0) {
        close_early(world);
        meet(world, 2);
    } else if (world->rank == 1) {
        hold(world, &box);
    } else {
        meet(world, 2);
    }
    if (world->net)
        world->ops->close(world->net);
    free(box.data);
    _exit(0);
}

/* Worker 2 dies with messages of all others unfetched. */
static void watch_death(world_t *world, box_t *box)
{
    op_t large, small;
    char *data = malloc(LARGE);
    send(world, 2, data, LARGE, &large);
    atomic_fetch_add(&world->shared->phase, 1);
    wait_until(world, &world->failures[2], 1, "the news of worker 2's death");
    gyre_status_t status = op_end(world, &large);
    CHECK(status == GYRE_ERR_PEER_FAILED || status == GYRE_OK, "send to the dead: %s",
          gyre_status_name(status));
    status = world->ops->send(world->net, world->peer[2], "head", 4, data, 10, op_init(&small));
    CHECK(status < 0, "a send to the dead starts: %s", gyre_status_name(status));
    send(world, 1 - world->rank, data, LARGE, &large);
    wait_until(world, &box->fetched, 1, "a message of the living");
    op_wait(world, &large);
    CHECK(world->failures[2] == 1, "%u up-calls for one death", world->failures[2]);
    CHECK(world->failures[1 - world->rank] == 0, "the living one is said dead");
    world->ops->disconnect(world->net, world->peer[2]);
    free(data);
}

static void test_death(world_t *world)
{
    box_t box;
    box_open(world, &box);
    if (world->rank == 2) {
        box.keep = true;
        wait_until(world, &box.count, 2, "messages");
        while (atomic_load(&world->shared->phase) < 2)
            world->ops->progress(world->net);
        kill(getpid(), SIGKILL);
    }
    watch_death(world, &box);
    meet(world, 2);
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
    FILE *file = fopen("/proc/self/statm", "r");
    CHECK(file && fscanf(file, "%lu %lu", &total, &pages) == 2, "/proc/self/statm");
    fclose(file);
    return pages * (size_t)sysconf(_SC_PAGESIZE);
}

static void cycle(world_t *world)
{
    box_t box;
    op_t op;
    gyre__net_mem_t *mem;
    world_open(world);
    box_open(world, &box);
    send(world, next_of(world), box.data, LARGE, &op);
    wait_until(world, &box.fetched, 1, "a message");
    op_wait(world, &op);
    gyre_status_t status = world->ops->mem_map(world->net, NULL, 100000, &mem);
    if (status == GYRE_OK)
        world->ops->mem_unmap(world->net, mem);
    world_close(world);
    free(box.data);
}

/* Opening and closing leaves nothing behind, but for what the first rounds make once. */
static void test_cycles(world_t *world)
{
    for (unsigned i = 0; i < WARM_UP; i++)
        cycle(world);
    unsigned descriptors = count_in("/proc/self/fd"), threads = count_in("/proc/self/task");
    size_t memory = resident();
    for (unsigned i = 0; i < CYCLES; i++)
        cycle(world);
    CHECK(count_in("/proc/self/fd") <= descriptors, "%u descriptors became %u", descriptors,
          count_in("/proc/self/fd"));
    CHECK(count_in("/proc/self/task") <= threads, "%u threads became %u", threads,
          count_in("/proc/self/task"));
    size_t grown = resident() > memory ? resident() - memory : 0;
    CHECK(FREED_IS_KEPT || grown < (size_t)CYCLES * 4096, "%zu bytes more after %d cycles", grown,
          CYCLES);
}

const test_t fault_tests[] = {
    {"wait", test_wait, 2, -1, false},   {"idle", test_idle, 2, -1, false},
    {"disconnect", test_disconnect, 2, -1, false}, {"close", test_close, 2, -1, false},
    {"death", test_death, 3, 2, false},  {"cycles", test_cycles, 1, -1, true},
};
const size_t fault_test_count = sizeof(fault_tests) / sizeof(fault_tests[0]);
