/* SPDX-License-Identifier: Apache-2.0 */
/* Which message a receive takes: wildcards, order of posting, probes, withdrawn receives. */
#include "tagged.h"

#include <stdlib.h>

/* Everyone, rank 0 included, sends to rank 0, which takes what comes: in order per source. */
void tagged_any_source(void)
{
    enum { COUNT = 100 };
    gyre_request_t *sends[COUNT];
    size_t lengths[COUNT];
    char *out[COUNT];
    for (int i = 0; i < COUNT; i++) {
        lengths[i] = i % 10 ? (size_t)i : 40000;
        out[i] = to_send(lengths[i], message_key(check_rank, 0, (uint64_t)i));
        CHECK_OK(gyre_isend(check_world, out[i], lengths[i], 0, 7, &sends[i]));
    }
    int *seen = calloc((size_t)check_size, sizeof(int));
    for (int i = 0; !check_rank && i < COUNT * check_size; i++) {
        char *in = to_receive(40000);
        gyre_message_info_t info;
        CHECK_OK(gyre_recv(check_world, in, 40000, GYRE_ANY_SOURCE, 7, &info));
        CHECK(info.source >= 0 && info.source < check_size && seen[info.source] < COUNT);
        int number = seen[info.source]++;
        CHECK_EQ(info.length, lengths[number]);
        CHECK_CONTENT(in, info.length, message_key(info.source, 0, (uint64_t)number));
        free(in);
    }
    CHECK_OK(gyre_wait_all(COUNT, sends, NULL, NULL));
    for (int i = 0; i < COUNT; i++)
        free(out[i]);
    free(seen);
}

static void send_number(int number, int tag)
{
    CHECK_OK(gyre_send(check_world, &number, sizeof(number), next_rank(), tag));
}

static void expect_number(int source, int tag, int number, int number_tag)
{
    int got = -1;
    gyre_message_info_t info;
    CHECK_OK(gyre_recv(check_world, &got, sizeof(got), source, tag, &info));
    CHECK_EQ(got, number);
    CHECK_INFO(info, prev_rank(), number_tag, sizeof(got));
}

void tagged_any_tag(void)
{
    static const int tags[] = {5, 0, 5, 2147483647, 1, 5};
    for (int i = 0; i < 6; i++)
        send_number(i, tags[i]);
    expect_number(prev_rank(), 1, 4, 1);
    expect_number(prev_rank(), GYRE_ANY_TAG, 0, 5);
    expect_number(GYRE_ANY_SOURCE, 5, 2, 5);
    expect_number(GYRE_ANY_SOURCE, GYRE_ANY_TAG, 1, 0);
    expect_number(prev_rank(), 5, 5, 5);
    expect_number(GYRE_ANY_SOURCE, GYRE_ANY_TAG, 3, 2147483647);
}

/* A message takes the first posted receive that it fits, wildcard or not. */
void tagged_posted_order(void)
{
    static const int sources[] = {GYRE_ANY_SOURCE, 0, GYRE_ANY_SOURCE, 0, GYRE_ANY_SOURCE};
    static const int tags[] = {5, 5, GYRE_ANY_TAG, GYRE_ANY_TAG, 6};
    static const int sent[] = {5, 6, 5, 4, 6}; /* taken by 0, 2, 1, 3, 4 */
    static const int expected[] = {0, 2, 1, 3, 4};
    gyre_request_t *recvs[5];
    int got[5];
    gyre_message_info_t infos[5];
    for (int round = 0; round < 20; round++) {
        for (int i = 0; i < 5; i++) {
            int source = sources[i] ? GYRE_ANY_SOURCE : prev_rank();
            CHECK_OK(gyre_irecv(check_world, &got[i], sizeof(int), source, tags[i], &recvs[i]));
        }
        check_barrier();
        for (int i = 0; i < 5; i++)
            send_number(i, sent[i]);
        CHECK_OK(gyre_wait_all(5, recvs, NULL, infos));
        for (int i = 0; i < 5; i++) {
            CHECK_EQ(got[i], expected[i]);
            CHECK_INFO(infos[i], prev_rank(), sent[expected[i]], sizeof(int));
        }
    }
}

