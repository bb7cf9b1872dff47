/* SPDX-License-Identifier: Apache-2.0 */
#include "tasks/racks.h"

#include "base/error.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void gyre__racks_cleanup(gyre__racks_t *racks)
{
    for (size_t i = 0; i < racks->count; i++) {
        free(racks->list[i].host);
        free(racks->list[i].name);
    }
    free(racks->list);
    *racks = (gyre__racks_t){0};
}

static gyre_status_t add(gyre__racks_t *racks, const char *host, const char *name)
{
    if (racks->count == racks->room) {
        size_t room = 2 * racks->room + 16;
        gyre__rack_t *grown = realloc(racks->list, room * sizeof(*grown));
        if (!grown)
            return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for the racks of %zu hosts", room);
        racks->list = grown;
        racks->room = room;
    }
    gyre__rack_t *rack = &racks->list[racks->count++];
    *rack = (gyre__rack_t){strdup(host), strdup(name)};
    return rack->host && rack->name
               ? GYRE_OK
               : gyre__error(GYRE_ERR_NO_MEMORY, "no memory for the rack of host %s", host);
}

/* A word, up to a comment or the end of the line; NULL: there is none. */
static const char *next_word(char **rest)
{
    const char *word;
    do
        word = strsep(rest, " \t\r\n");
    while (word && !*word);
    if (!word || *word != '#')
        return word;
    *rest = NULL;
    return NULL;
}

static gyre_status_t take_line(gyre__racks_t *racks, char *line, const char *path, size_t number)
{
    const char *host = next_word(&line), *name = host ? next_word(&line) : NULL;
    if (!host)
        return GYRE_OK;
    if (!name || next_word(&line))
        return gyre__error(GYRE_ERR_SYNTAX,
                           "GYRE_RACKS: line %zu of %s: expected a host and a rack", number, path);
    return add(racks, host, name);
}

static gyre_status_t take_lines(gyre__racks_t *racks, FILE *file, const char *path)
{
    gyre_status_t status = GYRE_OK;
    size_t room = 0, number = 0;
    char *line = NULL;
    while (status == GYRE_OK && getline(&line, &room, file) >= 0)
        status = take_line(racks, line, path, ++number);
    if (status == GYRE_OK && ferror(file))
        status = gyre__error_errno(errno, "GYRE_RACKS: cannot read %s", path);
    free(line);
    return status;
}

static int by_host(const void *left, const void *right)
{
    return strcmp(((const gyre__rack_t *)left)->host, ((const gyre__rack_t *)right)->host);
}

static gyre_status_t sort(gyre__racks_t *racks, const char *path)
{
    if (racks->count)
        qsort(racks->list, racks->count, sizeof(*racks->list), by_host);
    for (size_t i = 1; i < racks->count; i++)
        if (by_host(&racks->list[i - 1], &racks->list[i]) == 0)
            return gyre__error(GYRE_ERR_SYNTAX, "GYRE_RACKS: host %s comes twice in %s",
                               racks->list[i].host, path);
    return GYRE_OK;
}

gyre_status_t gyre__racks_read(const char *path, gyre__racks_t *racks)
{
    *racks = (gyre__racks_t){0};
    if (!*path)
        return GYRE_OK;
    FILE *file = fopen(path, "re");
    if (!file)
        return gyre__error_errno(errno, "GYRE_RACKS: cannot open %s", path);
    gyre_status_t status = take_lines(racks, file, path);
    fclose(file);
    if (status == GYRE_OK)
        status = sort(racks, path);
    if (status != GYRE_OK)
        gyre__racks_cleanup(racks);
    return status;
}

const char *gyre__racks_find(const gyre__racks_t *racks, const char *host)
{
    const gyre__rack_t key = {.host = (char *)host};
    const gyre__rack_t *found =
        racks->count ? bsearch(&key, racks->list, racks->count, sizeof(key), by_host) : NULL;
    return found ? found->name : NULL;
}
