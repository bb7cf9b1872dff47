/* SPDX-License-Identifier: Apache-2.0 */
/* Put, get and flush. Every worker writes into a stripe of its own in each region, so that what
 * must be there is always known. */
#include "rma.h"

#include <stdlib.h>
#include <string.h>

static const size_t sizes[] = {1,     2,     7,      8,       9,      63,    64,
                               65,    1000,  4095,   4096,    4097,   32767, 32769,
                               65536, 65537, 262145, 1000003, 4 << 20};
enum { SIZES = sizeof(sizes) / sizeof(sizes[0]), STRIPE = (4 << 20) + 64 };

/* From and into plain memory, and from and into registered memory, at odd offsets. */
static void one_size(const window_t *window, gyre_remote_t *remote, int peer, size_t length,
                     char *out, char *in)
{
    uint64_t offset = (uint64_t)check_rank * STRIPE + length % 13;
    uint64_t key = check_mix(length, (uint64_t)(check_rank * 100 + peer));
    gyre_request_t *req;
    check_fill(out, length, key);
    CHECK_OK(gyre_put(remote, offset, out, length));
    memset(out, 0, length); /* complete: it is ours again */
    CHECK_OK(gyre_flush(check_world, peer));
    memset(in, 0x5a, length + 1);
    CHECK_OK(gyre_get(remote, offset, in, length));
    CHECK_CONTENT(in, length, key);
    CHECK_EQ(in[length], 0x5a);

    check_fill(out, length, key + 1);
    CHECK_OK(gyre_iput(remote, offset, out, length, &req));
    CHECK_OK(gyre_wait(&req, NULL));
    CHECK_OK(gyre_flush(check_world, peer));
    CHECK_OK(gyre_iget(remote, offset, in, length, &req));
    CHECK_OK(gyre_wait(&req, NULL));
    CHECK_CONTENT(in, length, key + 1);
    if (peer == check_rank)
        CHECK_CONTENT(window->bytes + offset, length, key + 1);
}

void rma_sizes(void)
{
    window_t window = window_open((size_t)STRIPE * (size_t)check_size);
    gyre_mem_t *mem;
    char *plain = malloc(2 * STRIPE), *registered;
    CHECK_OK(gyre_mem_alloc(check_ctx, 2 * STRIPE, &mem));
    registered = gyre_mem_address(mem);
    for (int i = 0; i < SIZES; i++)
        for (int distance = 0; distance < (sizes[i] < 100000 ? check_size : 2); distance++) {
            int peer = (check_rank + distance) % check_size;
            one_size(&window, window.at[peer], peer, sizes[i], plain, plain + STRIPE);
            one_size(&window, window.at[peer], peer, sizes[i], registered + 3,
                     registered + STRIPE + 5);
        }
    window_close(&window);
    gyre_mem_release(mem);
    free(plain);
}

enum { PART = 200000, ROUNDS = 12, BATCH = 40 };

/* A batch of puts that do not overlap, all in flight together, and the same in the shadow. */
static void put_batch(const window_t *window, int peer, char *shadow, uint64_t *state)
{
    gyre_request_t *reqs[BATCH];
    char *out[BATCH];
    size_t at = 0;
    int count = 0;
    while (count < BATCH) {
        size_t length = check_below(state, check_below(state, 4) ? 200 : 40000);
        at += check_below(state, 500);
        if (at + length > PART)
            break;
        out[count] = malloc(length + 1);
        check_fill(out[count], length, check_random(state));
        memcpy(shadow + at, out[count], length);
        CHECK_OK(gyre_iput(window->at[peer], (uint64_t)check_rank * PART + at, out[count], length,
                           &reqs[count]));
        at += length;
        count++;
    }
    CHECK_OK(gyre_wait_all(count, reqs, NULL, NULL));
    for (int i = 0; i < count; i++)
        free(out[i]);
    CHECK_OK(gyre_flush(check_world, peer));
}

