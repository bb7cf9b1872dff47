/* SPDX-License-Identifier: Apache-2.0 */
/* From a call to a run: check the arguments, find or build the program, give it the buffers. */
#include "harp/collective.h"

#include "base/error.h"
#include "comm/wait.h"
#include "harp/cache.h"
#include "harp/conf.h"
#include "harp/execute.h"
#include "harp/select.h"
#include "harp/team.h"

#include <stdlib.h>
#include <xxhash.h>

/* Which arguments a collective has. */
enum {
    ROOTED = 1 << 0,
    REDUCES = 1 << 1,
    IN_BLOCKS = 1 << 2,  /* in has a block for each member */
    OUT_BLOCKS = 1 << 3, /* out has one */
    IN_V = 1 << 4,       /* their counts are in_counts */
    OUT_V = 1 << 5,
    NEIGHBORS = 1 << 6, /* blocks are per neighbour */
};

static const uint8_t traits[GYRE__COLLS] = {
    [GYRE__BCAST] = ROOTED,
    [GYRE__REDUCE] = ROOTED | REDUCES,
    [GYRE__ALLREDUCE] = REDUCES,
    [GYRE__REDUCE_SCATTER] = REDUCES | IN_BLOCKS | IN_V,
    [GYRE__REDUCE_SCATTER_BLOCK] = REDUCES | IN_BLOCKS,
    [GYRE__GATHER] = ROOTED | OUT_BLOCKS,
    [GYRE__GATHERV] = ROOTED | OUT_BLOCKS | OUT_V,
    [GYRE__SCATTER] = ROOTED | IN_BLOCKS,
    [GYRE__SCATTERV] = ROOTED | IN_BLOCKS | IN_V,
    [GYRE__ALLGATHER] = OUT_BLOCKS,
    [GYRE__ALLGATHERV] = OUT_BLOCKS | OUT_V,
    [GYRE__ALLTOALL] = IN_BLOCKS | OUT_BLOCKS,
    [GYRE__ALLTOALLV] = IN_BLOCKS | OUT_BLOCKS | IN_V | OUT_V,
    [GYRE__SCAN] = REDUCES,
    [GYRE__EXSCAN] = REDUCES,
    [GYRE__NEIGHBOR_ALLGATHER] = OUT_BLOCKS | NEIGHBORS,
    [GYRE__NEIGHBOR_ALLGATHERV] = OUT_BLOCKS | OUT_V | NEIGHBORS,
    [GYRE__NEIGHBOR_ALLTOALL] = IN_BLOCKS | OUT_BLOCKS | NEIGHBORS,
    [GYRE__NEIGHBOR_ALLTOALLV] = IN_BLOCKS | OUT_BLOCKS | IN_V | OUT_V | NEIGHBORS,
};

/* So many elements of up to this size are less than GYRE__LENGTH_MAX bytes for any number of
 * members: 2^8 times 2^12 times 2^24. Spares small calls two divisions. */
enum { COUNT_UNCHECKED = 1 << 8, ELEMENT_UNCHECKED = 1 << 12 };

/* A call, checked, with what follows from its arguments at this member. Small collectives spend
 * their time on such things as copying what has just been stored in other widths, which has to
 * wait for the stores, among them those to lines that peers hold: nothing here is copied or
 * cleared as a whole. */
typedef struct call {
    gyre_comm_t *comm;
    const gyre__args_t *args;
    unsigned traits;
    bool root; /* or not rooted */
    bool in_place;
    size_t element;
    int in_blocks, out_blocks; /* number of them */
    gyre__work_t work;
} call_t;

static bool has(const call_t *call, unsigned trait)
{
    return call->traits & trait;
}

/* Then the blocks of out are those of in as well. */
static bool alltoall_in_place(const call_t *call)
{
    return has(call, IN_BLOCKS) && has(call, OUT_BLOCKS) && call->args->in == GYRE_IN_PLACE;
}

static const char *name_of(const call_t *call)
{
    return gyre__collectives[call->args->coll]->name;
}

