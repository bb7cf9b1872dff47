/* SPDX-License-Identifier: Apache-2.0 */
/* Words of text. A column of strings is letters without gaps, and where each word ends: both are
 * written with every byte, without a branch, for where words end cannot be foreseen. */
#include "words.h"

enum { PIECE = 32 << 10 }; /* it and its words stay in the cache */

static unsigned char letters[256]; /* what a byte is in a word; 0: no part of one */

static void fill_letters(void)
{
    for (int c = 0; c < 256; c++)
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c > 127)
            letters[c] = (unsigned char)c;
    for (int c = 'A'; c <= 'Z'; c++)
        letters[c] = (unsigned char)(c + 'a' - 'A');
}

static size_t cut(const char *text, size_t length, unsigned char *restrict words,
                  int32_t *restrict ends)
{
    size_t count = 0, at = 0, inside = 0;
    ends[0] = 0;
    for (size_t i = 0; i < length; i++) {
        unsigned char letter = letters[(unsigned char)text[i]];
        size_t is = letter != 0;
        words[at] = letter;
        count += is & ~inside;
        at += is;
        ends[count] = (int32_t)at;
        inside = is;
    }
    return count;
}

static size_t piece_of(gyre_text_t text)
{
    size_t length = text.length < PIECE ? text.length : PIECE;
    while (length < text.length && letters[(unsigned char)text.data[length]])
        length++;
    return length;
}

gyre_status_t words_take(const gyre_schema_t *schema, gyre_text_t *text, const gyre_batch_t **words)
{
    if (!letters['a'])
        fill_letters();
    size_t length = piece_of(*text);
    gyre_column_parts_t parts = {0};
    const gyre_column_t *column = NULL;
    gyre_status_t status = gyre_buffer_create(NULL, length + 1, &parts.values);
    if (status == GYRE_OK)
        status = gyre_buffer_create(NULL, (length / 2 + 2) * sizeof(int32_t), &parts.offsets);
    if (status == GYRE_OK) {
        parts.length = cut(text->data, length, gyre_buffer_data(parts.values),
                           gyre_buffer_data(parts.offsets));
        status = gyre_column_create(&schema->fields[0], &parts, &column);
    }
    if (status == GYRE_OK)
        status = gyre_batch_create(schema, parts.length, &column, words);
    gyre_column_release(column);
    gyre_buffer_release(parts.values);
    gyre_buffer_release(parts.offsets);
    text->data += length;
    text->length -= length;
    return status;
}
