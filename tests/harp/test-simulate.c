/* SPDX-License-Identifier: Apache-2.0 */
/* Predicted counts and times against published formulas, where they are exact; and for every
 * algorithm that one member stands for all only where it gives what all give. */
#include "harp/simulate/engine.h"
#include "harp/simulate/simulate.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#define US 1e-6

/* Time is made by latency 2 and overhead 1 alone. */
static gyre__machine_t plain(int size)
{
    return (gyre__machine_t){
        .size = size, .per_node = 1, .network = {2 * US, 1 * US, 0, 0}, .node = {2 * US, 1 * US}};
}

static const gyre__algorithm_t *named(gyre__coll_t coll, const char *name)
{
    const gyre__collective_t *collective = gyre__collectives[coll];
    for (int i = 0; i < collective->count; i++)
        if (!strcmp(collective->algorithms[i].name, name))
            return &collective->algorithms[i];
    cr_assert_fail("%s has no %s", collective->name, name);
    return NULL;
}

static gyre__cost_t cost_of(gyre__machine_t machine, gyre__coll_t coll, const char *name,
                            uint64_t bytes)
{
    gyre__cost_t cost;
    const gyre__algorithm_t *algorithm = named(coll, name);
    cr_assert_null(gyre__simulate_unfit(algorithm, &machine), "%s of %d", name, machine.size);
    cr_assert_eq(gyre__simulate(&machine, coll, algorithm, bytes, &cost), GYRE_OK);
    return cost;
}

static void expect(gyre__cost_t cost, uint32_t rounds, uint64_t messages, uint64_t bytes,
                   double all_messages, double all_bytes)
{
    cr_assert(cost.simulated);
    cr_assert_eq(cost.rounds, rounds, "%u rounds, expected %u", cost.rounds, rounds);
    cr_assert_eq(cost.messages, messages);
    cr_assert_eq(cost.bytes, bytes);
    cr_assert_float_eq(cost.all_messages, all_messages, 0.1);
    cr_assert_float_eq(cost.all_bytes, all_bytes, 0.1);
}

static void expect_time(gyre__cost_t cost, double us)
{
    cr_assert_float_eq(cost.seconds / US, us, 1e-6 * us, "%g us, expected %g", cost.seconds / US,
                       us);
}

static int log_up(int n, int radix)
{
    int rounds = 0;
    for (int64_t reach = 1; reach < n; reach *= radix)
        rounds++;
    return rounds;
}

/* A round costs o + L + o = 4 us where nothing else is in its way. */
Test(simulate, allgather)
{
    for (int n = 2; n <= 64; n++) {
        uint64_t most = (uint64_t)n - 1;
        double all = (double)n * (double)most;
        uint32_t log = (uint32_t)log_up(n, 2);
        gyre__cost_t ring = cost_of(plain(n), GYRE__ALLGATHER, "ring", 10);
        expect(ring, (uint32_t)most, most, most * 10, all, all * 10);
        expect_time(ring, 4.0 * (double)most);
        gyre__cost_t bruck = cost_of(plain(n), GYRE__ALLGATHERV, "bruck", 10);
        expect(bruck, log, log, most * 10, (double)n * log, all * 10);
        expect_time(bruck, 4.0 * log);
        if (n % 2 == 0)
            expect(cost_of(plain(n), GYRE__ALLGATHER, "neighbor_exchange", 10), (uint32_t)n / 2,
                   (uint64_t)n / 2, most * 10, n * n / 2.0, all * 10);
        if ((n & (n - 1)) == 0)
            expect(cost_of(plain(n), GYRE__ALLGATHER, "recursive_doubling", 10), log, log,
                   most * 10, (double)n * log, all * 10);
    }
}

