/* SPDX-License-Identifier: Apache-2.0 */
/* Active messages: every shape arrives whole, once and in order, functions may answer, messages
 * without a function wait for one, and what is not allowed is refused. */
#include "lib/check.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>

enum { ID_SHAPES = 3, ID_ASK = 7, ID_ANSWER = 255, ID_LATE = 100, ID_OTHER = 101, ID_WAIT = 0 };

static const size_t headers[] = {0, 1, 8, 255, 256};
static const size_t lengths[] = {0, 1, 64, 129, 4096, 32768, 32769, 65537, 4 << 20};
enum { SHAPES = sizeof(headers) / sizeof(headers[0]) * sizeof(lengths) / sizeof(lengths[0]) };

static uint64_t key_of(int from, int to, int number)
{
    return check_mix((uint64_t)from * 1000 + (uint64_t)to, (uint64_t)number);
}

/* Progress until *count is there. */
static void until(const int *count, int expected)
{
    while (*(volatile const int *)count < expected)
        if (!gyre_progress(check_ctx))
            sched_yield();
    CHECK_EQ(*count, expected);
}

static int *next_from; /* number of the next message of each source */
static int taken;

/* The number of a message is its place in the source's order: shape and content follow. */
static void take_shape(void *arg, const gyre_am_message_t *m)
{
    CHECK(arg == &taken && m->comm == check_world);
    CHECK(m->source >= 0 && m->source < check_size);
    int number = next_from[m->source]++, shape = number % SHAPES;
    uint64_t key = key_of(m->source, check_rank, number);
    CHECK_EQ(m->header_length, headers[shape % 5]);
    CHECK_EQ(m->length, lengths[shape / 5]);
    CHECK_CONTENT(m->header, m->header_length, key);
    CHECK_CONTENT(m->data, m->length, key + 1);
    taken++;
}

static void send_shape(int to, int number)
{
    char header[GYRE_AM_HEADER_MAX], *data;
    int shape = number % SHAPES;
    size_t header_length = headers[shape % 5], length = lengths[shape / 5];
    uint64_t key = key_of(check_rank, to, number);
    check_fill(header, header_length, key);
    data = malloc(length + 1);
    check_fill(data, length, key + 1);
    CHECK_OK(gyre_am_send(check_world, to, ID_SHAPES, header_length ? header : NULL, header_length,
                          length ? data : NULL, length));
    memset(data, 0, length); /* it is ours again */
    free(data);
}

static void shapes(void)
{
    next_from = calloc((size_t)check_size, sizeof(int));
    taken = 0;
    CHECK_OK(gyre_am_register(check_ctx, ID_SHAPES, take_shape, &taken));
    for (int number = 0; number < SHAPES; number++)
        for (int i = 0; i < check_size; i++)
            send_shape((check_rank + i) % check_size, number);
    until(&taken, SHAPES * check_size);
    check_barrier();
    CHECK_OK(gyre_am_register(check_ctx, ID_SHAPES, NULL, NULL));
    free(next_from);
}

/* All shapes twice without waiting, small and large in turn: still in order. */
static void flood(void)
{
    enum { COUNT = 2 * SHAPES };
    gyre_request_t *reqs[COUNT];
    char header[GYRE_AM_HEADER_MAX], *data[COUNT];
    int to = (check_rank + 1) % check_size;
    next_from = calloc((size_t)check_size, sizeof(int));
    taken = 0;
    CHECK_OK(gyre_am_register(check_ctx, ID_SHAPES, take_shape, &taken));
    for (int number = 0; number < COUNT; number++) {
        int shape = number % SHAPES;
        size_t length = lengths[shape / 5];
        check_fill(header, headers[shape % 5], key_of(check_rank, to, number));
        data[number] = malloc(length + 1);
        check_fill(data[number], length, key_of(check_rank, to, number) + 1);
        CHECK_OK(gyre_iam_send(check_world, to, ID_SHAPES, header, headers[shape % 5], data[number],
                               length, &reqs[number]));
        memset(header, 0, sizeof(header)); /* the header is copied at once */
    }
    CHECK_OK(gyre_wait_all(COUNT, reqs, NULL, NULL));
    for (int number = 0; number < COUNT; number++)
        free(data[number]);
    until(&taken, COUNT);
    check_barrier();
    CHECK_OK(gyre_am_register(check_ctx, ID_SHAPES, NULL, NULL));
    free(next_from);
}

