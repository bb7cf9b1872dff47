/* SPDX-License-Identifier: Apache-2.0 */
/* Rules as data: what they are about, and back into text. Two members choose alike if their rules
 * have the same text and the digest is of what they say. */
#include "harp/rule.h"

#include "base/error.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

bool gyre__coll_sized(gyre__coll_t coll)
{
    switch (coll) {
    case GYRE__BARRIER:
    case GYRE__GATHERV:
    case GYRE__SCATTERV:
    case GYRE__ALLTOALLV:
    case GYRE__NEIGHBOR_ALLGATHERV:
    case GYRE__NEIGHBOR_ALLTOALLV:
        return false;
    default:
        return true;
    }
}

static uint64_t average(const gyre__blocks_t *blocks, int count)
{
    uint64_t sum = 0;
    for (int i = 0; i < count; i++)
        sum += blocks->lengths[i];
    return sum / (uint64_t)count;
}

uint64_t gyre__plan_bytes(const gyre__plan_t *plan)
{
    if (!gyre__coll_sized(plan->coll))
        return 0;
    if (plan->coll == GYRE__REDUCE_SCATTER && plan->in.lengths)
        return average(&plan->in, plan->size);
    if (plan->coll == GYRE__ALLGATHERV && plan->out.lengths)
        return average(&plan->out, plan->size);
    return plan->bytes;
}

const gyre__algorithm_t *gyre__algorithm_find(const gyre__collective_t *collective,
                                              const char *name)
{
    for (int i = 0; i < collective->count; i++)
        if (strcmp(collective->algorithms[i].name, name) == 0)
            return &collective->algorithms[i];
    return NULL;
}

void gyre__rules_cleanup(gyre__rules_t *rules)
{
    free(rules->name);
    free(rules->at);
    *rules = (gyre__rules_t){0};
}

gyre_status_t gyre__size_write(uint64_t size, gyre__buf_t *buf)
{
    static const char units[] = "\0kmg";
    int unit = 0;
    if (size == SIZE_MAX)
        return gyre__buf_printf(buf, "inf");
    for (; unit < 3 && size && size % 1024 == 0; unit++)
        size /= 1024;
    return gyre__buf_printf(buf, "%" PRIu64 "%.1s", size, &units[unit]);
}

static gyre_status_t write_bytes(gyre__buf_t *buf, const gyre__rule_t *rule)
{
    if (rule->bytes_from == 0 && rule->bytes_to == SIZE_MAX)
        return GYRE_OK;
    gyre_status_t status = gyre__buf_printf(buf, ":");
    if (status == GYRE_OK)
        status = gyre__size_write(rule->bytes_from, buf);
    if (status == GYRE_OK)
        status = gyre__buf_printf(buf, "-");
    return status == GYRE_OK ? gyre__size_write(rule->bytes_to, buf) : status;
}

static gyre_status_t write_count(gyre__buf_t *buf, char what, int from, int to)
{
    if (from == 1 && to == INT_MAX)
        return GYRE_OK;
    if (from == to)
        return gyre__buf_printf(buf, ":%c%d", what, from);
    return to == INT_MAX ? gyre__buf_printf(buf, ":%c%d-inf", what, from)
                         : gyre__buf_printf(buf, ":%c%d-%d", what, from, to);
}

static gyre_status_t write_parameters(gyre__buf_t *buf, const gyre__rule_t *rule)
{
    if (!rule->radix && !rule->segment)
        return GYRE_OK;
    gyre_status_t status = gyre__buf_printf(buf, "(");
    if (status == GYRE_OK && rule->radix)
        status = gyre__buf_printf(buf, "radix=%d%s", rule->radix, rule->segment ? "," : "");
    if (status == GYRE_OK && rule->segment)
        status = gyre__buf_printf(buf, "segment=");
    if (status == GYRE_OK && rule->segment)
        status = gyre__size_write(rule->segment, buf);
    return status == GYRE_OK ? gyre__buf_printf(buf, ")") : status;
}

gyre_status_t gyre__rule_write(const gyre__rule_t *rule, gyre__buf_t *buf)
{
    gyre_status_t status = gyre__buf_printf(buf, "%s", gyre__collectives[rule->coll]->name);
    if (status == GYRE_OK)
        status = write_bytes(buf, rule);
    if (status == GYRE_OK)
        status = write_count(buf, 'r', rule->members_from, rule->members_to);
    if (status == GYRE_OK)
        status = write_count(buf, 'n', rule->nodes_from, rule->nodes_to);
    if (status == GYRE_OK)
        status = gyre__buf_printf(buf, ":@%s", rule->algorithm->name);
    return status == GYRE_OK ? write_parameters(buf, rule) : status;
}

gyre_status_t gyre__rule_place(const gyre__rules_t *rules, const gyre__rule_t *rule,
                               gyre__buf_t *buf)
{
    return gyre__buf_printf(buf, "%s, %s %d", rules->name, rules->lines ? "line" : "rule",
                            rule->number);
}

/* Field by field: the algorithm by its name, which lies elsewhere in every process. */
uint64_t gyre__rules_digest(const gyre__rules_t *rules)
{
    uint64_t digest = 0;
    for (size_t i = 0; i < rules->count; i++) {
        const gyre__rule_t *rule = &rules->at[i];
        const char *name = rule->algorithm->name;
        uint64_t fields[] = {
            (uint64_t)rule->coll,         rule->bytes_from,           rule->bytes_to,
            (uint64_t)rule->members_from, (uint64_t)rule->members_to, (uint64_t)rule->nodes_from,
            (uint64_t)rule->nodes_to,     (uint64_t)rule->radix,      rule->segment};
        digest = XXH64(fields, sizeof(fields), digest + 1);
        digest = XXH64(name, strlen(name), digest);
    }
    return digest;
}
