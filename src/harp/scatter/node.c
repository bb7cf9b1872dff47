/* SPDX-License-Identifier: Apache-2.0 */
/* Root puts the blocks of all others side by side into a unit, in the order of the ranks after its
 * own, from where each takes its own: scatter chunk by chunk; in scatterv, where the others know no
 * lengths but their own, what does not fit goes as a message. */
#include "harp/scatter/scatter.h"

#include "harp/node.h"

static void keep_own(const gyre__plan_t *plan, gyre__schedule_t *s, int32_t at)
{
    gyre__copy(s, at, gyre__in(gyre__block_offset(plan, &plan->in, plan->root)), gyre__out(0),
               gyre__block_length(plan, &plan->in, plan->root));
}

/* Where the block of a member lies among those of the others. */
static uint64_t place_of(const gyre__plan_t *plan, int member)
{
    return (uint64_t)((member - plan->root + plan->size) % plan->size - 1);
}

/* Whether the others' chunks lie side by side in the input already. */
static bool is_in_row(const gyre__plan_t *plan, uint32_t chunks)
{
    return plan->size == 2 || (chunks == 1 && (plan->root == 0 || plan->root == plan->size - 1));
}

static int32_t give_row(const gyre__plan_t *plan, gyre__schedule_t *s, int32_t at, uint64_t piece,
                        uint32_t i)
{
    uint64_t length = gyre__node_chunk_length(plan->bytes, piece, i);
    uint64_t first = plan->root == 0 ? plan->bytes : 0;
    return gyre__publish(s, at, i, gyre__in(first + i * piece), (uint64_t)(plan->size - 1) * length,
                         GYRE__ALL);
}

static int32_t give_pieces(const gyre__plan_t *plan, gyre__schedule_t *s, int32_t at,
                           uint64_t piece, uint32_t i)
{
    uint32_t me = (uint32_t)plan->rank;
    uint64_t all = (uint64_t)(plan->size - 1) * piece;
    at = gyre__reserve(s, at, i, all);
    for (int k = 1; k < plan->size; k++) {
        int to = (plan->root + k) % plan->size;
        at = gyre__copy(s, at, gyre__in((uint64_t)to * plan->bytes + i * piece),
                        gyre__slot(me, i, place_of(plan, to) * piece),
                        gyre__node_chunk_length(plan->bytes, piece, i));
    }
    return gyre__publish(s, at, i, gyre__slot(me, i, 0), all, GYRE__ALL);
}

static int32_t give(const gyre__plan_t *plan, gyre__schedule_t *s, uint64_t piece, uint32_t chunks)
{
    int32_t at = GYRE__NOW;
    for (uint32_t i = 0; i < chunks; i++)
        at = is_in_row(plan, chunks) ? give_row(plan, s, at, piece, i)
                                     : give_pieces(plan, s, at, piece, i);
    return at;
}

static int32_t take(const gyre__plan_t *plan, gyre__schedule_t *s, uint64_t piece, uint32_t chunks)
{
    int32_t at = GYRE__NOW;
    uint32_t root = (uint32_t)plan->root;
    for (uint32_t i = 0; i < chunks; i++) {
        at = gyre__await(s, at, i, root);
        at = gyre__copy(s, at, gyre__slot(root, i, place_of(plan, plan->rank) * piece),
                        gyre__out(i * piece), gyre__node_chunk_length(plan->bytes, piece, i));
        if (i + 1 < chunks)
            at = gyre__release(s, at, i + 1);
    }
    return at;
}

void gyre__scatter_node(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    uint64_t others = plan->size > 1 ? (uint64_t)plan->size - 1 : 1;
    uint64_t piece = GYRE__SLOT_SIZE / others;
    piece = piece < plan->bytes ? piece - piece % plan->element : plan->bytes;
    uint32_t chunks = piece ? gyre__node_chunks(plan->bytes, piece) : 1;
    if (plan->rank == plan->root) {
        keep_own(plan, s, give(plan, s, piece, chunks));
    } else {
        take(plan, s, piece, chunks);
    }
}

static int32_t givev(const gyre__plan_t *plan, gyre__schedule_t *s, uint64_t piece)
{
    uint32_t me = (uint32_t)plan->rank;
    int32_t at = gyre__reserve(s, GYRE__NOW, 0, (uint64_t)plan->size * piece);
    for (int k = 1; k < plan->size; k++) {
        int to = (plan->root + k) % plan->size;
        uint64_t length = gyre__block_length(plan, &plan->in, to);
        gyre__ref_t block = gyre__in(gyre__block_offset(plan, &plan->in, to));
        if (length > piece)
            gyre__send(s, GYRE__NOW, block, length, to, 0);
        else
            at = gyre__copy(s, at, block, gyre__slot(me, 0, (uint64_t)to * piece), length);
    }
    return gyre__publish(s, at, 0, gyre__slot(me, 0, 0), (uint64_t)plan->size * piece, GYRE__ALL);
}

void gyre__scatterv_node(const gyre__plan_t *plan, gyre__schedule_t *s)
{
    uint64_t piece = gyre__node_piece(plan);
    uint32_t root = (uint32_t)plan->root;
    s->units = 1;
    if (plan->rank == plan->root) {
        keep_own(plan, s, givev(plan, s, piece));
    } else if (plan->bytes > piece) {
        gyre__recv(s, GYRE__NOW, gyre__out(0), plan->bytes, plan->root, 0);
    } else {
        int32_t at = gyre__await(s, GYRE__NOW, 0, root);
        gyre__copy(s, at, gyre__slot(root, 0, (uint64_t)plan->rank * piece), gyre__out(0),
                   plan->bytes);
    }
}
