/* SPDX-License-Identifier: Apache-2.0 */
/* Many collectives at once: on communicators that overlap in all ways, started in any order that
 * keeps each communicator's own, ended in any order; among tagged messages and active ones; from
 * several threads. */
#include "harp/coll.h"

#include <gyre/coll.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GROUPS = 6, PER_GROUP = 5, ROUNDS = 40, BYTES = 30000, THREADS = 4, CALLS = 200, AM_ID = 3 };
enum { RUNS = GROUPS * PER_GROUP };

static coll_group_t groups[GROUPS]; /* comm NULL: not a member */
static coll_run_t runs[RUNS];       /* by group */

/* Members at random, in any order; the caller may not be one. */
static gyre_comm_t *some_members(uint64_t seed)
{
    int *ranks = malloc((size_t)check_size * sizeof(*ranks)), count = 0;
    int first = (int)check_below(&seed, (uint64_t)check_size);
    bool mine = false;
    gyre_comm_t *comm = NULL;
    for (int i = 0; i < check_size; i++) {
        int rank = (first + check_size - i) % check_size;
        if (i && check_below(&seed, 3) == 0)
            continue;
        ranks[count++] = rank;
        mine |= rank == check_rank;
    }
    if (mine)
        CHECK_OK(gyre_comm_subset(check_world, ranks, count, &comm));
    free(ranks);
    return comm;
}

static void open_group(int i, uint64_t seed)
{
    gyre_comm_t *comm;
    if (i % 3 == 0) {
        coll_group_open(&groups[i], 1 + (int)check_below(&seed, (uint64_t)check_size), seed);
    } else {
        if (i % 3 == 1)
            CHECK_OK(gyre_comm_dup(check_world, &comm));
        else
            comm = some_members(seed);
        groups[i] = (coll_group_t){0};
        if (comm)
            coll_group_make(&groups[i], comm, seed);
    }
    if (groups[i].comm)
        coll_group_tune(&groups[i], -1, seed);
}

static void close_groups(void)
{
    for (int i = 0; i < GROUPS; i++)
        if (groups[i].comm)
            coll_group_close(&groups[i]);
}

/* Blocking ones would wait for members that do others first. */
static void prepare(uint64_t *state)
{
    coll_trial_t trial;
    for (int i = 0; i < RUNS; i++) {
        const coll_group_t *group = &groups[i / PER_GROUP];
        coll_any(state, BYTES, &trial);
        if (trial.form == COLL_BLOCKING)
            trial.form = COLL_STARTED;
        if (group->comm)
            coll_prepare(&runs[i], group, &trial);
    }
}

static bool is_mine(int run, bool persistent)
{
    return groups[run / PER_GROUP].comm && (!persistent || runs[run].trial.form == COLL_PERSISTENT);
}

/* In every communicator's order, but otherwise any, of this worker's own. */
static int start_all(int *started, bool persistent, uint64_t *own)
{
    int next[GROUPS] = {0}, count = 0;
    for (int left = RUNS; left;) {
        int group = (int)check_below(own, GROUPS), run = group * PER_GROUP + next[group];
        if (next[group] == PER_GROUP)
            continue;
        next[group]++;
        left--;
        if (!is_mine(run, persistent))
            continue;
        coll_start(&runs[run]);
        started[count++] = run;
    }
    return count;
}

static int wait_any(const int *started, int count)
{
    gyre_request_t *requests[RUNS];
    int index = -1;
    for (int i = 0; i < count; i++)
        requests[i] = runs[started[i]].request;
    CHECK_OK(gyre_wait_any(count, requests, &index, NULL));
    CHECK(index >= 0 && index < count);
    coll_finished(&runs[started[index]], requests[index]);
    return index;
}

static void finish_all(int *started, int count, uint64_t *own)
{
    while (count) {
        int index = (int)check_below(own, (uint64_t)count);
        if (check_below(own, 2))
            index = wait_any(started, count);
        else
            coll_finish(&runs[started[index]]);
        started[index] = started[--count];
    }
}

/* One round: all are started and ended, then the persistent ones again. between runs while they
 * are under way. */
static void one_round(uint64_t *state, void (*between)(uint64_t *own))
{
    int started[RUNS];
    uint64_t own = check_mix(*state, (uint64_t)check_rank);
    for (int i = 0; i < GROUPS; i++)
        open_group(i, check_random(state));
    prepare(state);
    for (int wave = 0; wave < 3; wave++) {
        int count = start_all(started, wave > 0, &own);
        between(&own);
        finish_all(started, count, &own);
    }
    for (int i = 0; i < RUNS; i++)
        if (is_mine(i, false))
            coll_release(&runs[i]);
    close_groups();
}

static void nothing(uint64_t *own)
{
    check_random(own);
}

static void flight(void)
{
    uint64_t state = check_seed();
    for (int round = 0; round < ROUNDS; round++)
        one_round(&state, nothing);
}

static int am_seen;

static void count_message(void *arg, const gyre_am_message_t *message)
{
    (void)arg;
    CHECK_EQ(message->length, 100);
    CHECK_CONTENT(message->data, 100, 77);
    am_seen++;
}

