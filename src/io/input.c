/* SPDX-License-Identifier: Apache-2.0 */
/* Which files an input has. All workers that name the same paths get the same list, as long as
 * nobody changes the directories meanwhile. */
#include "io/input.h"

#include "base/error.h"
#include "io/glob.h"
#include "io/store.h"

#include <stdlib.h>
#include <string.h>

/* Directories within directories; deeper is taken for a link that leads back. */
enum { DEPTH_MAX = 100 };

typedef struct walk {
    gyre_input_t *input;
    const char *directory;
    int depth;
} walk_t;

static gyre_status_t add(walk_t *walk, const char *path, const gyre_file_info_t *info);

static gyre_status_t add_file(gyre_input_t *input, const char *path, uint64_t size)
{
    if (input->count == input->room) {
        size_t room = input->room ? input->room * 2 : 16;
        gyre__input_file_t *files = realloc(input->files, room * sizeof(*files));
        if (!files)
            return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a list of %zu files", room);
        input->files = files;
        input->room = room;
    }
    char *copy = strdup(path);
    if (!copy)
        return gyre__error(GYRE_ERR_NO_MEMORY, "%s: no memory for its name", path);
    input->files[input->count++] = (gyre__input_file_t){copy, size};
    return GYRE_OK;
}

static gyre_status_t add_entry(void *arg, const char *name, const gyre_file_info_t *info)
{
    const walk_t *walk = arg;
    if (name[0] == '.' || name[0] == '_')
        return GYRE_OK;
    char *path = gyre__store_join(walk->directory, name);
    if (!path)
        return GYRE_ERR_NO_MEMORY;
    walk_t below = {walk->input, path, walk->depth + 1};
    gyre_status_t status;
    if (info->directory && !walk->input->opts.recursive)
        status = gyre__error(GYRE_ERR_ARG,
                             "%s: a directory within %s, expected only files there "
                             "unless the input is recursive",
                             path, walk->directory);
    else
        status = add(&below, path, info);
    free(path);
    return status;
}

static gyre_status_t add(walk_t *walk, const char *path, const gyre_file_info_t *info)
{
    if (!info->directory)
        return add_file(walk->input, path, info->size);
    if (walk->depth > DEPTH_MAX)
        return gyre__error(GYRE_ERR_RANGE, "%s: %d directories deep, expected fewer", path,
                           walk->depth);
    walk->directory = path;
    return gyre_store_list(path, add_entry, walk);
}

static gyre_status_t add_match(void *arg, const char *path, const gyre_file_info_t *info)
{
    walk_t *walk = arg;
    walk->depth++; /* says that something matched */
    walk_t below = {.input = walk->input};
    return add(&below, path, info);
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const gyre__input_file_t *)a)->path, ((const gyre__input_file_t *)b)->path);
}

/* What one of the caller's paths names; a name with wildcards that is there is no pattern. */
static gyre_status_t add_path(gyre_input_t *input, const char *path)
{
    size_t before = input->count;
    walk_t walk = {.input = input};
    gyre_file_info_t info;
    gyre_status_t status = gyre_store_stat(path, &info);
    if (status == GYRE_OK)
        status = add(&walk, path, &info);
    else if (status == GYRE_ERR_NOT_FOUND && gyre__glob_is(path)) {
        status = gyre__glob(path, add_match, &walk);
        if (status == GYRE_OK && walk.depth == 0)
            status = gyre__error(GYRE_ERR_NOT_FOUND, "%s: no file matches", path);
    }
    if (input->count > before)
        qsort(input->files + before, input->count - before, sizeof(*input->files), by_path);
    return status;
}

gyre_status_t gyre_input_create(const char *const *paths, size_t count,
                                const gyre_input_opts_t *opts, gyre_input_t **out)
{
    gyre_input_t *input = calloc(1, sizeof(*input));
    if (!input)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for an input of %zu paths", count);
    if (opts)
        input->opts = *opts;
    gyre_status_t status = GYRE_OK;
    for (size_t i = 0; i < count && status == GYRE_OK; i++)
        status = add_path(input, paths[i]);
    if (status != GYRE_OK) {
        gyre_input_destroy(input);
        return status;
    }
    *out = input;
    return GYRE_OK;
}

void gyre_input_destroy(gyre_input_t *input)
{
    if (!input)
        return;
    for (size_t i = 0; i < input->count; i++)
        free(input->files[i].path);
    free(input->files);
    free(input);
}

size_t gyre_input_count(const gyre_input_t *input)
{
    return input->count;
}

uint64_t gyre_input_size(const gyre_input_t *input)
{
    uint64_t size = 0;
    for (size_t i = 0; i < input->count; i++)
        size += input->files[i].size;
    return size;
}

gyre_range_t gyre_input_file(const gyre_input_t *input, size_t index)
{
    const gyre__input_file_t *file = &input->files[index];
    return (gyre_range_t){file->path, file->size, 0, file->size};
}
