/* SPDX-License-Identifier: Apache-2.0 */
/* The plain ways to move a message, for every size at which a provider may change its ways. */
#include "tagged.h"

#include <stdlib.h>
#include <string.h>

const size_t tagged_sizes[] = {
    0,    1,    7,     8,     63,    64,    65,    4095,  4096,    4097,          8191,
    8192, 8193, 32767, 32768, 32769, 65535, 65536, 65537, 1 << 18, (1 << 20) + 1, 16 << 20};
const size_t tagged_size_count = sizeof(tagged_sizes) / sizeof(tagged_sizes[0]);

char *to_send(size_t length, uint64_t key)
{
    char *buf = malloc(length + 1);
    CHECK(buf);
    check_fill(buf, length, key);
    return buf;
}

char *to_receive(size_t length)
{
    char *buf = malloc(length + GUARD);
    CHECK(buf);
    memset(buf + length, 0x5a, GUARD);
    return buf;
}

void taken(const char *file, int line, char *buf, size_t room, size_t length, uint64_t key)
{
    check_content(file, line, buf, length, key);
    for (int i = 0; i < GUARD; i++)
        if (buf[room + (size_t)i] != 0x5a)
            check_fail(file, line, "byte %d behind a buffer of %zu changed", i, room);
    free(buf);
}

/* One message to the rank `distance` on; the receive is posted before or after. */
static void ring_once(size_t length, int distance, bool early)
{
    int to = (check_rank + distance) % check_size;
    int from = (check_rank + check_size - distance) % check_size;
    char *out = to_send(length, message_key(check_rank, to, length)), *in = to_receive(length);
    gyre_request_t *send = NULL, *recv = NULL;
    gyre_message_info_t info;
    if (early)
        CHECK_OK(gyre_irecv(check_world, in, length, from, 3, &recv));
    check_barrier();
    CHECK_OK(gyre_isend(check_world, out, length, to, 3, &send));
    if (!early)
        CHECK_OK(gyre_recv(check_world, in, length, from, 3, &info));
    else
        CHECK_OK(gyre_wait(&recv, &info));
    CHECK_OK(gyre_wait(&send, NULL));
    CHECK(!send && !recv);
    CHECK_INFO(info, from, 3, length);
    TAKEN(in, length, message_key(from, check_rank, length));
    free(out);
}

void tagged_ring(void)
{
    for (size_t i = 0; i < tagged_size_count; i++)
        for (int distance = 0; distance < check_size && distance < 3; distance++) {
            ring_once(tagged_sizes[i], distance, true);
            ring_once(tagged_sizes[i], distance, false);
        }
}

/* Blocking calls only; a receive buffer larger than the message is left alone behind it. */
static void ping_pong(int peer, size_t length, uint64_t number)
{
    char *out = to_send(length, message_key(check_rank, peer, number));
    char *in = to_receive(length);
    gyre_message_info_t info;
    bool first = check_rank < peer;
    if (first)
        CHECK_OK(gyre_send(check_world, out, length, peer, 9));
    CHECK_OK(gyre_recv(check_world, in, length + GUARD / 2, peer, 9, &info));
    if (!first)
        CHECK_OK(gyre_send(check_world, out, length, peer, 9));
    CHECK_INFO(info, peer, 9, length);
    TAKEN(in, length, message_key(peer, check_rank, number));
    free(out);
}

void tagged_pairs(void)
{
    int peer = check_rank ^ 1;
    if (peer >= check_size)
        return;
    for (size_t i = 0; i < tagged_size_count; i++)
        for (uint64_t round = 0; round < 4; round++)
            ping_pong(peer, tagged_sizes[i], 10 * i + round);
}

void tagged_sendrecv(void)
{
    for (int distance = 0; distance < check_size; distance++)
        for (size_t i = 0; i < tagged_size_count - 1; i++) {
            int to = (check_rank + distance) % check_size;
            int from = (check_rank + check_size - distance) % check_size;
            size_t length = tagged_sizes[i] + (size_t)check_rank;
            size_t coming = tagged_sizes[i] + (size_t)from;
            char *out = to_send(length, message_key(check_rank, to, i)), *in = to_receive(coming);
            gyre_message_info_t info;
            CHECK_OK(gyre_sendrecv(check_world, out, length, to, distance, in, coming, from,
                                   distance, &info));
            CHECK_INFO(info, from, distance, coming);
            TAKEN(in, coming, message_key(from, check_rank, i));
            free(out);
        }
}

/* Messages to oneself, on the world and on the communicator of one. */
static void self_on(gyre_comm_t *comm, size_t length)
{
    int me = gyre_comm_rank(comm);
    char *out[3], *in;
    gyre_request_t *sends[3], *recv;
    gyre_message_info_t info;
    for (int i = 0; i < 3; i++) {
        out[i] = to_send(length, (uint64_t)i);
        CHECK_OK(gyre_isend(comm, out[i], length, me, i, &sends[i]));
    }
    for (int i = 2; i >= 0; i--) {
        in = to_receive(length);
        CHECK_OK(gyre_recv(comm, in, length, i == 1 ? GYRE_ANY_SOURCE : me, i, &info));
        CHECK_INFO(info, me, i, length);
        TAKEN(in, length, (uint64_t)i);
    }
    CHECK_OK(gyre_wait_all(3, sends, NULL, NULL));
    in = to_receive(length);
    CHECK_OK(gyre_irecv(comm, in, length, me, GYRE_ANY_TAG, &recv));
    CHECK_OK(gyre_send(comm, out[0], length, me, 77));
    CHECK_OK(gyre_wait(&recv, &info));
    CHECK_INFO(info, me, 77, length);
    TAKEN(in, length, 0);
    for (int i = 0; i < 3; i++)
        free(out[i]);
}

void tagged_self(void)
{
    for (size_t i = 0; i < tagged_size_count; i++) {
        self_on(check_world, tagged_sizes[i]);
        self_on(gyre_comm_self(check_ctx), tagged_sizes[i]);
    }
}

/* Sizes that take different ways in turn must still be matched in the order sent. */
void tagged_order(void)
{
    enum { COUNT = 240 };
    static const size_t lengths[] = {8, 70000, 0, 64, 33000, 4096, 300000, 1};
    gyre_request_t *sends[COUNT], *recvs[COUNT / 2];
    char *out[COUNT], *in[COUNT];
    for (int i = 0; i < COUNT; i++) {
        in[i] = to_receive(lengths[i % 8]);
        out[i] = to_send(lengths[i % 8], message_key(check_rank, next_rank(), (uint64_t)i));
    }
    for (int i = 0; i < COUNT / 2; i++)
        CHECK_OK(gyre_irecv(check_world, in[i], lengths[i % 8], prev_rank(), 1, &recvs[i]));
    for (int i = 0; i < COUNT; i++)
        CHECK_OK(gyre_isend(check_world, out[i], lengths[i % 8], next_rank(), 1, &sends[i]));
    for (int i = COUNT / 2; i < COUNT; i++)
        CHECK_OK(gyre_recv(check_world, in[i], lengths[i % 8], prev_rank(), 1, NULL));
    CHECK_OK(gyre_wait_all(COUNT / 2, recvs, NULL, NULL));
    CHECK_OK(gyre_wait_all(COUNT, sends, NULL, NULL));
    for (int i = 0; i < COUNT; i++) {
        TAKEN(in[i], lengths[i % 8], message_key(prev_rank(), check_rank, (uint64_t)i));
        free(out[i]);
    }
}
