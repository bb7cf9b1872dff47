/* SPDX-License-Identifier: Apache-2.0 */
/* Workers are killed at random moments while all agree, shrink, revoke or wait for news, under
 * pmix-hub --keep-going, until one is left. Those that are left always know the same: every round
 * ends with a communicator of the survivors, on which they compare what they were told. The plan
 * comes from the printed seed; the moments of death are the scheduler's, too. */
#include "lib/check.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

enum { TAG = 1, CALLS = 20, LONGEST_US = 3000, VICTIMS = 3 };

static gyre_comm_t *living;
static int rank, size; /* in living */
static uint64_t plan;  /* the same at all */
static uint64_t seen;  /* digest of what this worker was told */
static int victims[VICTIMS], victim_count;
static bool doomed;

static void die(int sig)
{
    (void)sig;
    kill(getpid(), SIGKILL);
}

/* Of what no worker but this one knows: when it dies. */
static void arm(void)
{
    struct itimerval at = {.it_value.tv_usec = 1};
    uint64_t state = check_mix(plan, (uint64_t)check_rank);
    if (!doomed)
        return;
    at.it_value.tv_usec += (suseconds_t)check_below(&state, LONGEST_US);
    signal(SIGALRM, die);
    setitimer(ITIMER_REAL, &at, NULL);
}

static void await_death(void)
{
    while (doomed)
        pause();
}

/* One survives at least. */
static void choose_victims(void)
{
    int most = size - 1 < VICTIMS ? size - 1 : VICTIMS;
    victim_count = 1 + (int)check_below(&plan, (uint64_t)most);
    doomed = false;
    for (int i = 0; i < victim_count; i++) {
        bool again;
        do {
            victims[i] = (int)check_below(&plan, (uint64_t)size);
            again = false;
            for (int j = 0; j < i; j++)
                again |= victims[j] == victims[i];
        } while (again);
        doomed |= victims[i] == rank;
    }
}

static bool is_victim(int member)
{
    for (int i = 0; i < victim_count; i++)
        if (victims[i] == member)
            return true;
    return false;
}

static void see(uint64_t what)
{
    seen = check_mix(seen, what);
}

static void see_members(gyre_comm_t *comm)
{
    see((uint64_t)gyre_comm_size(comm));
    for (int i = 0; i < gyre_comm_size(comm); i++)
        see((uint64_t)gyre_comm_world_rank(comm, i));
}

/* To the communicator of the survivors, where all must have seen the same. */
static void go_on(gyre_comm_t *old)
{
    gyre_comm_t *smaller;
    int expected = size - victim_count, place = 0;
    CHECK_OK(gyre_comm_shrink(old, &smaller));
    if (old != living)
        gyre_comm_destroy(old);
    for (int i = 0; i < rank; i++)
        place += !is_victim(i);
    gyre_comm_destroy(living);
    living = smaller;
    size = gyre_comm_size(living);
    rank = gyre_comm_rank(living);
    CHECK_EQ(size, expected);
    CHECK_EQ(rank, place);
    see_members(living);
    uint64_t theirs = seen;
    for (int i = 1; i < size; i++) {
        if (rank == 0)
            CHECK_OK(gyre_recv(living, &theirs, sizeof(theirs), i, TAG, NULL));
        else if (rank == i)
            CHECK_OK(gyre_send(living, &seen, sizeof(seen), 0, TAG));
        CHECK(theirs == seen);
    }
    CHECK_OK(gyre_comm_agree(living, &theirs)); /* nobody dies before all have come here */
}

static uint64_t part(int call, int member)
{
    uint64_t bits = check_mix(check_mix(plan, (uint64_t)call), (uint64_t)member);
    return bits | check_mix(bits, 1); /* most bits set */
}

/* The dead may have had their say or not. */
static void check_value(int call, uint64_t value)
{
    uint64_t all = UINT64_MAX, survivors = UINT64_MAX;
    for (int i = 0; i < size; i++) {
        all &= part(call, i);
        survivors &= is_victim(i) ? UINT64_MAX : part(call, i);
    }
    CHECK((value & ~survivors) == 0);
    CHECK((all & ~value) == 0);
}

