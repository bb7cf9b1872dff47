/* SPDX-License-Identifier: Apache-2.0 */
/* A worker stops in the middle of a series of collectives, alive. With GYRE_COLL_TIMEOUT the others
 * give it up, that one and no other, although most of them wait for one who waits for it; told to
 * go on, it learns that it has been. Then another one stops while it is read to, so that who gives
 * waits for room, and one while long messages go between all. */
#include "lib/check.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

enum { ROUNDS = 40, STUCK_IN = 20, NUMBERS = 3000, LONG = 1 << 19 };

typedef gyre_status_t (*call_fn)(gyre_comm_t *comm, int victim, int round);

static double in[LONG], out[LONG];

static gyre_status_t call_any(gyre_comm_t *comm, int victim, int round)
{
    int size = gyre_comm_size(comm);
    (void)victim;
    switch (round % 4) {
    case 0:
        return gyre_barrier(comm);
    case 1:
        return gyre_allreduce(comm, in, out, NUMBERS, GYRE_FLOAT64, GYRE_SUM);
    case 2:
        return gyre_bcast(comm, in, NUMBERS, GYRE_FLOAT64, round % size);
    default:
        return gyre_allgather(comm, in, out, NUMBERS / (size_t)size, GYRE_FLOAT64);
    }
}

static gyre_status_t swap(gyre_comm_t *comm, int victim, int round)
{
    (void)victim;
    (void)round;
    return gyre_alltoall(comm, in, out, LONG / (size_t)gyre_comm_size(comm), GYRE_FLOAT64);
}

static gyre_status_t read_to(gyre_comm_t *comm, int victim, int round)
{
    (void)round;
    return gyre_bcast(comm, in, LONG, GYRE_FLOAT64, (victim + 1) % gyre_comm_size(comm));
}

/* The stuck worker's process goes on when the others have given it up. */
static gyre_comm_t *tell_to_go_on(gyre_comm_t *comm, int64_t process, int victim)
{
    int count = 0, rank = -1;
    gyre_comm_t *living;
    CHECK_OK(gyre_comm_failed(comm, &rank, 1, &count));
    CHECK_EQ(count, 1);
    CHECK_EQ(rank, victim);
    CHECK_OK(gyre_comm_shrink(comm, &living));
    CHECK_EQ(gyre_comm_size(living), gyre_comm_size(comm) - 1);
    CHECK_OK(gyre_barrier(living));
    if (gyre_comm_rank(living) == 0)
        CHECK(kill((pid_t)process, SIGCONT) == 0);
    return living;
}

/* Returns those that go on, NULL to the victim. */
static gyre_comm_t *get_stuck(gyre_comm_t *comm, call_fn call, uint64_t *seed)
{
    int64_t process = getpid(), processes[64];
    gyre_status_t status = GYRE_OK;
    int victim = (int)check_below(seed, (uint64_t)gyre_comm_size(comm));
    CHECK_OK(gyre_allgather(comm, &process, processes, 1, GYRE_INT64));
    for (int round = 0; round < ROUNDS && status == GYRE_OK; round++) {
        if (gyre_comm_rank(comm) == victim && round == STUCK_IN)
            raise(SIGSTOP);
        status = call(comm, victim, round);
    }
    CHECK_IS(status, GYRE_ERR_PEER_FAILED);
    return gyre_comm_rank(comm) == victim ? NULL : tell_to_go_on(comm, processes[victim], victim);
}

enum { CASES = 3 };

static const call_fn calls[CASES] = {call_any, read_to, swap};
static const char *const names[CASES] = {"any", "a reader", "long messages"};

int main(void)
{
    gyre_comm_t *comms[CASES] = {0}, *comm;
    setenv("GYRE_COLL_TIMEOUT", "3s", 1);
    check_step("open", 60);
    check_open(GYRE_THREAD_SINGLE);
    uint64_t seed = check_seed();
    CHECK(check_size >= 2 + CASES && check_size <= 64);
    comm = check_world;
    for (int i = 0; i < CASES && comm; i++) {
        check_step(names[i], 60);
        comm = comms[i] = get_stuck(comm, calls[i], &seed);
    }
    check_step("close", 60);
    for (int i = CASES; i-- > 0;)
        gyre_comm_destroy(comms[i]);
    check_close();
    return 0;
}
