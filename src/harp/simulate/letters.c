/* SPDX-License-Identifier: Apache-2.0 */
/* A hash table with chains: letters come and go by the million. */
#include "harp/simulate/letters.h"

#include "base/error.h"

#include <stdlib.h>

enum { FIRST_ROOM = 64 };

void gyre__letters_init(gyre__letters_t *letters)
{
    *letters = (gyre__letters_t){.unused = GYRE__NOBODY, .waiter_unused = GYRE__NOBODY};
}

void gyre__letters_cleanup(gyre__letters_t *letters)
{
    free(letters->buckets);
    free(letters->letters);
    free(letters->waiters);
    gyre__letters_init(letters);
}

static uint32_t *bucket(const gyre__letters_t *letters, const uint64_t key[2])
{
    uint64_t hash = (key[0] ^ key[1] * UINT64_C(0x9e3779b97f4a7c15)) * UINT64_C(0xff51afd7ed558ccd);
    return &letters->buckets[(hash ^ hash >> 32) & (letters->bucket_count - 1)];
}

/* As many buckets as letters. */
static bool grow(gyre__letters_t *letters)
{
    uint32_t room = letters->room ? 2 * letters->room : FIRST_ROOM;
    gyre__letter_t *all = realloc(letters->letters, room * sizeof(*all));
    if (!all)
        return false;
    letters->letters = all;
    uint32_t *buckets = malloc(room * sizeof(*buckets));
    if (!buckets)
        return false;
    free(letters->buckets);
    letters->buckets = buckets;
    letters->bucket_count = letters->room = room;
    for (uint32_t i = 0; i < room; i++)
        buckets[i] = GYRE__NOBODY;
    for (uint32_t i = 0; i < letters->count; i++) {
        uint32_t *first = bucket(letters, all[i].key);
        all[i].next = *first;
        *first = i;
    }
    return true;
}

/* Called when all that were dropped are in use again, so all letters below count are in chains. */
static gyre__letter_t *take_new(gyre__letters_t *letters)
{
    if (letters->count == letters->room && !grow(letters)) {
        gyre__error(GYRE_ERR_NO_MEMORY, "no memory for %u messages", letters->count);
        return NULL;
    }
    return &letters->letters[letters->count++];
}

static gyre__letter_t *add(gyre__letters_t *letters, const uint64_t key[2])
{
    gyre__letter_t *letter;
    if (letters->unused != GYRE__NOBODY) {
        letter = &letters->letters[letters->unused];
        letters->unused = letter->next;
    } else {
        letter = take_new(letters);
    }
    if (!letter)
        return NULL;
    uint32_t *first = bucket(letters, key);
    *letter = (gyre__letter_t){{key[0], key[1]}, 0, 0, GYRE__NOBODY, *first, false};
    *first = (uint32_t)(letter - letters->letters);
    return letter;
}

gyre__letter_t *gyre__letter(gyre__letters_t *letters, gyre__letter_kind_t kind, int32_t to,
                             int32_t from, uint32_t tag)
{
    uint64_t key[2] = {(uint64_t)(uint32_t)to << 32 | (uint32_t)from, (uint64_t)kind << 32 | tag};
    if (letters->bucket_count > 0)
        for (uint32_t i = *bucket(letters, key); i != GYRE__NOBODY; i = letters->letters[i].next)
            if (letters->letters[i].key[0] == key[0] && letters->letters[i].key[1] == key[1])
                return &letters->letters[i];
    return add(letters, key);
}

void gyre__letter_drop(gyre__letters_t *letters, gyre__letter_t *letter)
{
    uint32_t index = (uint32_t)(letter - letters->letters);
    uint32_t *link = bucket(letters, letter->key);
    while (*link != index)
        link = &letters->letters[*link].next;
    *link = letter->next;
    letter->next = letters->unused;
    letters->unused = index;
}

static bool grow_waiters(gyre__letters_t *letters)
{
    uint32_t room = letters->waiter_room ? 2 * letters->waiter_room : FIRST_ROOM;
    gyre__waiter_t *waiters = realloc(letters->waiters, room * sizeof(*waiters));
    if (!waiters)
        return false;
    letters->waiters = waiters;
    letters->waiter_room = room;
    return true;
}

gyre_status_t gyre__letter_wait(gyre__letters_t *letters, gyre__letter_t *letter, int32_t member,
                                int32_t step)
{
    uint32_t at = letters->waiter_unused;
    if (at != GYRE__NOBODY)
        letters->waiter_unused = letters->waiters[at].next;
    else if (letters->waiter_count < letters->waiter_room || grow_waiters(letters))
        at = letters->waiter_count++;
    else
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for %u receives", letters->waiter_count);
    letters->waiters[at] = (gyre__waiter_t){member, step, letter->waiters};
    letter->waiters = at;
    return GYRE_OK;
}

bool gyre__letter_waiter(gyre__letters_t *letters, gyre__letter_t *letter, int32_t *member,
                         int32_t *step)
{
    uint32_t at = letter->waiters;
    if (at == GYRE__NOBODY)
        return false;
    gyre__waiter_t *waiter = &letters->waiters[at];
    *member = waiter->member;
    *step = waiter->step;
    letter->waiters = waiter->next;
    waiter->next = letters->waiter_unused;
    letters->waiter_unused = at;
    return true;
}
