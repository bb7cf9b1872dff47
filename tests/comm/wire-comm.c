/* SPDX-License-Identifier: Apache-2.0 */
/* Communicators: splits against an oracle, separate spaces of messages, and every refusal that
 * the calls on communicators, messages and requests promise. */
#include "lib/check.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

static const size_t truncated_sizes[] = {100, 5000, 40000, 1 << 20};

/* Everyone tells the next of its communicator who it is, with the tag that all use. */
static void check_works(gyre_comm_t *comm)
{
    int size = gyre_comm_size(comm), rank = gyre_comm_rank(comm);
    int got = -1, me = gyre_comm_world_rank(comm, rank);
    gyre_message_info_t info;
    CHECK_OK(gyre_sendrecv(comm, &me, sizeof(me), (rank + 1) % size, 5, &got, sizeof(got),
                           GYRE_ANY_SOURCE, GYRE_ANY_TAG, &info));
    CHECK_EQ(info.source, (rank + size - 1) % size);
    CHECK_EQ(got, gyre_comm_world_rank(comm, info.source));
    CHECK_EQ(gyre_comm_world_rank(comm, size), -1);
    CHECK_EQ(gyre_comm_world_rank(comm, -1), -1);
}

static void dup_and_names(void)
{
    gyre_comm_t *a, *b, *c;
    CHECK_OK(gyre_comm_dup(check_world, &a));
    CHECK_OK(gyre_comm_dup(a, &b));
    CHECK_OK(gyre_comm_dup(gyre_comm_self(check_ctx), &c));
    CHECK_EQ(gyre_comm_size(b), check_size);
    CHECK_EQ(gyre_comm_rank(b), check_rank);
    CHECK_EQ(gyre_comm_size(c), 1);
    check_works(a);
    check_works(b);
    check_works(c);
    gyre_comm_destroy(a);
    check_works(b);
    gyre_comm_destroy(b);
    gyre_comm_destroy(c);
    gyre_comm_destroy(NULL);
    gyre_comm_destroy(check_world);
    gyre_comm_destroy(gyre_comm_self(check_ctx));
    check_works(check_world);
}

/* The same tag from the same source on three communicators, received in another order. */
static void spaces(void)
{
    gyre_comm_t *comms[3] = {check_world};
    gyre_request_t *sends[3], *recvs[3];
    int out[3], in[3], next = (check_rank + 1) % check_size;
    int prev = (check_rank + check_size - 1) % check_size;
    CHECK_OK(gyre_comm_dup(check_world, &comms[1]));
    CHECK_OK(gyre_comm_dup(check_world, &comms[2]));
    for (int round = 0; round < 100; round++) {
        for (int i = 0; i < 3; i++) {
            out[i] = 10 * round + i;
            CHECK_OK(gyre_isend(comms[i], &out[i], sizeof(int), next, 1, &sends[i]));
        }
        for (int i = 2; i >= 0; i--)
            CHECK_OK(gyre_irecv(comms[i], &in[i], sizeof(int), i == 1 ? GYRE_ANY_SOURCE : prev,
                                i == 2 ? GYRE_ANY_TAG : 1, &recvs[i]));
        CHECK_OK(gyre_wait_all(3, recvs, NULL, NULL));
        CHECK_OK(gyre_wait_all(3, sends, NULL, NULL));
        for (int i = 0; i < 3; i++)
            CHECK_EQ(in[i], 10 * round + i);
    }
    gyre_comm_destroy(comms[1]);
    gyre_comm_destroy(comms[2]);
}

typedef struct member {
    int color, key, world;
} member_t;

static int compare_members(const void *a, const void *b)
{
    const member_t *x = a, *y = b;
    if (x->color != y->color)
        return x->color < y->color ? -1 : 1;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return x->world < y->world ? -1 : 1;
}