/* Questions are answered from within the function. */
typedef struct answers {
    gyre_request_t **reqs;
    int count, room;
    int asked, answered;
    uint64_t sum;
} answers_t;

static void answer(void *arg, const gyre_am_message_t *m)
{
    answers_t *answers = arg;
    uint64_t value;
    CHECK_EQ(m->header_length, sizeof(value));
    memcpy(&value, m->header, sizeof(value));
    value = value * value;
    CHECK(answers->count < answers->room);
    CHECK_OK(gyre_iam_send(m->comm, m->source, ID_ANSWER, &value, sizeof(value), NULL, 0,
                           &answers->reqs[answers->count++]));
    answers->asked++;
}

static void take_answer(void *arg, const gyre_am_message_t *m)
{
    answers_t *answers = arg;
    uint64_t value;
    CHECK_EQ(m->header_length, sizeof(value));
    memcpy(&value, m->header, sizeof(value));
    answers->sum += value;
    answers->answered++;
}

static void replies(void)
{
    enum { EACH = 300 };
    answers_t answers = {.room = EACH * check_size};
    uint64_t expected = 0;
    answers.reqs = calloc((size_t)answers.room, sizeof(*answers.reqs));
    CHECK_OK(gyre_am_register(check_ctx, ID_ASK, answer, &answers));
    CHECK_OK(gyre_am_register(check_ctx, ID_ANSWER, take_answer, &answers));
    for (uint64_t i = 0; i < EACH; i++)
        for (int to = 0; to < check_size; to++) {
            uint64_t value = i * 100 + (uint64_t)to;
            expected += value * value;
            CHECK_OK(
                gyre_am_send(check_world, to, ID_ASK, &value, sizeof(value), &value, 8 * (i % 2)));
        }
    until(&answers.answered, EACH * check_size);
    until(&answers.asked, EACH * check_size);
    CHECK(answers.sum == expected);
    CHECK_OK(gyre_wait_all(answers.count, answers.reqs, NULL, NULL));
    check_barrier();
    CHECK_OK(gyre_am_register(check_ctx, ID_ASK, NULL, NULL));
    CHECK_OK(gyre_am_register(check_ctx, ID_ANSWER, NULL, NULL));
    free(answers.reqs);
}

static void take_late(void *arg, const gyre_am_message_t *m)
{
    int *seen = arg, number;
    CHECK_EQ(m->header_length, sizeof(number));
    memcpy(&number, m->header, sizeof(number));
    CHECK_EQ(number, *seen);
    CHECK_EQ(m->length, number % 2 ? 100000 : 50);
    CHECK_CONTENT(m->data, m->length, (uint64_t)number);
    ++*seen;
}

/* Messages for an id without a function are kept, in order, and let others pass. */
static void unregistered(void)
{
    enum { COUNT = 20 };
    int to = (check_rank + 1) % check_size, late = 0, other = 0;
    gyre_request_t *reqs[COUNT + 1];
    char *data[COUNT + 1];
    CHECK_OK(gyre_am_register(check_ctx, ID_OTHER, take_late, &other));
    for (int i = 0; i <= COUNT; i++) {
        int number = i < COUNT ? i : 0;
        size_t length = number % 2 ? 100000 : 50;
        data[i] = malloc(length);
        check_fill(data[i], length, (uint64_t)number);
        CHECK_OK(gyre_iam_send(check_world, to, i < COUNT ? ID_LATE : ID_OTHER, &number,
                               sizeof(number), data[i], length, &reqs[i]));
    }
    until(&other, 1);
    CHECK_EQ(late, 0);
    CHECK_OK(gyre_am_register(check_ctx, ID_LATE, take_late, &late));
    until(&late, COUNT);
    CHECK_OK(gyre_wait_all(COUNT + 1, reqs, NULL, NULL));
    for (int i = 0; i <= COUNT; i++)
        free(data[i]);
    check_barrier();
    CHECK_OK(gyre_am_register(check_ctx, ID_LATE, NULL, NULL));
    CHECK_OK(gyre_am_register(check_ctx, ID_OTHER, NULL, NULL));
}