static gyre_status_t check_type(call_t *call)
{
    const gyre__args_t *args = call->args;
    if (args->coll == GYRE__BARRIER)
        return GYRE_OK;
    call->element = gyre_type_size(args->type);
    if (call->element == 0)
        return gyre__error(GYRE_ERR_ARG, "%s: type %d, expected a built-in or created one",
                           name_of(call), (int)args->type);
    return has(call, REDUCES) ? gyre__op_kernel(args->op, args->type, &call->work.kernel) : GYRE_OK;
}

static gyre_status_t check_arrays(const call_t *call, int blocks, const size_t *counts,
                                  const size_t *displs, bool needs_displs)
{
    uint64_t most = GYRE__LENGTH_MAX / call->element, sum = 0;
    if (blocks && (!counts || (needs_displs && !displs)))
        return gyre__error(GYRE_ERR_ARG, "%s: no %s, expected %d of them", name_of(call),
                           counts ? "displacements" : "counts", blocks);
    for (int i = 0; i < blocks; i++) {
        uint64_t displ = displs ? displs[i] : sum;
        if (counts[i] > most - sum || displ > most - counts[i])
            return gyre__error(GYRE_ERR_RANGE,
                               "%s: %zu elements of %zu bytes at element %llu, expected less than "
                               "2^48 bytes in all",
                               name_of(call), counts[i], call->element, (unsigned long long)displ);
        sum += counts[i];
    }
    return GYRE_OK;
}

static gyre_status_t check_count(const call_t *call)
{
    size_t count = call->args->count, blocks = (size_t)call->comm->size;
    if (count <= COUNT_UNCHECKED && call->element <= ELEMENT_UNCHECKED)
        return GYRE_OK;
    if ((size_t)call->in_blocks > blocks) /* neighbours may be named more than once */
        blocks = (size_t)call->in_blocks;
    if ((size_t)call->out_blocks > blocks)
        blocks = (size_t)call->out_blocks;
    if (count <= GYRE__LENGTH_MAX / call->element / blocks)
        return GYRE_OK;
    return gyre__error(GYRE_ERR_RANGE,
                       "%s: %zu elements of %zu bytes, %zu times, expected less than 2^48 bytes",
                       name_of(call), count, call->element, blocks);
}

static gyre_status_t count_blocks(call_t *call)
{
    const gyre__args_t *args = call->args;
    const gyre_comm_t *comm = call->comm;
    bool neighbors = has(call, NEIGHBORS);
    if (neighbors && !comm->has_neighbors)
        return gyre__error(GYRE_ERR_STATE, "%s: the communicator is not of gyre_comm_neighbors",
                           name_of(call));
    call->in_blocks = neighbors ? comm->dest_count : comm->size;
    call->out_blocks = neighbors ? comm->source_count : comm->size;
    gyre_status_t status = GYRE_OK;
    if (has(call, IN_V) && call->root && !alltoall_in_place(call))
        status = check_arrays(call, call->in_blocks, args->in_counts, args->in_displs,
                              !has(call, REDUCES));
    if (status == GYRE_OK && has(call, OUT_V) && call->root)
        status = check_arrays(call, call->out_blocks, args->out_counts, args->out_displs, true);
    return status;
}

/* Bytes from the buffer's start that the blocks reach to. */
static uint64_t extent(const call_t *call, bool v, int blocks, const size_t *counts,
                       const size_t *displs)
{
    uint64_t end = 0, at = 0;
    if (!v)
        return (uint64_t)blocks * call->args->count * call->element;
    for (int i = 0; i < blocks; i++) {
        uint64_t offset = displs ? displs[i] : at;
        at += counts[i];
        if (counts[i] && offset + counts[i] > end)
            end = offset + counts[i];
    }
    return end * call->element;
}

