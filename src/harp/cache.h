/* SPDX-License-Identifier: Apache-2.0 */
/* Programs that were made before, by the call's arguments; and calls that were made before: what
 * comes again is neither built nor checked again. */
#ifndef GYRE_HARP_CACHE_H
#define GYRE_HARP_CACHE_H

#include "harp/collective.h"
#include "harp/execute.h"

typedef struct gyre__cache gyre__cache_t;

/* What a program depends on. */
typedef struct gyre__cache_key {
    uint64_t count;
    uint64_t arrays; /* hash of the arrays of counts, 0: none */
    uint64_t type_and_op;
    uint64_t rest; /* root, collective, whether commutative, whether in place */
} gyre__cache_key_t;

gyre_status_t gyre__cache_new(gyre__cache_t **cache);
void gyre__cache_free(gyre__cache_t *cache); /* NULL is allowed */

/* None of its programs is found again. Those that run stay until they do not. */
void gyre__cache_forget(gyre__cache_t *cache);

gyre__program_t *gyre__cache_get(gyre__cache_t *cache, const gyre__cache_key_t *key);

/* Takes the program over. One that does not run makes room where there is none; false, and the
 * program stays the caller's, when all around run. */
bool gyre__cache_put(gyre__cache_t *cache, const gyre__cache_key_t *key, gyre__program_t *program);

/* What a v form reads of its arrays, counts and displacements of what goes in and of what comes
 * out: blocks of each. 0: nothing. */
typedef struct gyre__read {
    size_t in, out;
} gyre__read_t;

enum { GYRE__KNOWN_BLOCKS = 8 };

/* A call that was found right, with what followed from its arguments. */
typedef struct gyre__known {
    gyre__args_t args;
    gyre__read_t read;
    size_t arrays[4][GYRE__KNOWN_BLOCKS]; /* what it read */
    gyre__program_t *program;             /* NULL: nothing is known */
    gyre__work_t work;
} gyre__known_t;

/* The same call made before, if it is remembered, with these buffers; else NULL. It holds until
 * the cache is asked again. */
const gyre__known_t *gyre__cache_recall(gyre__cache_t *cache, const gyre__args_t *args);

/* Remembers a call whose program the cache has, instead of another, but those with long arrays, or
 * with an operation of the program's, whose number may be another's next time. */
void gyre__cache_remember(gyre__cache_t *cache, const gyre__args_t *args, gyre__read_t read,
                          const gyre__work_t *work, gyre__program_t *program);

#endif
