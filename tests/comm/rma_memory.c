/* SPDX-License-Identifier: Apache-2.0 */
/* Regions of registered memory and the keys that stand for them. */
#include "rma.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void check_zero(const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        CHECK_EQ(bytes[i], 0);
}

/* A worker's first contact with itself may be through memory; messages must work after it. The
 * first case of all: any message before would spoil it. */
void rma_first_contact(void)
{
    gyre_comm_t *self = gyre_comm_self(check_ctx);
    char key[GYRE_KEY_MAX];
    size_t length = sizeof(key);
    int sent = 7, got = 0;
    gyre_mem_t *mem;
    gyre_remote_t *remote;
    gyre_request_t *req;
    CHECK_OK(gyre_mem_alloc(check_ctx, 64, &mem));
    CHECK_OK(gyre_mem_export(mem, key, &length));
    CHECK_OK(gyre_remote_import(self, 0, key, length, &remote));
    CHECK_OK(gyre_put(remote, 0, &sent, sizeof(sent)));
    CHECK_OK(gyre_flush(self, 0));
    CHECK_OK(gyre_isend(self, &sent, sizeof(sent), 0, 1, &req));
    CHECK_OK(gyre_recv(self, &got, sizeof(got), 0, 1, NULL));
    CHECK_OK(gyre_wait(&req, NULL));
    CHECK_EQ(got, 7);
    CHECK_EQ(*(int *)gyre_mem_address(mem), 7);
    gyre_remote_release(remote);
    gyre_mem_release(mem);
}

/* Regions inside regions, freed in any order; memory used again is zero again. */
void rma_regions(void)
{
    size_t length = 100000;
    char *own = malloc(length);
    gyre_mem_t *a, *b, *c, *d;
    CHECK_OK(gyre_mem_register(check_ctx, own, length, &a));
    CHECK(gyre_mem_address(a) == own);
    CHECK_EQ(gyre_mem_length(a), length);
    CHECK_OK(gyre_mem_register(check_ctx, own + 1000, 5000, &b));
    CHECK_OK(gyre_mem_register(check_ctx, own + 2000, 1, &c));
    CHECK_OK(gyre_mem_register(check_ctx, own, length, &d));
    CHECK(gyre_mem_address(c) == own + 2000);
    CHECK_EQ(gyre_mem_length(c), 1);
    gyre_mem_release(a);
    memset(own, 1, length); /* still the caller's */
    gyre_mem_release(c);
    gyre_mem_release(d);
    gyre_mem_release(b);
    free(own);
    for (int round = 0; round < 5; round++)
        for (length = 1; length < 1 << 20; length = length * 7 + 3) {
            CHECK_OK(gyre_mem_alloc(check_ctx, length, &a));
            CHECK_EQ((uintptr_t)gyre_mem_address(a) % (uintptr_t)sysconf(_SC_PAGESIZE), 0);
            CHECK_EQ(gyre_mem_length(a), length);
            check_zero(gyre_mem_address(a), length);
            memset(gyre_mem_address(a), 0xff, length);
            gyre_mem_release(a);
        }
    gyre_mem_release(NULL);
    CHECK_IS(gyre_mem_alloc(check_ctx, 0, &a), GYRE_ERR_RANGE);
    CHECK_IS(gyre_mem_alloc(check_ctx, (size_t)1 << 46, &a), GYRE_ERR_NO_MEMORY);
    CHECK_IS(gyre_mem_register(check_ctx, &length, 0, &a), GYRE_ERR_RANGE);
    CHECK_IS(gyre_mem_register(check_ctx, NULL, 5, &a), GYRE_ERR_ARG);
    CHECK_IS(gyre_mem_alloc(check_ctx, 5, NULL), GYRE_ERR_ARG);
    CHECK_IS(gyre_mem_alloc(NULL, 5, &a), GYRE_ERR_ARG);
}