Test(simulate, alltoall)
{
    for (int n = 2; n <= 64; n *= 2) {
        uint64_t most = (uint64_t)n - 1, log = (uint64_t)log_up(n, 2);
        double all = (double)n * (double)most;
        expect(cost_of(plain(n), GYRE__ALLTOALL, "pairwise", 8), (uint32_t)most, most, most * 8,
               all, all * 8);
        expect(cost_of(plain(n), GYRE__ALLTOALLV, "linear", 8), n > 1, most, most * 8, all,
               all * 8);
        expect(cost_of(plain(n), GYRE__ALLTOALL, "bruck", 8), (uint32_t)log, log,
               (uint64_t)n / 2 * log * 8, (double)n * (double)log, n * n / 2.0 * (double)log * 8);
    }
}

/* Eight nodes of four: in each, everybody gives to everybody, seven messages go out, and everybody
 * hands out to everybody. */
Test(simulate, alltoall_between_nodes)
{
    gyre__machine_t machine = plain(32);
    machine.per_node = 4;
    gyre__cost_t cost = cost_of(machine, GYRE__ALLTOALL, "node_aggregated", 8);
    cr_assert_eq(cost.rounds, 3);
    cr_assert_float_eq(cost.all_messages, 8 * (12 + 7 + 12), 0.1);
}

Test(simulate, trees)
{
    static const struct {
        gyre__coll_t coll;
        const char *name;
        int radix;
    } trees[] = {{GYRE__GATHER, "binomial", 2},
                 {GYRE__SCATTER, "binomial", 2},
                 {GYRE__GATHER, "knomial", 4},
                 {GYRE__SCATTER, "knomial", 4}};
    for (size_t i = 0; i < sizeof(trees) / sizeof(trees[0]); i++)
        for (int n = 1; n <= 64; n++) {
            gyre__cost_t cost = cost_of(plain(n), trees[i].coll, trees[i].name, 8);
            int log = log_up(n, trees[i].radix);
            cr_assert(cost.rounds <= (uint32_t)log);
            cr_assert(cost.rounds == (uint32_t)log || (n & (n - 1)) != 0);
            cr_assert_float_eq(cost.all_messages, n - 1, 0.1);
        }
    gyre__cost_t cost = cost_of(plain(64), GYRE__SCATTER, "binomial", 8);
    expect(cost, 6, 6, 63 * 8, 63, 64 / 2 * 6 * 8);
    expect_time(cost, 6 * 4);
}

/* Root's processor takes 63 messages one after the other. */
Test(simulate, linear)
{
    gyre__cost_t gather = cost_of(plain(64), GYRE__GATHERV, "linear", 8);
    expect(gather, 1, 1, 8, 63, 63 * 8);
    expect_time(gather, 1 + 2 + 63);
    gyre__cost_t scatter = cost_of(plain(64), GYRE__SCATTERV, "linear", 8);
    expect(scatter, 1, 63, 63 * 8, 63, 63 * 8);
    expect_time(scatter, 63 + 2 + 1);
    expect(cost_of(plain(64), GYRE__NEIGHBOR_ALLTOALL, "linear", 8), 1, 4, 32, 256, 2048);
}

/* Gap and bytes: 63 messages of 1000 bytes at 10 ns each come through root's port. */
Test(simulate, ports)
{
    gyre__machine_t machine = plain(64);
    machine.network = (gyre__loggp_t){2 * US, 1 * US, 3 * US, 0};
    expect_time(cost_of(machine, GYRE__GATHER, "linear", 8), 1 + 2 + 62 * 3 + 1);
    machine.network = (gyre__loggp_t){2 * US, 1 * US, 3 * US, 10e-9};
    expect_time(cost_of(machine, GYRE__GATHER, "linear", 1000), 1 + 2 + 63 * 10 + 1);
}

/* Messages within a node have their own prices: two rounds here, four across. */
Test(simulate, nodes)
{
    gyre__machine_t machine = plain(64);
    machine.per_node = 4;
    machine.node = (gyre__loggp_t){0.5 * US, 0.25 * US, 0, 0};
    expect_time(cost_of(machine, GYRE__ALLGATHER, "recursive_doubling", 8), 2 * 1 + 4 * 4);
}

