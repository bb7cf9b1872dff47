/* SPDX-License-Identifier: Apache-2.0 */
/* Byte ranges of the blocks of a plan. All are whole elements. */
#include "harp/plan.h"

void gyre__partition(const gyre__plan_t *plan, int size, int i, uint64_t *offset, uint64_t *length)
{
    uint64_t elements = plan->bytes / plan->element, at = (uint64_t)i;
    uint64_t each = elements / (uint64_t)size, more = elements % (uint64_t)size;
    *offset = (each * at + (at < more ? at : more)) * plan->element;
    *length = (each + (at < more)) * plan->element;
}

uint64_t gyre__block_offset(const gyre__plan_t *plan, const gyre__blocks_t *blocks, int i)
{
    return blocks->offsets ? blocks->offsets[i] : plan->bytes * (uint64_t)i;
}

uint64_t gyre__block_length(const gyre__plan_t *plan, const gyre__blocks_t *blocks, int i)
{
    return blocks->lengths ? blocks->lengths[i] : plan->bytes;
}