/* Key of a region of the next worker, as it sent it. */
static size_t neighbours_key(gyre_mem_t *mem, char *theirs)
{
    char mine[GYRE_KEY_MAX];
    size_t length = sizeof(mine);
    gyre_message_info_t info;
    CHECK_OK(gyre_mem_export(mem, mine, &length));
    CHECK_OK(gyre_sendrecv(check_world, mine, length, (check_rank + check_size - 1) % check_size, 2,
                           theirs, GYRE_KEY_MAX, (check_rank + 1) % check_size, 2, &info));
    return info.length;
}

/* More regions than a process may have descriptors; the neighbour marks every hundredth. */
void rma_many_regions(void)
{
    enum { MANY = 4000, LENGTH = 4096, EVERY = 100 };
    gyre_mem_t **mems = calloc(MANY, sizeof(gyre_mem_t *));
    int next = (check_rank + 1) % check_size, prev = (check_rank + check_size - 1) % check_size;
    for (int i = 0; i < MANY; i++)
        CHECK_OK(gyre_mem_alloc(check_ctx, LENGTH, &mems[i]));
    for (int i = 0; i < MANY; i += EVERY) {
        gyre_remote_t *remote;
        char key[GYRE_KEY_MAX];
        int mark = next * MANY + i;
        size_t length = neighbours_key(mems[i], key);
        CHECK_OK(gyre_remote_import(check_world, next, key, length, &remote));
        CHECK_OK(gyre_put(remote, LENGTH - sizeof(mark), &mark, sizeof(mark)));
        gyre_remote_release(remote);
    }
    CHECK_OK(gyre_flush(check_world, next));
    CHECK_OK(gyre_sendrecv(check_world, NULL, 0, next, 3, NULL, 0, prev, 3, NULL));
    for (int i = 0; i < MANY; i++) {
        int mark = i % EVERY ? 0 : check_rank * MANY + i;
        const char *bytes = gyre_mem_address(mems[i]);
        CHECK(!memcmp(bytes + LENGTH - sizeof(mark), &mark, sizeof(mark)));
        check_zero(bytes, LENGTH - sizeof(mark));
        gyre_mem_release(mems[i]);
    }
    free(mems);
}

/* A region of the caller's in one of ours: both keys lead to the same bytes, and their atomics
 * are of one kind. */
void rma_inside(void)
{
    enum { EACH = 200, AT = 1000 * 8 };
    window_t outer = window_open(100000);
    gyre_mem_t *mem;
    uint64_t old;
    CHECK_OK(gyre_mem_register(check_ctx, outer.bytes + AT, 64, &mem));
    window_t inner = window_of(mem);
    check_barrier();
    for (int i = 0; i < EACH; i++) {
        CHECK_OK(gyre_atomic(outer.at[0], AT + 8, GYRE_ATOMIC_FETCH_ADD, 8, 1, 0, &old));
        CHECK_OK(gyre_atomic(inner.at[0], 8, GYRE_ATOMIC_FETCH_ADD, 8, 1, 0, &old));
    }
    check_barrier();
    CHECK_OK(gyre_get(outer.at[0], AT + 8, &old, sizeof(old)));
    CHECK_EQ(old, 2 * EACH * check_size);
    CHECK_IS(gyre_get(inner.at[0], 60, &old, sizeof(old)), GYRE_ERR_RANGE);
    window_close(&inner);
    window_close(&outer);
}

/* Regions come and go, some beyond what is kept for reuse; new keys lead to what is there now. */
void rma_reuse(void)
{
    static const size_t lengths[] = {64, 5000, 300000, 5000, 70 << 20, 64, 70 << 20};
    int next = (check_rank + 1) % check_size, prev = (check_rank + check_size - 1) % check_size;
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        window_t window = window_open(lengths[i]);
        char *last = window.bytes + lengths[i] - 4;
        int mark = (int)i * 100 + next;
        check_zero(window.bytes, 64);
        check_zero(last, 4);
        check_barrier();
        CHECK_OK(gyre_put(window.at[next], lengths[i] - 4, &mark, 4));
        CHECK_OK(gyre_flush(check_world, next));
        CHECK_OK(gyre_sendrecv(check_world, NULL, 0, next, 3, NULL, 0, prev, 3, NULL));
        mark = (int)i * 100 + check_rank;
        CHECK(!memcmp(last, &mark, 4));
        window_close(&window);
    }
}