static void take_on(void *arg, const gyre_am_message_t *m)
{
    int *count = arg, expected;
    memcpy(&expected, m->header, sizeof(expected));
    CHECK_EQ(m->source, expected);
    ++*count;
}

/* The source is a rank of the communicator that the message was sent on. */
static void communicators(void)
{
    gyre_comm_t *part;
    int count = 0;
    CHECK_OK(gyre_am_register(check_ctx, ID_OTHER, take_on, &count));
    CHECK_OK(gyre_comm_split(check_world, check_rank % 2, -check_rank, &part));
    int size = gyre_comm_size(part), me = gyre_comm_rank(part);
    for (int to = 0; to < size; to++)
        CHECK_OK(gyre_am_send(part, to, ID_OTHER, &me, sizeof(me), NULL, 0));
    until(&count, size);
    check_barrier();
    gyre_comm_destroy(part);
    CHECK_OK(gyre_am_register(check_ctx, ID_OTHER, NULL, NULL));
}

static void must_not_wait(void *arg, const gyre_am_message_t *m)
{
    int *count = arg, value;
    CHECK_IS(gyre_recv(m->comm, &value, sizeof(value), 0, 1, NULL), GYRE_ERR_STATE);
    CHECK_IS(gyre_send(m->comm, &value, sizeof(value), 0, 1), GYRE_ERR_STATE);
    CHECK_EQ(gyre_progress(check_ctx), 0);
    ++*count;
}

static void refusals(void)
{
    char header[GYRE_AM_HEADER_MAX + 1] = {0};
    gyre_request_t *req = NULL;
    int count = 0;
    gyre_comm_t *self = gyre_comm_self(check_ctx);
    CHECK_IS(gyre_am_send(self, 0, ID_WAIT, header, sizeof(header), NULL, 0), GYRE_ERR_RANGE);
    CHECK_IS(gyre_am_send(self, 0, -1, NULL, 0, NULL, 0), GYRE_ERR_RANGE);
    CHECK_IS(gyre_am_send(self, 0, GYRE_AM_IDS, NULL, 0, NULL, 0), GYRE_ERR_RANGE);
    CHECK_IS(gyre_am_send(self, 1, 0, NULL, 0, NULL, 0), GYRE_ERR_RANK);
    CHECK_IS(gyre_am_send(self, 0, 0, NULL, 1, NULL, 0), GYRE_ERR_ARG);
    CHECK_IS(gyre_iam_send(self, 0, 0, NULL, 0, NULL, 1, &req), GYRE_ERR_ARG);
    CHECK_IS(gyre_iam_send(self, 0, 0, NULL, 0, NULL, 0, NULL), GYRE_ERR_ARG);
    CHECK_IS(gyre_am_register(check_ctx, GYRE_AM_IDS, must_not_wait, NULL), GYRE_ERR_RANGE);
    CHECK_IS(gyre_am_register(NULL, 0, must_not_wait, NULL), GYRE_ERR_ARG);
    CHECK(!req);
    CHECK_OK(gyre_am_register(check_ctx, ID_WAIT, must_not_wait, &count));
    CHECK_OK(gyre_am_send(self, 0, ID_WAIT, NULL, 0, NULL, 0));
    until(&count, 1);
    CHECK_OK(gyre_am_register(check_ctx, ID_WAIT, NULL, NULL));
}

static const check_case_t cases[] = {
    {"shapes", shapes},
    {"flood", flood},
    {"replies", replies},
    {"unregistered", unregistered},
    {"communicators", communicators},
    {"refusals", refusals},
};

int main(int argc, char **argv)
{
    return check_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]), GYRE_THREAD_SINGLE, 100);
}
