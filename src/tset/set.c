/* SPDX-License-Identifier: Apache-2.0 */
#include "tset/set.h"

#include "base/error.h"
#include "tasks/graph.h"
#include "tset/job.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is given for what nobody could make. */
static gyre_tset_t nowhere = {.name = (char *)"nowhere", .poisoned = true, .references = 1};

gyre_status_t gyre__set_copy(const void *from, size_t count, size_t width, void **copy)
{
    void *made = malloc(count * width + 1);
    if (!made)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for %zu bytes of a set", count * width);
    if (count)
        memcpy(made, from, count * width);
    *copy = made;
    return GYRE_OK;
}

/* --- Life --- */

static gyre_env_t *env_of(gyre_env_t *env, gyre_tset_t *const *parents, size_t count)
{
    for (size_t i = 0; !env && i < count; i++)
        env = parents[i] ? parents[i]->env : NULL;
    return env;
}

static gyre_status_t set_name(gyre_tset_t *set, const char *what)
{
    char name[64];
    snprintf(name, sizeof(name), "%s-%d", what, set->id);
    set->name = strdup(name);
    return set->name ? GYRE_OK : gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a name");
}

static gyre_status_t take_parents(gyre_tset_t *set, gyre_tset_t *const *parents, size_t count)
{
    set->parents = calloc(count + 1, sizeof(*set->parents));
    if (!set->parents)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for %zu sets", count);
    for (size_t i = 0; i < count; i++) {
        if (!parents[i])
            return gyre__error(GYRE_ERR_ARG, "no set: NULL");
        if (parents[i]->env != set->env)
            return gyre__error(GYRE_ERR_ARG, "set \"%s\" is of another environment",
                               parents[i]->name);
        set->poisoned |= parents[i]->poisoned;
        set->parents[set->parent_count++] = gyre__set_retain(parents[i]);
    }
    return GYRE_OK;
}

gyre_tset_t *gyre__set_create(gyre_env_t *env, gyre__set_kind_t kind, const char *what,
                              gyre_tset_t *const *parents, size_t count)
{
    env = env_of(env, parents, count);
    gyre_tset_t *set = env ? calloc(1, sizeof(*set)) : NULL;
    if (!set) {
        gyre_status_t status = env ? GYRE_ERR_NO_MEMORY : GYRE_ERR_ARG;
        gyre__error(status, env ? "no memory for a set" : "no environment, and no set of one");
        if (env)
            gyre__env_fail(env, what, status);
        return env && env->poison ? env->poison : &nowhere;
    }
    set->env = env;
    set->kind = kind;
    set->id = env->next_id++;
    set->references = 1;
    gyre__list_append(&env->sets, &set->link);
    gyre_status_t status = set_name(set, what);
    if (status == GYRE_OK)
        status = take_parents(set, parents, count);
    if (status == GYRE_OK && !set->poisoned && count) {
        set->parallelism = parents[0]->parallelism;
        set->schema = gyre_schema_retain(parents[0]->schema);
    }
    return gyre__set_end(set, status);
}

gyre_tset_t *gyre__set_end(gyre_tset_t *set, gyre_status_t status)
{
    if (status == GYRE_OK)
        return set;
    if (set->env)
        gyre__env_fail(set->env, set->name, status);
    set->poisoned = true;
    return set;
}

gyre_tset_t *gyre__set_retain(gyre_tset_t *set)
{
    set->references++;
    return set;
}

void gyre__set_forget_parents(gyre_tset_t *set)
{
    for (size_t i = 0; i < set->parent_count; i++)
        gyre__set_release(set->parents[i]);
    set->parent_count = 0;
}

static void free_edges(gyre_tset_t *set)
{
    for (size_t i = 0; i < set->edge_count; i++) {
        const gyre_operator_opts_t *flow = &set->edges[i].flow;
        for (size_t k = 0; k < flow->aggregate_count; k++)
            free((char *)flow->aggregates[k].name);
        free((void *)flow->keys);
        free((void *)flow->right_keys);
        free((void *)flow->order);
        free((void *)flow->aggregates);
    }
    free(set->edges);
}

void gyre__set_free(gyre_tset_t *set)
{
    gyre__list_remove(&set->link);
    gyre__store_close(set);
    free_edges(set);
    if (set->drop)
        set->drop(set->function.arg);
    gyre_schema_release(set->function.schema);
    gyre_schema_release(set->schema);
    for (size_t i = 0; i < set->input_count; i++)
        free(set->inputs[i].name);
    free(set->inputs);
    free(set->parents);
    free(set->keys);
    free(set->name);
    free(set);
}

void gyre__set_release(gyre_tset_t *set)
{
    if (--set->references > 0)
        return;
    gyre__set_forget_parents(set);
    for (size_t i = 0; i < set->input_count; i++)
        gyre__set_release(set->inputs[i].stored);
    gyre__set_free(set);
}

