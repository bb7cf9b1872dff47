/* SPDX-License-Identifier: Apache-2.0 */
/* A table of pieces in shared memory, changed by compare-and-swap only: a worker may be killed at
 * any instruction, and a lock would die with it. Space is taken from the front and never given
 * back, but a free piece serves the next communicator that is not larger. */
#include "comm/heap.h"

#include <sched.h>
#include <string.h>
#include <sys/mman.h>

enum { PIECES = 16384 };

struct gyre__heap_piece {
    uint64_t id;       /* of the last communicator that has it or had it */
    uint32_t users;    /* members that have not let it go */
    uint32_t capacity; /* members it has room for; 0: no space yet */
    uint64_t offset;   /* NOWHERE: there was none left */
};

#define NOWHERE UINT64_MAX
#define TABLE                                                                                      \
    ((PIECES + 1) * sizeof(struct gyre__heap_piece) / GYRE__HEAP_PAGE * GYRE__HEAP_PAGE +          \
     GYRE__HEAP_PAGE)

/* Room for the world and a number of communicators beside it. */
size_t gyre__heap_size(uint32_t local_workers)
{
    return TABLE + 64 * gyre__heap_piece_size(local_workers);
}

void gyre__heap_open(gyre__heap_t *heap, void *memory, uint32_t local_workers)
{
    heap->pieces = memory;
    heap->memory = (char *)memory + TABLE;
    heap->size = gyre__heap_size(local_workers) - TABLE;
}

/* The first entry of the table counts the bytes taken. */
static uint64_t *taken(gyre__heap_t *heap)
{
    return &heap->pieces[0].offset;
}

static bool reserve(struct gyre__heap_piece *piece, uint32_t members)
{
    uint32_t nobody = 0;
    if (__atomic_load_n(&piece->users, __ATOMIC_RELAXED) != 0)
        return false;
    return __atomic_compare_exchange_n(&piece->users, &nobody, members, false, __ATOMIC_ACQ_REL,
                                       __ATOMIC_RELAXED);
}

/* A piece that is large enough, else a fresh one. */
static struct gyre__heap_piece *choose(gyre__heap_t *heap, uint32_t members)
{
    struct gyre__heap_piece *piece;
    for (int fresh = 0; fresh < 2; fresh++)
        for (piece = heap->pieces + 1; piece <= heap->pieces + PIECES; piece++) {
            uint32_t capacity = __atomic_load_n(&piece->capacity, __ATOMIC_RELAXED);
            if ((fresh ? capacity == 0 : capacity >= members) && reserve(piece, members))
                return piece;
        }
    return NULL;
}

static void give_space(gyre__heap_t *heap, struct gyre__heap_piece *piece, uint32_t members)
{
    size_t size = gyre__heap_piece_size(members);
    uint64_t offset = __atomic_fetch_add(taken(heap), size, __ATOMIC_RELAXED);
    piece->offset = offset + size <= heap->size ? offset : NOWHERE;
    __atomic_store_n(&piece->capacity, members, __ATOMIC_RELAXED);
}

bool gyre__heap_claim(gyre__heap_t *heap, uint64_t id, uint32_t members)
{
    struct gyre__heap_piece *piece = choose(heap, members);
    if (!piece)
        return false;
    if (piece->capacity == 0)
        give_space(heap, piece, members);
    else if (piece->offset != NOWHERE) /* what is fresh is zero */
        memset(heap->memory + piece->offset, 0, (size_t)members * GYRE__HEAP_PAGE);
    __atomic_store_n(&piece->id, id, __ATOMIC_RELEASE);
    return true;
}

static struct gyre__heap_piece *find(gyre__heap_t *heap, uint64_t id)
{
    for (struct gyre__heap_piece *piece = heap->pieces + 1; piece <= heap->pieces + PIECES; piece++)
        if (__atomic_load_n(&piece->id, __ATOMIC_ACQUIRE) == id)
            return piece;
    return NULL;
}

bool gyre__heap_find(gyre__heap_t *heap, uint64_t id, void **memory)
{
    struct gyre__heap_piece *piece = find(heap, id);
    if (piece)
        *memory = piece->offset == NOWHERE ? NULL : heap->memory + piece->offset;
    return piece != NULL;
}

/* A member may leave before the lowest, who makes the communicator at the same time, has claimed
 * the piece: it waits for that a moment. Should it never come, nothing is lost but the piece. */
void gyre__heap_leave(gyre__heap_t *heap, uint64_t id)
{
    struct gyre__heap_piece *piece = find(heap, id);
    for (int turns = 0; !piece && turns < 1000; turns++) {
        sched_yield();
        piece = find(heap, id);
    }
    if (piece)
        __atomic_fetch_sub(&piece->users, 1, __ATOMIC_ACQ_REL);
}

void gyre__heap_touch(void *from, size_t length)
{
#ifdef MADV_POPULATE_WRITE
    madvise(from, length, MADV_POPULATE_WRITE); /* a matter of speed alone */
#else
    (void)from;
    (void)length;
#endif
}
