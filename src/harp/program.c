/* SPDX-License-Identifier: Apache-2.0 */
/* Making programs out of schedules: counting successors, then placing them. */
#include "harp/program.h"

#include "base/error.h"
#include "harp/execute.h"

#include <stdlib.h>

static void survey(gyre__program_t *p)
{
    p->serial = p->local = true;
    for (uint32_t i = 0; i < p->schedule.count; i++) {
        const gyre__step_t *step = &p->schedule.steps[i];
        bool message = step->kind == GYRE__STEP_SEND || step->kind == GYRE__STEP_RECV;
        bool offers = step->kind == GYRE__STEP_OFFER || step->kind == GYRE__STEP_ACCEPT;
        p->message[i] = p->messages;
        p->messages += message;
        p->serial &= step->after[0] == (int32_t)i - 1 && step->after[1] == GYRE__NOW;
        p->local &= p->serial && !message && !offers;
    }
}

/* Counts two places ahead become starts one place ahead, and filling makes them ends: starts of
 * the next step. */
static void link_successors(gyre__program_t *p)
{
    const gyre__schedule_t *s = &p->schedule;
    for (uint32_t i = 0; i < s->count; i++)
        for (int k = 0; k < 2; k++)
            if (s->steps[i].after[k] >= 0)
                p->next_start[s->steps[i].after[k] + 2]++;
    for (uint32_t i = 2; i < s->count + 2; i++)
        p->next_start[i] += p->next_start[i - 1];
    for (uint32_t i = 0; i < s->count; i++)
        for (int k = 0; k < 2; k++)
            if (s->steps[i].after[k] >= 0)
                p->next[p->next_start[s->steps[i].after[k] + 1]++] = i;
}

static gyre_status_t build(gyre__program_t *p)
{
    size_t count = p->schedule.count;
    if (p->schedule.status != GYRE_OK)
        return gyre__error(p->schedule.status, "no memory for a schedule");
    p->next_start = calloc(count + 2, sizeof(uint32_t));
    p->next = malloc((2 * count + 1) * sizeof(uint32_t));
    p->message = malloc((count + 1) * sizeof(uint32_t));
    if (!p->next_start || !p->next || !p->message)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a program of %zu steps", count);
    survey(p);
    link_successors(p);
    p->units = p->schedule.units;
    if (!p->schedule.otherwise)
        return GYRE_OK;
    gyre_status_t status = gyre__program_new(p->schedule.otherwise, &p->otherwise);
    if (status == GYRE_OK)
        p->units += p->otherwise->units;
    return status;
}

gyre_status_t gyre__program_new(gyre__schedule_t *schedule, gyre__program_t **out)
{
    gyre__program_t *p = calloc(1, sizeof(*p));
    if (!p) {
        gyre__schedule_cleanup(schedule);
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a program");
    }
    p->schedule = *schedule;
    gyre__schedule_init(schedule);
    gyre_status_t status = build(p);
    if (status == GYRE_OK)
        *out = p;
    else
        gyre__program_free(p);
    return status;
}

void gyre__program_free(gyre__program_t *p)
{
    if (!p)
        return;
    gyre__execution_free_idle(p);
    gyre__program_free(p->otherwise);
    gyre__schedule_cleanup(&p->schedule);
    free(p->next_start);
    free(p->next);
    free(p->message);
    free(p);
}
