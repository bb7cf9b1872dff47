/* SPDX-License-Identifier: Apache-2.0 */
/* Workers are killed while others wait for them, under pmix-hub --keep-going. Whoever needs a dead
 * one gets GYRE_ERR_PEER_FAILED in bounded time, once and for all; the others go on. Each case
 * costs the last living rank its life. */
#include "lib/check.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TAG = 1, MEDIUM = 10000, LARGE = 8 << 20 };

static gyre_comm_t *living; /* ranks 0 .. count - 1 of the world, the next victim included */
static int count;

/* The world's barrier needs the dead. */
static void meet(void)
{
    static char in[MEDIUM], out[MEDIUM];
    int rank = gyre_comm_rank(living);
    for (int distance = 1; distance < count; distance *= 2)
        CHECK_OK(gyre_sendrecv(living, out, MEDIUM, (rank + distance) % count, TAG, in, MEDIUM,
                               (rank + count - distance) % count, TAG, NULL));
}

/* The communicator of those that are left, as ranks of the world. */
static void survive(void)
{
    int ranks[64];
    count--;
    gyre_comm_destroy(living);
    for (int i = 0; i < count; i++)
        ranks[i] = i;
    CHECK_OK(gyre_comm_subset(check_world, ranks, count, &living));
    meet();
}

static int victim(void)
{
    return count - 1;
}

/* All but the victim are ready for its death; the victim waits for that, and dies. */
static void ready(void)
{
    if (check_rank != victim()) {
        CHECK_OK(gyre_send(living, NULL, 0, victim(), TAG));
        return;
    }
    for (int rank = 0; rank < victim(); rank++)
        CHECK_OK(gyre_recv(living, NULL, 0, rank, TAG, NULL));
    raise(SIGKILL);
}

/* Whatever is started now ends with the peer's failure, at once or when waited for. */
static void check_dead(int rank)
{
    char byte = 0;
    gyre_request_t *req;
    gyre_status_t status = gyre_irecv(check_world, &byte, 1, rank, TAG, &req);
    if (status == GYRE_OK)
        status = gyre_wait(&req, NULL);
    CHECK_IS(status, GYRE_ERR_PEER_FAILED);
    CHECK_IS(gyre_send(check_world, &byte, 1, rank, TAG), GYRE_ERR_PEER_FAILED);
    CHECK_IS(gyre_am_send(check_world, rank, 0, NULL, 0, NULL, 0), GYRE_ERR_PEER_FAILED);
    CHECK_IS(gyre_recv(check_world, &byte, 1, rank, TAG, NULL), GYRE_ERR_PEER_FAILED);
    CHECK_IS(gyre_probe(check_world, rank, TAG, NULL), GYRE_ERR_PEER_FAILED);
}

/* Receives that were posted when their source still lived. */
static void pending_receive(void)
{
    char bytes[2][64];
    gyre_request_t *reqs[2];
    gyre_status_t statuses[2];
    if (check_rank == victim())
        ready();
    CHECK_OK(gyre_irecv(check_world, bytes[0], 64, victim(), TAG, &reqs[0]));
    CHECK_OK(gyre_irecv(check_world, bytes[1], 64, victim(), GYRE_ANY_TAG, &reqs[1]));
    ready();
    CHECK_IS(gyre_wait_all(2, reqs, statuses, NULL), GYRE_ERR_PEER_FAILED);
    CHECK_IS(statuses[1], GYRE_ERR_PEER_FAILED);
    check_dead(victim());
    survive();
}

/* A message that the victim never asks for, larger than anything that is sent ahead, and one that
 * may be sent ahead. */
static void pending_send(void)
{
    gyre_request_t *req, *ahead;
    char *out = calloc(1, LARGE);
    if (check_rank == victim())
        ready();
    CHECK_OK(gyre_isend(check_world, out, LARGE, victim(), TAG + 1, &req));
    CHECK_OK(gyre_isend(check_world, out, MEDIUM, victim(), TAG + 1, &ahead));
    ready();
    CHECK_IS(gyre_wait(&req, NULL), GYRE_ERR_PEER_FAILED);
    gyre_status_t status = gyre_wait(&ahead, NULL);
    CHECK(status == GYRE_OK || status == GYRE_ERR_PEER_FAILED);
    check_dead(victim());
    free(out);
    survive();
}

/* Killed in the middle of a stream of messages both ways. */
static void mid_stream(void)
{
    char in[1000], out[1000] = {0};
    gyre_status_t status = GYRE_OK;
    if (check_rank == victim())
        for (int i = 0;; i++) {
            for (int rank = 0; rank < victim(); rank++)
                CHECK_OK(gyre_sendrecv(check_world, out, sizeof(out), rank, TAG, in, sizeof(in),
                                       rank, TAG, NULL));
            if (i == 50)
                raise(SIGKILL);
        }
    while (status == GYRE_OK)
        status = gyre_sendrecv(check_world, out, sizeof(out), victim(), TAG, in, sizeof(in),
                               victim(), TAG, NULL);
    CHECK_IS(status, GYRE_ERR_PEER_FAILED);
    check_dead(victim());
    survive();
}

