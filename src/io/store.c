/* SPDX-License-Identifier: Apache-2.0 */
/* From a URI to the store that has its scheme. A new store is added to stores[] and nowhere else;
 * a text without a scheme is a path of the posix store. */
#include "io/store.h"

#include "base/error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const gyre__store_ops_t *const stores[] = {&gyre__store_posix};

struct gyre_file {
    const gyre__store_ops_t *ops;
    void *state;
    uint64_t size;
    char *uri;
};

struct gyre_draft {
    const gyre__store_ops_t *ops;
    void *state;
    char *uri;
};

/* Length of "scheme" in "scheme://", 0 without one. */
static size_t scheme_length(const char *text)
{
    size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789+-.");
    return strncmp(text + length, "://", 3) == 0 ? length : 0;
}

gyre_status_t gyre__uri_parse(const char *text, gyre__uri_t *uri)
{
    if (!text || !*text)
        return gyre__error(GYRE_ERR_ARG, "no file name, expected a path or scheme://host/path");
    size_t length = scheme_length(text);
    if (length == 0) {
        *uri = (gyre__uri_t){&gyre__store_posix, text, text, 0, text};
        return GYRE_OK;
    }
    const char *host = text + length + 3;
    size_t host_length = strcspn(host, "/");
    for (size_t i = 0; i < sizeof(stores) / sizeof(stores[0]); i++)
        if (strlen(stores[i]->scheme) == length && memcmp(stores[i]->scheme, text, length) == 0) {
            *uri = (gyre__uri_t){stores[i], text, host, host_length, host + host_length};
            return GYRE_OK;
        }
    return gyre__error(GYRE_ERR_UNKNOWN,
                       "%s: no store for \"%.*s\", expected a path or file:///path", text,
                       (int)length, text);
}

char *gyre__store_join(const char *directory, const char *name)
{
    size_t length = strlen(directory);
    const char *slash = length > 0 && directory[length - 1] == '/' ? "" : "/";
    char *path = NULL;
    if (asprintf(&path, "%s%s%s", directory, slash, name) < 0) {
        gyre__error(GYRE_ERR_NO_MEMORY, "no memory for the path of %s", name);
        return NULL;
    }
    return path;
}

gyre_status_t gyre_store_stat(const char *uri, gyre_file_info_t *info)
{
    gyre__uri_t at;
    gyre_status_t status = gyre__uri_parse(uri, &at);
    return status == GYRE_OK ? at.store->stat(&at, info) : status;
}

gyre_status_t gyre_store_list(const char *uri, gyre_store_entry_func_t entry, void *arg)
{
    gyre__uri_t at;
    gyre_status_t status = gyre__uri_parse(uri, &at);
    return status == GYRE_OK ? at.store->list(&at, entry, arg) : status;
}

gyre_status_t gyre_store_hosts(const char *uri, uint64_t offset, uint64_t length,
                               gyre_store_host_func_t host, void *arg)
{
    gyre__uri_t at;
    gyre_status_t status = gyre__uri_parse(uri, &at);
    return status == GYRE_OK ? at.store->hosts(&at, offset, length, host, arg) : status;
}

gyre_status_t gyre_store_mkdir(const char *uri)
{
    gyre__uri_t at;
    gyre_status_t status = gyre__uri_parse(uri, &at);
    return status == GYRE_OK ? at.store->mkdir(&at) : status;
}

gyre_status_t gyre_store_remove(const char *uri)
{
    gyre__uri_t at;
    gyre_status_t status = gyre__uri_parse(uri, &at);
    return status == GYRE_OK ? at.store->remove(&at) : status;
}

gyre_status_t gyre_store_sweep(const char *uri)
{
    gyre__uri_t at;
    gyre_status_t status = gyre__uri_parse(uri, &at);
    return status == GYRE_OK ? at.store->sweep(&at) : status;
}

/* Memory for an object that keeps its URI, which errors name. */
static gyre_status_t keep_uri(const char *uri, size_t size, char **copy, void **object)
{
    *copy = strdup(uri);
    *object = calloc(1, size);
    if (*copy && *object)
        return GYRE_OK;
    free(*copy);
    free(*object);
    return gyre__error(GYRE_ERR_NO_MEMORY, "%s: no memory to open it", uri);
}

gyre_status_t gyre_file_open(const char *uri, gyre_file_t **file)
{
    gyre__uri_t at;
    char *copy;
    void *memory;
    gyre_status_t status = gyre__uri_parse(uri, &at);
    if (status != GYRE_OK || (status = keep_uri(uri, sizeof(**file), &copy, &memory)) != GYRE_OK)
        return status;
    gyre_file_t *made = memory;
    *made = (gyre_file_t){.ops = at.store, .uri = copy};
    status = at.store->open(&at, &made->state, &made->size);
    if (status != GYRE_OK) {
        free(copy);
        free(made);
        return status;
    }
    *file = made;
    return GYRE_OK;
}

uint64_t gyre_file_size(const gyre_file_t *file)
{
    return file->size;
}

gyre_status_t gyre_file_read(gyre_file_t *file, uint64_t offset, void *buffer, size_t length,
                             size_t *got)
{
    return file->ops->read(file->state, file->uri, offset, buffer, length, got);
}

void gyre_file_close(gyre_file_t *file)
{
    if (!file)
        return;
    file->ops->close(file->state);
    free(file->uri);
    free(file);
}

gyre_status_t gyre_draft_create(const char *uri, gyre_draft_t **draft)
{
    gyre__uri_t at;
    char *copy;
    void *memory;
    gyre_status_t status = gyre__uri_parse(uri, &at);
    if (status != GYRE_OK || (status = keep_uri(uri, sizeof(**draft), &copy, &memory)) != GYRE_OK)
        return status;
    gyre_draft_t *made = memory;
    *made = (gyre_draft_t){.ops = at.store, .uri = copy};
    status = at.store->create(&at, &made->state);
    if (status != GYRE_OK) {
        free(copy);
        free(made);
        return status;
    }
    *draft = made;
    return GYRE_OK;
}

gyre_status_t gyre_draft_write(gyre_draft_t *draft, const void *bytes, size_t length)
{
    return draft->ops->write(draft->state, draft->uri, bytes, length);
}

gyre_status_t gyre_draft_commit(gyre_draft_t *draft, bool replace)
{
    gyre_status_t status = draft->ops->commit(draft->state, draft->uri, replace);
    free(draft->uri);
    free(draft);
    return status;
}

void gyre_draft_abort(gyre_draft_t *draft)
{
    if (!draft)
        return;
    draft->ops->abort(draft->state);
    free(draft->uri);
    free(draft);
}