/* Compares a part with the members of its color in the sorted list. */
static void check_part(gyre_comm_t *part, const member_t *members, int color)
{
    int first = 0, count = 0, rank = -1;
    while (first < check_size && members[first].color != color)
        first++;
    while (first + count < check_size && members[first + count].color == color) {
        if (members[first + count].world == check_rank)
            rank = count;
        count++;
    }
    CHECK_EQ(gyre_comm_size(part), count);
    CHECK_EQ(gyre_comm_rank(part), rank);
    for (int i = 0; i < count; i++)
        CHECK_EQ(gyre_comm_world_rank(part, i), members[first + i].world);
    check_works(part);
}

/* All workers draw everybody's color and key. */
static void random_split(uint64_t seed)
{
    uint64_t state = seed, colors = 1 + check_below(&state, (uint64_t)check_size + 1);
    member_t *members = calloc((size_t)check_size, sizeof(*members));
    gyre_comm_t *part = check_world;
    for (int i = 0; i < check_size; i++)
        members[i] = (member_t){(int)check_below(&state, colors + 1) - 1,
                                (int)check_below(&state, 5) - 2, i};
    member_t mine = members[check_rank];
    qsort(members, (size_t)check_size, sizeof(*members), compare_members);
    CHECK_OK(gyre_comm_split(check_world, mine.color, mine.key, &part));
    CHECK_EQ(part == NULL, mine.color == GYRE_COLOR_NONE);
    if (part)
        check_part(part, members, mine.color);
    if (part && check_below(&state, 2)) { /* parts of parts keep their order */
        gyre_comm_t *half;
        CHECK_OK(gyre_comm_split(part, gyre_comm_rank(part) % 2, -gyre_comm_rank(part), &half));
        CHECK_EQ(gyre_comm_size(half), (gyre_comm_size(part) + 1 - gyre_comm_rank(part) % 2) / 2);
        CHECK_EQ(gyre_comm_world_rank(half, gyre_comm_rank(half)), check_rank);
        check_works(half);
        gyre_comm_destroy(half);
    }
    gyre_comm_destroy(part);
    free(members);
}

static void splits(void)
{
    uint64_t seed = check_seed();
    for (uint64_t i = 0; i < 100; i++)
        random_split(check_mix(seed, i));
}

/* Only the listed call it, in the list's order. */
static void random_subset(uint64_t seed)
{
    uint64_t state = seed;
    int *ranks = calloc((size_t)check_size, sizeof(int)), mine = -1;
    int count = 1 + (int)check_below(&state, (uint64_t)check_size);
    gyre_comm_t *part;
    for (int i = 0; i < check_size; i++)
        ranks[i] = i;
    for (int i = check_size - 1; i > 0; i--) {
        int j = (int)check_below(&state, (uint64_t)i + 1), swap = ranks[i];
        ranks[i] = ranks[j];
        ranks[j] = swap;
    }
    for (int i = 0; i < count; i++)
        if (ranks[i] == check_rank)
            mine = i;
    if (mine >= 0) {
        CHECK_OK(gyre_comm_subset(check_world, ranks, count, &part));
        CHECK_EQ(gyre_comm_size(part), count);
        CHECK_EQ(gyre_comm_rank(part), mine);
        for (int i = 0; i < count; i++)
            CHECK_EQ(gyre_comm_world_rank(part, i), ranks[i]);
        check_works(part);
        gyre_comm_destroy(part);
    }
    free(ranks);
}

static void subsets(void)
{
    uint64_t seed = check_seed();
    gyre_comm_t *part;
    int twice[] = {check_rank, check_rank}, other[] = {(check_rank + 1) % check_size};
    int outside[] = {check_rank, check_size};
    for (uint64_t i = 0; i < 100; i++)
        random_subset(check_mix(seed, i));
    CHECK_IS(gyre_comm_subset(check_world, NULL, 1, &part), GYRE_ERR_ARG);
    CHECK_IS(gyre_comm_subset(check_world, other, 0, &part), GYRE_ERR_ARG);
    CHECK_IS(gyre_comm_subset(check_world, twice, 1, NULL), GYRE_ERR_ARG);
    if (check_size < 2)
        return;
    CHECK_IS(gyre_comm_subset(check_world, twice, 2, &part), GYRE_ERR_RANK);
    CHECK_IS(gyre_comm_subset(check_world, outside, 2, &part), GYRE_ERR_RANK);
    CHECK_IS(gyre_comm_subset(check_world, other, 1, &part), GYRE_ERR_RANK);
}