/* A probe tells all about the message and leaves it there, for eager and later data alike. */
static void probe_length(size_t length)
{
    char *out = to_send(length, length), *in = to_receive(length);
    gyre_request_t *send;
    gyre_message_info_t info;
    CHECK_IS(gyre_iprobe(check_world, GYRE_ANY_SOURCE, GYRE_ANY_TAG, &info), GYRE_IN_PROGRESS);
    check_barrier();
    CHECK_OK(gyre_isend(check_world, out, length, next_rank(), 11, &send));
    CHECK_OK(gyre_probe(check_world, prev_rank(), 11, &info));
    CHECK_INFO(info, prev_rank(), 11, length);
    CHECK_OK(gyre_iprobe(check_world, GYRE_ANY_SOURCE, GYRE_ANY_TAG, &info));
    CHECK_INFO(info, prev_rank(), 11, length);
    CHECK_IS(gyre_iprobe(check_world, prev_rank(), 12, &info), GYRE_IN_PROGRESS);
    CHECK_OK(gyre_probe(check_world, GYRE_ANY_SOURCE, GYRE_ANY_TAG, NULL));
    CHECK_OK(gyre_recv(check_world, in, length, prev_rank(), 11, &info));
    CHECK_INFO(info, prev_rank(), 11, length);
    TAKEN(in, length, length);
    CHECK_IS(gyre_iprobe(check_world, GYRE_ANY_SOURCE, GYRE_ANY_TAG, &info), GYRE_IN_PROGRESS);
    CHECK_OK(gyre_wait(&send, NULL));
    free(out);
    check_barrier();
}

void tagged_probe(void)
{
    for (size_t i = 0; i < tagged_size_count; i++)
        probe_length(tagged_sizes[i]);
}

void tagged_cancel(void)
{
    int never = 0, got = 0;
    gyre_request_t *recv, *send;
    size_t length = 1 << 20;
    CHECK_OK(gyre_irecv(check_world, &never, sizeof(never), prev_rank(), 21, &recv));
    CHECK_IS(gyre_test(&recv, NULL), GYRE_IN_PROGRESS);
    CHECK_OK(gyre_cancel(recv));
    CHECK_IS(gyre_wait(&recv, NULL), GYRE_ERR_CANCELED);
    CHECK(!recv);
    check_barrier();
    int number = 100 + check_rank;
    CHECK_OK(gyre_send(check_world, &number, sizeof(number), next_rank(), 21));
    CHECK_OK(gyre_recv(check_world, &got, sizeof(got), prev_rank(), 21, NULL));
    CHECK_EQ(got, 100 + prev_rank());
    CHECK_EQ(never, 0);

    char *out = to_send(length, 1), *in = to_receive(length);
    CHECK_OK(gyre_isend(check_world, out, length, next_rank(), 22, &send));
    CHECK_IS(gyre_cancel(send), GYRE_ERR_NOT_SUPPORTED);
    CHECK_OK(gyre_recv(check_world, in, length, prev_rank(), 22, NULL));
    TAKEN(in, length, 1);
    CHECK_OK(gyre_wait(&send, NULL));
    free(out);
}

/* Withdrawing races with the message: it is received once, by the one or by the other. */
void tagged_cancel_race(void)
{
    static const size_t lengths[] = {4, 40000};
    for (int round = 0; round < 200; round++) {
        size_t length = lengths[round % 2];
        char *out = to_send(length, (uint64_t)round), *in = to_receive(length);
        gyre_request_t *recv, *send;
        gyre_message_info_t info;
        CHECK_OK(gyre_irecv(check_world, in, length, prev_rank(), 23, &recv));
        CHECK_OK(gyre_isend(check_world, out, length, next_rank(), 23, &send));
        for (int i = 0; i < round % 7; i++)
            gyre_progress(check_ctx);
        gyre_status_t asked = gyre_cancel(recv);
        gyre_status_t end = gyre_wait(&recv, &info);
        CHECK_IS(end, asked == GYRE_OK ? GYRE_ERR_CANCELED : GYRE_OK);
        if (asked == GYRE_OK)
            CHECK_OK(gyre_recv(check_world, in, length, prev_rank(), 23, &info));
        CHECK_INFO(info, prev_rank(), 23, length);
        CHECK_OK(gyre_wait(&send, NULL));
        TAKEN(in, length, (uint64_t)round);
        free(out);
    }
}
