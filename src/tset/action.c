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

gyre_status_t gyre_tset_count(gyre_tset_t *set, uint64_t *count)
{
    gyre_tset_t *rows = gyre__set_counts(set), *kept = gyre_tset_cache(rows);
    gyre_status_t status =
        kept->env ? gyre_env_status(kept->env) : gyre__error(GYRE_ERR_ARG, "no set to count: NULL");
    void *blocks = NULL;
    if (status == GYRE_OK) {
        uint64_t own = sum(kept), total = 0;
        status = gyre__env_share(kept->env, &own, sizeof(own), &blocks);
        for (int i = 0; status == GYRE_OK && i < kept->env->size; i++)
            total += ((const uint64_t *)blocks)[i];
        free(blocks);
        if (status == GYRE_OK)
            *count = total;
    }
    gyre_tset_release(rows);
    gyre_tset_release(kept);
    return status;
}

gyre_status_t gyre_tset_for_each(gyre_tset_t *set, const gyre_function_t *function)
{
    gyre_tset_t *sink = gyre_tset_sink(set, function);
    gyre_status_t status =
        sink->env ? gyre__evaluate_now(sink) : gyre__error(GYRE_ERR_ARG, "no set: NULL");
    gyre_tset_release(sink);
    return status;
}
