/* SPDX-License-Identifier: Apache-2.0 */
/* Text that is like a natural language's in what counts for counting: word number r is 1 / r times
 * as frequent as the first one up to number 8192, and 1 / r^2 times beyond (so it is in large
 * corpora), and frequent words are short. Words are small letters, with one space or newline after
 * each. Every block is drawn from a seed of its own, so blocks can be made anywhere. */
#include "words.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 1 << 20, FILE_BLOCKS = 64, LINE = 72, WORD_MAX = 32 };

/* Digits of words: their numbers are written with 64 syllables. */
static const char syllables[64][4] = {
    "a",   "the", "of",  "in",  "to",  "and", "is",   "it",   "for",  "on",   "was", "as",  "be",
    "at",  "by",  "are", "her", "his", "not", "ter",  "con",  "ver",  "men",  "per", "tra", "sta",
    "com", "pro", "ous", "ent", "ing", "ble", "tion", "est",  "ment", "over", "er",  "al",  "en",
    "ti",  "ri",  "no",  "pre", "sub", "der", "ten",  "land", "ness", "ist",  "gen", "car", "mal",
    "sol", "vin", "mar", "dor", "fel", "gar", "hon",  "ket",  "lum",  "rast", "shi", "quo"};

/* splitmix64 */
static uint64_t draw(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* Numbers from 2^k to 2^(k + 1) are drawn as often for each k up to 13, and then half as often as
 * those before. */
static uint64_t draw_word(uint64_t *state)
{
    uint64_t random = draw(state);
    unsigned octave = (unsigned)((random >> 32) * 14 >> 32);
    if (octave == 13)
        octave += (unsigned)__builtin_ctzll(draw(state) | 1 << 14);
    return UINT64_C(1) << octave | (random & ((UINT64_C(1) << octave) - 1));
}

static char *put_word(char *at, uint64_t word, const size_t *lengths)
{
    for (; word > 0; word /= 64) {
        memcpy(at, syllables[word % 64], sizeof(*syllables));
        at += lengths[word % 64];
    }
    return at;
}

/* The last word is cut where the block ends, or becomes longer by a letter. */
static void fill(char *block, size_t length, uint64_t number)
{
    uint64_t state = draw(&number);
    char *at = block, *line = block;
    size_t lengths[64];
    for (int i = 0; i < 64; i++)
        lengths[i] = strnlen(syllables[i], sizeof(*syllables));
    while (at < block + length) {
        at = put_word(at, draw_word(&state), lengths);
        bool ends = at - line >= LINE;
        *at++ = ends ? '\n' : ' ';
        line = ends ? at : line;
    }
    if (length > 1 && block[length - 2] <= ' ')
        block[length - 2] = 'a';
    block[length - 1] = '\n';
}

static gyre_status_t write_file(gyre_output_t *output, uint32_t index, uint64_t bytes)
{
    static char block[BLOCK + WORD_MAX];
    gyre_part_t *part;
    gyre_status_t status = gyre_part_create(output, index, &part);
    if (status != GYRE_OK)
        return status;
    for (uint64_t i = 0; i < FILE_BLOCKS && i * BLOCK < bytes && status == GYRE_OK; i++) {
        size_t length = bytes - i * BLOCK < BLOCK ? (size_t)(bytes - i * BLOCK) : BLOCK;
        fill(block, length, index * (uint64_t)FILE_BLOCKS + i);
        status = gyre_part_write(part, block, length);
    }
    if (status == GYRE_OK)
        return gyre_part_commit(part);
    gyre_part_abort(part);
    return status;
}

gyre_status_t text_generate(gyre_comm_t *world, const char *directory, uint64_t bytes)
{
    const uint64_t file = (uint64_t)FILE_BLOCKS * BLOCK;
    uint64_t rank = (uint64_t)gyre_comm_rank(world), size = (uint64_t)gyre_comm_size(world);
    uint64_t files = (bytes + file - 1) / file;
    gyre_output_t *output;
    gyre_status_t status = gyre_output_open(directory, NULL, &output);
    if (status != GYRE_OK)
        return status;
    for (uint64_t i = rank; i < files && status == GYRE_OK; i += size)
        status = write_file(output, (uint32_t)i, bytes - i * file);
    if (status == GYRE_OK)
        status = gyre_barrier(world);
    if (status == GYRE_OK && rank == 0)
        status = gyre_output_finish(output, (uint32_t)files);
    gyre_output_close(output);
    return status;
}

uint64_t text_bytes(const char *size)
{
    static const char units[] = "kmgt";
    char *end;
    uint64_t bytes = strtoull(size, &end, 10);
    const char *unit = *end ? strchr(units, *end) : NULL;
    unsigned shift = unit ? 10 * (unsigned)(unit - units + 1) : 0;
    bool whole = end[unit != NULL] == '\0' && bytes <= UINT64_MAX >> (shift + 1);
    return *size != '-' && whole ? bytes << shift : 0;
}
