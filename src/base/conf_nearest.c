/* SPDX-License-Identifier: Apache-2.0 */
/* Edit distance, for "did you mean": Damerau-Levenshtein in its restricted form (insert, delete,
 * replace, swap of neighbours; no part edited twice), whatever the case of letters. Near is what
 * differs in at most a third of the name, so that a guess is worth more than none. */
#include "base/conf.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static bool same(char a, char b)
{
    return toupper((unsigned char)a) == toupper((unsigned char)b);
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Cell (i, j) of the table holds the distance of a's first i bytes to b's first j. */
static size_t cell(const char *a, const char *b, size_t i, size_t j, const size_t *before,
                   const size_t *above, const size_t *row)
{
    size_t cost = least(least(above[j], row[j - 1]) + 1, above[j - 1] + !same(a[i - 1], b[j - 1]));
    if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]))
        cost = least(cost, before[j - 2] + 1);
    return cost;
}

/* rows has room for three rows of strlen(b) + 1. */
static size_t distance(const char *a, const char *b, size_t *rows)
{
    size_t width = strlen(b) + 1, length = strlen(a);
    size_t *before = rows, *above = rows + width, *row = rows + 2 * width;
    for (size_t j = 0; j < width; j++)
        row[j] = j;
    for (size_t i = 1; i <= length; i++) {
        size_t *oldest = before;
        before = above;
        above = row;
        row = oldest;
        row[0] = i;
        for (size_t j = 1; j < width; j++)
            row[j] = cell(a, b, i, j, before, above, row);
    }
    return row[width - 1];
}

const char *gyre__conf_nearest(const char *name, const char *const *candidates, size_t count)
{
    const char *nearest = NULL;
    size_t length = strlen(name), limit = (length + 2) / 3 + 1;
    for (size_t i = 0; i < count; i++) {
        size_t other = strlen(candidates[i]);
        if (other + limit <= length || length + limit <= other)
            continue;
        size_t *rows = malloc(3 * (other + 1) * sizeof(*rows));
        if (!rows)
            return nearest;
        size_t steps = distance(name, candidates[i], rows);
        free(rows);
        if (steps < limit && steps < other) {
            limit = steps;
            nearest = candidates[i];
        }
    }
    return nearest;
}