static void refused(int rank, const void *key, size_t length)
{
    gyre_remote_t *remote = NULL;
    gyre_status_t status = gyre_remote_import(check_world, rank, key, length, &remote);
    if (status != GYRE_ERR_SYNTAX && status != GYRE_ERR_STALE)
        check_fail(__FILE__, __LINE__, "a bad key of %zu bytes: %s", length,
                   gyre_status_name(status));
    CHECK(!remote);
}

void rma_keys(void)
{
    gyre_mem_t *mem;
    gyre_remote_t *remote;
    char key[GYRE_KEY_MAX], longer[GYRE_KEY_MAX + 1];
    size_t small = 0, needed;
    int next = (check_rank + 1) % check_size;
    CHECK_OK(gyre_mem_alloc(check_ctx, 5000, &mem));
    CHECK_IS(gyre_mem_export(mem, key, &small), GYRE_ERR_RANGE);
    needed = small;
    CHECK(needed > 0 && needed <= GYRE_KEY_MAX);
    small = needed - 1;
    CHECK_IS(gyre_mem_export(mem, key, &small), GYRE_ERR_RANGE);
    CHECK_EQ(small, needed);
    CHECK_OK(gyre_mem_export(mem, key, &small));
    CHECK_IS(gyre_mem_export(NULL, key, &small), GYRE_ERR_ARG);
    CHECK_IS(gyre_mem_export(mem, NULL, &small), GYRE_ERR_ARG);

    size_t length = neighbours_key(mem, key);
    CHECK_OK(gyre_remote_import(check_world, next, key, length, &remote));
    CHECK_EQ(gyre_remote_length(remote), 5000);
    gyre_remote_release(remote);
    gyre_remote_release(NULL);
    if (check_size > 1)
        refused(check_rank, key, length);
    for (size_t i = 0; i < length; i++)
        refused(next, key, i);
    memcpy(longer, key, length);
    longer[length] = 0;
    refused(next, longer, length + 1);
    CHECK_IS(gyre_remote_import(check_world, check_size, key, length, &remote), GYRE_ERR_RANK);
    CHECK_IS(gyre_remote_import(check_world, next, NULL, length, &remote), GYRE_ERR_ARG);
    CHECK_IS(gyre_remote_import(check_world, next, key, length, NULL), GYRE_ERR_ARG);
    check_barrier();
    gyre_mem_release(mem);
}

/* No damaged key gets through: accesses with it would hit other memory than the owner meant. */
void rma_key_fuzz(void)
{
    uint64_t seed = check_seed(), state = check_mix(seed, (uint64_t)check_rank);
    gyre_mem_t *mem;
    char key[GYRE_KEY_MAX], bad[GYRE_KEY_MAX];
    int next = (check_rank + 1) % check_size;
    CHECK_OK(gyre_mem_alloc(check_ctx, 4096, &mem));
    size_t length = neighbours_key(mem, key);
    for (size_t bit = 0; bit < 8 * length; bit++) {
        memcpy(bad, key, length);
        bad[bit / 8] ^= (char)(1 << bit % 8);
        refused(next, bad, length);
    }
    for (int i = 0; i < 2000; i++) {
        size_t other = check_below(&state, 2) ? length : check_below(&state, GYRE_KEY_MAX);
        memcpy(bad, key, length);
        for (uint64_t flips = 2 + check_below(&state, 6); flips; flips--)
            bad[check_below(&state, length)] = (char)check_random(&state);
        if (other != length || memcmp(bad, key, length))
            refused(next, bad, other);
        check_fill(bad, sizeof(bad), check_random(&state));
        refused(next, bad, other);
    }
    check_barrier();
    gyre_mem_release(mem);
}
