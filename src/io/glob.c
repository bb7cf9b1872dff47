/* SPDX-License-Identifier: Apache-2.0 */
/* Names between slashes are matched one after the other: those without wildcards are taken as they
 * are, the others are looked for in the listing of what stands before them. */
#include "io/glob.h"

#include "base/error.h"
#include "io/store.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char wild[] = "*?[";

bool gyre__glob_is(const char *path)
{
    return path[strcspn(path, wild)] != '\0';
}

typedef struct level {
    const char *before;  /* what has been matched */
    const char *pattern; /* of this name */
    const char *rest;    /* what follows it, from its slash on; "" at the end */
    gyre_store_entry_func_t entry;
    void *arg;
} level_t;

static gyre_status_t expand(const char *before, const char *rest, gyre_store_entry_func_t entry,
                            void *arg);

static gyre_status_t try_name(void *arg, const char *name, const gyre_file_info_t *info)
{
    const level_t *level = arg;
    if ((name[0] == '_' && level->pattern[0] != '_') ||
        fnmatch(level->pattern, name, FNM_PERIOD) != 0 || (*level->rest && !info->directory))
        return GYRE_OK;
    char *path = *level->before ? gyre__store_join(level->before, name) : strdup(name);
    if (!path)
        return gyre__error(GYRE_ERR_NO_MEMORY, "%s: no memory for what it matches", level->pattern);
    gyre_status_t status = *level->rest ? expand(path, level->rest, level->entry, level->arg)
                                        : level->entry(level->arg, path, info);
    free(path);
    return status;
}

/* A path without wildcards: it counts if it is there. */
static gyre_status_t try_path(const char *path, gyre_store_entry_func_t entry, void *arg)
{
    gyre_file_info_t info;
    gyre_status_t status = gyre_store_stat(path, &info);
    if (status == GYRE_ERR_NOT_FOUND)
        return GYRE_OK;
    return status == GYRE_OK ? entry(arg, path, &info) : status;
}

/* Length of what stands before the first name with a wildcard. */
static size_t plain_length(const char *rest)
{
    size_t length = strcspn(rest, wild);
    if (rest[length])
        while (length > 0 && rest[length - 1] != '/')
            length--;
    return length;
}

static gyre_status_t try_names(const char *path, const char *names, gyre_store_entry_func_t entry,
                               void *arg)
{
    size_t length = strcspn(names, "/");
    char *pattern = strndup(names, length);
    if (!pattern)
        return gyre__error(GYRE_ERR_NO_MEMORY, "%s: no memory for what it matches", names);
    level_t level = {path, pattern, names + length, entry, arg};
    gyre_status_t status = gyre_store_list(*path ? path : ".", try_name, &level);
    free(pattern);
    return status == GYRE_ERR_NOT_FOUND ? GYRE_OK : status;
}

static gyre_status_t expand(const char *before, const char *rest, gyre_store_entry_func_t entry,
                            void *arg)
{
    size_t plain = plain_length(rest);
    char *path = NULL;
    if (asprintf(&path, "%s%.*s", before, (int)plain, rest) < 0)
        return gyre__error(GYRE_ERR_NO_MEMORY, "%s: no memory for what it matches", rest);
    gyre_status_t status =
        rest[plain] ? try_names(path, rest + plain, entry, arg) : try_path(path, entry, arg);
    free(path);
    return status;
}

gyre_status_t gyre__glob(const char *pattern, gyre_store_entry_func_t entry, void *arg)
{
    return expand("", pattern, entry, arg);
}
