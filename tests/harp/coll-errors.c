/* SPDX-License-Identifier: Apache-2.0 */
/* Wrong calls of every collective in every form. Each gives its error and says why, and leaves
 * everything as it was: the same operation, called rightly, works before and after each. */
#include "harp/coll.h"

#include "comm/envelope.h"

#include <gyre/am.h>
#include <gyre/coll.h>
#include <gyre/survive.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COUNT = 5, BLOCKS_MAX = 64, AM_ID = 5 };

/* A call to be spoiled: a right one's arguments, copied. */
typedef struct attempt {
    coll_trial_t trial;
    coll_group_t group;
    coll_layout_t layout;
    const void *in;
    void *out;
    gyre_request_t *request, **place;
    size_t array[BLOCKS_MAX];
    bool in_callback;
    gyre_status_t status;
} attempt_t;

typedef struct fault {
    bool (*spoil)(attempt_t *a, uint64_t value); /* false: nothing in this call can be wrong so */
    uint64_t value;
    gyre_status_t status;
    const char *detail; /* part of it */
} fault_t;

enum { NO_COMM, DESTROYED, REVOKED, WRONG_COMMS };
static coll_group_t wrong[WRONG_COMMS]; /* of the same members, in the same order */
static gyre_op_t destroyed_op;
static gyre_type_t record_type;

/* The side whose counts, and for most collectives displacements, the call reads; or NULL. */
static coll_side_t *arrays(attempt_t *a, bool out)
{
    gyre__coll_t coll = a->trial.coll;
    bool both = coll == GYRE__ALLTOALLV || coll == GYRE__NEIGHBOR_ALLTOALLV;
    bool from_one = coll == GYRE__SCATTERV || coll == GYRE__REDUCE_SCATTER;
    coll_side_t *side = out ? &a->layout.out : &a->layout.in;
    bool reads = out ? !from_one : from_one || (both && !a->layout.in_place);
    return coll_is_v(coll) && reads && side->count ? side : NULL;
}

static bool has_type(const attempt_t *a)
{
    return a->trial.coll != GYRE__BARRIER;
}

static bool has_count(const attempt_t *a)
{
    gyre__coll_t coll = a->trial.coll;
    return has_type(a) && coll != GYRE__REDUCE_SCATTER && coll != GYRE__ALLTOALLV &&
           coll != GYRE__NEIGHBOR_ALLTOALLV;
}

static bool wrong_comm(attempt_t *a, uint64_t which)
{
    a->group.comm = wrong[which].comm;
    a->group.graph = wrong[which].graph;
    return true;
}

static bool no_neighbors(attempt_t *a, uint64_t value)
{
    (void)value;
    a->group.graph = a->group.comm;
    return coll_has_neighbors(a->trial.coll);
}

static bool no_place(attempt_t *a, uint64_t value)
{
    (void)value;
    a->place = NULL;
    return a->trial.form != COLL_BLOCKING;
}

static bool in_callback(attempt_t *a, uint64_t value)
{
    (void)value;
    a->in_callback = true;
    return a->trial.form == COLL_BLOCKING;
}

/* -1, or so many beyond the last. */
static bool wrong_root(attempt_t *a, uint64_t beyond)
{
    a->layout.root = (int)beyond < 0 ? -1 : a->group.size + (int)beyond;
    return coll_has_root(a->trial.coll);
}

static bool wrong_type(attempt_t *a, uint64_t type)
{
    a->trial.type = (gyre_type_t)type;
    return has_type(a);
}

static bool wrong_op(attempt_t *a, uint64_t op)
{
    a->trial.op = (gyre_op_t)op;
    return coll_reduces(a->trial.coll);
}

static bool gone_op(attempt_t *a, uint64_t value)
{
    (void)value;
    return wrong_op(a, destroyed_op);
}

