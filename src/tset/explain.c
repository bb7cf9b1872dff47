/* SPDX-License-Identifier: Apache-2.0 */
/* How a set would be evaluated now, for people. */
#include "base/error.h"
#include "tset/job.h"

#include <stdlib.h>

static void print_operators(const gyre__job_t *job, const gyre_tset_t *set, FILE *stream)
{
    for (size_t i = 0; i < set->edge_count; i++) {
        const gyre__set_edge_t *edge = &set->edges[i];
        const gyre_operator_opts_t *flow = &edge->flow;
        fprintf(stream, "    %s%s%s of %s", gyre_operator_kind_name(flow->kind),
                flow->key_count ? " by key" : "", flow->bulk ? ", kept," : "",
                job->stages[set->parents[edge->parent]->stage].name);
        if (flow->kind == GYRE_JOIN)
            fprintf(stream, " and %s", job->stages[set->parents[edge->right]->stage].name);
        fprintf(stream, "\n");
    }
}

static void print_step(const gyre__stage_plan_t *stage, size_t at, FILE *stream)
{
    const gyre__step_t *step = &stage->steps[at];
    int depth = 0;
    for (size_t up = step->parent; up != SIZE_MAX; up = stage->steps[up].parent)
        depth++;
    fprintf(stream, "%*s", 4 + 2 * depth, "");
    if (step->edge)
        fprintf(stream, "-> %s\n", step->edge);
    else
        fprintf(stream, "%s%s\n", step->set->name, step->copies ? ", copied" : "");
    for (size_t i = at + 1; i < stage->step_count; i++)
        if (stage->steps[i].parent == at)
            print_step(stage, i, stream);
}

void gyre_tset_explain(const gyre_tset_t *set, FILE *stream)
{
    if (!set || set->poisoned) {
        fprintf(stream, "a set that could not be made\n");
        return;
    }
    gyre_tset_t *target = (gyre_tset_t *)set;
    gyre__job_t job = {.env = set->env, .name = "explained"};
    gyre_status_t status = gyre__lower(&job, &target, 1, NULL);
    if (status != GYRE_OK)
        fprintf(stream, "%s\n", gyre_last_error());
    for (size_t i = 0; i < job.stage_count && status == GYRE_OK; i++) {
        const gyre__stage_plan_t *stage = &job.stages[i];
        fprintf(stream, "stage %s, %d parts\n", stage->name, stage->steps[0].set->parallelism);
        print_operators(&job, stage->steps[0].set, stream);
        print_step(stage, 0, stream);
    }
    gyre__lower_close(&job);
}
