/* SPDX-License-Identifier: Apache-2.0 */
/* Epoch after epoch in the same processes, under pmix-hub: TEST_EPOCHS names them. In each there
 * is traffic of every kind; before each end some of it is left unreceived and must never be seen
 * again. Neither memory nor descriptors may grow, and what belongs to an old epoch is refused. */
#include "lib/check.h"

#include <dirent.h>
#include <gyre/coll.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TAG = 1, TAG_LATE = 2, AM_ID = 4, LARGE = 200000, SETTLED = 20, COLLS = 8 };

/* OpenPMIx 4.2.2 leaks its table of keys, some 155 KiB, at every PMIx_Init. */
enum { PMIX_LEAK = 160 << 10, MEMORY_SLACK = 4 << 20 };

#ifdef __SANITIZE_ADDRESS__
enum { FREED_IS_KEPT = 1 };
#else
enum { FREED_IS_KEPT = 0 };
#endif

/* What lives longer than an epoch. */
static gyre_mem_t *mem;
static gyre_comm_t *old_comm;
static gyre_request_t *old_recv, *old_sends[2], *old_coll, *old_persistent[COLLS];
static char old_key[GYRE_KEY_MAX], *large_out, *large_in;
static size_t old_key_length;
static int am_seen, late_buffer, times_alone;

static void count_message(void *arg, const gyre_am_message_t *m)
{
    CHECK_EQ(m->header_length, 4);
    am_seen++;
}

/* A neighbour may have left for the next epoch already: that is no failure of ours. */
static bool leave_together(void)
{
    for (int distance = 1; distance < check_size; distance *= 2) {
        int to = (check_rank + distance) % check_size;
        int from = (check_rank + check_size - distance) % check_size;
        gyre_status_t status = gyre_sendrecv(check_world, NULL, 0, to, 7, NULL, 0, from, 7, NULL);
        if (status == GYRE_ERR_PEER_FAILED)
            return false;
        CHECK_IS(status, GYRE_OK);
    }
    return true;
}

static void tagged(int epoch)
{
    int next = (check_rank + 1) % check_size, prev = (check_rank + check_size - 1) % check_size;
    gyre_message_info_t info;
    for (size_t length = 4; length <= LARGE; length *= 223) {
        check_fill(large_out, length, check_mix((uint64_t)epoch, (uint64_t)check_rank));
        CHECK_OK(gyre_sendrecv(check_world, large_out, length, next, TAG, large_in, LARGE,
                               GYRE_ANY_SOURCE, TAG, &info));
        CHECK_INFO(info, prev, TAG, length);
        CHECK_CONTENT(large_in, length, check_mix((uint64_t)epoch, (uint64_t)prev));
    }
}

static void active(void)
{
    static int expected;
    expected += check_size;
    for (int to = 0; to < check_size; to++)
        CHECK_OK(gyre_am_send(check_world, to, AM_ID, &check_rank, 4, NULL, 0));
    while (am_seen < expected)
        gyre_progress(check_ctx);
    CHECK_EQ(am_seen, expected);
}

/* The region outlives the epoch with what is in it, its key does not. */
static void one_sided(int epoch)
{
    static char *address;
    static int before;
    int next = (check_rank + 1) % check_size, prev = (check_rank + check_size - 1) % check_size;
    char key[GYRE_KEY_MAX], theirs[GYRE_KEY_MAX];
    size_t length = sizeof(key);
    gyre_message_info_t info;
    gyre_remote_t *remote;
    if (address) {
        CHECK(address == gyre_mem_address(mem));
        CHECK_EQ(((int *)gyre_mem_address(mem))[2], before);
    }
    CHECK_OK(gyre_mem_export(mem, key, &length));
    if (old_key_length)
        CHECK_IS(gyre_remote_import(check_world, check_rank, old_key, old_key_length, &remote),
                 GYRE_ERR_STALE);
    memcpy(old_key, key, length);
    old_key_length = length;
    CHECK_OK(gyre_sendrecv(check_world, key, length, prev, TAG, theirs, sizeof(theirs), next, TAG,
                           &info));
    CHECK_OK(gyre_remote_import(check_world, next, theirs, info.length, &remote));
    CHECK_OK(gyre_put(remote, 8, &epoch, sizeof(epoch)));
    CHECK_OK(gyre_flush(check_world, next));
    check_barrier();
    CHECK_EQ(((int *)gyre_mem_address(mem))[2], epoch);
    address = gyre_mem_address(mem);
    before = epoch;
    gyre_remote_release(remote);
}

