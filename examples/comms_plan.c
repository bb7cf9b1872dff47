/* SPDX-License-Identifier: Apache-2.0 */
/* What sources insert, which whoever knows the plan can tell. */
#include "comms.h"

/* The finalizer of splitmix64. */
uint64_t plan_key(const plan_t *plan, uint64_t id)
{
    uint64_t word = (id + 1) * 0x9e3779b97f4a7c15;
    word = (word ^ (word >> 30)) * 0xbf58476d1ce4e5b9;
    word = (word ^ (word >> 27)) * 0x94d049bb133111eb;
    return (word ^ (word >> 31)) % plan->keys;
}

uint64_t plan_id(const plan_t *plan, uint64_t iteration, int source, uint64_t row)
{
    return (iteration * (uint64_t)plan_sources(plan) + (uint64_t)source) * plan->rows + row;
}

int plan_sources(const plan_t *plan)
{
    return plan->sources * (plan->scene->joined ? 2 : 1);
}

/* On the right, one row for each key that there is, so that pairs are about as many as rows. */
uint64_t plan_rows(const plan_t *plan, int source)
{
    uint64_t few = (plan->keys - 1) / (uint64_t)plan->sources + 1;
    return source < plan->sources || plan->rows < few ? plan->rows : few;
}

int plan_next_source(const plan_t *plan, int source)
{
    do
        source++;
    while (source < plan_sources(plan) && source % plan->sources % plan->size != plan->rank);
    return source;
}

int plan_source(const plan_t *plan, uint64_t id)
{
    return (int)(id / plan->rows % (uint64_t)plan_sources(plan));
}
