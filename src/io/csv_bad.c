/* SPDX-License-Identifier: Apache-2.0 */
/* The line of a bad row is found when it is asked for: it may cost reading the file up to it. */
#include "io/csv_bad.h"

#include "base/error.h"

#include <stdio.h>
#include <stdlib.h>

static gyre_status_t no_memory(const gyre__csv_rows_t *rows)
{
    return gyre__error(GYRE_ERR_NO_MEMORY, "%s: no memory to keep a bad row",
                       rows->window.stream.name);
}

static gyre_status_t keep(gyre__csv_bad_list_t *list, gyre__csv_rows_t *rows,
                          const gyre__csv_row_t *row, const char *reason)
{
    if (list->kept == list->room) {
        size_t room = list->room ? list->room * 2 : 16;
        gyre_csv_bad_t *all = realloc(list->rows, room * sizeof(*all));
        if (!all)
            return no_memory(rows);
        list->rows = all;
        list->room = room;
    }
    uint64_t line;
    gyre_status_t status = gyre__csv_rows_line(rows, &line);
    if (status != GYRE_OK)
        return status;
    /* One block for both: the row's text, then the reason. */
    size_t reason_size = strlen(reason) + 1;
    char *copy = malloc(row->length + reason_size);
    if (!copy)
        return no_memory(rows);
    memcpy(copy, row->text, row->length);
    memcpy(copy + row->length, reason, reason_size);
    list->rows[list->kept++] = (gyre_csv_bad_t){
        .path = gyre__window_range(&rows->window)->path,
        .line = line,
        .reason = copy + row->length,
        .text = {copy, row->length},
    };
    return GYRE_OK;
}

/* "FILE:LINE: reason" */
static gyre_status_t tell(gyre__csv_rows_t *rows, const char *before, const char *reason)
{
    uint64_t line;
    gyre_status_t status = gyre__csv_rows_line(rows, &line);
    return status == GYRE_OK ? gyre__error(GYRE_ERR_SYNTAX, "%s:%llu: %s%s",
                                           gyre__window_range(&rows->window)->path,
                                           (unsigned long long)line, before, reason)
                             : status;
}

gyre_status_t gyre__csv_bad_add(gyre__csv_bad_list_t *list, gyre__csv_rows_t *rows,
                                const gyre__csv_row_t *row, const char *reason)
{
    if (list->policy == GYRE_CSV_FAIL)
        return tell(rows, "", reason);
    if (list->max && list->count == list->max) {
        char before[80];
        snprintf(before, sizeof(before),
                 "more than %llu bad rows, the bound set: ", (unsigned long long)list->max);
        return tell(rows, before, reason);
    }
    list->count++;
    return list->policy == GYRE_CSV_COLLECT ? keep(list, rows, row, reason) : GYRE_OK;
}

void gyre__csv_bad_cleanup(gyre__csv_bad_list_t *list)
{
    for (size_t i = 0; i < list->kept; i++)
        free((char *)(uintptr_t)list->rows[i].text.data);
    free(list->rows);
}