static void agree(void)
{
    arm();
    for (int i = 0; i < CALLS; i++) {
        uint64_t value = part(i, rank);
        gyre_status_t status = gyre_comm_agree(living, &value);
        CHECK(status == GYRE_OK || status == GYRE_ERR_PEER_FAILED);
        check_value(i, value);
        see(value);
        see((uint64_t)status);
        if (i % 2)
            CHECK_OK(gyre_comm_failure_ack(living));
    }
    await_death();
    go_on(living);
}

/* What is made is destroyed at once: those that lag behind must get their answer all the same. */
static void shrink(void)
{
    gyre_comm_t *old = living;
    arm();
    for (int i = 0; i < CALLS; i++) {
        gyre_comm_t *smaller;
        CHECK_OK(gyre_comm_shrink(old, &smaller));
        see_members(smaller);
        if (old != living)
            gyre_comm_destroy(old);
        old = smaller;
    }
    await_death();
    go_on(old);
}

static void check_revoked(gyre_comm_t *comm)
{
    char byte = 0;
    gyre_comm_t *other;
    gyre_request_t *req;
    int next = (rank + 1) % size;
    CHECK_IS(gyre_send(comm, &byte, 1, next, TAG), GYRE_ERR_REVOKED);
    CHECK_IS(gyre_recv(comm, &byte, 1, next, TAG, NULL), GYRE_ERR_REVOKED);
    CHECK_IS(gyre_irecv(comm, &byte, 1, GYRE_ANY_SOURCE, TAG, &req), GYRE_ERR_REVOKED);
    CHECK_IS(gyre_probe(comm, next, TAG, NULL), GYRE_ERR_REVOKED);
    CHECK_IS(gyre_iprobe(comm, GYRE_ANY_SOURCE, TAG, NULL), GYRE_ERR_REVOKED);
    CHECK_IS(gyre_am_send(comm, next, 0, NULL, 0, NULL, 0), GYRE_ERR_REVOKED);
    CHECK_IS(gyre_comm_dup(comm, &other), GYRE_ERR_REVOKED);
    CHECK_OK(gyre_comm_revoke(comm));
}

/* One that lives revokes; the others wait for a message that nobody sends. */
static void revoked(void)
{
    gyre_comm_t *copy;
    char byte;
    int from = (int)check_below(&plan, (uint64_t)size);
    useconds_t delay = (useconds_t)check_below(&plan, LONGEST_US);
    gyre_status_t status = GYRE_ERR_PEER_FAILED;
    while (is_victim(from))
        from = (from + 1) % size;
    CHECK_OK(gyre_comm_shrink(living, &copy)); /* some may have it, and die, before others */
    arm();
    if (rank == from) {
        usleep(delay);
        CHECK_OK(gyre_comm_revoke(copy));
    }
    while (status == GYRE_ERR_PEER_FAILED)
        status = gyre_recv(copy, &byte, 1, rank % 2 ? GYRE_ANY_SOURCE : from, TAG, NULL);
    CHECK_IS(status, GYRE_ERR_REVOKED);
    check_revoked(copy);
    await_death();
    go_on(copy);
}

/* All exchange messages until somebody dies; who notices revokes, and so all get out. */
static void flee(void)
{
    gyre_comm_t *copy;
    uint64_t out = 0, in;
    gyre_status_t status = GYRE_OK;
    CHECK_OK(gyre_comm_shrink(living, &copy)); /* some may have it, and die, before others */
    arm();
    while (status == GYRE_OK)
        status = gyre_sendrecv(copy, &out, sizeof(out), (rank + 1) % size, TAG, &in, sizeof(in),
                               (rank + size - 1) % size, TAG, NULL);
    CHECK(status == GYRE_ERR_PEER_FAILED || status == GYRE_ERR_REVOKED);
    CHECK_OK(gyre_comm_revoke(copy));
    check_revoked(copy);
    await_death();
    go_on(copy);
}