/* Receives of anything from anyone, on the communicators of the collectives: they must get the
 * messages of their own and nothing else. */
static void traffic(uint64_t *own)
{
    char out[300], in[300], bytes[100];
    gyre_message_info_t info;
    gyre_request_t *request;
    check_fill(bytes, sizeof(bytes), 77);
    for (int i = 0; i < GROUPS; i++) {
        int size = groups[i].size, rank = groups[i].rank, tag = i;
        if (!groups[i].comm)
            continue;
        int from = (rank + size - 1) % size;
        uint64_t length = check_mix((uint64_t)size, (uint64_t)i) % sizeof(out);
        check_fill(out, length, (uint64_t)rank);
        CHECK_OK(
            gyre_irecv(groups[i].comm, in, sizeof(in), GYRE_ANY_SOURCE, GYRE_ANY_TAG, &request));
        if (check_below(own, 2))
            gyre_progress(check_ctx);
        CHECK_OK(gyre_send(groups[i].comm, out, length, (rank + 1) % size, tag));
        CHECK_OK(
            gyre_am_send(groups[i].comm, (rank + 1) % size, AM_ID, NULL, 0, bytes, sizeof(bytes)));
        CHECK_OK(gyre_wait(&request, &info));
        CHECK_INFO(info, from, tag, length);
        CHECK_CONTENT(in, length, (uint64_t)from);
    }
}

static void mixed(void)
{
    uint64_t state = check_seed();
    am_seen = 0;
    CHECK_OK(gyre_am_register(check_ctx, AM_ID, count_message, NULL));
    for (int round = 0; round < ROUNDS; round++)
        one_round(&state, traffic);
}

typedef struct worker {
    pthread_t thread;
    coll_group_t group;
    uint64_t seed;
} worker_t;

static void *work(void *arg)
{
    worker_t *worker = arg;
    coll_trial_t trial;
    coll_run_t run;
    for (int i = 0; i < CALLS; i++) {
        coll_any(&worker->seed, BYTES, &trial);
        coll_prepare(&run, &worker->group, &trial);
        for (int start = 0; start < (trial.form == COLL_PERSISTENT ? 3 : 1); start++) {
            coll_start(&run);
            coll_finish(&run);
        }
        coll_release(&run);
    }
    return NULL;
}

static void threads(void)
{
    uint64_t state = check_seed();
    worker_t workers[THREADS];
    for (int i = 0; i < THREADS; i++) {
        int size = i == 0 ? check_size : 1 + (int)check_below(&state, (uint64_t)check_size);
        coll_group_open(&workers[i].group, size, check_random(&state));
        coll_group_tune(&workers[i].group, -1, check_random(&state));
        workers[i].seed = check_random(&state);
    }
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_create(&workers[i].thread, NULL, work, &workers[i]) == 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(workers[i].thread, NULL);
    for (int i = 0; i < THREADS; i++)
        coll_group_close(&workers[i].group);
}

/* What the threads of a process that share a communicator go through together. */
static struct {
    pthread_mutex_t lock;
    coll_group_t group;
    uint64_t plan;
    int left;
} shared = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* The next of all, called while no other thread calls one; its end may come at any time. */
static bool call_next(coll_run_t *run)
{
    coll_trial_t trial;
    pthread_mutex_lock(&shared.lock);
    bool any = shared.left > 0;
    if (any) {
        shared.left--;
        coll_any(&shared.plan, BYTES, &trial);
        coll_prepare(run, &shared.group, &trial);
        coll_start(run);
        if (trial.form == COLL_PERSISTENT) {
            coll_finish(run);
            coll_start(run);
        }
    }
    pthread_mutex_unlock(&shared.lock);
    return any;
}

static void *share(void *arg)
{
    coll_run_t run;
    (void)arg;
    while (call_next(&run)) {
        coll_finish(&run);
        coll_release(&run);
    }
    return NULL;
}

static void sharing(void)
{
    pthread_t threads[THREADS];
    shared.plan = check_seed();
    shared.left = THREADS * CALLS;
    coll_group_open(&shared.group, check_size, check_random(&shared.plan));
    coll_group_tune(&shared.group, -1, check_random(&shared.plan));
    for (int i = 0; i < THREADS; i++)
        CHECK(pthread_create(&threads[i], NULL, share, NULL) == 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    coll_group_close(&shared.group);
}

/* More scratch memory than is kept between runs, and an output that nobody looks at. */
static void extremes(void)
{
    size_t count = (size_t)10 << 20;
    double *numbers = malloc(count * sizeof(*numbers)), one = 1, before = 0;
    gyre_request_t *req;
    CHECK_OK(gyre_coll_tune(check_world, "allreduce:@recursive_doubling"));
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < count; i++)
            numbers[i] = (double)i;
        CHECK_OK(gyre_iallreduce(check_world, GYRE_IN_PLACE, numbers, count, GYRE_FLOAT64, GYRE_SUM,
                                 &req));
        CHECK_OK(gyre_wait(&req, NULL));
        for (size_t i = 0; i < count; i++)
            CHECK(numbers[i] == (double)i * check_size);
    }
    CHECK_OK(gyre_coll_tune(check_world, NULL));
    CHECK_OK(
        gyre_exscan(check_world, &one, check_rank ? &before : NULL, 1, GYRE_FLOAT64, GYRE_SUM));
    CHECK(before == check_rank);
    free(numbers);
}

