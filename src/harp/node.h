/* SPDX-License-Identifier: Apache-2.0 */
/* What the generators for one node share. There, ranks are local indices of the node's members:
 * plan->places->local_size of them. */
#ifndef GYRE_HARP_NODE_H
#define GYRE_HARP_NODE_H

#include "harp/plan.h"

/* Bytes of whole elements, at most plan->segment and a slot, and how many such chunks there are
 * in bytes; at least one. */
uint64_t gyre__node_chunk(const gyre__plan_t *plan, uint64_t most);
uint32_t gyre__node_chunks(uint64_t bytes, uint64_t chunk);

/* Length of chunk number i of a vector. */
static inline uint64_t gyre__node_chunk_length(uint64_t bytes, uint64_t chunk, uint32_t i)
{
    uint64_t at = i * chunk;
    return at >= bytes ? 0 : bytes - at < chunk ? bytes - at : chunk;
}

/* Bytes of the longest block of in or out. */
uint64_t gyre__node_longest(const gyre__plan_t *plan, const gyre__blocks_t *blocks);

/* What an exchange does with chunk number i, which is unit i. */
typedef int32_t (*gyre__node_chunk_fn)(const void *arg, gyre__schedule_t *s, int32_t after,
                                       uint32_t i);

/* Gives and takes chunks, some ahead: of two members one, for they are hardly ever on one core; of
 * more as many as slots allow, for each time that they meet costs changes of the process. */
int32_t gyre__node_exchange(const gyre__plan_t *plan, gyre__schedule_t *s, uint32_t chunks,
                            gyre__node_chunk_fn give, gyre__node_chunk_fn take, const void *arg);

/* Waits for a unit of every other member. */
int32_t gyre__node_await_all(const gyre__plan_t *plan, gyre__schedule_t *s, int32_t after,
                             uint32_t unit);

/* to = x0 op x1 op ... over the first count members, from left to right, where x of this member
 * is `own` and that of another is `theirs` with its index put in. own may be to; tmp has room for
 * length bytes, and is used only where this member's index is above 1. */
int32_t gyre__node_fold(const gyre__plan_t *plan, gyre__schedule_t *s, int32_t after, int count,
                        gyre__ref_t own, gyre__ref_t theirs, gyre__ref_t to, gyre__ref_t tmp,
                        uint64_t length);

/* Blocks for several members in one unit: member i's is at i times this many bytes, whole
 * elements; 0: an element does not fit so often. */
uint64_t gyre__node_piece(const gyre__plan_t *plan);

/* Offers buffers, and goes on if they are in reach as wanted; else `otherwise` generates what
 * runs instead. Takes unit 0. */
int32_t gyre__node_open(const gyre__plan_t *plan, gyre__schedule_t *s, gyre__reach_t reach,
                        gyre__generate_fn otherwise);

/* The same ref of another member. */
static inline gyre__ref_t gyre__of(gyre__ref_t ref, int member)
{
    ref.member = (uint32_t)member;
    return ref;
}

static inline gyre__ref_t gyre__peer(gyre__space_t space, uint64_t offset)
{
    return (gyre__ref_t){.space = space, .offset = offset};
}

#endif
