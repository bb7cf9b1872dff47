/* SPDX-License-Identifier: Apache-2.0 */
/* Words of text, by pieces of some lines: a piece and its words stay in the cache. */
#include "words.h"

#include <string.h>

enum { PIECE = 32 << 10 };

static const gyre_letters_t letters[] = {
    {'a', 'z', 'a'}, {'A', 'Z', 'a'}, {'0', '9', '0'}, {128, 255, 128}};

/* No word goes on behind a line. */
static size_t piece_of(const gyre_text_t *text)
{
    if (text->length <= PIECE)
        return text->length;
    const char *newline = memchr(text->data + PIECE, '\n', text->length - PIECE);
    return newline ? (size_t)(newline - text->data) : text->length;
}

gyre_status_t words_append(gyre_builder_t *builder, const char *text, size_t length)
{
    return gyre_builder_append_words(builder->children[0], text, length, letters,
                                     sizeof(letters) / sizeof(*letters));
}

gyre_status_t words_take(gyre_builder_t *builder, gyre_text_t *text, const gyre_batch_t **words)
{
    size_t length = piece_of(text);
    gyre_status_t status = words_append(builder, text->data, length);
    text->data += length;
    text->length -= length;
    return status == GYRE_OK ? gyre_builder_finish_batch(builder, words) : status;
}
