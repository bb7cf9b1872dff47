/* SPDX-License-Identifier: Apache-2.0 */
/* The memory of node peers, as collectives use it: described, reached and read, and the ways back
 * where that is impossible. Looks below the public interface. */
#include "config.h"

#include "comm/mem.h"
#include "lib/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

enum { LENGTH = 3 << 20, TAG = 1 };

static bool near(int rank)
{
    gyre_worker_info_t mine, theirs;
    CHECK_OK(gyre_worker(check_ctx, (uint32_t)check_rank, &mine));
    CHECK_OK(gyre_worker(check_ctx, (uint32_t)rank, &theirs));
    return mine.node == theirs.node;
}

static bool sharing(void)
{
    const char *shm = getenv("GYRE_SHM");
    return !shm || strcmp(shm, "no") != 0;
}

/* Everybody's block by rank. */
static void share(const void *mine, size_t size, void *all)
{
    for (int i = 0; i < check_size; i++) {
        int to = (check_rank + i) % check_size, from = (check_rank + check_size - i) % check_size;
        CHECK_OK(gyre_sendrecv(check_world, mine, size, to, TAG, (char *)all + (size_t)from * size,
                               size, from, TAG, NULL));
    }
}

static void described(void)
{
    gyre_mem_t *mem, *inner;
    gyre__mem_place_t place;
    char *own = malloc(100);
    CHECK_OK(gyre_mem_alloc(check_ctx, LENGTH, &mem));
    char *bytes = gyre_mem_address(mem);
    CHECK_EQ(gyre__mem_describe(check_ctx, bytes + 5, LENGTH - 5, &place), sharing());
    CHECK(sizeof(place) <= 32);
    CHECK(!gyre__mem_describe(check_ctx, own, 100, &place));
    CHECK(!gyre__mem_describe(check_ctx, &place, 1, &place));
    CHECK(!gyre__mem_describe(check_ctx, bytes, SIZE_MAX, &place));
    CHECK_OK(gyre_mem_register(check_ctx, bytes + 64, 64, &inner));
    CHECK_EQ(gyre__mem_describe(check_ctx, gyre_mem_address(inner), 64, &place), sharing());
    gyre_mem_release(inner);
    gyre_mem_release(mem);
    free(own);
}

/* All write into all, directly, and look at what the others wrote. */
static void reached(void)
{
    gyre_mem_t *mem;
    gyre__mem_place_t mine = {0}, *all = calloc((size_t)check_size, sizeof(*all));
    CHECK_OK(gyre_mem_alloc(check_ctx, LENGTH, &mem));
    char *bytes = gyre_mem_address(mem), *old;
    gyre__mem_describe(check_ctx, bytes, LENGTH, &mine);
    share(&mine, sizeof(mine), all);
    for (int rank = 0; rank < check_size; rank++) {
        char *there = gyre__mem_reach(check_ctx, (uint32_t)rank, &all[rank]);
        CHECK_EQ(there != NULL, sharing() && near(rank));
        if (!there)
            continue;
        old = gyre__mem_reach(check_ctx, (uint32_t)rank, &all[rank]);
        CHECK(old == there);
        check_fill(there + check_rank * 1000, 1000, (uint64_t)check_rank);
    }
    check_barrier();
    for (int rank = 0; rank < check_size; rank++)
        if (sharing() && near(rank))
            CHECK_CONTENT(bytes + rank * 1000, 1000, (uint64_t)rank);
    mine.nonce++;
    CHECK(!gyre__mem_reach(check_ctx, (uint32_t)((check_rank + 1) % check_size), &mine));
    CHECK(!gyre__mem_reach(check_ctx, (uint32_t)check_size, &mine));
    check_barrier();
    gyre_mem_release(mem);
    free(all);
}

