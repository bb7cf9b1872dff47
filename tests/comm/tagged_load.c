/* SPDX-License-Identifier: Apache-2.0 */
/* Many messages at once: more than any ring, window or queue holds. */
#include "tagged.h"

#include <stdlib.h>

/* All of it arrives before anything is asked for, and is then taken from the last to the first. */
void tagged_flood(void)
{
    enum { SMALL = 2000, ALL = SMALL + 20 };
    uint64_t seed = check_seed(), state = seed;
    size_t *lengths = calloc(ALL, sizeof(*lengths));
    char **out = calloc(ALL, sizeof(*out));
    gyre_request_t **sends = calloc(ALL, sizeof(*sends));
    for (int i = 0; i < ALL; i++)
        lengths[i] = i < SMALL ? (size_t)check_below(&state, 2000) : (size_t)1 << 20;
    for (int i = 0; i < ALL; i++) {
        out[i] = to_send(lengths[i], message_key(check_rank, next_rank(), (uint64_t)i));
        CHECK_OK(gyre_isend(check_world, out[i], lengths[i], next_rank(), i, &sends[i]));
    }
    check_barrier();
    for (int i = ALL - 1; i >= 0; i--) {
        char *in = to_receive(lengths[i]);
        gyre_message_info_t info;
        CHECK_OK(gyre_recv(check_world, in, lengths[i], prev_rank(), i, &info));
        CHECK_INFO(info, prev_rank(), i, lengths[i]);
        TAKEN(in, lengths[i], message_key(prev_rank(), check_rank, (uint64_t)i));
    }
    CHECK_OK(gyre_wait_all(ALL, sends, NULL, NULL));
    for (int i = 0; i < ALL; i++)
        free(out[i]);
    free(out);
    free(sends);
    free(lengths);
}

/* Everyone to everyone, all receives and sends outstanding together. */
void tagged_in_flight(void)
{
    enum { EACH = 250, LENGTH = 700 };
    int count = EACH * check_size;
    gyre_request_t **reqs = calloc((size_t)count * 2, sizeof(*reqs));
    gyre_status_t *statuses = calloc((size_t)count * 2, sizeof(*statuses));
    gyre_message_info_t *infos = calloc((size_t)count * 2, sizeof(*infos));
    char **bufs = calloc((size_t)count * 2, sizeof(*bufs));
    for (int i = 0; i < count; i++) {
        int peer = i % check_size;
        bufs[i] = to_receive(LENGTH);
        CHECK_OK(gyre_irecv(check_world, bufs[i], LENGTH, peer, i / check_size, &reqs[i]));
    }
    for (int i = count; i < 2 * count; i++) {
        int peer = (i + check_rank) % check_size, number = (i - count) / check_size;
        bufs[i] = to_send(LENGTH, message_key(check_rank, peer, (uint64_t)number));
        CHECK_OK(gyre_isend(check_world, bufs[i], LENGTH, peer, number, &reqs[i]));
    }
    CHECK_OK(gyre_wait_all(2 * count, reqs, statuses, infos));
    for (int i = 0; i < 2 * count; i++) {
        CHECK_IS(statuses[i], GYRE_OK);
        CHECK(!reqs[i]);
    }
    for (int i = 0; i < count; i++) {
        int peer = i % check_size, number = i / check_size;
        CHECK_INFO(infos[i], peer, number, LENGTH);
        TAKEN(bufs[i], LENGTH, message_key(peer, check_rank, (uint64_t)number));
        free(bufs[count + i]);
    }
    free(reqs);
    free(statuses);
    free(infos);
    free(bufs);
}

/* Completes receives of all peers one by one, in whatever order they finish. */
void tagged_wait_any(void)
{
    enum { EACH = 40 };
    static const size_t lengths[] = {16, 50000, 900, 400000};
    int count = EACH * check_size, index;
    gyre_request_t **recvs = calloc((size_t)count, sizeof(*recvs));
    gyre_request_t **sends = calloc((size_t)count, sizeof(*sends));
    char **in = calloc((size_t)count, sizeof(*in)), **out = calloc((size_t)count, sizeof(*out));
    for (int i = 0; i < count; i++) {
        int peer = i % check_size;
        size_t length = lengths[i / check_size % 4];
        in[i] = to_receive(length);
        out[i] = to_send(length, message_key(check_rank, peer, (uint64_t)(i / check_size)));
        CHECK_OK(gyre_irecv(check_world, in[i], length, peer, i / check_size, &recvs[i]));
        CHECK_OK(gyre_isend(check_world, out[i], length, peer, i / check_size, &sends[i]));
    }
    for (int done = 0; done < count; done++) {
        gyre_message_info_t info;
        CHECK_OK(gyre_wait_any(count, recvs, &index, &info));
        CHECK(index >= 0 && index < count && in[index] && !recvs[index]);
        size_t length = lengths[index / check_size % 4];
        CHECK_INFO(info, index % check_size, index / check_size, length);
        TAKEN(in[index], length,
              message_key(index % check_size, check_rank, (uint64_t)(index / check_size)));
        in[index] = NULL;
    }
    CHECK_OK(gyre_wait_any(count, recvs, &index, NULL));
    CHECK_EQ(index, -1);
    CHECK_OK(gyre_wait_all(count, sends, NULL, NULL));
    for (int i = 0; i < count; i++)
        free(out[i]);
    free(recvs);
    free(sends);
    free(in);
    free(out);
}