/* Random puts by all into all; at the end the owners and the writers agree on every byte. */
void rma_plan(void)
{
    uint64_t seed = check_seed(), state = check_mix(seed, (uint64_t)check_rank);
    window_t window = window_open((size_t)PART * (size_t)check_size);
    char *shadows = calloc((size_t)check_size, PART), *back = malloc(PART);
    for (int round = 0; round < ROUNDS; round++)
        for (int i = 0; i < check_size; i++) {
            int peer = (int)check_below(&state, (uint64_t)check_size);
            put_batch(&window, peer, shadows + (size_t)peer * PART, &state);
        }
    for (int peer = 0; peer < check_size; peer++) {
        CHECK_OK(gyre_get(window.at[peer], (uint64_t)check_rank * PART, back, PART));
        CHECK(!memcmp(back, shadows + (size_t)peer * PART, PART));
    }
    check_barrier();
    for (int i = 0; i < check_size; i++) {
        int to = (check_rank + i) % check_size, from = (check_rank + check_size - i) % check_size;
        CHECK_OK(gyre_sendrecv(check_world, shadows + (size_t)to * PART, PART, to, 3, back, PART,
                               from, 3, NULL));
        CHECK(!memcmp(back, window.bytes + (size_t)from * PART, PART));
    }
    window_close(&window);
    free(shadows);
    free(back);
}

static void out_of_range(gyre_remote_t *remote, uint64_t offset, size_t length)
{
    char byte = 1;
    gyre_request_t *req = NULL;
    CHECK_IS(gyre_put(remote, offset, &byte, length), GYRE_ERR_RANGE);
    CHECK_IS(gyre_get(remote, offset, &byte, length), GYRE_ERR_RANGE);
    CHECK_IS(gyre_iput(remote, offset, &byte, length, &req), GYRE_ERR_RANGE);
    CHECK_IS(gyre_iget(remote, offset, &byte, length, &req), GYRE_ERR_RANGE);
    CHECK(!req);
}

/* A region in the middle of others: whatever leaves it is refused and changes nothing. */
void rma_ranges(void)
{
    static const uint64_t offsets[] = {1000, 1001, 4096, UINT64_MAX, UINT64_MAX - 999};
    size_t length = 3000;
    char *memory = calloc(1, length), byte = 1;
    gyre_mem_t *mem;
    gyre_request_t *req;
    int next = (check_rank + 1) % check_size;
    CHECK_OK(gyre_mem_register(check_ctx, memory + 1000, 1000, &mem));
    window_t window = window_of(mem);
    for (int i = 0; i < 5; i++)
        out_of_range(window.at[next], offsets[i], 1);
    out_of_range(window.at[next], 0, 1001);
    out_of_range(window.at[next], 999, 2);
    out_of_range(window.at[next], 1, SIZE_MAX);
    CHECK_OK(gyre_put(window.at[next], 1000, NULL, 0));
    CHECK_OK(gyre_iget(window.at[next], 0, NULL, 0, &req));
    CHECK_OK(gyre_wait(&req, NULL));
    CHECK_IS(gyre_put(window.at[next], 0, NULL, 1), GYRE_ERR_ARG);
    CHECK_IS(gyre_put(NULL, 0, &byte, 1), GYRE_ERR_ARG);
    CHECK_OK(gyre_put(window.at[next], 999, &byte, 1));
    CHECK_OK(gyre_flush(check_world, next));
    CHECK_IS(gyre_flush(check_world, check_size), GYRE_ERR_RANK);
    check_barrier();
    for (size_t i = 0; i < length; i++)
        CHECK_EQ(memory[i], i == 1999);
    window_close(&window);
    free(memory);
}

/* Put, flush, then a message: when the message is there, so is the put. */
void rma_visibility(void)
{
    static const size_t lengths[] = {8, 700, 40000, 300000};
    window_t window = window_open(300000);
    char *out = malloc(300000);
    int next = (check_rank + 1) % check_size, prev = (check_rank + check_size - 1) % check_size;
    for (int round = 0; round < 60; round++) {
        size_t length = lengths[round % 4];
        check_fill(out, length, (uint64_t)round);
        CHECK_OK(gyre_put(window.at[next], 300000 - length, out, length));
        CHECK_OK(gyre_flush(check_world, next));
        CHECK_OK(gyre_sendrecv(check_world, NULL, 0, next, 4, NULL, 0, prev, 4, NULL));
        CHECK_CONTENT(window.bytes + 300000 - length, length, (uint64_t)round);
        CHECK_OK(gyre_sendrecv(check_world, NULL, 0, prev, 5, NULL, 0, next, 5, NULL));
    }
    window_close(&window);
    free(out);
}