static bool wrong_pair(attempt_t *a, uint64_t pair)
{
    static const struct {
        gyre_op_t op;
        gyre_type_t type;
    } pairs[] = {{GYRE_BAND, GYRE_FLOAT64},     {GYRE_LOR, GYRE_BFLOAT16},
                 {GYRE_MAX, GYRE_COMPLEX128},   {GYRE_MINLOC, GYRE_INT32},
                 {GYRE_SUM, GYRE_INT32_INT32},  {GYRE_DIVIDE, GYRE_BYTE},
                 {GYRE_PROD, GYRE_TYPE_END - 1}};
    a->trial.op = pairs[pair].op;
    a->trial.type = pairs[pair].type == GYRE_TYPE_END - 1 ? record_type : pairs[pair].type;
    return coll_reduces(a->trial.coll);
}

/* 0: one more than what all members together may move. */
static bool wrong_count(attempt_t *a, uint64_t count)
{
    size_t most = has_type(a) ? GYRE__LENGTH_MAX / a->layout.element / (size_t)a->group.size : 0;
    a->trial.count = a->layout.own = count ? count : most + 1;
    return has_count(a);
}

static bool no_counts(attempt_t *a, uint64_t out)
{
    coll_side_t *side = arrays(a, out);
    if (side)
        side->counts = NULL;
    return side;
}

static bool no_displs(attempt_t *a, uint64_t out)
{
    coll_side_t *side = arrays(a, out);
    if (side)
        side->displs = NULL;
    return side && !coll_reduces(a->trial.coll);
}

static size_t *spoilable(attempt_t *a, const coll_side_t *side, size_t *from)
{
    CHECK(side->count <= BLOCKS_MAX);
    memcpy(a->array, from, (size_t)side->count * sizeof(*from));
    return a->array;
}

/* The last of the counts, in or out. */
static bool wrong_counts(attempt_t *a, uint64_t count)
{
    coll_side_t *side = arrays(a, a->trial.seed % 2);
    if (!side)
        return false;
    side->counts = spoilable(a, side, side->counts);
    side->counts[side->count - 1] = count;
    return true;
}

static bool wrong_displs(attempt_t *a, uint64_t displ)
{
    coll_side_t *side = arrays(a, a->trial.seed % 2);
    if (!side || coll_reduces(a->trial.coll))
        return false;
    side->displs = spoilable(a, side, side->displs);
    side->displs[side->count - 1] = displ;
    return true;
}

/* Each within bounds, but not together. */
static bool wrong_sum(attempt_t *a, uint64_t value)
{
    coll_side_t *side = arrays(a, a->trial.seed % 2);
    (void)value;
    if (!side)
        return false;
    side->counts = spoilable(a, side, side->counts);
    for (int i = 0; i < side->count; i++)
        side->counts[i] = GYRE__LENGTH_MAX / a->layout.element / (size_t)side->count + 1;
    return true;
}

static bool no_in(attempt_t *a, uint64_t value)
{
    (void)value;
    a->in = NULL;
    return !a->layout.in_place && a->layout.in.extent;
}

static bool no_out(attempt_t *a, uint64_t value)
{
    const coll_layout_t *l = &a->layout;
    bool unread = a->trial.coll == GYRE__EXSCAN && a->group.rank == 0 && !l->in_place;
    (void)value;
    a->out = NULL;
    return !l->out_in_place && !unread && (l->out.extent || (l->in_place && l->in.extent));
}

static bool in_place_in(attempt_t *a, uint64_t value)
{
    gyre__coll_t coll = a->trial.coll;
    bool other = coll_has_root(coll) && a->group.rank != a->layout.root;
    bool scatters = coll == GYRE__SCATTER || coll == GYRE__SCATTERV;
    (void)value;
    a->in = GYRE_IN_PLACE;
    return coll != GYRE__BCAST && (coll_has_neighbors(coll) || other || scatters);
}