/* Persistent ones, of several lengths, stay after the epoch. */
static void collective(int epoch)
{
    uint64_t *mine = (uint64_t *)(void *)large_out, *most = (uint64_t *)(void *)large_in;
    for (size_t i = 0; i < COLLS; i++) {
        size_t count = (LARGE >> 3) >> 2 * i;
        CHECK_OK(gyre_allreduce_init(check_world, mine, most, count, GYRE_UINT64, GYRE_MAX,
                                     &old_persistent[i]));
        for (uint64_t start = 0; start < 2; start++) {
            mine[count - 1] = start + (uint64_t)(epoch * check_size + check_rank);
            CHECK_OK(gyre_start(old_persistent[i]));
            CHECK_OK(gyre_wait(&old_persistent[i], NULL));
            CHECK_EQ(most[count - 1], start + (uint64_t)(epoch * check_size + check_size - 1));
        }
    }
}

/* Left in flight when the epoch ends: messages nobody receives, a receive that nothing meets,
 * collectives that nobody waits for. */
static void leave_late(int epoch)
{
    int next = (check_rank + 1) % check_size;
    CHECK_OK(gyre_comm_dup(check_world, &old_comm));
    CHECK_OK(
        gyre_irecv(check_world, &late_buffer, sizeof(late_buffer), GYRE_ANY_SOURCE, 99, &old_recv));
    CHECK_OK(gyre_send(check_world, &epoch, sizeof(epoch), next, TAG_LATE));
    CHECK_OK(gyre_isend(check_world, &epoch, sizeof(epoch), next, TAG_LATE, &old_sends[0]));
    CHECK_OK(gyre_isend(check_world, large_out, LARGE, next, TAG_LATE, &old_sends[1]));
    CHECK_OK(gyre_ibcast(check_world, large_in, LARGE, GYRE_BYTE, 0, &old_coll));
    CHECK_OK(gyre_start(old_persistent[COLLS - 1]));
}

static void check_ended(gyre_status_t status, gyre_status_t as_well)
{
    /* Peers that left first may count as failed. */
    CHECK(status == GYRE_ERR_CANCELED || status == GYRE_ERR_PEER_FAILED || status == as_well);
}

static void check_late_collectives(void)
{
    gyre_request_t *req;
    check_ended(gyre_wait(&old_coll, NULL), GYRE_OK);
    check_ended(gyre_wait(&old_persistent[COLLS - 1], NULL), GYRE_OK);
    for (int i = 0; i < COLLS; i++) {
        CHECK_IS(gyre_start(old_persistent[i]), GYRE_ERR_STALE);
        CHECK(strstr(gyre_last_error(), "persistent operation of epoch"));
        CHECK_OK(gyre_request_free(&old_persistent[i]));
    }
    CHECK_IS(gyre_barrier(old_comm), GYRE_ERR_STALE);
    CHECK_IS(gyre_ibarrier(old_comm, &req), GYRE_ERR_STALE);
    CHECK_IS(gyre_barrier_init(old_comm, &req), GYRE_ERR_STALE);
}

static void check_late(void)
{
    gyre_request_t *req;
    gyre_message_info_t info;
    int value = 0;
    if (!old_comm)
        return;
    check_ended(gyre_wait(&old_recv, NULL), GYRE_ERR_CANCELED);
    for (int i = 0; i < 2; i++)
        check_ended(gyre_wait(&old_sends[i], NULL), GYRE_OK);
    check_late_collectives();
    CHECK_IS(gyre_send(old_comm, &value, sizeof(value), 0, 0), GYRE_ERR_STALE);
    CHECK_IS(gyre_irecv(old_comm, &value, sizeof(value), 0, 0, &req), GYRE_ERR_STALE);
    CHECK_IS(gyre_comm_dup(old_comm, &old_comm), GYRE_ERR_STALE);
    gyre_comm_destroy(old_comm);
    old_comm = NULL;
    CHECK_IS(gyre_iprobe(check_world, GYRE_ANY_SOURCE, TAG_LATE, &info), GYRE_IN_PROGRESS);
}

