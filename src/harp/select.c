/* SPDX-License-Identifier: Apache-2.0 */
/* Choosing among the algorithms that fit. */
#include "harp/select.h"

#include "base/log.h"

#include <inttypes.h>
#include <string.h>

const char *gyre__algorithm_lacks(const gyre__algorithm_t *algorithm, const gyre__plan_t *plan)
{
    const gyre__places_t *places = plan->places;
    unsigned needs = algorithm->needs;
    bool one_node = places->nodes == 1;
    if (plan->ordered && !(needs & GYRE__ALG_ORDERED))
        return "an operation that may be bracketed at will";
    if ((needs & GYRE__ALG_COMMUTATIVE) && !plan->commutative)
        return "a commutative operation";
    if ((needs & GYRE__ALG_POWER_OF_TWO) && (plan->size & (plan->size - 1)))
        return "a power of two of members";
    if ((needs & GYRE__ALG_PAIRS) && plan->size % 2)
        return "an even number of members";
    if ((needs & GYRE__ALG_NODE) && !one_node)
        return "all members on one node";
    if ((needs & GYRE__ALG_NODE) && !places->shared)
        return "slots in the node's segment";
    if ((needs & (GYRE__ALG_NODES | GYRE__ALG_GROUPS)) && (one_node || places->local_size_max == 1))
        return "several nodes with several members";
    if ((needs & GYRE__ALG_NODES) && !places->slots)
        return "slots in the nodes' segments";
    if ((needs & GYRE__ALG_RANGES) && !places->ranges)
        return "consecutive ranks on every node";
    if ((needs & GYRE__ALG_BY_NODE) && !places->ranges && !plan->commutative)
        return "consecutive ranks on every node, or a commutative operation";
    if ((needs & GYRE__ALG_DOMAINS) && places->domains == 1)
        return "several cache or memory domains";
    if ((needs & GYRE__ALG_EVEN) && places->local_size_max != places->local_size_min)
        return "as many members on every node";
    if ((needs & (GYRE__ALG_NODE | GYRE__ALG_NODES)) &&
        plan->element * (uint64_t)places->local_size_max > GYRE__SLOT_SIZE)
        return "smaller elements";
    return NULL;
}

bool gyre__algorithm_fits(const gyre__algorithm_t *algorithm, const gyre__plan_t *plan)
{
    return gyre__algorithm_lacks(algorithm, plan) == NULL;
}

static gyre__choice_t first_that_fits(const gyre__plan_t *plan)
{
    const gyre__collective_t *collective = gyre__collectives[plan->coll];
    for (int i = 0; i < collective->count; i++)
        if (gyre__algorithm_fits(&collective->algorithms[i], plan))
            return (gyre__choice_t){.algorithm = &collective->algorithms[i]};
    return (gyre__choice_t){0};
}

static bool ask(const gyre__rules_t *rules, const gyre__plan_t *plan, uint64_t bytes,
                gyre__choice_t *choice)
{
    for (size_t i = 0; i < rules->count; i++) {
        const gyre__rule_t *rule = &rules->at[i];
        if (gyre__rule_matches(rule, plan, bytes) && gyre__algorithm_fits(rule->algorithm, plan)) {
            *choice = (gyre__choice_t){rule->algorithm, rules, rule};
            return true;
        }
    }
    return false;
}

gyre__choice_t gyre__select(gyre__plan_t *plan, const gyre__rules_t *const *rules, int count)
{
    uint64_t bytes = gyre__plan_bytes(plan);
    gyre__choice_t choice = {0};
    for (int i = 0; i < count; i++)
        if (rules[i] && ask(rules[i], plan, bytes, &choice))
            break;
    if (!choice.algorithm)
        choice = first_that_fits(plan);
    if (!choice.algorithm)
        return choice;
    const gyre__rule_t *rule = choice.rule;
    plan->radix = rule && rule->radix ? rule->radix : choice.algorithm->radix;
    plan->segment = rule && rule->segment ? rule->segment : choice.algorithm->segment;
    return choice;
}

/* The same at all members: one of them says it. */
static gyre__log_level_t level_of(const gyre__plan_t *plan)
{
    return plan->rank == 0 ? GYRE__LOG_INFO : GYRE__LOG_DEBUG;
}

static void describe_call(const gyre__plan_t *plan, gyre__buf_t *buf)
{
    gyre__buf_printf(buf, "%s", gyre__collectives[plan->coll]->name);
    if (gyre__coll_sized(plan->coll))
        gyre__buf_printf(buf, " of %" PRIu64 " bytes", gyre__plan_bytes(plan));
    gyre__buf_printf(buf, ", %d member%s on %d node%s%s", plan->size, plan->size == 1 ? "" : "s",
                     plan->places->nodes, plan->places->nodes == 1 ? "" : "s",
                     plan->ordered ? ", in rank order" : "");
}

static void describe_rule(const gyre__rules_t *rules, const gyre__rule_t *rule, gyre__buf_t *buf)
{
    gyre__rule_write(rule, buf);
    gyre__buf_printf(buf, " (");
    gyre__rule_place(rules, rule, buf);
    gyre__buf_printf(buf, ")");
}

static void explain_choice(const gyre__plan_t *plan, const gyre__choice_t *choice)
{
    gyre__buf_t buf;
    gyre__buf_init(&buf);
    describe_call(plan, &buf);
    gyre__buf_printf(&buf, ": %s", choice->algorithm->name);
    if (plan->radix)
        gyre__buf_printf(&buf, ", radix %d", plan->radix);
    if (plan->segment)
        gyre__buf_printf(&buf, ", segment %" PRIu64, plan->segment);
    gyre__buf_printf(&buf, ", ");
    if (choice->rule)
        describe_rule(choice->rules, choice->rule, &buf);
    else
        gyre__buf_printf(&buf, "the first that can");
    gyre__log(level_of(plan), "%s", buf.data ? buf.data : "");
    gyre__buf_cleanup(&buf);
}

/* The library's own rules are meant to be passed over where they do not fit. */
static void explain_passed(const gyre__plan_t *plan, const gyre__rules_t *rules,
                           const gyre__rule_t *rule)
{
    gyre__buf_t buf;
    const char *lacks = gyre__algorithm_lacks(rule->algorithm, plan);
    if (!lacks)
        return;
    gyre__buf_init(&buf);
    describe_rule(rules, rule, &buf);
    gyre__buf_printf(&buf, " passed over for ");
    describe_call(plan, &buf);
    gyre__log(level_of(plan), "%s: %s needs %s", buf.data ? buf.data : "", rule->algorithm->name,
              lacks);
    gyre__buf_cleanup(&buf);
}

static void explain_before(const gyre__plan_t *plan, const gyre__rules_t *rules,
                           const gyre__rule_t *chosen)
{
    uint64_t bytes = gyre__plan_bytes(plan);
    for (size_t i = 0; i < rules->count && &rules->at[i] != chosen; i++)
        if (gyre__rule_matches(&rules->at[i], plan, bytes))
            explain_passed(plan, rules, &rules->at[i]);
}

void gyre__select_explain(const gyre__plan_t *plan, const gyre__choice_t *choice,
                          const gyre__rules_t *const *rules, int count)
{
    if (!gyre__log_on(level_of(plan)))
        return;
    for (int i = 0; i < count - 1; i++) {
        if (rules[i])
            explain_before(plan, rules[i], choice->rule);
        if (rules[i] && rules[i] == choice->rules)
            break;
    }
    if (choice->algorithm)
        explain_choice(plan, choice);
}
