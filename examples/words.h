/* SPDX-License-Identifier: Apache-2.0 */
/* Counting words: a hash table of words with their counts, filled from text or from another
 * worker's table. A word is a run of ASCII letters, digits and bytes above 127, so that UTF-8
 * letters are never cut and no byte can do harm; ASCII capitals count as small letters. */
#ifndef EXAMPLES_WORDS_H
#define EXAMPLES_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct word {
    char *text; /* not zero-terminated */
    size_t length;
    uint64_t count;
    uint64_t hash;
} word_t;

typedef struct words {
    word_t *slots;
    size_t room, distinct;
    uint64_t total;
} words_t;

void words_init(words_t *words);
void words_cleanup(words_t *words);

/* False: out of memory. */
bool words_add(words_t *words, const char *text, size_t length, uint64_t count);

/* Counts the words that start in bytes [from, to) of the file. A word that goes on behind `to` is
 * counted whole; one that began before `from` is left to whom it began with. 0 or an errno. */
int words_read(words_t *words, int fd, uint64_t from, uint64_t to);

/* The words whose hash modulo parts is part, packed into *bytes (malloc'ed). */
bool words_pack(const words_t *words, uint32_t part, uint32_t parts, char **bytes,
                size_t *length);
/* Adds packed words; false: malformed, or out of memory. */
bool words_unpack(words_t *words, const char *bytes, size_t length);

/* Moves all words to the front of slots in the order of compare. Nothing can be added after. */
void words_sort(words_t *words, int (*compare)(const void *, const void *));
int words_by_text(const void *a, const void *b);
int words_by_count(const void *a, const void *b); /* most frequent first, then by text */

#endif
