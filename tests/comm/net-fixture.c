/* SPDX-License-Identifier: Apache-2.0 */
/* The processes, the barrier and the checks. Every wait has a deadline and progresses the
 * provider, since the others may need that; an alarm ends what hangs inside the provider. */
#include "config.h"

#include "net-fixture.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATIENCE_S = 200, ALARM_S = 500, OPENINGS = 1000 };

static unsigned my_rank;

void check_failed(const char *file, int line, const char *format, ...)
{
    va_list args;
    fprintf(stderr, "%s:%d: worker %u: ", file, line, my_rank);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fprintf(stderr, " (%s)\n", gyre_last_error());
    _exit(1);
}

static void op_done(gyre__net_op_t *base, gyre_status_t status)
{
    op_t *op = (op_t *)base;
    CHECK(!op->calling, "done inside the starting call");
    CHECK(op->status == GYRE_IN_PROGRESS, "done twice");
    CHECK(status <= 0, "done with status %d", status);
    op->status = status;
}

gyre__net_op_t *op_init(op_t *op)
{
    *op = (op_t){.op = {.done = op_done}, .status = GYRE_IN_PROGRESS, .calling = true};
    return &op->op;
}

void op_start(op_t *op, gyre_status_t status)
{
    op->calling = false;
    CHECK(status >= 0, "start: %s", gyre_status_name(status));
    op->status = status;
}

static void step(world_t *world, uint64_t since, const char *what)
{
    if (world->ops->progress(world->net) == 0)
        sched_yield();
    CHECK(gyre__clock_ns() - since < PATIENCE_S * GYRE__S, "waited %d s for %s", PATIENCE_S, what);
}

gyre_status_t op_end(world_t *world, op_t *op)
{
    uint64_t since = gyre__clock_ns();
    while (op->status == GYRE_IN_PROGRESS)
        step(world, since, "an operation");
    return op->status;
}

void op_wait(world_t *world, op_t *op)
{
    gyre_status_t status = op_end(world, op);
    CHECK(status == GYRE_OK, "operation: %s", gyre_status_name(status));
}

void wait_until(world_t *world, const unsigned *value, unsigned least, const char *what)
{
    uint64_t since = gyre__clock_ns();
    while (*value < least)
        step(world, since, what);
}

void barrier(world_t *world)
{
    uint64_t since = gyre__clock_ns();
    unsigned all = ++world->barriers * world->size;
    atomic_fetch_add(&world->shared->arrived, 1);
    while (atomic_load(&world->shared->arrived) < all)
        step(world, since, "the others");
}

unsigned next_of(const world_t *world)
{
    return (world->rank + 1) % world->size;
}

static uint64_t pattern(size_t word, unsigned seed)
{
    return (word + 1) * UINT64_C(0x9e3779b97f4a7c15) + seed;
}

void fill(void *data, size_t length, unsigned seed)
{
    char *at = data;
    for (size_t i = 0; i * 8 < length; i++) {
        uint64_t word = pattern(i, seed);
        memcpy(at + i * 8, &word, length - i * 8 < 8 ? length - i * 8 : 8);
    }
}

bool filled(const void *data, size_t length, unsigned seed)
{
    const char *at = data;
    for (size_t i = 0; i * 8 < length; i++) {
        uint64_t word = pattern(i, seed);
        if (memcmp(at + i * 8, &word, length - i * 8 < 8 ? length - i * 8 : 8) != 0)
            return false;
    }
    return true;
}

static void on_received(void *arg, const gyre__net_message_t *message)
{
    world_t *world = arg;
    CHECK(world->received, "a message that nobody waits for");
    world->received(world, message);
}

static void on_failed(void *arg, uint32_t worker)
{
    world_t *world = arg;
    CHECK(worker < world->size, "failed up-call for worker %u", worker);
    world->failures[worker]++;
}

static void publish_address(world_t *world)
{
    const void *address;
    size_t length;
    gyre_status_t status = world->ops->address(world->net, &address, &length);
    CHECK(status == GYRE_OK, "address");
    CHECK(length <= GYRE__NET_ADDRESS_MAX, "address of %zu bytes", length);
    world->shared->address[world->rank].length = length;
    memcpy(world->shared->address[world->rank].bytes, address, length);
}

/* A fresh segment for every opening, at another address in every worker; long past ones go. */
static void *map_segment(world_t *world, size_t size)
{
    if (world->area < 0)
        return NULL;
    off_t at = (off_t)(world->openings++ * size);
    if (at >= 2 * (off_t)size)
        fallocate(world->area, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, at - 2 * (off_t)size,
                  (off_t)size);
    size_t gap_size = ((size_t)world->rank + 1) << 16;
    void *gap = mmap(NULL, gap_size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    void *segment = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, world->area, at);
    CHECK(gap != MAP_FAILED && segment != MAP_FAILED, "mmap");
    munmap(gap, gap_size);
    return segment;
}

