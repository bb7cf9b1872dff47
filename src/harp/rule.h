/* SPDX-License-Identifier: Apache-2.0 */
/* Rules: which algorithm serves which calls. All of them, the library's own defaults too, are
 * written in one grammar, told in gyre.conf(5):
 *   collective[:bytes MIN-MAX][:rMIN-MAX members][:nMIN-MAX nodes]:@algorithm[(radix=,segment=)]
 * Bytes are those from MIN on and below MAX; of members and nodes MAX is meant too. */
#ifndef GYRE_HARP_RULE_H
#define GYRE_HARP_RULE_H

#include "base/buf.h"
#include "harp/plan.h"

#include <limits.h>

#define GYRE__RADIX_MIN   2
#define GYRE__RADIX_MAX   1024
#define GYRE__SEGMENT_MIN 64
#define GYRE__SEGMENT_MAX (UINT64_C(1) << 30)

typedef struct gyre__rule {
    gyre__coll_t coll;
    uint64_t bytes_from, bytes_to; /* SIZE_MAX: no end */
    int members_from, members_to;  /* INT_MAX: no end */
    int nodes_from, nodes_to;
    const gyre__algorithm_t *algorithm;
    int radix;        /* 0: the algorithm's default */
    uint64_t segment; /* likewise */
    int number;       /* of its line, or among the rules of the text, from 1 */
} gyre__rule_t;

/* Rules of one text, in its order: the first that matches and whose algorithm fits is taken. */
typedef struct gyre__rules {
    char *name; /* of the text, for people */
    bool lines; /* rules are known by their lines */
    gyre__rule_t *at;
    size_t count, room;
} gyre__rules_t;

/* Zeroed rules are empty ones. GYRE_ERR_SYNTAX, _RANGE or _UNKNOWN with place and reason; rules
 * are then empty. */
gyre_status_t gyre__rules_parse(gyre__rules_t *rules, const char *name, bool lines,
                                const char *text);
void gyre__rules_cleanup(gyre__rules_t *rules);

/* A hash of what they say, 0 for none; not of their name. */
uint64_t gyre__rules_digest(const gyre__rules_t *rules);

/* 512, 64k, inf. */
gyre_status_t gyre__size_write(uint64_t size, gyre__buf_t *buf);

/* The rule as it would be written, and "NAME, line 3". */
gyre_status_t gyre__rule_write(const gyre__rule_t *rule, gyre__buf_t *buf);
gyre_status_t gyre__rule_place(const gyre__rules_t *rules, const gyre__rule_t *rule,
                               gyre__buf_t *buf);

/* What byte ranges are about: plan->bytes; of reduce_scatter and allgatherv, where all members
 * know all blocks, the average block. Collectives whose members do not know the same sizes, and
 * barrier, have none. */
bool gyre__coll_sized(gyre__coll_t coll);
uint64_t gyre__plan_bytes(const gyre__plan_t *plan);

static inline bool gyre__rule_matches(const gyre__rule_t *rule, const gyre__plan_t *plan,
                                      uint64_t bytes)
{
    int nodes = plan->places->nodes;
    return rule->coll == plan->coll && bytes >= rule->bytes_from &&
           (bytes < rule->bytes_to || rule->bytes_to == SIZE_MAX) &&
           plan->size >= rule->members_from && plan->size <= rule->members_to &&
           nodes >= rule->nodes_from && nodes <= rule->nodes_to;
}

/* The library's own, the last to be asked. */
extern const char gyre__default_rules[];

const gyre__algorithm_t *gyre__algorithm_find(const gyre__collective_t *collective,
                                              const char *name);

#endif
