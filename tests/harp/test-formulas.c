/* SPDX-License-Identifier: Apache-2.0 */
/* Messages, bytes and rounds of the algorithms against what is published for them. n: bytes of a
 * vector, or of a block where the collective has blocks; p: members. Rounds are messages on the
 * longest way. */
#include "harp/check-schedule.h"

#include <criterion/criterion.h>
#include <string.h>

TestSuite(formulas, .timeout = 60);

enum { ELEMENT = 8, EACH = 4 };

static random_plan_t play;

static const gyre__algorithm_t *find(gyre__coll_t coll, const char *name)
{
    const gyre__collective_t *collective = gyre__collectives[coll];
    for (int i = 0; i < collective->count; i++)
        if (strcmp(collective->algorithms[i].name, name) == 0)
            return &collective->algorithms[i];
    cr_assert_fail("%s has no %s", collective->name, name);
    return NULL;
}

static bool has_vector(gyre__coll_t coll)
{
    return coll == GYRE__BCAST || coll == GYRE__REDUCE || coll == GYRE__ALLREDUCE ||
           coll == GYRE__SCAN || coll == GYRE__EXSCAN;
}

/* Vectors of EACH elements per member, or blocks of EACH elements; radix 0: the default one. */
static check_counts_t count(gyre__coll_t coll, const char *name, int p, int radix, uint64_t segment)
{
    const gyre__algorithm_t *algorithm = find(coll, name);
    world_spec_t spec = {.coll = coll,
                         .size = p,
                         .element = ELEMENT,
                         .count = has_vector(coll) ? (uint64_t)p * EACH : EACH,
                         .commutative = true,
                         .nodes = 1,
                         .radix = radix ? radix : algorithm->radix,
                         .segment = segment ? segment : algorithm->segment};
    world_t world;
    check_counts_t counts = {.sends = 0};
    world_init(&world, &spec, &play);
    const char *wrong = check_algorithm(algorithm, &world, &play, &counts);
    cr_assert(!wrong, "%s: %s: %s", name, world_text(&world), wrong);
    world_cleanup(&world);
    return counts;
}

/* Rounds up. */
static uint32_t log_of(int p, int radix)
{
    uint32_t rounds = 0;
    for (int64_t reach = 1; reach < p; reach *= radix)
        rounds++;
    return rounds;
}

static bool is_power(int p, int radix)
{
    while (p % radix == 0)
        p /= radix;
    return p == 1;
}

/* Bytes of a member's share of a vector, and of a block. */
static uint64_t share(uint64_t shares)
{
    return shares * EACH * ELEMENT;
}