static bool in_place_out(attempt_t *a, uint64_t value)
{
    gyre__coll_t coll = a->trial.coll;
    bool scatters = coll == GYRE__SCATTER || coll == GYRE__SCATTERV;
    (void)value;
    a->out = GYRE_IN_PLACE;
    return has_type(a) && !(scatters && a->group.rank == a->layout.root);
}

static const fault_t faults[] = {
    {wrong_comm, NO_COMM, GYRE_ERR_ARG, "no communicator: NULL"},
    {wrong_comm, DESTROYED, GYRE_ERR_STATE, "the communicator has been destroyed"},
    {wrong_comm, REVOKED, GYRE_ERR_REVOKED, "the communicator has been revoked"},
    {no_neighbors, 0, GYRE_ERR_STATE, "not of gyre_comm_neighbors"},
    {no_place, 0, GYRE_ERR_ARG, "no place for the request: NULL"},
    {in_callback, 0, GYRE_ERR_STATE, "a callback must not wait"},
    {wrong_root, (uint64_t)-1, GYRE_ERR_RANK, "rank -1 in a communicator of"},
    {wrong_root, 0, GYRE_ERR_RANK, " in a communicator of"},
    {wrong_root, 1 << 30, GYRE_ERR_RANK, " in a communicator of"},
    {wrong_type, (uint64_t)-1, GYRE_ERR_ARG, "type -1"},
    {wrong_type, GYRE_TYPE_END - 1, GYRE_ERR_ARG, "type 4114"},
    {wrong_type, GYRE_TYPE_END, GYRE_ERR_ARG, "type 4115"},
    {wrong_type, INT_MAX, GYRE_ERR_ARG, "type 2147483647"},
    {wrong_op, (uint64_t)-1, GYRE_ERR_ARG, "-1 is no operation"},
    {wrong_op, GYRE_OP_END - 1, GYRE_ERR_ARG, "4109 is no operation"},
    {wrong_op, GYRE_OP_END, GYRE_ERR_ARG, "4110 is no operation"},
    {wrong_op, INT_MAX, GYRE_ERR_ARG, "2147483647 is no operation"},
    {gone_op, 0, GYRE_ERR_ARG, "is no operation"},
    {wrong_pair, 0, GYRE_ERR_ARG, "band is not defined for float64"},
    {wrong_pair, 1, GYRE_ERR_ARG, "lor is not defined for bfloat16"},
    {wrong_pair, 2, GYRE_ERR_ARG, "max is not defined for complex128"},
    {wrong_pair, 3, GYRE_ERR_ARG, "minloc is not defined for int32"},
    {wrong_pair, 4, GYRE_ERR_ARG, "sum is not defined for int32_int32"},
    {wrong_pair, 5, GYRE_ERR_ARG, "divide is not defined for byte"},
    {wrong_pair, 6, GYRE_ERR_ARG, "prod is not defined for record40"},
    {wrong_count, 0, GYRE_ERR_RANGE, "expected less than 2^48 bytes"},
    {wrong_count, UINT64_C(1) << 48, GYRE_ERR_RANGE, "281474976710656 elements of"},
    {wrong_count, UINT64_C(1) << 63, GYRE_ERR_RANGE, "9223372036854775808 elements of"},
    {wrong_count, UINT64_MAX, GYRE_ERR_RANGE, "18446744073709551615 elements of"},
    {no_counts, false, GYRE_ERR_ARG, "no counts, expected"},
    {no_counts, true, GYRE_ERR_ARG, "no counts, expected"},
    {no_displs, false, GYRE_ERR_ARG, "no displacements, expected"},
    {no_displs, true, GYRE_ERR_ARG, "no displacements, expected"},
    {wrong_counts, UINT64_C(1) << 48, GYRE_ERR_RANGE, "281474976710656 elements of"},
    {wrong_counts, UINT64_MAX, GYRE_ERR_RANGE, "18446744073709551615 elements of"},
    {wrong_displs, UINT64_C(1) << 48, GYRE_ERR_RANGE, "at element 281474976710656"},
    {wrong_displs, UINT64_MAX, GYRE_ERR_RANGE, "at element 18446744073709551615"},
    {wrong_sum, 0, GYRE_ERR_RANGE, "expected less than 2^48 bytes"},
    {no_in, 0, GYRE_ERR_ARG, "bytes of input at (nil)"},
    {no_out, 0, GYRE_ERR_ARG, "(nil)"},
    {in_place_in, 0, GYRE_ERR_ARG, "GYRE_IN_PLACE is not for this member or collective"},
    {in_place_out, 0, GYRE_ERR_ARG, "GYRE_IN_PLACE is not for this member or collective"},
};
enum { FAULTS = sizeof(faults) / sizeof(faults[0]) };
static bool tried[FAULTS];

