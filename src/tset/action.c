/* SPDX-License-Identifier: Apache-2.0 */
/* Results that the program gets at once. */
#include "base/error.h"
#include "tset/job.h"

#include <stdlib.h>

/* Of the parts of this worker. */
static uint64_t sum(const gyre_tset_t *counts)
{
    uint64_t rows = 0;
    for (int part = 0; part < counts->parallelism; part++) {
        size_t count;
        const gyre_batch_t *const *batches = gyre_dataset_batches(counts->kept, part, &count);
        for (size_t i = 0; i < count; i++)
            rows += (uint64_t)((const int64_t *)batches[i]->columns[0]->values)[0];
    }
    return rows;
}

/* Of all workers. */
static gyre_status_t total(gyre_env_t *env, uint64_t own, uint64_t *rows)
{
    void *blocks;
    gyre_status_t status = gyre__env_share(env, &own, sizeof(own), &blocks);
    if (status != GYRE_OK)
        return status;
    *rows = 0;
    for (int i = 0; i < env->size; i++)
        *rows += ((const uint64_t *)blocks)[i];
    free(blocks);
    return GYRE_OK;
}

gyre_status_t gyre_tset_count(gyre_tset_t *set, uint64_t *count)
{
    if (!set || !count)
        return gyre__error(GYRE_ERR_ARG, "no set to count, or no place for the rows: NULL");
    gyre_tset_t *rows = gyre__set_counts(set), *kept = gyre_tset_lazy_cache(rows);
    gyre_status_t status =
        kept->env ? gyre__evaluate_now(kept) : gyre__error(GYRE_ERR_ARG, "no set to count");
    if (status == GYRE_OK)
        status = total(kept->env, sum(kept), count);
    gyre_tset_release(rows);
    gyre_tset_release(kept);
    return status;
}

gyre_status_t gyre_tset_for_each(gyre_tset_t *set, const gyre_function_t *function)
{
    gyre_tset_t *sink = gyre__set_narrow(set, "sink", GYRE__FORM_EACH, function);
    if (!sink->env)
        return gyre__error(GYRE_ERR_ARG, "no set: NULL");
    sink->done = true; /* nobody waits for it */
    gyre_status_t status = gyre__evaluate_now(sink);
    gyre_tset_release(sink);
    return status;
}
