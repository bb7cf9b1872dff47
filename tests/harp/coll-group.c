/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of the world in which trials run, all parts at once. Which workers are in which part, and
 * in what order, changes with every group, so that parts lie across nodes in any way. */
#include "harp/coll.h"

#include <gyre/coll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* This worker's place among all, shuffled. */
static int shuffled_place(uint64_t seed)
{
    int *order = malloc((size_t)check_size * sizeof(*order)), place = 0;
    for (int i = 0; i < check_size; i++)
        order[i] = i;
    for (int i = check_size - 1; i > 0; i--) {
        int j = (int)check_below(&seed, (uint64_t)i + 1), kept = order[i];
        order[i] = order[j];
        order[j] = kept;
    }
    for (int i = 0; i < check_size; i++)
        if (order[i] == check_rank)
            place = i;
    free(order);
    return place;
}

/* How many edges go from one member to another; loops count. */
static int edges(uint64_t seed, int from, int to)
{
    uint64_t mix = check_mix(seed + (uint64_t)from, (uint64_t)to) % 16;
    return mix < 9 ? 0 : mix < 15 ? 1 : 2;
}

static int *list_edges(const coll_group_t *group, uint64_t seed, bool out, int *count)
{
    int *list = malloc((size_t)group->size * 2 * sizeof(*list));
    *count = 0;
    for (int i = 0; i < group->size; i++) {
        int other = (i + group->rank) % group->size;
        int times = out ? edges(seed, group->rank, other) : edges(seed, other, group->rank);
        while (times--)
            list[(*count)++] = other;
    }
    return list;
}

void coll_group_make(coll_group_t *group, gyre_comm_t *comm, uint64_t seed)
{
    *group =
        (coll_group_t){.comm = comm, .rank = gyre_comm_rank(comm), .size = gyre_comm_size(comm)};
    group->sources = list_edges(group, seed, false, &group->source_count);
    group->dests = list_edges(group, seed, true, &group->dest_count);
    CHECK_OK(gyre_comm_neighbors(comm, group->sources, group->source_count, group->dests,
                                 group->dest_count, &group->graph));
}

void coll_group_open(coll_group_t *group, int size, uint64_t seed)
{
    gyre_comm_t *comm;
    int place = shuffled_place(seed);
    CHECK_OK(gyre_comm_split(check_world, place / size, place, &comm));
    coll_group_make(group, comm, seed);
}

void coll_group_close(coll_group_t *group)
{
    gyre_comm_destroy(group->graph);
    gyre_comm_destroy(group->comm);
    free(group->sources);
    free(group->dests);
}

/* "collective:@algorithm", with parameters at random where it has some. */
static void write_rule(char *rule, const gyre__collective_t *collective,
                       const gyre__algorithm_t *algorithm, uint64_t *state)
{
    int radix = 2 + (int)check_below(state, 6), segment = 64 << check_below(state, 9);
    bool set = check_below(state, 2);
    char parameters[32] = "";
    if (set && algorithm->radix && algorithm->segment)
        snprintf(parameters, sizeof(parameters), "(radix=%d,segment=%d)", radix, segment);
    else if (set && algorithm->radix)
        snprintf(parameters, sizeof(parameters), "(radix=%d)", radix);
    else if (set && algorithm->segment)
        snprintf(parameters, sizeof(parameters), "(segment=%d)", segment);
    snprintf(rule, COLL_RULE, "%s:@%s%s", collective->name, algorithm->name, parameters);
}

void coll_group_tune(coll_group_t *group, int algorithm, uint64_t seed)
{
    char text[GYRE__COLLS * COLL_RULE] = "";
    for (int coll = 0; coll < GYRE__COLLS; coll++) {
        const gyre__collective_t *collective = gyre__collectives[coll];
        uint64_t any = check_below(&seed, (uint64_t)collective->count);
        int chosen = algorithm < 0 ? (int)any : algorithm;
        group->rules[coll][0] = 0;
        if (chosen >= collective->count)
            continue;
        write_rule(group->rules[coll], collective, &collective->algorithms[chosen], &seed);
        strcat(strcat(text, text[0] ? "," : ""), group->rules[coll]);
    }
    CHECK_OK(gyre_coll_tune(group->comm, text));
    CHECK_OK(gyre_coll_tune(group->graph, text));
}