static void find_lengths(call_t *call)
{
    const gyre__args_t *args = call->args;
    gyre__work_t *work = &call->work;
    uint64_t vector = args->count * call->element;
    bool rooted = has(call, ROOTED);
    work->in_length = vector;
    if (alltoall_in_place(call))
        work->in_length = 0;
    else if (has(call, IN_BLOCKS))
        work->in_length = call->root ? extent(call, has(call, IN_V), call->in_blocks,
                                              args->in_counts, args->in_displs)
                                     : 0;
    work->out_length = vector;
    if (args->coll == GYRE__REDUCE_SCATTER)
        work->out_length = args->in_counts[call->comm->rank] * call->element;
    else if (has(call, OUT_BLOCKS))
        work->out_length = call->root ? extent(call, has(call, OUT_V), call->out_blocks,
                                               args->out_counts, args->out_displs)
                                      : 0;
    else if (rooted && has(call, REDUCES) && !call->root)
        work->out_length = 0;
    else if (args->coll == GYRE__EXSCAN && call->comm->rank == 0)
        work->out_length = 0; /* left alone */
}

static size_t own_offset(const call_t *call, bool v, const size_t *displs)
{
    size_t rank = (size_t)call->comm->rank;
    return (v ? displs[rank] : rank * call->args->count) * call->element;
}

static gyre_status_t refuse_in_place(const call_t *call)
{
    return gyre__error(GYRE_ERR_ARG, "%s: GYRE_IN_PLACE is not for this member or collective",
                       name_of(call));
}

/* GYRE_IN_PLACE becomes the address that it stands for. */
static gyre_status_t place(call_t *call)
{
    gyre__work_t *work = &call->work;
    const gyre__args_t *args = call->args;
    work->in = args->in;
    work->out = args->out;
    if (args->out == GYRE_IN_PLACE) {
        bool scatters = args->coll == GYRE__SCATTER || args->coll == GYRE__SCATTERV;
        if (!scatters || !call->root || args->in == GYRE_IN_PLACE)
            return refuse_in_place(call);
        work->out =
            (char *)(uintptr_t)args->in + own_offset(call, has(call, IN_V), args->in_displs);
        return GYRE_OK;
    }
    if (args->in != GYRE_IN_PLACE)
        return GYRE_OK;
    if (has(call, NEIGHBORS) || (has(call, ROOTED) && !call->root) ||
        (has(call, ROOTED) && has(call, IN_BLOCKS)) || args->coll == GYRE__BCAST)
        return refuse_in_place(call);
    call->in_place = true;
    work->in = args->out;
    if (has(call, OUT_BLOCKS) && !has(call, IN_BLOCKS))
        work->in = (char *)args->out + own_offset(call, has(call, OUT_V), args->out_displs);
    return GYRE_OK;
}

static gyre_status_t check_buffers(const call_t *call)
{
    const gyre__work_t *work = &call->work;
    if ((work->in_length && !work->in) || (work->out_length && !work->out))
        return gyre__error(GYRE_ERR_ARG, "%s: %llu bytes of input at %p, %llu of output at %p",
                           name_of(call), (unsigned long long)work->in_length, work->in,
                           (unsigned long long)work->out_length, work->out);
    return GYRE_OK;
}

static gyre_status_t check(gyre_comm_t *comm, const gyre__args_t *args, call_t *call)
{
    gyre_status_t status = GYRE_OK;
    call->comm = comm;
    call->args = args;
    call->traits = traits[args->coll];
    call->element = 1;
    call->in_place = false;
    call->in_blocks = call->out_blocks = 0;
    call->root = !has(call, ROOTED) || args->root == comm->rank;
    call->work.type = args->type;
    if (has(call, ROOTED))
        status = gyre__comm_check_rank(comm, args->root);
    if (status == GYRE_OK)
        status = check_type(call);
    if (status == GYRE_OK && (call->traits & (IN_BLOCKS | OUT_BLOCKS)))
        status = count_blocks(call);
    if (status == GYRE_OK)
        status = check_count(call);
    if (status == GYRE_OK) {
        find_lengths(call);
        status = place(call);
    }
    call->work.element = call->element;
    return status == GYRE_OK ? check_buffers(call) : status;
}