/* A message too long for its buffer is reported, and the next one arrives unharmed. */
static void truncation(void)
{
    int next = (check_rank + 1) % check_size, prev = (check_rank + check_size - 1) % check_size;
    for (int i = 0; i < 8; i++) {
        size_t length = truncated_sizes[i / 2], room = i % 2 ? length - 1 : 0;
        char *out = malloc(length), *in = malloc(length + 1);
        gyre_request_t *sends[2], *recv = NULL;
        gyre_message_info_t info;
        check_fill(out, length, 1);
        memset(in, 0x5a, length + 1);
        if (i < 4)
            CHECK_OK(gyre_irecv(check_world, in, room, prev, 1, &recv));
        check_barrier();
        CHECK_OK(gyre_isend(check_world, out, length, next, 1, &sends[0]));
        CHECK_OK(gyre_isend(check_world, out, length, next, 1, &sends[1]));
        if (recv)
            CHECK_IS(gyre_wait(&recv, &info), GYRE_ERR_TRUNCATED);
        else
            CHECK_IS(gyre_recv(check_world, in, room, prev, 1, &info), GYRE_ERR_TRUNCATED);
        CHECK_INFO(info, prev, 1, length);
        CHECK_EQ(in[room], 0x5a);
        CHECK_OK(gyre_recv(check_world, in, length, prev, GYRE_ANY_TAG, &info));
        CHECK_INFO(info, prev, 1, length);
        CHECK_CONTENT(in, length, 1);
        CHECK_EQ(in[length], 0x5a);
        CHECK_OK(gyre_wait_all(2, sends, NULL, NULL));
        free(out);
        free(in);
    }
}

static void refused_arguments(void)
{
    char byte = 0;
    gyre_request_t *req = NULL;
    gyre_comm_t *part;
    CHECK_IS(gyre_send(check_world, &byte, 1, check_size, 0), GYRE_ERR_RANK);
    CHECK_IS(gyre_send(check_world, &byte, 1, -1, 0), GYRE_ERR_RANK);
    CHECK_IS(gyre_isend(check_world, &byte, 1, INT_MIN, 0, &req), GYRE_ERR_RANK);
    CHECK_IS(gyre_recv(check_world, &byte, 1, check_size, 0, NULL), GYRE_ERR_RANK);
    CHECK_IS(gyre_irecv(check_world, &byte, 1, -2, 0, &req), GYRE_ERR_RANK);
    CHECK_IS(gyre_probe(check_world, check_size, 0, NULL), GYRE_ERR_RANK);
    CHECK_IS(gyre_send(check_world, &byte, 1, 0, -1), GYRE_ERR_RANGE);
    CHECK_IS(gyre_send(check_world, &byte, 1, 0, INT_MIN), GYRE_ERR_RANGE);
    CHECK_IS(gyre_recv(check_world, &byte, 1, 0, -2, NULL), GYRE_ERR_RANGE);
    CHECK_IS(gyre_iprobe(check_world, 0, -3, NULL), GYRE_ERR_RANGE);
    CHECK_IS(gyre_send(check_world, NULL, 1, 0, 0), GYRE_ERR_ARG);
    CHECK_IS(gyre_recv(check_world, NULL, 1, 0, 0, NULL), GYRE_ERR_ARG);
    CHECK_IS(gyre_send(NULL, &byte, 1, 0, 0), GYRE_ERR_ARG);
    CHECK_IS(gyre_isend(check_world, &byte, 1, 0, 0, NULL), GYRE_ERR_ARG);
    CHECK_IS(gyre_irecv(check_world, &byte, 1, 0, 0, NULL), GYRE_ERR_ARG);
    CHECK_IS(gyre_send(check_world, &byte, SIZE_MAX, 0, 0), GYRE_ERR_RANGE);
    CHECK_IS(gyre_comm_split(check_world, -2, 0, &part), GYRE_ERR_RANGE);
    CHECK_IS(gyre_comm_dup(NULL, &part), GYRE_ERR_ARG);
    CHECK(!req);
    CHECK(gyre_last_error()[0]);
}