void world_open(world_t *world)
{
    size_t area_size = gyre__shm_area_size(world->size);
    world->segment = map_segment(world, area_size);
    gyre__net_params_t params = {
        .arg = world,
        .received = on_received,
        .failed = on_failed,
        .worker = world->rank,
        .workers = world->size,
        .local_rank = world->rank,
        .local_workers = world->size,
        .area = world->segment,
        .area_size = area_size,
    };
    gyre_status_t status = world->ops->open(&params, &world->net);
    CHECK(status == GYRE_OK, "open: %s", gyre_status_name(status));
    publish_address(world);
    barrier(world);
    for (unsigned i = 0; i < world->size; i++) {
        status = world->ops->connect(world->net, i, world->shared->address[i].bytes,
                                     world->shared->address[i].length, &world->peer[i]);
        CHECK(status == GYRE_OK, "connect to %u: %s", i, gyre_status_name(status));
    }
}

/* All have flushed before the first closes, as the wire does it. */
void world_close(world_t *world)
{
    op_t op;
    op_start(&op, world->ops->flush(world->net, NULL, op_init(&op)));
    op_wait(world, &op);
    barrier(world);
    world->ops->close(world->net);
    if (world->segment)
        munmap(world->segment, gyre__shm_area_size(world->size));
}

static _Noreturn void worker_main(world_t *world, const test_t *test)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    my_rank = world->rank;
    alarm(ALARM_S);
    if (test->offline) {
        test->run(world);
        _exit(0);
    }
    world_open(world);
    barrier(world);
    test->run(world);
    if (test->killed < 0)
        world_close(world);
    else
        world->ops->close(world->net);
    fflush(stdout); /* what the provider has logged */
    _exit(0);
}

static bool ended_well(const test_t *test, int rank, int status)
{
    if (rank == test->killed)
        return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void kill_all(const pid_t *pids, unsigned workers)
{
    for (unsigned i = 0; i < workers; i++)
        if (pids[i] > 0)
            kill(pids[i], SIGKILL);
}

static int rank_of(const pid_t *pids, unsigned workers, pid_t pid)
{
    for (unsigned i = 0; i < workers; i++)
        if (pids[i] == pid)
            return (int)i;
    return -1;
}

/* Waits for all; the first that fails takes the others with it. */
static bool reap(const test_t *test, pid_t *pids, unsigned workers)
{
    bool well = true;
    for (unsigned left = workers; left > 0;) {
        int status;
        pid_t pid = wait(&status);
        if (pid < 0 && errno == EINTR)
            continue;
        int rank = pid < 0 ? -1 : rank_of(pids, workers, pid);
        if (rank < 0)
            return false;
        left--;
        pids[rank] = 0;
        if (ended_well(test, rank, status))
            continue;
        if (well && WIFSIGNALED(status))
            fprintf(stderr, "worker %d: signal %d\n", rank, WTERMSIG(status));
        well = false;
        kill_all(pids, workers);
    }
    return well;
}

static int area_create(const gyre__net_ops_t *ops, unsigned workers)
{
    if (ops != &gyre__net_shm)
        return -1;
    int fd = memfd_create("test-net", MFD_CLOEXEC);
    off_t size = (off_t)gyre__shm_area_size(workers) * OPENINGS;
    CHECK(fd >= 0 && ftruncate(fd, size) == 0, "memfd");
    return fd;
}

bool test_run(const gyre__net_ops_t *ops, const test_t *test, unsigned workers)
{
    pid_t pids[WORKERS_MAX];
    int area = area_create(ops, workers);
    shared_t *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
                            MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        return false;
    fflush(stdout);
    for (unsigned i = 0; i < workers; i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            world_t world = {
                .ops = ops, .shared = shared, .area = area, .rank = i, .size = workers};
            worker_main(&world, test);
        }
        CHECK(pids[i] > 0, "fork");
    }
    bool well = reap(test, pids, workers);
    if (area >= 0)
        close(area);
    munmap(shared, sizeof(*shared));
    return well;
}

const gyre__net_ops_t *provider_find(const char *name)
{
    static const gyre__net_ops_t *const providers[] = {
        &gyre__net_self,
        &gyre__net_shm,
#ifdef HAVE_UCX
        &gyre__net_ucx,
#endif
#ifdef HAVE_OFI
        &gyre__net_ofi,
#endif
    };
    for (size_t i = 0; i < sizeof(providers) / sizeof(providers[0]); i++)
        if (strcmp(providers[i]->name, name) == 0)
            return providers[i];
    return NULL;
}
