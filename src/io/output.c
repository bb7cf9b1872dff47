/* SPDX-License-Identifier: Apache-2.0 */
/* A directory of parts. Parts are put in place one by one, so between the first and the last the
 * directory has old and new ones; the file _SUCCESS, which is not there meanwhile, tells a complete
 * output. */
#include "io/part.h"

#include "base/error.h"
#include "io/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static gyre_status_t keep_names(gyre_output_t *output, const char *uri)
{
    const char *suffix = output->opts.suffix ? output->opts.suffix : "";
    output->uri = strdup(uri);
    if (asprintf(&output->suffix, "%s%s", suffix, gyre__codec_suffix(output->opts.compression)) < 0)
        output->suffix = NULL;
    output->opts.suffix = output->suffix;
    if (!output->uri || !output->suffix)
        return gyre__error(GYRE_ERR_NO_MEMORY, "%s: no memory to open it", uri);
    if (strchr(suffix, '/'))
        return gyre__error(GYRE_ERR_ARG, "%s: suffix \"%s\", expected one without \"/\"", uri,
                           suffix);
    return GYRE_OK;
}

gyre_status_t gyre_output_open(const char *uri, const gyre_output_opts_t *opts, gyre_output_t **out)
{
    gyre_output_t *output = calloc(1, sizeof(*output));
    if (!output)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for an output");
    if (opts)
        output->opts = *opts;
    gyre_status_t status = gyre_store_mkdir(uri);
    if (status == GYRE_OK)
        status = gyre__codec_find(output->opts.compression, uri, &output->codec);
    if (status == GYRE_OK)
        status = keep_names(output, uri);
    if (status == GYRE_OK)
        status = gyre_store_sweep(uri);
    if (status != GYRE_OK) {
        gyre_output_close(output);
        return status;
    }
    *out = output;
    return GYRE_OK;
}

void gyre_output_close(gyre_output_t *output)
{
    if (!output)
        return;
    free(output->uri);
    free(output->suffix);
    free(output);
}

gyre_status_t gyre__output_unmark(const gyre_output_t *output)
{
    char *mark = gyre__store_join(output->uri, GYRE__SUCCESS);
    if (!mark)
        return GYRE_ERR_NO_MEMORY;
    gyre_status_t status = gyre_store_remove(mark);
    free(mark);
    return status == GYRE_ERR_NOT_FOUND ? GYRE_OK : status;
}

typedef struct tidying {
    const gyre_output_t *output;
    uint32_t parts;
    uint32_t seen;
} tidying_t;

/* One of the parts 0 to parts - 1 by name, not by what begins like one. */
static bool is_own(const tidying_t *tidying, const char *name)
{
    const char *digits = name + strlen(GYRE__PART_PREFIX);
    char *end;
    unsigned long index = strtoul(digits, &end, 10);
    char expected[32];
    snprintf(expected, sizeof(expected), "%05lu", index);
    return index < tidying->parts && (size_t)(end - digits) == strlen(expected) &&
           strcmp(end, tidying->output->suffix) == 0;
}

static gyre_status_t tidy(void *arg, const char *name, const gyre_file_info_t *info)
{
    tidying_t *tidying = arg;
    if (info->directory || strncmp(name, GYRE__PART_PREFIX, strlen(GYRE__PART_PREFIX)) != 0)
        return GYRE_OK;
    if (is_own(tidying, name)) {
        tidying->seen++;
        return GYRE_OK;
    }
    char *path = gyre__store_join(tidying->output->uri, name);
    if (!path)
        return GYRE_ERR_NO_MEMORY;
    gyre_status_t status =
        tidying->output->opts.overwrite == GYRE_OVERWRITE
            ? gyre_store_remove(path)
            : gyre__error(GYRE_ERR_STATE,
                          "%s: a part of another run, and nothing is to be overwritten", path);
    free(path);
    return status;
}

static gyre_status_t mark(const gyre_output_t *output)
{
    char *path = gyre__store_join(output->uri, GYRE__SUCCESS);
    gyre_draft_t *draft;
    gyre_status_t status = path ? gyre_draft_create(path, &draft) : GYRE_ERR_NO_MEMORY;
    if (status == GYRE_OK)
        status = gyre_draft_commit(draft, true);
    free(path);
    return status;
}

gyre_status_t gyre_output_finish(gyre_output_t *output, uint32_t parts)
{
    tidying_t tidying = {output, parts, 0};
    gyre_status_t status = gyre_store_list(output->uri, tidy, &tidying);
    if (status == GYRE_OK && tidying.seen != parts)
        status = gyre__error(GYRE_ERR_STATE, "%s: %lu parts, expected %lu", output->uri,
                             (unsigned long)tidying.seen, (unsigned long)parts);
    return status == GYRE_OK ? mark(output) : status;
}