static void call(attempt_t *a)
{
    a->status = coll_call(&a->layout, a->trial.form, a->in, a->out, a->place);
}

static void called(void *arg, const gyre_am_message_t *message)
{
    (void)arg;
    attempt_t *a;
    memcpy(&a, message->data, sizeof(a));
    call(a);
}

static void call_in_callback(attempt_t *a)
{
    a->status = GYRE_IN_PROGRESS;
    CHECK_OK(gyre_am_send(gyre_comm_self(check_ctx), 0, AM_ID, NULL, 0, &a, sizeof(a)));
    while (a->status == GYRE_IN_PROGRESS)
        gyre_progress(check_ctx);
}

static void try_fault(const coll_run_t *run, int i)
{
    const fault_t *fault = &faults[i];
    attempt_t a = {.trial = run->trial,
                   .group = *run->group,
                   .layout = run->layout,
                   .in = run->in.data,
                   .out = run->out.data,
                   .request = (gyre_request_t *)&a,
                   .place = &a.request};
    a.layout.trial = &a.trial;
    a.layout.group = &a.group;
    if (!fault->spoil(&a, fault->value))
        return;
    tried[i] = true;
    if (a.in_callback)
        call_in_callback(&a);
    else
        call(&a);
    if (a.status == fault->status && strstr(gyre_last_error(), fault->detail) &&
        a.request == (gyre_request_t *)&a)
        return;
    check_fail(__FILE__, __LINE__, "%s, expected %s with \"%s\"%s", gyre_status_name(a.status),
               gyre_status_name(fault->status), fault->detail,
               a.request == (gyre_request_t *)&a ? "" : " and no request");
}

static void try_faults(const coll_group_t *group, const coll_trial_t *trial)
{
    coll_run_t run;
    char text[COLL_TEXT];
    coll_prepare(&run, group, trial);
    coll_describe(&run, text);
    check_step(text, 60);
    for (int i = 0; i <= FAULTS; i++) {
        coll_start(&run);
        coll_finish(&run);
        if (i < FAULTS)
            try_fault(&run, i);
        coll_finished(&run, run.request); /* what is in the buffers is as it was */
    }
    coll_release(&run);
}

static void ignore(void *arg, const void *left, const void *right, void *out, size_t count,
                   gyre_type_t type)
{
    (void)arg, (void)left, (void)right, (void)out, (void)count, (void)type;
}

/* The last ones made, lest the destroyed one's memory be another's. */
static void open_wrong_comms(const coll_group_t *group, uint64_t seed)
{
    for (int i = NO_COMM + 1; i < WRONG_COMMS; i++) {
        gyre_comm_t *copy;
        CHECK_OK(gyre_comm_dup(group->comm, &copy));
        coll_group_make(&wrong[i], copy, seed);
    }
    check_barrier();
    coll_group_close(&wrong[DESTROYED]);
    CHECK_OK(gyre_comm_revoke(wrong[REVOKED].comm));
    CHECK_OK(gyre_comm_revoke(wrong[REVOKED].graph));
}

