/* SPDX-License-Identifier: Apache-2.0 */
/* Gyre's side of the benchmark: start-up, barrier and gather made of messages, and the memory
 * that the one-sided operations use. Nothing here is timed. */
#include "worker.h"

#include <stdio.h>
#include <string.h>

gyre_context_t *gyre__bench_context;
gyre_comm_t *gyre__bench_world;

int gyre__bench_main(int argc, char **argv);

static char library[40];

static int worker_open(gyre__bench_t *bench)
{
    gyre_status_t status = gyre_init(NULL, &gyre__bench_context);
    if (status)
        return status;
    gyre__bench_world = gyre_comm_world(gyre__bench_context);
    bench->rank = gyre_comm_rank(gyre__bench_world);
    bench->size = gyre_comm_size(gyre__bench_world);
    return GYRE_OK;
}

static void worker_close(gyre__bench_t *bench)
{
    (void)bench;
    gyre_finalize(gyre__bench_context);
}

/* Dissemination: after step k every rank has heard of 2^k others. */
static int worker_barrier(gyre__bench_t *bench)
{
    int rank = bench->rank, size = bench->size;
    for (int step = 1; step < size; step *= 2) {
        gyre_status_t status =
            gyre_sendrecv(gyre__bench_world, NULL, 0, (rank + step) % size, GYRE__BENCH_TAG_DRIVER,
                          NULL, 0, (rank - step + size) % size, GYRE__BENCH_TAG_DRIVER, NULL);
        if (status)
            return status;
    }
    return GYRE_OK;
}

static int worker_gather(gyre__bench_t *bench, const void *mine, size_t length, void *all)
{
    gyre_status_t status = GYRE_OK;
    if (bench->rank)
        return gyre_send(gyre__bench_world, mine, length, 0, GYRE__BENCH_TAG_DRIVER);
    memcpy(all, mine, length);
    for (int rank = 1; rank < bench->size && !status; rank++)
        status = gyre_recv(gyre__bench_world, (char *)all + (size_t)rank * length, length, rank,
                           GYRE__BENCH_TAG_DRIVER, NULL);
    return status;
}

static int worker_share(gyre__bench_t *bench, void *data, size_t length)
{
    gyre_status_t status = GYRE_OK;
    if (bench->rank)
        return gyre_recv(gyre__bench_world, data, length, 0, GYRE__BENCH_TAG_DRIVER, NULL);
    for (int rank = 1; rank < bench->size && !status; rank++)
        status = gyre_send(gyre__bench_world, data, length, rank, GYRE__BENCH_TAG_DRIVER);
    return status;
}

static const char *worker_path(gyre__bench_t *bench)
{
    gyre_worker_info_t peer;
    if (bench->opts.op->one_sided ||
        gyre_worker(gyre__bench_context, (uint32_t)bench->peer, &peer) != GYRE_OK)
        return gyre_net_name(gyre__bench_context);
    return strcmp(peer.carrier, "shm") ? peer.carrier : "node segment";
}

static const char *worker_error(int status)
{
    const char *detail = gyre_last_error();
    return *detail ? detail : gyre_status_string(status);
}

static gyre_status_t region_offer(gyre__bench_t *bench, gyre__bench_region_t *region)
{
    char key[GYRE_KEY_MAX];
    size_t length = sizeof(key);
    gyre_status_t status = gyre_mem_alloc(gyre__bench_context, bench->room, &region->mem);
    if (!status)
        status = gyre_mem_export(region->mem, key, &length);
    if (!status)
        status = gyre_send(gyre__bench_world, key, length, bench->peer, GYRE__BENCH_TAG_DATA);
    return status;
}

static gyre_status_t region_take(gyre__bench_t *bench, gyre__bench_region_t *region)
{
    char key[GYRE_KEY_MAX];
    gyre_message_info_t info;
    gyre_status_t status =
        gyre_recv(gyre__bench_world, key, sizeof(key), bench->peer, GYRE__BENCH_TAG_DATA, &info);
    if (!status)
        status =
            gyre_remote_import(gyre__bench_world, bench->peer, key, info.length, &region->remote);
    return status;
}

gyre_status_t gyre__bench_region_open(gyre__bench_t *bench, gyre__bench_region_t *region)
{
    if (bench->role == GYRE__BENCH_TARGET)
        return region_offer(bench, region);
    return bench->role ? region_take(bench, region) : GYRE_OK;
}

void gyre__bench_region_close(gyre__bench_region_t *region)
{
    gyre_remote_release(region->remote);
    gyre_mem_release(region->mem);
}

int gyre__bench_main(int argc, char **argv)
{
    static const gyre__bench_op_t *const ops[] = {
        &gyre__bench_latency, &gyre__bench_bandwidth, &gyre__bench_bibandwidth,
        &gyre__bench_rate,    &gyre__bench_put,       &gyre__bench_get,
        &gyre__bench_atomic,  &gyre__bench_iteration, NULL};
    static const gyre__bench_op_t *const flows[] = {&gyre__bench_partition,
                                                    &gyre__bench_keyed_reduce, &gyre__bench_join,
                                                    &gyre__bench_sort, NULL};
    gyre__bench_side_t side = {.program = "gyre bench",
                               .library = library,
                               .launch = "gyre run -n 2 gyre bench latency",
                               .ops = ops,
                               .flows = flows,
                               .open = worker_open,
                               .close = worker_close,
                               .barrier = worker_barrier,
                               .gather = worker_gather,
                               .share = worker_share,
                               .path = worker_path,
                               .error = worker_error,
                               .colls = &gyre__bench_collectives};
    snprintf(library, sizeof(library), "Gyre %s", gyre_version());
    return gyre__bench_run(&side, argc, argv);
}