/* Copies of 8 bytes at 1 us each: the own block in, then all turned around. */
Test(simulate, copies)
{
    gyre__machine_t machine = plain(16);
    machine.copy = US / 8;
    expect_time(cost_of(machine, GYRE__ALLGATHER, "bruck", 8), 1 + 4 * 4 + 16);
}

/* A vector's shares differ by an element: so may the members' times, a little. */
static void compare(const gyre__machine_t *machine, gyre__coll_t coll,
                    const gyre__algorithm_t *algorithm)
{
    gyre__sim_world_t world;
    gyre__cost_t one = {0}, all = {0};
    cr_assert_eq(gyre__sim_world_init(&world, machine, coll, algorithm, 96), GYRE_OK);
    cr_assert_eq(gyre__sim_run(&world, true, &one), GYRE_OK);
    cr_assert_eq(gyre__sim_run(&world, false, &all), GYRE_OK);
    gyre__sim_world_cleanup(&world);
    cr_assert_eq(one.rounds, all.rounds, "%s of %d: %u and %u rounds", algorithm->name,
                 machine->size, one.rounds, all.rounds);
    cr_assert_float_eq(one.seconds, all.seconds, 1e-2 * all.seconds, "%s of %d: %g and %g s",
                       algorithm->name, machine->size, one.seconds, all.seconds);
}

/* Every algorithm ends; declared or found out, symmetry holds. */
Test(simulate, all, .timeout = 120)
{
    for (int coll = 0; coll < GYRE__COLLS; coll++)
        for (int i = 0; i < gyre__collectives[coll]->count; i++)
            for (int n = 1; n <= 33; n += 1 + n / 17) {
                const gyre__algorithm_t *algorithm = &gyre__collectives[coll]->algorithms[i];
                gyre__machine_t machine = plain(n);
                gyre__cost_t cost;
                machine.per_node = algorithm->needs & GYRE__ALG_NODE ? n
                                   : algorithm->needs & (GYRE__ALG_NODES | GYRE__ALG_GROUPS)
                                       ? (n + 1) / 2
                                       : 1;
                machine.network.gap = machine.node.gap = 1.5 * US;
                machine.network.per_byte = machine.node.per_byte = 1e-9;
                machine.copy = machine.reduce = 1e-9;
                if (gyre__simulate_unfit(algorithm, &machine))
                    continue;
                cr_assert_eq(gyre__simulate(&machine, (gyre__coll_t)coll, algorithm, 96, &cost),
                             GYRE_OK, "%s %s of %d: %s", gyre__collectives[coll]->name,
                             algorithm->name, n, gyre_last_error());
                cr_assert(cost.simulated && isfinite(cost.seconds) && cost.seconds >= 0);
                if (cost.lockstep && machine.per_node == 1)
                    compare(&machine, (gyre__coll_t)coll, algorithm);
            }
}

Test(simulate, million, .timeout = 120)
{
    int n = 1 << 20;
    gyre__cost_t gather = cost_of(plain(n), GYRE__GATHER, "binomial", 8);
    expect(gather, 20, 1, (uint64_t)n / 2 * 8, n - 1, n / 2.0 * 20 * 8);
    expect_time(gather, 20 * 4);
    expect_time(cost_of(plain(n), GYRE__ALLGATHER, "recursive_doubling", 8), 20 * 4);
}

Test(simulate, out_of_reach, .timeout = 120)
{
    gyre__machine_t machine = plain(1 << 20);
    machine.per_node = 64;
    gyre__cost_t cost = cost_of(machine, GYRE__ALLTOALL, "node_aggregated", 8);
    cr_assert(!cost.simulated);
    cr_assert(cost.steps > GYRE__SIM_STEPS);
}