static void arguments(void)
{
    uint64_t state = check_seed(), edges = check_random(&state);
    coll_group_t group;
    coll_group_open(&group, check_size, edges);
    open_wrong_comms(&group, edges);
    CHECK_OK(gyre_type_create(40, &record_type));
    CHECK_OK(gyre_op_create(ignore, NULL, true, &destroyed_op));
    gyre_op_destroy(destroyed_op);
    CHECK_OK(gyre_am_register(check_ctx, AM_ID, called, NULL));
    for (int i = 0; i < GYRE__COLLS * COLL_FORMS * 2; i++) {
        coll_trial_t trial;
        coll_any(&state, 1, &trial);
        trial.coll = (gyre__coll_t)(i % GYRE__COLLS);
        trial.form = (coll_form_t)(i / GYRE__COLLS % COLL_FORMS);
        trial.in_place = i / GYRE__COLLS / COLL_FORMS;
        trial.count = COUNT;
        coll_operation(&state, &trial);
        try_faults(&group, &trial);
    }
    for (int i = 0; i < FAULTS; i++)
        CHECK(check_sum(tried[i]) > 0);
    CHECK_OK(gyre_am_register(check_ctx, AM_ID, NULL, NULL));
    coll_group_close(&wrong[REVOKED]);
    coll_group_close(&group);
}

/* Expects the status, with that in its detail. */
#define CHECK_ERROR(call, status, part)                                                            \
    do {                                                                                           \
        CHECK_IS(call, status);                                                                    \
        CHECK(strstr(gyre_last_error(), part));                                                    \
    } while (0)

static void check_sums(const int *sums)
{
    CHECK_EQ(sums[0], check_size);
    CHECK_EQ(sums[1], check_size * (check_size - 1) / 2);
}

static void requests(void)
{
    int mine[2] = {1, check_rank}, sums[2];
    gyre_request_t *req = NULL, *stale;
    CHECK_ERROR(gyre_start(NULL), GYRE_ERR_STATE, "no request: NULL");
    CHECK_ERROR(gyre_wait(&req, NULL), GYRE_ERR_STATE, "no request: NULL");
    CHECK_ERROR(gyre_test(&req, NULL), GYRE_ERR_STATE, "no request: NULL");
    CHECK_ERROR(gyre_request_free(NULL), GYRE_ERR_STATE, "no request: NULL");
    CHECK_OK(gyre_request_free(&req));

    CHECK_OK(gyre_iallreduce(check_world, mine, sums, 2, GYRE_INT32, GYRE_SUM, &req));
    stale = req;
    CHECK_ERROR(gyre_start(req), GYRE_ERR_STATE, "not a persistent one");
    CHECK_ERROR(gyre_request_free(&req), GYRE_ERR_STATE, "not a persistent one");
    CHECK_ERROR(gyre_cancel(req), GYRE_ERR_NOT_SUPPORTED, "only receives");
    CHECK_OK(gyre_wait(&req, NULL));
    check_sums(sums);
    CHECK(!req);
    CHECK_ERROR(gyre_wait(&stale, NULL), GYRE_ERR_STATE, "waited for already");
    CHECK_ERROR(gyre_start(stale), GYRE_ERR_STATE, "waited for already");

    CHECK_OK(gyre_allreduce_init(check_world, mine, sums, 2, GYRE_INT32, GYRE_SUM, &req));
    stale = req;
    CHECK_OK(gyre_wait(&req, NULL)); /* it does not run */
    for (int i = 0; i < 3; i++) {
        CHECK_OK(gyre_start(req));
        CHECK_ERROR(gyre_start(req), GYRE_ERR_STATE, "runs: wait for it first");
        CHECK_ERROR(gyre_request_free(&req), GYRE_ERR_STATE, "runs: wait for it first");
        CHECK_ERROR(gyre_cancel(req), GYRE_ERR_NOT_SUPPORTED, "only receives");
        CHECK_OK(gyre_wait(&req, NULL));
        check_sums(sums);
    }
    CHECK_OK(gyre_request_free(&req));
    CHECK(!req);
    CHECK_ERROR(gyre_start(stale), GYRE_ERR_STATE, "waited for already");
}

