/* SPDX-License-Identifier: Apache-2.0 */
/* Sets that keep their rows. */
#include "base/error.h"
#include "tset/job.h"

#include <stdlib.h>

static gyre_tset_t *store(gyre_tset_t *parent, const char *what, bool on_disk, bool eager)
{
    gyre_tset_t *set = gyre__set_create(NULL, GYRE__SET_STORE, what, &parent, 1);
    if (set->poisoned)
        return set;
    gyre_status_t status = gyre__set_keep_keys(set, parent);
    if (status == GYRE_OK && gyre__set_is_sink(parent))
        status = gyre__error(GYRE_ERR_ARG, "\"%s\" gives no rows", parent->name);
    set->on_disk = on_disk;
    set->eager = eager;
    if (status == GYRE_OK && on_disk)
        status = gyre__persist_open(set);
    return gyre__set_end(set, status);
}

/* What it was made of is needed no more. */
static gyre_tset_t *now(gyre_tset_t *set)
{
    if (!set->env)
        return set;
    gyre_status_t status = set->full ? GYRE_OK : gyre__evaluate_now(set);
    if (status == GYRE_OK && !set->poisoned)
        gyre__set_forget_parents(set);
    return set->poisoned ? set : gyre__set_end(set, status);
}

gyre_tset_t *gyre_tset_lazy_cache(gyre_tset_t *set)
{
    return store(set, "cache", false, false);
}

gyre_tset_t *gyre_tset_cache(gyre_tset_t *set)
{
    return now(store(set, "cache", false, true));
}

gyre_tset_t *gyre_tset_lazy_persist(gyre_tset_t *set)
{
    return store(set, "persist", true, false);
}

gyre_tset_t *gyre_tset_persist(gyre_tset_t *set)
{
    return now(store(set, "persist", true, true));
}

gyre_tset_t *gyre_tset_dataset(gyre_env_t *env, const gyre_schema_t *schema,
                               gyre_dataset_t *dataset)
{
    gyre_tset_t *set = gyre__set_create(env, GYRE__SET_STORE, "dataset", NULL, 0);
    if (set->poisoned)
        return set;
    if (!schema || !schema->field_count || gyre_dataset_parts(dataset) < 1)
        return gyre__set_end(set, gyre__error(GYRE_ERR_ARG,
                                              "a dataset with parts, and a schema with columns, "
                                              "are needed"));
    set->schema = gyre_schema_retain(schema);
    set->parallelism = gyre_dataset_parts(dataset);
    set->kept = gyre_dataset_retain(dataset);
    set->eager = set->full = true;
    return set;
}

gyre_status_t gyre_tset_data(gyre_tset_t *set, gyre_dataset_t **data)
{
    if (!set || set->poisoned || !data)
        return gyre__error(GYRE_ERR_ARG, "no set, one that could not be made, or no place");
    if (set->kind != GYRE__SET_STORE || set->on_disk || !set->full)
        return gyre__error(GYRE_ERR_STATE, "\"%s\" is %s", set->name,
                           set->kind != GYRE__SET_STORE || set->on_disk
                               ? "not cached"
                               : "cached, but has not been evaluated");
    *data = gyre_dataset_retain(set->kept);
    return GYRE_OK;
}

void gyre__store_close(gyre_tset_t *set)
{
    gyre__persist_close(set);
    gyre_dataset_release(set->kept);
    free(set->workers);
}

/* --- In a stage --- */

gyre_status_t gyre__store_next(gyre__stage_t *stage, gyre__cell_t *cell, const gyre_batch_t **out)
{
    const gyre_tset_t *set = cell->step->set;
    size_t count;
    if (set->on_disk)
        return gyre__disk_next(cell, out);
    const gyre_batch_t *const *batches =
        gyre_dataset_batches(gyre_task_input(stage->task, set->name), cell->part.index, &count);
    if (cell->next == count)
        return GYRE_OK;
    *out = gyre_batch_retain(batches[cell->next++]);
    return cell->next < count ? GYRE_IN_PROGRESS : GYRE_OK;
}

gyre_status_t gyre__store_put(gyre__stage_t *stage, gyre__cell_t *cell, const gyre_batch_t *batch)
{
    const gyre_tset_t *set = cell->step->set;
    return set->on_disk ? gyre__disk_put(cell, batch)
                        : gyre_task_output(stage->task, set->name, batch);
}
