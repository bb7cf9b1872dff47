/* SPDX-License-Identifier: Apache-2.0 */
/* Which algorithm serves a call. All members must choose alike: the choice follows from what they
 * have in common, the call's arguments, where the members are, and rules that are alike. */
#ifndef GYRE_HARP_SELECT_H
#define GYRE_HARP_SELECT_H

#include "harp/rule.h"

/* Why the algorithm cannot do what the plan asks for, as an end to "needs"; NULL: it can. */
const char *gyre__algorithm_lacks(const gyre__algorithm_t *algorithm, const gyre__plan_t *plan);
bool gyre__algorithm_fits(const gyre__algorithm_t *algorithm, const gyre__plan_t *plan);

typedef struct gyre__choice {
    const gyre__algorithm_t *algorithm; /* NULL: there is none */
    const gyre__rules_t *rules;         /* whose rule it was; NULL: just the first that fits */
    const gyre__rule_t *rule;
} gyre__choice_t;

/* Rules are asked in their order; NULL among them are passed over. The plan's radix and segment
 * are set to what the algorithm shall use. */
gyre__choice_t gyre__select(gyre__plan_t *plan, const gyre__rules_t *const *rules, int count);

/* Says what was chosen and why, and which rules were passed over for not fitting. */
void gyre__select_explain(const gyre__plan_t *plan, const gyre__choice_t *choice,
                          const gyre__rules_t *const *rules, int count);

#endif
