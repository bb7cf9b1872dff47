/* SPDX-License-Identifier: Apache-2.0 */
/* Memory is asked for before it is needed, for all rows of a block, so that the waits overlap. */
#include "dataflow/join_index.h"

#include "base/error.h"
#include "batch/group.h"

#include <stdlib.h>

enum { HEADS_MIN = 64 };

static size_t count_heads(size_t rows)
{
    size_t count = HEADS_MIN;
    while (count < rows)
        count *= 2;
    return count;
}

size_t gyre__join_index_bytes(size_t rows)
{
    return count_heads(rows) * sizeof(uint32_t) + rows * sizeof(gyre__chain_t);
}

gyre_status_t gyre__join_index_init(gyre__join_index_t *index, size_t rows)
{
    size_t heads = count_heads(rows);
    index->shift = 64 - (unsigned)__builtin_ctzll(heads);
    index->heads = gyre__group_alloc(heads * sizeof(*index->heads));
    index->chains = gyre__group_alloc((rows + 1) * sizeof(*index->chains));
    if (index->heads && index->chains)
        return GYRE_OK;
    gyre__join_index_cleanup(index);
    return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for an index of %zu rows", rows);
}

void gyre__join_index_cleanup(gyre__join_index_t *index)
{
    free(index->heads);
    free(index->chains);
    *index = (gyre__join_index_t){0};
}

/* All that meet here may agree in any bits of their hashes, by which they were partitioned. */
static inline size_t head_of(const gyre__join_index_t *index, uint64_t hash)
{
    return (hash * UINT64_C(0x9e3779b97f4a7c15)) >> index->shift;
}

void gyre__join_index_add(gyre__join_index_t *index, size_t first, const uint64_t *hashes,
                          size_t count)
{
    for (size_t i = 0; i < count; i++)
        __builtin_prefetch(&index->heads[head_of(index, hashes[i])], 1);
    for (size_t i = 0; i < count; i++) {
        uint32_t *head = &index->heads[head_of(index, hashes[i])];
        index->chains[first + i] = (gyre__chain_t){hashes[i], *head};
        *head = (uint32_t)(first + i + 1);
    }
}

void gyre__join_index_look(const gyre__join_index_t *index, const uint64_t *hashes, size_t count,
                           uint32_t *starts)
{
    for (size_t i = 0; i < count; i++)
        __builtin_prefetch(&index->heads[head_of(index, hashes[i])]);
    for (size_t i = 0; i < count; i++) {
        starts[i] = index->heads[head_of(index, hashes[i])];
        if (starts[i] != 0)
            __builtin_prefetch(&index->chains[starts[i] - 1]);
    }
    for (size_t i = 0; i < count; i++)
        starts[i] = gyre__join_index_find(index, starts[i], hashes[i]);
}
