/* SPDX-License-Identifier: Apache-2.0 */
#include "dataflow/deal.h"

#include "base/error.h"

#include <gyre/hash.h>
#include <stdlib.h>
#include <string.h>

enum { FEW = 3 /* ways */ };

gyre_status_t gyre__deal_init(gyre__deal_t *deal, size_t ways_max)
{
    deal->hashes = malloc(GYRE__CHUNK * sizeof(*deal->hashes));
    deal->way_of = malloc(GYRE__CHUNK * sizeof(*deal->way_of));
    deal->rows = malloc((GYRE__CHUNK + 1) * sizeof(*deal->rows));
    deal->first = malloc((ways_max + 1) * sizeof(*deal->first));
    if (deal->hashes && deal->way_of && deal->rows && deal->first)
        return GYRE_OK;
    return gyre__error(GYRE_ERR_NO_MEMORY, "no memory to deal out rows to %zu", ways_max);
}

void gyre__deal_cleanup(gyre__deal_t *deal)
{
    free(deal->hashes);
    free(deal->way_of);
    free(deal->rows);
    free(deal->first);
}

gyre_status_t gyre__deal_hash(const gyre__deal_t *deal, const gyre_batch_t *batch,
                              const size_t *keys, size_t key_count, size_t first, size_t count)
{
    const gyre_batch_t *slice;
    gyre_status_t status = gyre_batch_slice(batch, first, count, &slice);
    if (status != GYRE_OK)
        return status;
    status = gyre_batch_hash(slice, keys, key_count, deal->hashes);
    gyre_batch_release(slice);
    return status;
}

/* With few ways counts would wait for each other: a look at all rows for each way does not, and
 * has no branch. Writes one number behind the last. */
static void sort_by_looking(const gyre__deal_t *deal, size_t ways, size_t base, size_t count)
{
    const int32_t *way_of = deal->way_of;
    uint32_t *rows = deal->rows;
    size_t at = 0;
    for (int32_t way = 0; (size_t)way < ways; way++) {
        deal->first[way] = at;
        for (size_t i = 0; i < count; i++) {
            rows[at] = (uint32_t)(base + i);
            at += way_of[i] == way;
        }
    }
    deal->first[ways] = at;
}

static void sort_by_counting(const gyre__deal_t *deal, size_t ways, size_t base, size_t count)
{
    size_t *first = deal->first;
    memset(first, 0, (ways + 1) * sizeof(*first));
    for (size_t i = 0; i < count; i++)
        first[deal->way_of[i] + 1]++;
    for (size_t way = 0; way < ways; way++)
        first[way + 1] += first[way];
    for (size_t i = 0; i < count; i++)
        deal->rows[first[deal->way_of[i]]++] = (uint32_t)(base + i);
    for (size_t way = ways; way > 0; way--)
        first[way] = first[way - 1];
    first[0] = 0;
}

void gyre__deal_sort(const gyre__deal_t *deal, size_t ways, size_t base, size_t count)
{
    if (ways <= FEW)
        sort_by_looking(deal, ways, base, count);
    else
        sort_by_counting(deal, ways, base, count);
}
