/* SPDX-License-Identifier: Apache-2.0 */
#include "tasks/graph_copy.h"

#include "base/error.h"

#include <stdlib.h>
#include <string.h>

static gyre_status_t no_memory(const char *what)
{
    return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for %s of a graph", what);
}

gyre_status_t gyre__text_copy(const char *text, char **copy)
{
    *copy = strdup(text);
    return *copy ? GYRE_OK : no_memory("a name");
}

/* The text goes where *end points to, which moves behind it. */
static const char *put(char **end, const char *text)
{
    size_t size = strlen(text) + 1;
    char *place = memcpy(*end, text, size);
    *end += size;
    return place;
}

static gyre_status_t own_names(const char *const **names)
{
    const char *const *given = *names;
    size_t count = 0, bytes = 0;
    *names = NULL;
    if (!given)
        return GYRE_OK;
    for (; given[count]; count++)
        bytes += strlen(given[count]) + 1;
    const char **own = malloc((count + 1) * sizeof(*own) + bytes);
    if (!own)
        return no_memory("names of datasets");
    char *end = (char *)&own[count + 1];
    for (size_t i = 0; i < count; i++)
        own[i] = put(&end, given[i]);
    own[count] = NULL;
    *names = own;
    return GYRE_OK;
}

static gyre_status_t own_settings(const gyre_metadata_t **settings, size_t count)
{
    const gyre_metadata_t *given = *settings;
    size_t bytes = 0;
    *settings = NULL;
    if (!count)
        return GYRE_OK;
    for (size_t i = 0; i < count; i++)
        bytes += strlen(given[i].key) + strlen(given[i].value) + 2;
    gyre_metadata_t *own = malloc(count * sizeof(*own) + bytes);
    if (!own)
        return no_memory("settings");
    char *end = (char *)&own[count];
    for (size_t i = 0; i < count; i++) {
        own[i].key = put(&end, given[i].key);
        own[i].value = put(&end, given[i].value);
    }
    *settings = own;
    return GYRE_OK;
}

static gyre_status_t own_aggregates(const gyre_aggregate_t **aggregates, size_t count)
{
    const gyre_aggregate_t *given = *aggregates;
    size_t bytes = 0;
    *aggregates = NULL;
    if (!count)
        return GYRE_OK;
    for (size_t i = 0; i < count; i++)
        bytes += given[i].name ? strlen(given[i].name) + 1 : 0;
    gyre_aggregate_t *own = malloc(count * sizeof(*own) + bytes);
    if (!own)
        return no_memory("aggregates");
    memcpy(own, given, count * sizeof(*own));
    char *end = (char *)&own[count];
    for (size_t i = 0; i < count; i++)
        if (given[i].name)
            own[i].name = put(&end, given[i].name);
    *aggregates = own;
    return GYRE_OK;
}

/* A copy of an array without pointers; NULL where there is no memory, or nothing to copy. */
static void *array_copy(const void *given, size_t count, size_t width)
{
    void *own = count && given ? malloc(count * width) : NULL;
    return own ? memcpy(own, given, count * width) : NULL;
}

gyre_status_t gyre__vertex_own(gyre__vertex_t *node)
{
    gyre_task_opts_t *opts = &node->opts;
    gyre_status_t inputs = own_names(&opts->inputs);
    gyre_status_t outputs = own_names(&opts->outputs);
    gyre_status_t settings = own_settings(&opts->settings, opts->setting_count);
    return inputs != GYRE_OK ? inputs : outputs != GYRE_OK ? outputs : settings;
}

void gyre__vertex_cleanup(gyre__vertex_t *node)
{
    free((void *)node->opts.inputs);
    free((void *)node->opts.outputs);
    free((void *)node->opts.settings);
    free(node->name);
}

gyre_status_t gyre__edge_own(gyre__edge_t *edge)
{
    gyre_operator_opts_t *flow = &edge->flow;
    flow->schema = gyre_schema_retain(flow->schema);
    flow->right = gyre_schema_retain(flow->right);
    flow->keys = array_copy(flow->keys, flow->key_count, sizeof(*flow->keys));
    flow->right_keys = array_copy(flow->right_keys, flow->key_count, sizeof(*flow->right_keys));
    flow->order = array_copy(flow->order, flow->order_count, sizeof(*flow->order));
    gyre_status_t status = own_aggregates(&flow->aggregates, flow->aggregate_count);
    bool joins = gyre__edge_joins(edge);
    if ((flow->key_count && (!flow->keys || (joins && !flow->right_keys))) ||
        (flow->order_count && !flow->order))
        status = no_memory("keys");
    return status;
}

void gyre__edge_cleanup(gyre__edge_t *edge)
{
    gyre_schema_release(edge->flow.schema);
    gyre_schema_release(edge->flow.right);
    free((void *)edge->flow.keys);
    free((void *)edge->flow.right_keys);
    free((void *)edge->flow.order);
    free((void *)edge->flow.aggregates);
    free(edge->name);
}