/* Any memory of a peer, not only registered regions. */
static void read_by_kernel(void)
{
    char *mine = malloc(LENGTH), *copy = malloc(LENGTH);
    void *hole = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    uint64_t at[2] = {(uintptr_t)mine, (uintptr_t)hole}, *all = calloc((size_t)check_size, 16);
    check_fill(mine, LENGTH, (uint64_t)check_rank);
    share(at, sizeof(at), all);
    for (int rank = 0; rank < check_size; rank++) {
        if (rank == check_rank)
            continue;
        uint32_t worker = (uint32_t)rank;
        bool readable = gyre__mem_readable(check_ctx, worker);
        CHECK(near(rank) || !readable);
        if (!readable) {
            CHECK_IS(gyre__mem_read(check_ctx, worker, copy, all[2 * rank], 1),
                     GYRE_ERR_NOT_SUPPORTED);
            continue;
        }
        CHECK_OK(gyre__mem_read(check_ctx, worker, copy, all[2 * rank], LENGTH));
        CHECK_CONTENT(copy, LENGTH, (uint64_t)rank);
        CHECK_OK(gyre__mem_read(check_ctx, worker, copy, all[2 * rank + 1], 0));
        CHECK_IS(gyre__mem_read(check_ctx, worker, copy, all[2 * rank + 1], 1), GYRE_ERR_RANGE);
    }
    check_barrier();
    munmap(hole, 4096);
    free(mine);
    free(copy);
    free(all);
}

static size_t key_of_first(gyre_mem_t *mem, char *key)
{
    size_t length = GYRE_KEY_MAX;
    gyre_message_info_t info;
    CHECK_OK(gyre_mem_export(mem, key, &length));
    if (check_rank)
        CHECK_OK(gyre_recv(check_world, key, GYRE_KEY_MAX, 0, TAG, &info));
    for (int rank = 1; !check_rank && rank < check_size; rank++)
        CHECK_OK(gyre_send(check_world, key, length, rank, TAG));
    return check_rank ? info.length : length;
}

/* The last worker can open nothing, so that it goes through the provider; it is told the truth
 * all the same, and its atomics count beside the others'. */
static void out_of_reach(void)
{
    enum { EACH = 300 };
    char key[GYRE_KEY_MAX], text[8] = "";
    gyre_mem_t *mem, *other;
    gyre_remote_t *remote, *connected;
    struct rlimit limit, none;
    uint64_t old, sum = 0;
    bool blind = check_rank == check_size - 1;
    CHECK_OK(gyre_mem_alloc(check_ctx, 64 << 20, &mem)); /* a chunk that nobody knows yet */
    CHECK_OK(gyre_mem_register(check_ctx, &limit, sizeof(limit), &other));
    size_t length = key_of_first(other, key);
    CHECK_OK(gyre_remote_import(check_world, 0, key, length, &connected));
    CHECK_OK(gyre_get(connected, 0, text, 1));
    length = key_of_first(mem, key);
    CHECK_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
    none = (struct rlimit){0, limit.rlim_max};
    if (blind)
        CHECK_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
    CHECK_OK(gyre_remote_import(check_world, 0, key, length, &remote));
    CHECK_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
    CHECK_EQ(remote->direct != NULL, sharing() && near(0) && (!blind || check_size == 1));
    for (int i = 0; i < EACH; i++) {
        CHECK_OK(gyre_atomic(remote, 0, GYRE_ATOMIC_FETCH_ADD, 8, 1, 0, &old));
        sum += old;
    }
    uint64_t total = (uint64_t)EACH * (uint64_t)check_size;
    CHECK_EQ(check_sum(sum), total * (total - 1) / 2);
    if (blind)
        CHECK_OK(gyre_put(remote, 64, "blind", 6));
    CHECK_OK(gyre_flush(check_world, 0));
    check_barrier();
    CHECK_OK(gyre_get(remote, 64, text, 6));
    CHECK(!strcmp(text, "blind"));
    check_barrier();
    gyre_remote_release(remote);
    gyre_remote_release(connected);
    gyre_mem_release(other);
    gyre_mem_release(mem);
}

static const check_case_t cases[] = {
    {"described", described},
    {"reached", reached},
    {"read", read_by_kernel},
    {"out-of-reach", out_of_reach},
};

int main(int argc, char **argv)
{
    return check_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]), GYRE_THREAD_SINGLE, 100);
}
