/* SPDX-License-Identifier: Apache-2.0 */
/* Random plans against an oracle. All workers draw the same plan of messages from the seed. What
 * arrives at one worker on one communicator is received either by named source, tags named or not,
 * in which case the oracle says which receive takes which message, or which none; or from any
 * source, where it says only that each source's messages come in order. The named case has one
 * answer because both sides prefer earlier partners: whoever comes first, the pairs are the same.
 */
#include "tagged.h"

#include <stdlib.h>
#include <time.h>

enum { COMMS = 3, TAGS = 4 };

typedef struct message {
    int from, to, comm, tag;
    size_t length;
    uint64_t key;
    bool taken; /* oracle: by a receive of the plan */
} message_t;

typedef struct receive {
    int comm, source, tag; /* as asked for */
    int message;           /* oracle: what it takes; -1: nothing, -2: known at completion */
    char *buf;
    gyre_request_t *req;
    gyre_message_info_t info;
} receive_t;

typedef struct plan {
    uint64_t state;
    message_t *messages;
    int count;
    receive_t *receives; /* this worker's, in the order of posting */
    int receive_count;
    gyre_request_t **sends; /* this worker's, by message */
    char **out;
    size_t longest;
} plan_t;

static gyre_comm_t *comms[COMMS];

static size_t draw_length(uint64_t *state)
{
    static const size_t top[] = {1, 16, 300, 5000, 40000, 70000, 300000, 1500000};
    uint64_t class = check_below(state, 24);
    return (size_t)check_below(state, top[class < 8 ? class : class % 4] + 1);
}

static void draw_messages(plan_t *plan, uint64_t seed)
{
    plan->state = seed;
    plan->count = 1 + (int)check_below(&plan->state, 60 * (uint64_t)check_size);
    plan->messages = calloc((size_t)plan->count, sizeof(*plan->messages));
    for (int i = 0; i < plan->count; i++) {
        message_t *m = &plan->messages[i];
        m->from = (int)check_below(&plan->state, (uint64_t)check_size);
        m->to = (int)check_below(&plan->state, (uint64_t)check_size);
        m->comm = (int)check_below(&plan->state, COMMS);
        m->tag = (int)check_below(&plan->state, TAGS);
        m->length = draw_length(&plan->state);
        m->key = check_mix(seed, (uint64_t)i);
        if (m->length > plan->longest)
            plan->longest = m->length;
    }
}

/* First message not yet taken that a receive by name fits. */
static int match(const plan_t *plan, const receive_t *r)
{
    for (int i = 0; i < plan->count; i++) {
        const message_t *m = &plan->messages[i];
        if (!m->taken && m->to == check_rank && m->comm == r->comm &&
            (r->source == GYRE_ANY_SOURCE || m->from == r->source) &&
            (r->tag == GYRE_ANY_TAG || m->tag == r->tag))
            return i;
    }
    return -1;
}

/* One receive per message, from any source: by tag throughout, or of any tag throughout, so that
 * every receive finds its message. */
static void draw_any(plan_t *plan, int comm)
{
    bool by_tag = check_below(&plan->state, 2);
    for (int i = 0; i < plan->count; i++)
        if (plan->messages[i].to == check_rank && plan->messages[i].comm == comm)
            plan->receives[plan->receive_count++] =
                (receive_t){.comm = comm,
                            .source = GYRE_ANY_SOURCE,
                            .message = -2,
                            .tag = by_tag ? plan->messages[i].tag : GYRE_ANY_TAG};
}

/* As many receives as messages, with sources named and tags as luck has it. */
static void draw_named(plan_t *plan, int comm)
{
    for (int i = 0; i < plan->count; i++) {
        if (plan->messages[i].to != check_rank || plan->messages[i].comm != comm)
            continue;
        receive_t *r = &plan->receives[plan->receive_count++];
        *r = (receive_t){.comm = comm, .source = plan->messages[i].from};
        r->tag = check_below(&plan->state, 3) ? (int)check_below(&plan->state, TAGS) : GYRE_ANY_TAG;
        r->message = match(plan, r);
        if (r->message >= 0)
            plan->messages[r->message].taken = true;
    }
}

static void draw_receives(plan_t *plan)
{
    plan->state = check_mix(plan->state, (uint64_t)check_rank);
    plan->receives = calloc((size_t)plan->count, sizeof(*plan->receives));
    for (int comm = 0; comm < COMMS; comm++) {
        if (check_below(&plan->state, 3))
            draw_named(plan, comm);
        else
            draw_any(plan, comm);
    }
}

static void post(plan_t *plan, receive_t *r)
{
    r->buf = to_receive(plan->longest);
    CHECK_OK(gyre_irecv(comms[r->comm], r->buf, plan->longest, r->source, r->tag, &r->req));
}