static void refused_requests(void)
{
    gyre_request_t *req = NULL, *copy, *nulls[3] = {NULL};
    gyre_comm_t *self = gyre_comm_self(check_ctx), *freed;
    int value = 0, index = 5;
    gyre_status_t statuses[3];
    CHECK_IS(gyre_test(NULL, NULL), GYRE_ERR_STATE);
    CHECK_IS(gyre_wait(&req, NULL), GYRE_ERR_STATE);
    CHECK_IS(gyre_cancel(NULL), GYRE_ERR_STATE);
    CHECK_OK(gyre_wait_all(3, nulls, statuses, NULL));
    CHECK_IS(statuses[2], GYRE_OK);
    CHECK_OK(gyre_wait_all(0, NULL, NULL, NULL));
    CHECK_OK(gyre_wait_any(3, nulls, &index, NULL));
    CHECK_EQ(index, -1);
    CHECK_OK(gyre_irecv(self, &value, sizeof(value), 0, 1, &req));
    copy = req;
    CHECK_OK(gyre_send(self, &value, sizeof(value), 0, 1));
    CHECK_OK(gyre_wait(&req, NULL));
    CHECK_IS(gyre_wait(&copy, NULL), GYRE_ERR_STATE);
    CHECK_IS(gyre_cancel(copy), GYRE_ERR_STATE);

    CHECK_OK(gyre_comm_dup(self, &freed));
    CHECK_OK(gyre_irecv(freed, &value, sizeof(value), 0, 1, &req));
    gyre_comm_destroy(freed);
    CHECK_IS(gyre_wait(&req, NULL), GYRE_ERR_CANCELED);
    CHECK_IS(gyre_send(freed, &value, sizeof(value), 0, 1), GYRE_ERR_STATE);
    CHECK_IS(gyre_comm_dup(freed, &freed), GYRE_ERR_STATE);
    gyre_comm_destroy(freed);
}

/* wait_all goes on after an error and gives every request its own status. */
static void mixed_ends(void)
{
    gyre_comm_t *self = gyre_comm_self(check_ctx);
    gyre_request_t *reqs[3];
    gyre_status_t statuses[3];
    int value[3] = {0}, out = 7;
    char small;
    CHECK_OK(gyre_irecv(self, &value[0], sizeof(int), 0, 1, &reqs[0]));
    CHECK_OK(gyre_irecv(self, &small, sizeof(small), 0, 2, &reqs[1]));
    CHECK_OK(gyre_irecv(self, &value[2], sizeof(int), 0, 3, &reqs[2]));
    CHECK_OK(gyre_cancel(reqs[0]));
    CHECK_OK(gyre_send(self, &out, sizeof(out), 0, 2));
    CHECK_OK(gyre_send(self, &out, sizeof(out), 0, 3));
    CHECK_IS(gyre_wait_all(3, reqs, statuses, NULL), GYRE_ERR_CANCELED);
    CHECK_IS(statuses[0], GYRE_ERR_CANCELED);
    CHECK_IS(statuses[1], GYRE_ERR_TRUNCATED);
    CHECK_IS(statuses[2], GYRE_OK);
    CHECK_EQ(value[2], 7);
}

static const check_case_t cases[] = {
    {"dup", dup_and_names},         {"spaces", spaces},         {"splits", splits},
    {"subsets", subsets},           {"truncation", truncation}, {"arguments", refused_arguments},
    {"requests", refused_requests}, {"mixed-ends", mixed_ends},
};

int main(int argc, char **argv)
{
    return check_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]), GYRE_THREAD_SINGLE, 100);
}