/* One survivor notices, the others only move the wire. */
static void hear(void)
{
    int known = 0, ranks[VICTIMS], witness = 0;
    char byte;
    while (is_victim(witness))
        witness++;
    arm();
    await_death();
    for (int i = 0; i < victim_count && rank == witness; i++)
        CHECK_IS(gyre_recv(living, &byte, 1, victims[i], TAG, NULL), GYRE_ERR_PEER_FAILED);
    while (known < victim_count) {
        gyre_progress(check_ctx);
        CHECK_OK(gyre_comm_failed(living, ranks, VICTIMS, &known));
        usleep(100);
    }
    CHECK_EQ(known, victim_count);
    for (int i = 0; i < known; i++) {
        CHECK(is_victim(ranks[i]));
        CHECK(i == 0 || ranks[i - 1] < ranks[i]);
    }
    go_on(living);
}

/* Connections through UCX are made while all live: 1.13 aborts the survivor when a peer dies while
 * it connects (openucx/ucx pull request 8175). The node segment's are left for later. */
static void connect_all(void)
{
    for (int i = 0; i < check_size; i++) {
        gyre_worker_info_t info;
        CHECK_OK(gyre_worker(check_ctx, (uint32_t)i, &info));
        if (strcmp(info.carrier, "ucx") == 0)
            CHECK_OK(gyre_sendrecv(check_world, NULL, 0, i, TAG, NULL, 0, i, TAG, NULL));
    }
}

static void check_arguments(void)
{
    int count;
    uint64_t flags = 5;
    gyre_comm_t *self = gyre_comm_self(check_ctx), *smaller;
    CHECK_IS(gyre_comm_agree(NULL, &flags), GYRE_ERR_ARG);
    CHECK_IS(gyre_comm_agree(self, NULL), GYRE_ERR_ARG);
    CHECK_IS(gyre_comm_shrink(self, NULL), GYRE_ERR_ARG);
    CHECK_IS(gyre_comm_failed(self, NULL, 1, &count), GYRE_ERR_ARG);
    CHECK_IS(gyre_comm_revoke(NULL), GYRE_ERR_ARG);
    CHECK_OK(gyre_comm_failed(self, NULL, 0, &count));
    CHECK_EQ(count, 0);
    CHECK_OK(gyre_comm_agree(self, &flags));
    CHECK_EQ(flags, 5);
    CHECK_OK(gyre_comm_shrink(self, &smaller));
    CHECK_EQ(gyre_comm_size(smaller), 1);
    gyre_comm_destroy(smaller);
}

/* Nobody has died: as good as any allreduce. Different calls are found out. */
static void check_healthy(void)
{
    uint64_t flags = ~(UINT64_C(1) << check_rank);
    gyre_comm_t *copy;
    CHECK_OK(gyre_comm_agree(check_world, &flags));
    CHECK(flags == ~((UINT64_C(1) << check_size) - 1));
    CHECK_OK(gyre_comm_shrink(check_world, &copy));
    CHECK_EQ(gyre_comm_size(copy), check_size);
    if (check_rank)
        CHECK_IS(gyre_comm_agree(copy, &flags), GYRE_ERR_STATE);
    else
        CHECK_IS(gyre_comm_shrink(copy, &living), GYRE_ERR_STATE);
    living = copy;
}

int main(void)
{
    static const check_case_t cases[] = {
        {"agree", agree}, {"shrink", shrink}, {"revoked", revoked}, {"flee", flee}, {"hear", hear}};
    enum { CASES = sizeof(cases) / sizeof(cases[0]) };
    check_step("open", 60);
    check_open(GYRE_THREAD_SINGLE);
    if (check_size < 2 || check_size > 63)
        check_skip("needs 2 to 63 workers");
    plan = check_seed();
    check_step("nobody dies", 60);
    connect_all();
    check_arguments();
    check_healthy();
    rank = gyre_comm_rank(living);
    size = gyre_comm_size(living);
    while (size > 1) {
        const check_case_t *chosen = &cases[check_below(&plan, CASES)];
        check_step(chosen->name, 60);
        choose_victims();
        chosen->run();
    }
    check_step("close", 60);
    check_arguments();
    printf("rank %d is left of %d\n", check_rank, check_size);
    gyre_comm_destroy(living);
    check_close();
    return 0;
}