/* The gather at the root waits for a member that comes late; meanwhile the gatherv after it, all
 * messages, could end there, and the last member's broadcasts take slot after slot: not that of its
 * block, which the root has not read. There are more of them than a member has slots. */
static void turns(void)
{
    enum { BCASTS = 80, SHORT = 64, LONG = 40000, LATE = 1, TURNS = 2000 };
    if (check_size <= LATE)
        return;
    int last = check_size - 1;
    char out[SHORT], vector[SHORT], *blocks = malloc((size_t)check_size * SHORT);
    char *in = malloc(LONG), *all = malloc((size_t)check_size * LONG);
    size_t counts[64], displs[64];
    gyre_request_t *reqs[2 + BCASTS];
    CHECK(check_size <= 64);
    CHECK_OK(gyre_coll_tune(check_world, "gather:@node,gatherv:@node,bcast:@node"));
    check_fill(out, SHORT, (uint64_t)check_rank);
    check_fill(in, LONG, (uint64_t)check_rank);
    check_fill(vector, SHORT, (uint64_t)last);
    for (int i = 0; i < check_size; i++) {
        counts[i] = LONG;
        displs[i] = (size_t)i * LONG;
    }
    if (check_rank == LATE)
        CHECK_OK(gyre_recv(check_world, NULL, 0, 0, 0, NULL));
    CHECK_OK(gyre_igather(check_world, out, blocks, SHORT, GYRE_BYTE, 0, &reqs[0]));
    CHECK_OK(gyre_igatherv(check_world, in, LONG, all, counts, displs, GYRE_BYTE, last, &reqs[1]));
    for (int i = 0; i < BCASTS; i++)
        CHECK_OK(gyre_ibcast(check_world, vector, SHORT, GYRE_BYTE, last, &reqs[2 + i]));
    for (int i = 0; i < TURNS && check_rank == 0; i++) {
        gyre_progress(check_ctx);
        sched_yield();
    }
    if (check_rank == 0)
        CHECK_OK(gyre_send(check_world, NULL, 0, LATE, 0));
    CHECK_OK(gyre_wait_all(2 + BCASTS, reqs, NULL, NULL));
    for (int i = 0; i < check_size && check_rank == 0; i++)
        CHECK_CONTENT(blocks + (size_t)i * SHORT, SHORT, (uint64_t)i);
    for (int i = 0; i < check_size && check_rank == last; i++)
        CHECK_CONTENT(all + (size_t)i * LONG, LONG, (uint64_t)i);
    CHECK_CONTENT(vector, SHORT, (uint64_t)last);
    CHECK_OK(gyre_coll_tune(check_world, NULL));
    free(blocks);
    free(in);
    free(all);
}

/* Calls that differ in what their arrays hold alone, not in where these are. */
static void changed(void)
{
    enum { MOST = 12 };
    size_t members = (size_t)check_size, total = members * MOST;
    size_t *arrays = malloc(4 * members * sizeof(*arrays));
    size_t *in_counts = arrays, *in_displs = arrays + members;
    size_t *out_counts = arrays + 2 * members, *out_displs = arrays + 3 * members;
    int64_t *in = malloc(total * sizeof(*in)), *out = malloc(total * sizeof(*out));
    uint64_t seed = check_share(check_seed());
    for (uint64_t round = 0; round < 200; round++) {
        uint64_t plan = check_mix(seed, round / 3), in_at = 0, out_at = 0; /* each thrice */
        for (size_t i = 0; i < members; i++) {
            in_counts[i] = check_mix(plan, (size_t)check_rank * members + i) % (MOST + 1);
            out_counts[i] = check_mix(plan, i * members + (size_t)check_rank) % (MOST + 1);
            in_displs[i] = in_at;
            out_displs[i] = out_at;
            for (size_t k = 0; k < in_counts[i]; k++)
                in[in_at++] = (int64_t)(round * 1000000 + i * 1000 + (size_t)check_rank);
            out_at += out_counts[i];
        }
        CHECK_OK(gyre_alltoallv(check_world, in, in_counts, in_displs, out, out_counts, out_displs,
                                GYRE_INT64));
        for (size_t i = 0, at = 0; i < members; i++)
            for (size_t k = 0; k < out_counts[i]; k++)
                CHECK_EQ(out[at++], round * 1000000 + (size_t)check_rank * 1000 + i);
    }
    free(arrays);
    free(in);
    free(out);
}

static const check_case_t cases[] = {
    {"flight", flight},     {"mixed", mixed}, {"threads", threads}, {"sharing", sharing},
    {"extremes", extremes}, {"turns", turns}, {"changed", changed}};

int main(int argc, char **argv)
{
    coll_open();
    int status =
        check_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]), GYRE_THREAD_MULTIPLE, 100);
    coll_close();
    return status;
}
