/* SPDX-License-Identifier: Apache-2.0 */
/* Atomics of all workers, the owner included, on the same words of the first worker. */
#include "rma.h"

#include <stdlib.h>
#include <string.h>

enum { WORD4 = 4, WORD8 = 16, GUARDED = 12 };

/* Ones added by everybody return every number once: their sum and sum of squares tell. */
static void count_ones(const window_t *window, int width, uint64_t offset)
{
    enum { EACH = 400 };
    uint64_t total = (uint64_t)EACH * (uint64_t)check_size, sum = 0, squares = 0, old;
    for (int i = 0; i < EACH; i++) {
        CHECK_OK(gyre_atomic(window->at[0], offset, GYRE_ATOMIC_FETCH_ADD, width, 1, 0, &old));
        sum += old;
        squares += old * old;
    }
    sum = check_sum(sum);
    squares = check_sum(squares);
    CHECK_EQ(sum, total * (total - 1) / 2);
    CHECK_EQ(squares, (total - 1) * total * (2 * total - 1) / 6);
    CHECK_OK(gyre_atomic(window->at[0], offset, GYRE_ATOMIC_FETCH_ADD, width, 0, 0, &old));
    CHECK_EQ(old, total);
}

/* Many in flight; 32-bit sums wrap without touching their neighbours. */
static void add_in_flight(const window_t *window, uint64_t seed)
{
    enum { EACH = 64 };
    uint64_t state = check_mix(seed, (uint64_t)check_rank), sum = 0, before, after, old[EACH];
    gyre_request_t *reqs[EACH];
    CHECK_OK(gyre_atomic(window->at[0], GUARDED, GYRE_ATOMIC_FETCH_ADD, 4, 0, 0, &before));
    check_barrier();
    for (int i = 0; i < EACH; i++) {
        uint64_t addend = check_random(&state) & UINT32_MAX;
        sum += addend;
        CHECK_OK(gyre_iatomic(window->at[0], GUARDED, GYRE_ATOMIC_FETCH_ADD, 4, addend, 0, &old[i],
                              &reqs[i]));
    }
    CHECK_OK(gyre_wait_all(EACH, reqs, NULL, NULL));
    for (int i = 0; i < EACH; i++)
        CHECK(old[i] <= UINT32_MAX);
    sum = check_sum(sum);
    CHECK_OK(gyre_atomic(window->at[0], GUARDED, GYRE_ATOMIC_FETCH_ADD, 4, 0, 0, &after));
    CHECK_EQ(after, (before + sum) & UINT32_MAX);
}

void rma_counters(void)
{
    uint64_t seed = check_seed();
    window_t window = window_open(4096);
    if (!check_rank)
        memset(window.bytes + 8, 0x77, 4);
    check_barrier();
    count_ones(&window, 4, WORD4);
    count_ones(&window, 8, WORD8);
    add_in_flight(&window, seed);
    check_barrier();
    if (!check_rank)
        for (int i = 8; i < 12; i++)
            CHECK_EQ(window.bytes[i], 0x77);
    window_close(&window);
}

/* What was swapped in comes out again exactly once, or is there at the end. */
static void swap_all(const window_t *window, int width)
{
    enum { EACH = 300 };
    uint64_t in = 0, out = 0, old;
    for (int i = 0; i < EACH; i++) {
        uint64_t token = (uint64_t)(check_rank * EACH + i + 1) * 1000003;
        CHECK_OK(gyre_atomic(window->at[0], 64, GYRE_ATOMIC_SWAP, width, token, 0, &old));
        in += width == 4 ? token & UINT32_MAX : token;
        out += old;
    }
    in = check_sum(in);
    out = check_sum(out);
    if (!check_rank) {
        CHECK_OK(gyre_atomic(window->at[0], 64, GYRE_ATOMIC_SWAP, width, 0, 0, &old));
        CHECK_EQ(out + old, in);
    }
    check_barrier();
}

