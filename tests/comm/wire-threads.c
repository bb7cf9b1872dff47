/* SPDX-License-Identifier: Apache-2.0 */
/* GYRE_THREAD_MULTIPLE: four threads of every worker send, receive, probe, hand requests to each
 * other, add to counters and make communicators at the same time. */
#include "lib/check.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { THREADS = 4 };

/* Runs the body in every thread with its number. */
static void in_threads(void *(*body)(void *))
{
    pthread_t threads[THREADS];
    for (intptr_t i = 0; i < THREADS; i++)
        CHECK_EQ(pthread_create(&threads[i], NULL, body, (void *)i), 0);
    for (int i = 0; i < THREADS; i++)
        CHECK_EQ(pthread_join(threads[i], NULL), 0);
}

static void *ring_body(void *arg)
{
    static const size_t lengths[] = {8, 5000, 40000, 200000};
    int me = (int)(intptr_t)arg;
    int next = (check_rank + 1) % check_size, prev = (check_rank + check_size - 1) % check_size;
    char *out = malloc(200000), *in = malloc(200000);
    for (int round = 0; round < 120; round++) {
        size_t length = lengths[round % 4];
        gyre_message_info_t info;
        check_fill(out, length, check_mix((uint64_t)(check_rank * THREADS + me), round));
        CHECK_OK(gyre_sendrecv(check_world, out, length, next, me, in, length, prev, me, &info));
        CHECK_INFO(info, prev, me, length);
        CHECK_CONTENT(in, length, check_mix((uint64_t)(prev * THREADS + me), round));
    }
    free(out);
    free(in);
    return NULL;
}

static void rings(void)
{
    in_threads(ring_body);
}

/* What a thread sends to another: who it is from, then bytes that follow from it. */
typedef struct note {
    int rank, thread, number;
    char bytes[500];
} note_t;

enum { NOTES = 40, NOTE_TAG = 10 };

static uint64_t note_key(const note_t *note)
{
    return check_mix((uint64_t)(note->rank * THREADS + note->thread), (uint64_t)note->number);
}

/* Every thread of every worker to every other; from one thread to another in order. */
static void *cross_body(void *arg)
{
    int me = (int)(intptr_t)arg, count = check_size * THREADS * NOTES;
    note_t *out = calloc((size_t)count, sizeof(*out)), in;
    gyre_request_t **reqs = calloc((size_t)count, sizeof(*reqs));
    int *seen = calloc((size_t)(check_size * THREADS), sizeof(int));
    for (int i = 0; i < count; i++) {
        int to = i % (check_size * THREADS);
        out[i] = (note_t){.rank = check_rank, .thread = me, .number = i / (check_size * THREADS)};
        check_fill(out[i].bytes, sizeof(out[i].bytes), note_key(&out[i]));
        CHECK_OK(gyre_isend(check_world, &out[i], sizeof(out[i]), to / THREADS,
                            NOTE_TAG + to % THREADS, &reqs[i]));
    }
    for (int i = 0; i < count; i++) {
        CHECK_OK(gyre_recv(check_world, &in, sizeof(in), GYRE_ANY_SOURCE, NOTE_TAG + me, NULL));
        CHECK(in.rank >= 0 && in.rank < check_size && in.thread >= 0 && in.thread < THREADS);
        CHECK_EQ(in.number, seen[in.rank * THREADS + in.thread]++);
        CHECK_CONTENT(in.bytes, sizeof(in.bytes), note_key(&in));
    }
    CHECK_OK(gyre_wait_all(count, reqs, NULL, NULL));
    free(out);
    free(reqs);
    free(seen);
    return NULL;
}

static void cross(void)
{
    in_threads(cross_body);
}

/* Half of the threads start receives, the others wait for them. */
static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    gyre_request_t *req[THREADS];
} hand = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, {NULL}};

static void put_down(int slot, gyre_request_t *req)
{
    pthread_mutex_lock(&hand.lock);
    while (hand.req[slot])
        pthread_cond_wait(&hand.changed, &hand.lock);
    hand.req[slot] = req;
    pthread_cond_broadcast(&hand.changed);
    pthread_mutex_unlock(&hand.lock);
}

static gyre_request_t *pick_up(int slot)
{
    pthread_mutex_lock(&hand.lock);
    while (!hand.req[slot])
        pthread_cond_wait(&hand.changed, &hand.lock);
    gyre_request_t *req = hand.req[slot];
    hand.req[slot] = NULL;
    pthread_cond_broadcast(&hand.changed);
    pthread_mutex_unlock(&hand.lock);
    return req;
}

enum { HANDED = 200 };
static int handed[THREADS / 2][HANDED];

static void *handoff_body(void *arg)
{
    int me = (int)(intptr_t)arg, pair = me / 2;
    int next = (check_rank + 1) % check_size, prev = (check_rank + check_size - 1) % check_size;
    for (int i = 0; i < HANDED; i++) {
        gyre_request_t *req;
        if (me % 2) {
            req = pick_up(pair);
            CHECK_OK(gyre_wait(&req, NULL));
            CHECK_EQ(handed[pair][i], i + pair);
        } else {
            int value = i + pair;
            CHECK_OK(gyre_irecv(check_world, &handed[pair][i], sizeof(int), prev, 30 + pair, &req));
            put_down(pair, req);
            CHECK_OK(gyre_send(check_world, &value, sizeof(value), next, 30 + pair));
        }
    }
    return NULL;
}

