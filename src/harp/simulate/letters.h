/* SPDX-License-Identifier: Apache-2.0 */
/* What has been told and who waits to be: messages that have arrived or are awaited, units that
 * have been published, members that wait for a free slot. */
#ifndef GYRE_HARP_SIMULATE_LETTERS_H
#define GYRE_HARP_SIMULATE_LETTERS_H

#include <gyre/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GYRE__NOBODY UINT32_MAX

typedef enum gyre__letter_kind {
    GYRE__LETTER_MESSAGE, /* to, from, tag */
    GYRE__LETTER_UNIT,    /* of member to, number tag */
    GYRE__LETTER_SLOT     /* of node to */
} gyre__letter_kind_t;

typedef struct gyre__letter {
    uint64_t key[2];
    double time;
    uint32_t rounds;
    uint32_t waiters; /* list of gyre__waiter, or GYRE__NOBODY */
    uint32_t next;
    bool here;
} gyre__letter_t;

typedef struct gyre__waiter {
    int32_t member, step;
    uint32_t next;
} gyre__waiter_t;

typedef struct gyre__letters {
    uint32_t *buckets; /* first letter of each */
    gyre__letter_t *letters;
    gyre__waiter_t *waiters;
    uint32_t bucket_count, count, room, unused; /* unused: list by next */
    uint32_t waiter_count, waiter_room, waiter_unused;
} gyre__letters_t;

void gyre__letters_init(gyre__letters_t *letters);
void gyre__letters_cleanup(gyre__letters_t *letters);

/* The letter of that name, which may be new. Holds until the next call. NULL: no memory. */
gyre__letter_t *gyre__letter(gyre__letters_t *letters, gyre__letter_kind_t kind, int32_t to,
                             int32_t from, uint32_t tag);
void gyre__letter_drop(gyre__letters_t *letters, gyre__letter_t *letter);

gyre_status_t gyre__letter_wait(gyre__letters_t *letters, gyre__letter_t *letter, int32_t member,
                                int32_t step);

/* Takes one off the letter's list; false: nobody waits. */
bool gyre__letter_waiter(gyre__letters_t *letters, gyre__letter_t *letter, int32_t *member,
                         int32_t *step);

#endif