/* Counts and displacements as the plan wants them, in room for both. */
static gyre__blocks_t blocks_of(const call_t *call, int blocks, const size_t *counts,
                                const size_t *displs, uint64_t *room)
{
    uint64_t at = 0;
    for (int i = 0; i < blocks; i++) {
        room[i] = (displs ? displs[i] : at) * call->element;
        room[blocks + i] = counts[i] * call->element;
        at += counts[i];
    }
    return (gyre__blocks_t){room, room + blocks};
}

/* The v forms' blocks; where only root knows them, others have their own as the plan's bytes. */
static void plan_blocks(const call_t *call, gyre__plan_t *plan, uint64_t *room)
{
    const gyre__args_t *args = call->args;
    if (has(call, IN_V) && call->root && !alltoall_in_place(call)) {
        plan->in = blocks_of(call, call->in_blocks, args->in_counts, args->in_displs, room);
        room += 2 * call->in_blocks;
    }
    if (has(call, OUT_V) && call->root)
        plan->out = blocks_of(call, call->out_blocks, args->out_counts, args->out_displs, room);
    if (alltoall_in_place(call))
        plan->in = plan->out;
}

static gyre__plan_t plan_of(const call_t *call, const gyre__team_t *team, uint64_t *room)
{
    const gyre_comm_t *comm = call->comm;
    const gyre__kernel_t *kernel = &call->work.kernel;
    bool reduces = has(call, REDUCES);
    gyre__plan_t plan = {
        .coll = call->args->coll,
        .rank = comm->rank,
        .size = comm->size,
        .root = call->args->root,
        .bytes = call->args->count * call->element,
        .in_place = call->in_place,
        .element = call->element,
        .commutative = !reduces || kernel->commutative,
        .ordered =
            reduces && (!kernel->associative || (gyre__harp_conf.reproducible && !kernel->exact)),
        .sources = comm->sources,
        .dests = comm->dests,
        .source_count = comm->source_count,
        .dest_count = comm->dest_count,
        .places = &team->places,
    };
    plan_blocks(call, &plan, room);
    return plan;
}

static gyre_status_t build(const call_t *call, gyre__team_t *team, gyre__program_t **program)
{
    size_t room_size = 2 * ((size_t)call->in_blocks + (size_t)call->out_blocks) + 1;
    uint64_t *room = malloc(room_size * sizeof(*room));
    if (!room)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for %zu counts", room_size);
    gyre__plan_t plan = plan_of(call, team, room);
    gyre__choice_t choice = gyre__select(&plan, team->rules, GYRE__TEAM_RULES);
    const gyre__algorithm_t *algorithm = choice.algorithm;
    gyre_status_t status = GYRE_OK;
    gyre__schedule_t schedule;
    gyre__schedule_init(&schedule);
    if (!algorithm) {
        status = gyre__error(GYRE_ERR_NOT_SUPPORTED, "%s: no algorithm for this operation",
                             name_of(call));
    } else {
        gyre__select_explain(&plan, &choice, team->rules, GYRE__TEAM_RULES);
        algorithm->generate(&plan, &schedule);
        status = gyre__program_new(&schedule, program);
    }
    if (status == GYRE_OK)
        (*program)->name = algorithm->name;
    free(room);
    return status;
}

static uint64_t hash_arrays(const call_t *call)
{
    const gyre__args_t *args = call->args;
    const size_t *arrays[] = {args->in_counts, args->in_displs, args->out_counts, args->out_displs};
    uint64_t hash = 0;
    for (int i = alltoall_in_place(call) ? 2 : 0; i < 4; i++) {
        size_t length = (size_t)(i < 2 ? call->in_blocks : call->out_blocks) * sizeof(size_t);
        if (arrays[i])
            hash = XXH64(arrays[i], length, hash + (uint64_t)i + 1);
    }
    return hash;
}

