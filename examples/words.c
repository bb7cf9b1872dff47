/* SPDX-License-Identifier: Apache-2.0 */
#include "words.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>

#define READ_SIZE (1 << 20)

void words_init(words_t *words)
{
    *words = (words_t){0};
}

void words_cleanup(words_t *words)
{
    for (size_t i = 0; i < words->room; i++)
        free(words->slots[i].text);
    free(words->slots);
    *words = (words_t){0};
}

static word_t *find(const words_t *words, const char *text, size_t length, uint64_t hash)
{
    for (size_t i = hash & (words->room - 1);; i = (i + 1) & (words->room - 1)) {
        word_t *slot = &words->slots[i];
        if (!slot->text || (slot->hash == hash && slot->length == length &&
                            memcmp(slot->text, text, length) == 0))
            return slot;
    }
}

static bool grow(words_t *words)
{
    words_t larger = *words;
    larger.room = words->room ? words->room * 2 : 4096;
    larger.slots = calloc(larger.room, sizeof(*larger.slots));
    if (!larger.slots)
        return false;
    for (size_t i = 0; i < words->room; i++) {
        const word_t *word = &words->slots[i];
        if (word->text)
            *find(&larger, word->text, word->length, word->hash) = *word;
    }
    free(words->slots);
    *words = larger;
    return true;
}

bool words_add(words_t *words, const char *text, size_t length, uint64_t count)
{
    if (words->distinct * 2 >= words->room && !grow(words))
        return false;
    uint64_t hash = XXH3_64bits(text, length);
    word_t *slot = find(words, text, length, hash);
    if (!slot->text) {
        char *copy = malloc(length);
        if (!copy)
            return false;
        memcpy(copy, text, length);
        *slot = (word_t){copy, length, 0, hash};
        words->distinct++;
    }
    slot->count += count;
    words->total += count;
    return true;
}

static bool is_letter(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c > 127;
}

/* A word that reaches the end of a block and goes on in the next. */
typedef struct carry {
    char *data;
    size_t length, room;
} carry_t;

static bool carry_append(carry_t *carry, const char *text, size_t length)
{
    if (carry->room - carry->length < length) {
        size_t room = (carry->length + length) * 2;
        char *data = realloc(carry->data, room);
        if (!data)
            return false;
        carry->data = data;
        carry->room = room;
    }
    memcpy(carry->data + carry->length, text, length);
    carry->length += length;
    return true;
}

/* Length of the run of letters at the front; they become small. */
static size_t run_length(char *text, size_t length)
{
    size_t i = 0;
    for (; i < length && is_letter((unsigned char)text[i]); i++)
        if (text[i] >= 'A' && text[i] <= 'Z')
            text[i] = (char)(text[i] + 'a' - 'A');
    return i;
}

typedef struct cutter {
    words_t *words;
    carry_t carry;
    bool skipping; /* in a word that began before the split */
    bool done;     /* the next word is another split's */
    uint64_t to;
} cutter_t;

/* False: out of memory. at is the block's position in the file. */
static bool cut(cutter_t *cutter, char *block, size_t length, uint64_t at)
{
    for (size_t i = 0; i < length;) {
        size_t run = run_length(block + i, length - i);
        bool ends = i + run < length;
        if (!cutter->skipping && cutter->carry.length == 0 && at + i >= cutter->to) {
            cutter->done = true;
            return true;
        }
        if (cutter->skipping)
            cutter->skipping = !ends;
        else if (ends && cutter->carry.length == 0) {
            if (run && !words_add(cutter->words, block + i, run, 1))
                return false;
        } else {
            if (!carry_append(&cutter->carry, block + i, run))
                return false;
            if (ends && !words_add(cutter->words, cutter->carry.data, cutter->carry.length, 1))
                return false;
            cutter->carry.length = ends ? 0 : cutter->carry.length;
        }
        i += run + 1;
    }
    return true;
}

static ssize_t read_at(int fd, char *block, size_t length, uint64_t at)
{
    ssize_t n;
    do
        n = pread(fd, block, length, (off_t)at);
    while (n < 0 && errno == EINTR);
    return n;
}

static int read_blocks(cutter_t *cutter, int fd, uint64_t from, char *block)
{
    ssize_t n = 0;
    if (from > 0 && (n = read_at(fd, block, 1, from - 1)) < 0)
        return errno;
    cutter->skipping = n == 1 && is_letter((unsigned char)block[0]);
    for (uint64_t at = from; !cutter->done; at += (uint64_t)n) {
        n = read_at(fd, block, READ_SIZE, at);
        if (n < 0)
            return errno;
        if (n == 0)
            break;
        if (!cut(cutter, block, (size_t)n, at))
            return ENOMEM;
    }
    carry_t *carry = &cutter->carry;
    return carry->length == 0 || words_add(cutter->words, carry->data, carry->length, 1) ? 0
                                                                                       : ENOMEM;
}

int words_read(words_t *words, int fd, uint64_t from, uint64_t to)
{
    cutter_t cutter = {.words = words, .to = to};
    char *block = malloc(READ_SIZE);
    int errnum = block ? read_blocks(&cutter, fd, from, block) : ENOMEM;
    free(block);
    free(cutter.carry.data);
    return errnum;
}

/* A packed word: count and length, then the text. */
typedef struct packed {
    uint64_t count, length;
} packed_t;

static bool in_part(const word_t *word, uint32_t part, uint32_t parts)
{
    return word->text && word->hash % parts == part;
}

bool words_pack(const words_t *words, uint32_t part, uint32_t parts, char **bytes, size_t *length)
{
    size_t size = 0;
    for (size_t i = 0; i < words->room; i++)
        if (in_part(&words->slots[i], part, parts))
            size += sizeof(packed_t) + words->slots[i].length;
    char *at = *bytes = malloc(size ? size : 1);
    *length = size;
    for (size_t i = 0; at && i < words->room; i++) {
        const word_t *word = &words->slots[i];
        if (!in_part(word, part, parts))
            continue;
        packed_t head = {word->count, word->length};
        memcpy(at, &head, sizeof(head));
        memcpy(at + sizeof(head), word->text, word->length);
        at += sizeof(head) + word->length;
    }
    return *bytes != NULL;
}

bool words_unpack(words_t *words, const char *bytes, size_t length)
{
    while (length > 0) {
        packed_t head;
        if (length < sizeof(head))
            return false;
        memcpy(&head, bytes, sizeof(head));
        bytes += sizeof(head);
        length -= sizeof(head);
        if (head.length > length || !words_add(words, bytes, head.length, head.count))
            return false;
        bytes += head.length;
        length -= head.length;
    }
    return true;
}

int words_by_text(const void *a, const void *b)
{
    const word_t *x = a, *y = b;
    size_t common = x->length < y->length ? x->length : y->length;
    int order = memcmp(x->text, y->text, common);
    return order ? order : (x->length > y->length) - (x->length < y->length);
}

int words_by_count(const void *a, const void *b)
{
    const word_t *x = a, *y = b;
    return x->count != y->count ? (x->count < y->count ? 1 : -1) : words_by_text(a, b);
}

void words_sort(words_t *words, int (*compare)(const void *, const void *))
{
    size_t used = 0;
    for (size_t i = 0; i < words->room; i++)
        if (words->slots[i].text) {
            word_t word = words->slots[i];
            words->slots[i].text = NULL;
            words->slots[used++] = word;
        }
    if (used)
        qsort(words->slots, used, sizeof(*words->slots), compare);
}