void gyre_tset_release(gyre_tset_t *set)
{
    if (!set || set == &nowhere || set->released)
        return;
    gyre_tset_finish_eval(set);
    set->released = true;
    gyre__set_release(set);
}

/* --- What sets have in common --- */

gyre_status_t gyre__set_spread(gyre_tset_t *set, int parallelism, int usual)
{
    if (parallelism < 0 || parallelism > GYRE__PARALLELISM_MAX)
        return gyre__error(GYRE_ERR_RANGE, "parallelism %d, expected 0 to %d", parallelism,
                           GYRE__PARALLELISM_MAX);
    set->parallelism = parallelism ? parallelism : usual;
    return GYRE_OK;
}

gyre_status_t gyre__set_take_keys(gyre_tset_t *set, const size_t *keys, size_t count)
{
    if (count && !keys)
        return gyre__error(GYRE_ERR_ARG, "NULL for %zu keys", count);
    for (size_t i = 0; i < count; i++)
        if (keys[i] >= set->schema->field_count)
            return gyre__error(GYRE_ERR_RANGE, "column %zu as a key, of %zu columns", keys[i],
                               set->schema->field_count);
    void *copy = NULL;
    gyre_status_t status = gyre__set_copy(keys, count, sizeof(*keys), &copy);
    if (status != GYRE_OK)
        return status;
    set->keys = copy;
    set->key_count = count;
    return GYRE_OK;
}

gyre_status_t gyre__set_keep_keys(gyre_tset_t *set, const gyre_tset_t *from)
{
    return gyre__set_take_keys(set, from->keys, from->key_count);
}

const char *gyre_tset_name(const gyre_tset_t *set)
{
    return set ? set->name : nowhere.name;
}

/* Whether a set that is made later may get it by itself: "map-7". */
static bool is_reserved(const gyre_env_t *env, const char *name)
{
    const char *dash = strrchr(name, '-');
    char *end;
    if (!dash || dash[1] < '0' || dash[1] > '9')
        return false;
    return strtol(dash + 1, &end, 10) >= env->next_id && !*end;
}

gyre_tset_t *gyre_tset_set_name(gyre_tset_t *set, const char *name)
{
    if (!set || set->poisoned)
        return set ? set : &nowhere;
    if (!name || !*name)
        return gyre__set_end(set, gyre__error(GYRE_ERR_ARG, "a name that is empty"));
    if (is_reserved(set->env, name))
        return gyre__set_end(
            set, gyre__error(GYRE_ERR_ARG, "\"%s\" is the name of a set that comes later", name));
    gyre__list_each(link, &set->env->sets)
    {
        const gyre_tset_t *other = gyre__container(link, gyre_tset_t, link);
        if (other != set && strcmp(other->name, name) == 0)
            return gyre__set_end(set,
                                 gyre__error(GYRE_ERR_ARG, "another set is called \"%s\"", name));
    }
    char *copy = strdup(name);
    if (!copy)
        return gyre__set_end(set, gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a name"));
    free(set->name);
    set->name = copy;
    return set;
}

int gyre_tset_id(const gyre_tset_t *set)
{
    return set ? set->id : 0;
}

int gyre_tset_parallelism(const gyre_tset_t *set)
{
    return set ? set->parallelism : 0;
}

const gyre_schema_t *gyre_tset_schema(const gyre_tset_t *set)
{
    return set && !set->poisoned ? set->schema : NULL;
}

gyre_tset_t *gyre_tset_add_input(gyre_tset_t *set, const char *name, gyre_tset_t *stored)
{
    if (!set || set->poisoned)
        return set ? set : &nowhere;
    if (!name || !*name || !stored || stored->env != set->env || stored->kind != GYRE__SET_STORE)
        return gyre__set_end(set, gyre__error(GYRE_ERR_ARG,
                                              "an input needs a name and a stored set, got \"%s\"",
                                              stored ? stored->name : "NULL"));
    if (stored->poisoned)
        return gyre__set_end(set,
                             gyre__error(GYRE_ERR_ARG, "input \"%s\" could not be made", name));
    if (set->parallelism != stored->parallelism)
        return gyre__set_end(set, gyre__error(GYRE_ERR_ARG,
                                              "%d parts with an input \"%s\" of %d, expected as "
                                              "many",
                                              set->parallelism, name, stored->parallelism));
    for (size_t i = 0; i < set->input_count; i++)
        if (strcmp(set->inputs[i].name, name) == 0)
            return gyre__set_end(set, gyre__error(GYRE_ERR_ARG, "a second input \"%s\"", name));
    gyre__set_input_t *grown = realloc(set->inputs, (set->input_count + 1) * sizeof(*set->inputs));
    char *copy = strdup(name);
    set->inputs = grown ? grown : set->inputs;
    if (!grown || !copy) {
        free(copy);
        return gyre__set_end(set, gyre__error(GYRE_ERR_NO_MEMORY, "no memory for an input"));
    }
    set->inputs[set->input_count++] =
        (gyre__set_input_t){.name = copy, .stored = gyre__set_retain(stored)};
    return set;
}