/* Of a communicator that goes, with and without an operation under way. */
static void communicators(void)
{
    gyre_request_t *reqs[2];
    gyre_comm_t *comm, *other;
    for (int running = 0; running < 2; running++) {
        CHECK_OK(gyre_comm_dup(check_world, &comm));
        for (int i = 0; i < 2; i++)
            CHECK_OK(gyre_barrier_init(comm, &reqs[i]));
        if (running)
            CHECK_OK(gyre_start(reqs[0]));
        gyre_comm_destroy(comm);
        gyre_status_t status = gyre_wait(&reqs[0], NULL);
        CHECK(status == GYRE_OK || (running && status == GYRE_ERR_CANCELED));
        CHECK_ERROR(gyre_start(reqs[0]), GYRE_ERR_STATE, "has been destroyed");
        CHECK_OK(gyre_comm_dup(check_world, &other)); /* where the old one was */
        CHECK_ERROR(gyre_start(reqs[1]), GYRE_ERR_STATE, "has been destroyed");
        CHECK_OK(gyre_request_free(&reqs[0]));
        CHECK_OK(gyre_barrier(other));
        CHECK_OK(gyre_request_free(&reqs[1]));
        gyre_comm_destroy(other);
    }
    CHECK_OK(gyre_comm_dup(check_world, &comm));
    CHECK_OK(gyre_barrier_init(comm, &reqs[0]));
    check_barrier();
    CHECK_OK(gyre_comm_revoke(comm));
    CHECK_ERROR(gyre_start(reqs[0]), GYRE_ERR_REVOKED, "revoked");
    CHECK_OK(gyre_request_free(&reqs[0]));
    gyre_comm_destroy(comm);
}

static void sum(void *arg, const void *left, const void *right, void *out, size_t count,
                gyre_type_t type)
{
    const int *l = left, *r = right;
    (void)arg, (void)type;
    for (size_t i = 0; i < count; i++)
        ((int *)out)[i] = l[i] + r[i];
}

static void first(void *arg, const void *left, const void *right, void *out, size_t count,
                  gyre_type_t type)
{
    (void)arg, (void)right, (void)type;
    memmove(out, left, count * sizeof(int));
}

/* A number that was a commutative operation's becomes that of one which is not. */
static void operations(void)
{
    enum { MANY = 1000 };
    static int mine[MANY], got[MANY];
    const gyre__collective_t *allreduce = gyre__collectives[GYRE__ALLREDUCE];
    char rule[COLL_RULE];
    for (int i = 0; i < MANY; i++)
        mine[i] = check_rank + i;
    for (int i = 0; i < allreduce->count; i++) {
        gyre_op_t op, again;
        snprintf(rule, sizeof(rule), "allreduce:@%s", allreduce->algorithms[i].name);
        CHECK_OK(gyre_coll_tune(check_world, rule));
        CHECK_OK(gyre_op_create(sum, NULL, true, &op));
        CHECK_OK(gyre_allreduce(check_world, mine, got, MANY, GYRE_INT32, op));
        CHECK_EQ(got[7], check_size * (check_size - 1) / 2 + check_size * 7);
        gyre_op_destroy(op);
        CHECK_OK(gyre_op_create(first, NULL, false, &again));
        CHECK_EQ(again, op);
        CHECK_OK(gyre_allreduce(check_world, mine, got, MANY, GYRE_INT32, again));
        for (int j = 0; j < MANY; j++)
            CHECK_EQ(got[j], j);
        gyre_op_destroy(again);
    }
    CHECK_OK(gyre_coll_tune(check_world, NULL));
}

static const check_case_t cases[] = {{"arguments", arguments},
                                     {"requests", requests},
                                     {"communicators", communicators},
                                     {"operations", operations}};

int main(int argc, char **argv)
{
    coll_open();
    int status =
        check_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]), GYRE_THREAD_SINGLE, 60);
    coll_close();
    return status;
}