static gyre__cache_key_t key_of(const call_t *call)
{
    const gyre__args_t *args = call->args;
    bool v = has(call, IN_V | OUT_V) && call->root;
    /* The number of an operation that is gone may be another's. */
    bool commutative = has(call, REDUCES) && call->work.kernel.commutative;
    return (gyre__cache_key_t){.count = args->count,
                               .arrays = v ? hash_arrays(call) : 0,
                               .type_and_op = (uint64_t)args->type << 32 | (uint32_t)args->op,
                               .rest = (uint64_t)(uint32_t)args->root << 32 |
                                       (uint64_t)args->coll << 2 | (uint64_t)commutative << 1 |
                                       call->in_place};
}

/* The program of a call: one made before, or a new one. */
static gyre_status_t find_program(const call_t *call, gyre__team_t *team, gyre__program_t **program)
{
    gyre__cache_key_t key = key_of(call);
    *program = gyre__cache_get(team->cache, &key);
    if (__builtin_expect(*program != NULL, 1))
        return GYRE_OK;
    gyre_status_t status = build(call, team, program);
    if (status == GYRE_OK)
        (*program)->once = !gyre__cache_put(team->cache, &key, *program);
    return status;
}

static gyre_status_t explain(gyre__coll_t coll, gyre_status_t status)
{
    if (status == GYRE_ERR_PEER_FAILED || status == GYRE_ERR_REVOKED)
        gyre__error(status, "%s: %s", gyre__collectives[coll]->name,
                    status == GYRE_ERR_REVOKED ? "the communicator has been revoked"
                                               : "a member of the communicator has failed");
    return status;
}

static gyre_status_t ready(gyre_comm_t *comm, gyre__coll_t coll, gyre__team_t **team)
{
    gyre_status_t status = explain(coll, gyre__comm_trouble(comm));
    if (status == GYRE_OK)
        status = gyre__team_of(comm, team);
    if (status == GYRE_OK && (*team)->broken != GYRE_OK)
        status = gyre__error((*team)->broken,
                             "%s: an earlier collective of this communicator failed: %s",
                             gyre__collectives[coll]->name, gyre_status_string((*team)->broken));
    return status;
}

/* A call that can run. */
typedef struct run {
    gyre__team_t *team;
    gyre__program_t *program;
    const gyre__work_t *work;
} run_t;

static gyre__read_t arrays_read(const call_t *call)
{
    bool in = has(call, IN_V) && call->root && !alltoall_in_place(call);
    bool out = has(call, OUT_V) && call->root;
    return (gyre__read_t){in ? (size_t)call->in_blocks : 0, out ? (size_t)call->out_blocks : 0};
}

/* Into room goes what follows from the arguments. */
static gyre_status_t examine(gyre_comm_t *comm, const gyre__args_t *args, call_t *room, run_t *run)
{
    gyre_status_t status = check(comm, args, room);
    if (status == GYRE_OK)
        status = ready(comm, args->coll, &run->team);
    if (status == GYRE_OK)
        status = find_program(room, run->team, &run->program);
    run->work = &room->work;
    if (status == GYRE_OK)
        gyre__cache_remember(run->team->cache, args, arrays_read(room), run->work, run->program);
    return status;
}

/* A call like one before is not examined again. */
static inline gyre_status_t look_at(gyre_comm_t *comm, const gyre__args_t *args, call_t *room,
                                    run_t *run)
{
    gyre__team_t *team = comm->team;
    const gyre__known_t *known = NULL;
    if (team && team->broken == GYRE_OK && gyre__comm_trouble(comm) == GYRE_OK)
        known = gyre__cache_recall(team->cache, args);
    if (!known)
        return examine(comm, args, room, run);
    *run = (run_t){team, known->program, &known->work};
    return GYRE_OK;
}

gyre_status_t gyre__collective_run(gyre_comm_t *comm, const gyre__args_t *args)
{
    call_t room;
    run_t run;
    gyre_status_t status = gyre__comm_check(comm);
    if (status != GYRE_OK)
        return status;
    gyre__enter(comm->ctx);
    status = gyre__wait_allowed(comm->ctx);
    if (status == GYRE_OK)
        status = look_at(comm, args, &room, &run);
    if (status == GYRE_OK)
        status = explain(args->coll, gyre__execute(run.team, run.program, run.work));
    gyre__leave(comm->ctx);
    return status;
}