static void handoff(void)
{
    in_threads(handoff_body);
}

/* Thread 0 waits for what thread 1 causes, after its probe has seen what thread 2 sends. The
 * threads start in this order more often than not, and each must be woken by the right thing. */
static void *probe_body(void *arg)
{
    int next = (check_rank + 1) % check_size, prev = (check_rank + check_size - 1) % check_size;
    int value = check_rank, got;
    gyre_message_info_t info;
    for (int i = 0; i < 100; i++)
        switch ((intptr_t)arg) {
        case 0:
            CHECK_OK(gyre_recv(check_world, &got, sizeof(got), prev, 50, NULL));
            CHECK_EQ(got, prev);
            break;
        case 1:
            CHECK_OK(gyre_probe(check_world, GYRE_ANY_SOURCE, 51, &info));
            CHECK_INFO(info, prev, 51, sizeof(got));
            CHECK_OK(gyre_recv(check_world, &got, sizeof(got), prev, 51, NULL));
            CHECK_OK(gyre_send(check_world, &value, sizeof(value), next, 50));
            break;
        case 2:
            CHECK_OK(gyre_send(check_world, &value, sizeof(value), next, 51));
            break;
        }
    return NULL;
}

static void probes(void)
{
    in_threads(probe_body);
}

/* Different kinds of work at once. */
static gyre_comm_t *own[THREADS];
static gyre_remote_t *counter;
static int am_seen;

static void count_message(void *arg, const gyre_am_message_t *m)
{
    __atomic_fetch_add(&am_seen, 1, __ATOMIC_RELAXED);
}

static void add(int rounds)
{
    uint64_t old, last = 0;
    for (int i = 0; i < rounds; i++) {
        CHECK_OK(gyre_atomic(counter, 0, GYRE_ATOMIC_FETCH_ADD, 8, 1, 0, &old));
        CHECK(i == 0 || old > last);
        last = old;
    }
}

static void make_comms(int rounds)
{
    for (int i = 0; i < rounds; i++) {
        gyre_comm_t *copy, *part;
        int got = -1;
        CHECK_OK(gyre_comm_dup(own[3], &copy));
        CHECK_OK(gyre_comm_split(copy, 0, -check_rank, &part));
        CHECK_EQ(gyre_comm_rank(part), check_size - 1 - check_rank);
        CHECK_OK(gyre_sendrecv(part, &i, sizeof(i), gyre_comm_rank(part), 1, &got, sizeof(got),
                               GYRE_ANY_SOURCE, 1, NULL));
        CHECK_EQ(got, i);
        gyre_comm_destroy(copy);
        gyre_comm_destroy(part);
    }
}

static void send_active(int rounds)
{
    for (int i = 0; i < rounds; i++)
        CHECK_OK(
            gyre_am_send(check_world, i % check_size, 5, &i, sizeof(i), handed, i % 5 ? 10 : 1600));
    while (__atomic_load_n(&am_seen, __ATOMIC_RELAXED) < rounds)
        gyre_progress(check_ctx);
}

static void *mixed_body(void *arg)
{
    switch ((intptr_t)arg) {
    case 0:
        ring_body(arg);
        break;
    case 1:
        add(100);
        break;
    case 2:
        send_active(120 * check_size);
        break;
    case 3:
        make_comms(30);
        break;
    }
    return NULL;
}

static void mixed(void)
{
    gyre_mem_t *mem;
    char key[GYRE_KEY_MAX];
    size_t length = sizeof(key);
    CHECK_OK(gyre_mem_alloc(check_ctx, 64, &mem));
    CHECK_OK(gyre_mem_export(mem, key, &length));
    for (int i = 1; !check_rank && i < check_size; i++)
        CHECK_OK(gyre_send(check_world, key, length, i, 1));
    if (check_rank)
        CHECK_OK(gyre_recv(check_world, key, sizeof(key), 0, 1, NULL));
    CHECK_OK(gyre_remote_import(check_world, 0, key, length, &counter));
    CHECK_OK(gyre_am_register(check_ctx, 5, count_message, NULL));
    CHECK_OK(gyre_comm_dup(check_world, &own[3]));
    in_threads(mixed_body);
    check_barrier();
    if (!check_rank)
        CHECK_EQ(*(uint64_t *)gyre_mem_address(mem), 100 * check_size);
    gyre_comm_destroy(own[3]);
    gyre_remote_release(counter);
    check_barrier();
    gyre_mem_release(mem);
}

static const check_case_t cases[] = {
    {"rings", rings}, {"cross", cross}, {"handoff", handoff}, {"probes", probes}, {"mixed", mixed},
};

int main(int argc, char **argv)
{
    return check_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]), GYRE_THREAD_MULTIPLE,
                      100);
}
