/* SPDX-License-Identifier: Apache-2.0 */
/* Latency: a message goes to the target and one of the same size comes back; half of the round
 * trip counts. */
#include "worker.h"

static int once(gyre__bench_t *bench)
{
    gyre_status_t status = GYRE_OK;
    if (bench->role == GYRE__BENCH_ORIGIN)
        status = gyre_send(gyre__bench_world, bench->send, bench->length, bench->peer,
                           GYRE__BENCH_TAG_DATA);
    if (!status)
        status = gyre_recv(gyre__bench_world, bench->recv, bench->length, bench->peer,
                           GYRE__BENCH_TAG_DATA, NULL);
    if (!status && bench->role == GYRE__BENCH_TARGET)
        status = gyre_send(gyre__bench_world, bench->send, bench->length, bench->peer,
                           GYRE__BENCH_TAG_DATA);
    return status;
}

const gyre__bench_op_t gyre__bench_latency = {
    .name = "latency",
    .title = "Latency",
    .help = "half of a ping-pong between paired workers",
    .metric = GYRE__BENCH_LATENCY,
    .legs = 2,
    .min = 1,
    .max = 4 << 20,
    .most = SIZE_MAX,
    .iterations = 10000,
    .warmup = 100,
    .fills = GYRE__BENCH_BOTH,
    .checks = GYRE__BENCH_BOTH,
    .once = once,
};