#define EACH_SIZE(p)         for (int p = 1; p <= 64; p++)
#define EACH_POWER(p, radix) for (int p = 1; p <= 64; p *= (radix))
#define P1                   ((uint64_t)p - 1)
#define IS(what, value)                                                                            \
    cr_assert_eq(what, value, "%d members: " #what " is %llu", p, (unsigned long long)(what))
#define AT_MOST(what, value)                                                                       \
    cr_assert_leq(what, value, "%d members: " #what " is %llu", p, (unsigned long long)(what))

static void start(void)
{
    play = random_start("formulas");
}

Test(formulas, barrier, .init = start)
{
    EACH_SIZE(p)
    {
        check_counts_t c = count(GYRE__BARRIER, "dissemination", p, 2, 0);
        IS(c.sends, log_of(p, 2));
        IS(c.rounds, log_of(p, 2));
        c = count(GYRE__BARRIER, "dissemination", p, 4, 0);
        IS(c.rounds, log_of(p, 4));
        c = count(GYRE__BARRIER, "tree", p, 4, 0);
        IS(c.messages, 2 * P1);
        if (is_power(p, 4))
            IS(c.rounds, 2 * log_of(p, 4));
    }
}

Test(formulas, bcast, .init = start)
{
    EACH_SIZE(p)
    {
        uint64_t n = share((uint64_t)p);
        check_counts_t c = count(GYRE__BCAST, "binomial", p, 0, 0);
        IS(c.messages, P1);
        IS(c.sends, log_of(p, 2));
        AT_MOST(c.rounds, log_of(p, 2));
        c = count(GYRE__BCAST, "knomial", p, 4, 0);
        IS(c.messages, P1);
        AT_MOST(c.rounds, log_of(p, 4));
        c = count(GYRE__BCAST, "chain", p, 0, share(1));
        IS(c.messages, P1 * (uint64_t)p);
        IS(c.sent, p > 1 ? n : 0);
        IS(c.rounds, P1);
        c = count(GYRE__BCAST, "double_binary_tree", p, 0, share(1));
        AT_MOST(c.sent, n);
        IS(c.sent_by_all, P1 * n);
        AT_MOST(c.rounds, log_of(p, 2) + 2);
        c = count(GYRE__BCAST, "scatter_allgather", p, 0, 0);
        IS(c.sent, 2 * share(P1));
        AT_MOST(c.rounds, log_of(p, 2) + P1);
    }
}

Test(formulas, reduce, .init = start)
{
    EACH_SIZE(p)
    {
        uint64_t n = share((uint64_t)p);
        check_counts_t c = count(GYRE__REDUCE, "binomial", p, 0, 0);
        IS(c.messages, P1);
        IS(c.receives, log_of(p, 2));
        AT_MOST(c.rounds, log_of(p, 2));
        c = count(GYRE__REDUCE, "linear", p, 0, 0);
        IS(c.messages, P1);
        IS(c.reduced, P1 * n);
        c = count(GYRE__REDUCE, "chain", p, 0, share(1));
        IS(c.sent, p > 1 ? n : 0);
        AT_MOST(c.reduced, n);
        c = count(GYRE__REDUCE, "double_binary_tree", p, 0, share(1));
        IS(c.sent_by_all, P1 * n);
        AT_MOST(c.sent, n);
        AT_MOST(c.reduced, 2 * n);
    }
    EACH_POWER(p, 2)
    {
        check_counts_t c = count(GYRE__REDUCE, "rabenseifner", p, 2, 0);
        IS(c.rounds, 2 * log_of(p, 2));
        IS(c.reduced, share(P1));
        AT_MOST(c.sent, 2 * share(P1));
    }
}

Test(formulas, allreduce, .init = start)
{
    EACH_SIZE(p)
    {
        uint64_t n = share((uint64_t)p);
        check_counts_t c = count(GYRE__ALLREDUCE, "ring", p, 0, 0);
        IS(c.sends, 2 * P1);
        IS(c.rounds, 2 * P1);
        IS(c.sent, 2 * share(P1));
        IS(c.reduced, share(P1));
        c = count(GYRE__ALLREDUCE, "ordered", p, 0, 0);
        IS(c.sends, 2 * P1);
        IS(c.sent, 2 * share(P1));
        IS(c.reduced, share(P1));
        c = count(GYRE__ALLREDUCE, "gather_reduce", p, 0, 0);
        IS(c.rounds, log_of(p, 2));
        IS(c.sent, P1 * n);
        c = count(GYRE__ALLREDUCE, "reduce_bcast", p, 2, 0);
        IS(c.messages, 2 * P1);
        AT_MOST(c.rounds, 2 * log_of(p, 2));
        c = count(GYRE__ALLREDUCE, "double_binary_tree", p, 0, share(1));
        AT_MOST(c.sent, 2 * n);
        IS(c.sent_by_all, 2 * P1 * n);
        c = count(GYRE__ALLREDUCE, "recursive_doubling", p, 2, 0);
        IS(c.rounds, log_of(p, 2) + !is_power(p, 2));
    }
}

Test(formulas, allreduce_of_powers, .init = start)
{
    EACH_POWER(p, 2)
    {
        uint64_t n = share((uint64_t)p);
        check_counts_t c = count(GYRE__ALLREDUCE, "recursive_doubling", p, 2, 0);
        IS(c.sends, log_of(p, 2));
        IS(c.sent, log_of(p, 2) * n);
        c = count(GYRE__ALLREDUCE, "rabenseifner", p, 0, 0);
        IS(c.sends, 2 * log_of(p, 2));
        IS(c.rounds, 2 * log_of(p, 2));
        IS(c.sent, 2 * share(P1));
        IS(c.reduced, share(P1));
    }
    EACH_POWER(p, 4)
    {
        check_counts_t c = count(GYRE__ALLREDUCE, "knomial", p, 4, 0);
        IS(c.rounds, 2 * log_of(p, 4));
        IS(c.sent, 2 * share(P1));
        c = count(GYRE__ALLREDUCE, "recursive_doubling", p, 4, 0);
        IS(c.rounds, log_of(p, 4));
        IS(c.sends, 3 * log_of(p, 4));
    }
}

Test(formulas, reduce_scatter, .init = start)
{
    EACH_SIZE(p)
    {
        check_counts_t c = count(GYRE__REDUCE_SCATTER_BLOCK, "pairwise", p, 0, 0);
        IS(c.sends, P1);
        IS(c.sent, share(P1));
        IS(c.reduced, share(P1));
        c = count(GYRE__REDUCE_SCATTER_BLOCK, "ring", p, 0, 0);
        IS(c.sends, P1);
        IS(c.rounds, P1);
        IS(c.sent, share(P1));
        IS(c.reduced, share(P1));
        c = count(GYRE__REDUCE_SCATTER_BLOCK, "ordered", p, 64, 0);
        IS(c.rounds, p > 1);
        IS(c.sent, share(P1));
        IS(c.reduced, share(P1));
    }
    EACH_POWER(p, 2)
    {
        check_counts_t c = count(GYRE__REDUCE_SCATTER_BLOCK, "recursive_halving", p, 0, 0);
        IS(c.rounds, log_of(p, 2));
        IS(c.sent, share(P1));
        IS(c.reduced, share(P1));
    }
}

Test(formulas, scans, .init = start)
{
    static const gyre__coll_t colls[] = {GYRE__SCAN, GYRE__EXSCAN};
    for (int i = 0; i < 2; i++)
        EACH_SIZE(p)
        {
            check_counts_t c = count(colls[i], "recursive_doubling", p, 0, 0);
            IS(c.sends, log_of(p, 2));
            IS(c.rounds, log_of(p, 2));
            c = count(colls[i], "linear", p, 0, share(1));
            IS(c.messages, P1 * (uint64_t)p);
            c = count(colls[i], "linear", p, 0, share((uint64_t)p));
            IS(c.rounds, P1);
        }
}

Test(formulas, gathers, .init = start)
{
    EACH_SIZE(p)
    {
        check_counts_t c = count(GYRE__ALLGATHER, "ring", p, 0, 0);
        IS(c.sends, P1);
        IS(c.rounds, P1);
        IS(c.sent, share(P1));
        c = count(GYRE__ALLGATHER, "bruck", p, 2, 0);
        IS(c.rounds, log_of(p, 2));
        IS(c.sent, share(P1));
        c = count(GYRE__GATHER, "knomial", p, 2, 0);
        IS(c.messages, P1);
        AT_MOST(c.rounds, log_of(p, 2));
        c = count(GYRE__SCATTER, "knomial", p, 2, 0);
        IS(c.messages, P1);
        AT_MOST(c.rounds, log_of(p, 2));
    }
    EACH_POWER(p, 2)
    {
        check_counts_t c = count(GYRE__ALLGATHER, "recursive_doubling", p, 0, 0);
        IS(c.rounds, log_of(p, 2));
        IS(c.sent, share(P1));
    }
    for (int p = 2; p <= 64; p += 2) {
        check_counts_t c = count(GYRE__ALLGATHER, "neighbor_exchange", p, 0, 0);
        IS(c.sends, (uint64_t)p / 2);
        IS(c.sent, share(P1));
    }
}

Test(formulas, alltoall, .init = start)
{
    EACH_SIZE(p)
    {
        check_counts_t c = count(GYRE__ALLTOALL, "pairwise", p, 0, 0);
        IS(c.sends, P1);
        IS(c.sent, share(P1));
        c = count(GYRE__ALLTOALL, "bruck", p, 2, 0);
        IS(c.rounds, log_of(p, 2));
        if (is_power(p, 2))
            IS(c.sent, log_of(p, 2) * share((uint64_t)p / 2));
    }
}
