/* SPDX-License-Identifier: Apache-2.0 */
/* Collects what the nodes bring to a fence. Data are joined in the order of arrival, which PMIx
 * leaves open. */
#include "fence.h"

#include <stdlib.h>
#include <string.h>

static fence_t *find(fences_t *fences, const frame_t *frame, const int32_t *ranks)
{
    size_t size = (size_t)frame->count * sizeof(*ranks);
    for (fence_t *f = fences->first; f; f = f->next)
        if (f->epoch == frame->epoch && f->count == frame->count &&
            !(size && memcmp(f->ranks, ranks, size)))
            return f;
    return NULL;
}

static void find_members(fence_t *fence, const plan_t *plan)
{
    for (int i = 0; i < fence->count; i++)
        fence->member[plan_node_of(plan, fence->epoch, fence->ranks[i])] = true;
    for (int i = 0; i < plan->nodes; i++) {
        if (!fence->count)
            fence->member[i] = true;
        fence->missing += fence->member[i];
    }
}

static fence_t *start(fences_t *fences, const plan_t *plan, const frame_t *frame,
                      const int32_t *ranks)
{
    size_t size = (size_t)frame->count * sizeof(*ranks);
    fence_t *fence = calloc(1, sizeof(*fence));
    fence->epoch = frame->epoch;
    fence->count = frame->count;
    fence->ranks = malloc(size + 1);
    if (size)
        memcpy(fence->ranks, ranks, size);
    fence->member = calloc((size_t)plan->nodes, sizeof(bool));
    fence->tag = calloc((size_t)plan->nodes, sizeof(uint64_t));
    find_members(fence, plan);
    fence->next = fences->first;
    fences->first = fence;
    return fence;
}

fence_t *fences_add(fences_t *fences, const plan_t *plan, const frame_t *frame, const char *bytes,
                    int node)
{
    size_t head = (size_t)frame->count * sizeof(int32_t), length = frame->length - head;
    fence_t *fence = find(fences, frame, (const int32_t *)bytes);
    if (!fence)
        fence = start(fences, plan, frame, (const int32_t *)bytes);
    fence->tag[node] = frame->tag;
    if (!fence->status)
        fence->status = frame->status;
    fence->data = realloc(fence->data, fence->length + length + 1);
    if (length)
        memcpy(fence->data + fence->length, bytes + head, length);
    fence->length += length;
    return --fence->missing ? NULL : fence;
}

void fences_drop(fences_t *fences, fence_t *fence)
{
    fence_t **at = &fences->first;
    while (*at != fence)
        at = &(*at)->next;
    *at = fence->next;
    free(fence->ranks);
    free(fence->member);
    free(fence->tag);
    free(fence->data);
    free(fence);
}

void fences_clear(fences_t *fences)
{
    while (fences->first)
        fences_drop(fences, fences->first);
}