/* Sends to one that died unseen fail after a while even if nobody listens to it. */
static void only_sends(void)
{
    char out[100] = {0};
    gyre_status_t status = GYRE_OK;
    CHECK_OK(gyre_send(check_world, out, sizeof(out), victim(), TAG));
    ready();
    while (status == GYRE_OK) {
        status = gyre_send(check_world, out, sizeof(out), victim(), TAG);
        gyre_progress(check_ctx);
        usleep(1000);
    }
    CHECK_IS(status, GYRE_ERR_PEER_FAILED);
    check_dead(victim());
    survive();
}

/* By three kinds of workers, each with one kind of access. */
static gyre_status_t access_again(gyre_remote_t *remote)
{
    uint64_t word = 0;
    if (check_rank % 3 == 0)
        return gyre_put(remote, 64, &word, sizeof(word));
    if (check_rank % 3 == 1)
        return gyre_get(remote, 64, &word, sizeof(word));
    return gyre_atomic(remote, 0, GYRE_ATOMIC_FETCH_ADD, 8, 1, 0, &word);
}

/* One-sided access to memory that went with its owner. */
static void pending_access(void)
{
    char key[GYRE_KEY_MAX];
    size_t length = sizeof(key);
    gyre_mem_t *mem;
    gyre_remote_t *remote;
    gyre_message_info_t info;
    gyre_status_t status = GYRE_OK;
    if (check_rank == victim()) {
        CHECK_OK(gyre_mem_alloc(check_ctx, 4096, &mem));
        CHECK_OK(gyre_mem_export(mem, key, &length));
        for (int rank = 0; rank < victim(); rank++)
            CHECK_OK(gyre_send(check_world, key, length, rank, TAG));
        ready();
    }
    CHECK_OK(gyre_recv(check_world, key, sizeof(key), victim(), TAG, &info));
    CHECK_OK(gyre_remote_import(check_world, victim(), key, info.length, &remote));
    CHECK_OK(access_again(remote));
    ready();
    while (status == GYRE_OK)
        status = access_again(remote);
    CHECK_IS(status, GYRE_ERR_PEER_FAILED);
    gyre_remote_release(remote);
    survive();
}

/* The network is busy with what concerns the living only, here everyone's own memory. */
static void busy_elsewhere(void)
{
    char byte, key[GYRE_KEY_MAX];
    size_t length = sizeof(key);
    uint64_t old;
    gyre_mem_t *mem;
    gyre_remote_t *remote;
    gyre_request_t *req;
    gyre_status_t status = GYRE_IN_PROGRESS;
    if (check_rank == victim())
        ready();
    CHECK_OK(gyre_mem_alloc(check_ctx, 4096, &mem));
    CHECK_OK(gyre_mem_export(mem, key, &length));
    CHECK_OK(gyre_remote_import(check_world, check_rank, key, length, &remote));
    CHECK_OK(gyre_irecv(check_world, &byte, 1, victim(), TAG, &req));
    ready();
    while (status == GYRE_IN_PROGRESS) {
        CHECK_OK(gyre_atomic(remote, 0, GYRE_ATOMIC_FETCH_ADD, 8, 1, 0, &old));
        status = gyre_test(&req, NULL);
    }
    CHECK_IS(status, GYRE_ERR_PEER_FAILED);
    gyre_remote_release(remote);
    gyre_mem_release(mem);
    survive();
}

/* Dead before anyone has noticed: finalizing must not wait for it. */
static void unnoticed(void)
{
    ready();
    count--;
}

int main(void)
{
    static const check_case_t cases[] = {
        {"pending receive", pending_receive}, {"pending send", pending_send},
        {"mid stream", mid_stream},           {"only sends", only_sends},
        {"pending access", pending_access},   {"busy elsewhere", busy_elsewhere},
        {"unnoticed", unnoticed},
    };
    enum { CASES = sizeof(cases) / sizeof(cases[0]) };
    check_step("open", 60);
    check_open(GYRE_THREAD_SINGLE);
    count = check_size;
    if (check_size < CASES + 1 || check_size > 64)
        check_skip("needs 8 to 64 workers");
    CHECK_OK(gyre_comm_dup(check_world, &living));
    for (int i = 0; i < CASES; i++) {
        check_step(cases[i].name, 60);
        cases[i].run();
    }
    check_step("close", 60);
    if (!check_rank)
        printf("%d of %d workers survived\n", count, check_size);
    gyre_comm_destroy(living);
    check_close();
    return 0;
}