void rma_swaps(void)
{
    window_t window = window_open(4096);
    swap_all(&window, 4);
    swap_all(&window, 8);
    window_close(&window);
}

static void lock(gyre_remote_t *remote, int width)
{
    uint64_t old;
    do
        CHECK_OK(gyre_atomic(remote, 0, GYRE_ATOMIC_COMPARE_SWAP, width, (uint64_t)check_rank + 1,
                             0, &old));
    while (old);
}

static void unlock(gyre_remote_t *remote, int width)
{
    uint64_t old;
    CHECK_OK(gyre_flush(check_world, 0));
    CHECK_OK(
        gyre_atomic(remote, 0, GYRE_ATOMIC_COMPARE_SWAP, width, 0, (uint64_t)check_rank + 1, &old));
    CHECK_EQ(old, check_rank + 1);
}

/* A spin lock guards a counter that is read and written with get and put. */
void rma_lock(void)
{
    enum { EACH = 40 };
    window_t window = window_open(4096);
    uint64_t value;
    for (int i = 0; i < EACH; i++) {
        int width = i < EACH / 2 ? 4 : 8;
        if (i == EACH / 2)
            check_barrier();
        lock(window.at[0], width);
        CHECK_OK(gyre_get(window.at[0], 512, &value, sizeof(value)));
        value++;
        CHECK_OK(gyre_put(window.at[0], 512, &value, sizeof(value)));
        unlock(window.at[0], width);
    }
    check_barrier();
    CHECK_OK(gyre_get(window.at[0], 512, &value, sizeof(value)));
    CHECK_EQ(value, EACH * check_size);
    window_close(&window);
}

void rma_atomic_refusals(void)
{
    window_t window = window_open(64);
    gyre_remote_t *remote = window.at[(check_rank + 1) % check_size];
    uint64_t old = 99;
    gyre_request_t *req = NULL;
    CHECK_IS(gyre_atomic(remote, 4, GYRE_ATOMIC_SWAP, 8, 1, 0, &old), GYRE_ERR_RANGE);
    CHECK_IS(gyre_atomic(remote, 2, GYRE_ATOMIC_SWAP, 4, 1, 0, &old), GYRE_ERR_RANGE);
    CHECK_IS(gyre_atomic(remote, 0, GYRE_ATOMIC_SWAP, 2, 1, 0, &old), GYRE_ERR_RANGE);
    CHECK_IS(gyre_atomic(remote, 0, GYRE_ATOMIC_SWAP, 0, 1, 0, &old), GYRE_ERR_RANGE);
    CHECK_IS(gyre_atomic(remote, 0, GYRE_ATOMIC_SWAP, -8, 1, 0, &old), GYRE_ERR_RANGE);
    CHECK_IS(gyre_atomic(remote, 64, GYRE_ATOMIC_SWAP, 8, 1, 0, &old), GYRE_ERR_RANGE);
    CHECK_IS(gyre_atomic(remote, 60, GYRE_ATOMIC_SWAP, 8, 1, 0, &old), GYRE_ERR_RANGE);
    CHECK_IS(gyre_iatomic(remote, UINT64_MAX - 7, GYRE_ATOMIC_SWAP, 8, 1, 0, &old, &req),
             GYRE_ERR_RANGE);
    CHECK_IS(gyre_atomic(remote, 0, (gyre_atomic_t)17, 8, 1, 0, &old), GYRE_ERR_ARG);
    CHECK_IS(gyre_atomic(remote, 0, GYRE_ATOMIC_SWAP, 8, 1, 0, NULL), GYRE_ERR_ARG);
    CHECK_IS(gyre_atomic(NULL, 0, GYRE_ATOMIC_SWAP, 8, 1, 0, &old), GYRE_ERR_ARG);
    CHECK_EQ(old, 99);
    CHECK(!req);
    check_barrier();
    for (int i = 0; i < 64; i++)
        CHECK_EQ(window.bytes[i], 0);
    window_close(&window);
}
