/* SPDX-License-Identifier: Apache-2.0 */
/* Group i has the ranks from i * members / size on, rounded down: no group has more than radix. */
#include "harp/pattern/fold.h"

#include <stdint.h>

static int first_of(const gyre__fold_t *fold, int index)
{
    return (int)((int64_t)index * fold->members / fold->size);
}

int gyre__fold_index(const gyre__fold_t *fold, int rank)
{
    return (int)((((int64_t)rank + 1) * fold->size - 1) / fold->members);
}

int gyre__fold_lead(const gyre__fold_t *fold, int index)
{
    if (fold->keep >= 0 && gyre__fold_index(fold, fold->keep) == index)
        return fold->keep;
    return first_of(fold, index);
}

gyre__fold_t gyre__fold(int rank, int members, int radix, int keep)
{
    gyre__fold_t fold = {.size = 1, .members = members, .keep = keep};
    fold.radix = radix > members ? members : radix;
    fold.radix = fold.radix < 2 ? 2 : fold.radix;
    while (fold.size <= members / fold.radix)
        fold.size *= fold.radix;
    fold.index = gyre__fold_index(&fold, rank);
    fold.first = first_of(&fold, fold.index);
    fold.last = first_of(&fold, fold.index + 1);
    fold.lead = gyre__fold_lead(&fold, fold.index);
    return fold;
}