static void start_send(plan_t *plan, int i)
{
    const message_t *m = &plan->messages[i];
    plan->out[i] = to_send(m->length, m->key);
    CHECK_OK(gyre_isend(comms[m->comm], plan->out[i], m->length, m->to, m->tag, &plan->sends[i]));
}

/* Sends and receives in their own orders, mixed at random, with a little progress between. */
static void act(plan_t *plan)
{
    int next_send = 0, next_receive = 0;
    plan->sends = calloc((size_t)plan->count, sizeof(gyre_request_t *));
    plan->out = calloc((size_t)plan->count, sizeof(char *));
    uint64_t eager = check_below(&plan->state, 9); /* of 8: how much receives come first */
    while (next_send < plan->count || next_receive < plan->receive_count) {
        while (next_send < plan->count && plan->messages[next_send].from != check_rank)
            next_send++;
        bool receive = check_below(&plan->state, 8) < eager;
        if (next_receive < plan->receive_count && (receive || next_send == plan->count))
            post(plan, &plan->receives[next_receive++]);
        else if (next_send < plan->count)
            start_send(plan, next_send++);
        if (!check_below(&plan->state, 5))
            gyre_progress(check_ctx);
    }
}

static void check_received(plan_t *plan, receive_t *r, int index)
{
    const message_t *m = &plan->messages[index];
    CHECK_INFO(r->info, m->from, m->tag, m->length);
    taken(__FILE__, __LINE__, r->buf, plan->longest, m->length, m->key);
}

/* From any source: what came must be the next of its source that the receive fits. */
static void settle(plan_t *plan, receive_t *r)
{
    if (r->message == -1)
        return;
    CHECK_OK(gyre_wait(&r->req, &r->info));
    int index = r->message;
    if (index == -2) {
        receive_t got = {.comm = r->comm, .source = r->info.source, .tag = r->tag};
        index = match(plan, &got);
        CHECK(index >= 0);
        plan->messages[index].taken = true;
    }
    check_received(plan, r, index);
}

/* Receives that the oracle left empty. */
static void withdraw(plan_t *plan)
{
    for (int i = 0; i < plan->receive_count; i++) {
        receive_t *r = &plan->receives[i];
        if (r->message != -1)
            continue;
        CHECK_IS(gyre_test(&r->req, NULL), GYRE_IN_PROGRESS);
        CHECK_OK(gyre_cancel(r->req));
        CHECK_IS(gyre_wait(&r->req, NULL), GYRE_ERR_CANCELED);
        free(r->buf);
    }
}

/* Messages that the oracle left over. */
static void fetch(plan_t *plan)
{
    for (int i = 0; i < plan->count; i++) {
        message_t *m = &plan->messages[i];
        receive_t r = {0};
        if (m->to != check_rank || m->taken)
            continue;
        r.buf = to_receive(plan->longest);
        CHECK_OK(gyre_recv(comms[m->comm], r.buf, plan->longest, m->from, m->tag, &r.info));
        check_received(plan, &r, i);
    }
}

static void discard(plan_t *plan)
{
    for (int i = 0; i < plan->count; i++)
        free(plan->out[i]);
    free(plan->messages);
    free(plan->receives);
    free(plan->sends);
    free(plan->out);
}

static void run_plan(uint64_t seed)
{
    plan_t plan = {0};
    gyre_message_info_t info;
    draw_messages(&plan, seed);
    draw_receives(&plan);
    act(&plan);
    for (int i = 0; i < plan.receive_count; i++)
        settle(&plan, &plan.receives[i]);
    withdraw(&plan);
    fetch(&plan);
    CHECK_OK(gyre_wait_all(plan.count, plan.sends, NULL, NULL));
    for (int i = 0; i < COMMS; i++)
        CHECK_IS(gyre_iprobe(comms[i], GYRE_ANY_SOURCE, GYRE_ANY_TAG, &info), GYRE_IN_PROGRESS);
    check_barrier();
    discard(&plan);
}

/* Plans until some seconds are over; the first worker looks at the clock for all. */
void tagged_plans(void)
{
    uint64_t seed = check_seed();
    time_t end = time(NULL) + 4;
    comms[0] = check_world;
    CHECK_OK(gyre_comm_dup(check_world, &comms[1]));
    CHECK_OK(gyre_comm_split(check_world, 0, check_rank, &comms[2]));
    for (uint64_t i = 0; check_share(time(NULL) < end); i++)
        run_plan(check_mix(seed, i));
    gyre_comm_destroy(comms[1]);
    gyre_comm_destroy(comms[2]);
}