static gyre_status_t start(gyre_comm_t *comm, const gyre__args_t *args, gyre_request_t *req)
{
    call_t room;
    run_t run;
    gyre_status_t status = look_at(comm, args, &room, &run);
    return status == GYRE_OK ? gyre__execute_for(run.team, run.program, run.work, req) : status;
}

gyre_status_t gyre__collective_start(gyre_comm_t *comm, const gyre__args_t *args,
                                     gyre_request_t **req)
{
    gyre_request_t *fresh;
    gyre_status_t status = gyre__comm_check(comm);
    if (status != GYRE_OK)
        return status;
    gyre__enter(comm->ctx);
    status = gyre__request_new(comm->ctx, comm, GYRE__REQUEST_COLL, req, &fresh);
    if (status == GYRE_OK) {
        status = start(comm, args, fresh);
        gyre__request_give(fresh, status, req);
    }
    gyre__leave(comm->ctx);
    return status;
}

/* A persistent operation keeps its program. */
typedef struct prepared {
    gyre__coll_t coll;
    gyre_comm_t *comm;
    uint64_t id; /* its, and its epoch; the handle may be another's by now */
    uint32_t epoch;
    gyre__program_t *program;
    gyre__work_t work;
} prepared_t;

static gyre_status_t check_own(const prepared_t *prepared)
{
    const gyre_comm_t *comm = prepared->comm;
    if (prepared->epoch != comm->ctx->epoch)
        return gyre__error(GYRE_ERR_STALE, "a persistent operation of epoch %u, this is epoch %u",
                           prepared->epoch, comm->ctx->epoch);
    if (comm->live == GYRE__COMM_LIVE && comm->id != prepared->id)
        return gyre__error(GYRE_ERR_STATE, "the communicator has been destroyed");
    return gyre__comm_check(comm);
}

static gyre_status_t prepared_start(gyre_request_t *req)
{
    prepared_t *prepared = req->owner;
    gyre__team_t *team;
    gyre_status_t status = check_own(prepared);
    if (status == GYRE_OK)
        status = ready(prepared->comm, prepared->coll, &team);
    return status == GYRE_OK ? gyre__execute_for(team, prepared->program, &prepared->work, req)
                             : status;
}

static void prepared_free(gyre_request_t *req)
{
    prepared_t *prepared = req->owner;
    gyre__program_free(prepared->program);
    free(prepared);
}

static const gyre__persistent_t persistent = {prepared_start, prepared_free};

static gyre_status_t prepare(const call_t *call, gyre_request_t *req)
{
    gyre__team_t *team;
    prepared_t *prepared = malloc(sizeof(*prepared));
    if (!prepared)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a persistent operation");
    *prepared = (prepared_t){.coll = call->args->coll,
                             .comm = call->comm,
                             .id = call->comm->id,
                             .epoch = call->comm->epoch,
                             .work = call->work};
    gyre_status_t status = ready(call->comm, call->args->coll, &team);
    if (status == GYRE_OK)
        status = build(call, team, &prepared->program);
    if (status != GYRE_OK) {
        free(prepared);
        return status;
    }
    req->owner = prepared;
    req->persistent = &persistent;
    req->state = GYRE__REQUEST_IDLE;
    return GYRE_OK;
}

gyre_status_t gyre__collective_prepare(gyre_comm_t *comm, const gyre__args_t *args,
                                       gyre_request_t **req)
{
    call_t call;
    gyre_request_t *fresh;
    gyre_status_t status = gyre__comm_check(comm);
    if (status == GYRE_OK)
        status = check(comm, args, &call);
    if (status != GYRE_OK)
        return status;
    gyre__enter(comm->ctx);
    status = gyre__request_new(comm->ctx, comm, GYRE__REQUEST_COLL, req, &fresh);
    if (status == GYRE_OK) {
        status = prepare(&call, fresh);
        gyre__request_give(fresh, status, req);
    }
    gyre__leave(comm->ctx);
    return status;
}