static long resident(void)
{
    long size, pages = 0;
    FILE *in = fopen("/proc/self/statm", "r");
    CHECK(in && fscanf(in, "%ld %ld", &size, &pages) == 2);
    fclose(in);
    return pages * sysconf(_SC_PAGESIZE);
}

static int descriptors(void)
{
    int count = 0;
    DIR *dir = opendir("/proc/self/fd");
    while (readdir(dir))
        count++;
    closedir(dir);
    return count;
}

/* Looked at in an epoch alone, for what a wire with others holds depends on who was late:
 * libfabric's rxm adds 16 MiB of buffers when messages pile up. What is free is given back first,
 * because a block that stays above such buffers keeps them in the heap. */
typedef struct holdings {
    int number, fds;
    long memory;
} holdings_t;

static holdings_t live_alone(int number)
{
    check_step("alone", 100);
    CHECK_OK(gyre_reopen(check_ctx, NULL, 0));
    check_reopened();
    CHECK_EQ(check_size, 1);
    check_late();
    tagged(0);
    malloc_trim(0);
    return (holdings_t){number, descriptors(), resident()};
}

static void check_growth(const holdings_t *first, const holdings_t *last)
{
    int epochs = last->number - first->number, fds = last->fds - first->fds;
    long memory = last->memory - first->memory;
    printf("%ld KiB and %d descriptors more after %d epochs\n", memory / 1024, fds, epochs);
    fflush(stdout);
    CHECK(FREED_IS_KEPT || memory < MEMORY_SLACK + (long)PMIX_LEAK * epochs);
    CHECK(fds <= 0);
}

/* number: of this worker's epochs; epoch: of the job's. They differ for one that was left out. */
static void one_epoch(int number, int epoch, int rank, int size)
{
    CHECK_EQ(check_rank, rank);
    CHECK_EQ(check_size, size);
    CHECK_EQ(gyre_epoch(check_ctx), number + times_alone);
    check_late();
    check_barrier();
    tagged(epoch);
    active();
    one_sided(epoch);
    collective(epoch);
    leave_late(epoch);
    leave_together();
}

/* A namespace that nobody registered leaves no wire, which is no reason to hang or crash. */
static void lose_the_wire(void)
{
    gyre_mem_t *other;
    gyre_worker_info_t info;
    check_step("no such namespace", 100);
    CHECK(gyre_reopen(check_ctx, "no.such.namespace", 0) < 0);
    CHECK_IS(gyre_send(old_comm, NULL, 0, 0, 0), GYRE_ERR_STALE);
    CHECK_IS(gyre_mem_alloc(check_ctx, 64, &other), GYRE_ERR_STATE);
    CHECK_IS(gyre_worker(check_ctx, 0, &info), GYRE_ERR_STATE);
    CHECK_EQ(gyre_progress(check_ctx), 0);
    CHECK_IS(gyre_reopen(check_ctx, "", 0), GYRE_ERR_ARG);
}

int main(void)
{
    char *copy = strdup(getenv("TEST_EPOCHS") ? getenv("TEST_EPOCHS") : ""), *list = copy;
    int number = 0, epoch, rank, size;
    holdings_t settled = {0}, last;
    large_out = malloc(LARGE);
    large_in = malloc(LARGE);
    if (!*list)
        check_skip("TEST_EPOCHS is not set: needs pmix-hub");
    while (check_next_epoch(&list, 100, &epoch, &rank, &size)) {
        if (!mem) {
            CHECK_OK(gyre_mem_alloc(check_ctx, 4096, &mem));
            CHECK_OK(gyre_am_register(check_ctx, AM_ID, count_message, NULL));
        }
        one_epoch(number, epoch, rank, size);
        if (++number == SETTLED) {
            settled = live_alone(number);
            times_alone++;
        }
    }
    last = live_alone(number);
    if (settled.number)
        check_growth(&settled, &last);
    collective(number);
    leave_late(number);
    lose_the_wire();
    live_alone(number);
    gyre_mem_release(mem);
    check_close();
    free(large_out);
    free(large_in);
    free(copy);
    return 0;
}
