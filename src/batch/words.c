/* SPDX-License-Identifier: Apache-2.0 */
/* Words of text. Vector code says what bytes are in words, and which of them belong to any; a bit
 * for each, words are copied run of bits by run of bits. */
#include "base/clones.h"
#include "base/error.h"
#include "batch/builder.h"

#include <string.h>

enum {
    CHUNK = 64,       /* bits of a word */
    STRETCH = 1024,   /* bytes that letters are looked up for at a time */
    PIECE = 16 << 10, /* bytes for which there is room at a time */
    SHORT = 16        /* bytes that are copied at once */
};

/* Where words of a column end. */
typedef struct cut {
    char *bytes;
    int32_t *ends; /* ends[-1] is that of the word before */
    size_t at, count;
    bool inside; /* of a word, which goes on */
} cut_t;

/* A bit for each byte, which is 0 or 1. */
GYRE__OPTIMIZE static uint64_t bits_of(const uint8_t *bytes)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < CHUNK; i += 8) {
        uint64_t eight;
        memcpy(&eight, bytes + i, sizeof(eight));
        bits |= (eight * UINT64_C(0x0102040810204080) >> 56) << i;
    }
    return bits;
}

/* What bytes of whole chunks become, and which are letters. */
GYRE__CLONES GYRE__OPTIMIZE static void look_up(const uint8_t *restrict text, size_t chunks,
                                                const gyre_letters_t *restrict letters,
                                                size_t count, uint8_t *restrict as,
                                                uint64_t *restrict bits)
{
    uint8_t inside[STRETCH];
    for (size_t c = 0; c < chunks * CHUNK; c += CHUNK) {
        memset(as + c, 0, CHUNK);
        memset(inside + c, 0, CHUNK);
    }
    for (size_t k = 0; k < count; k++) {
        const uint8_t first = letters[k].first, span = letters[k].last - first;
        const uint8_t shift = letters[k].as - first;
        for (size_t i = 0; i < chunks * CHUNK; i++) {
            uint8_t is = (uint8_t)(text[i] - first) <= span ? UINT8_MAX : 0;
            as[i] = (as[i] & ~is) | ((text[i] + shift) & is);
            inside[i] |= is & 1;
        }
    }
    for (size_t i = 0; i < chunks; i++)
        bits[i] = bits_of(inside + i * CHUNK);
}

/* Bytes of a chunk whose bits are set; what is copied may be more than a word. */
static void cut_chunk(cut_t *cut, const uint8_t *as, uint64_t bits)
{
    char *bytes = cut->bytes;
    int32_t *ends = cut->ends;
    size_t at = cut->at, count = cut->count - (cut->inside && bits & 1);
    cut->inside = bits >> (CHUNK - 1);
    while (bits) {
        size_t start = (size_t)__builtin_ctzll(bits);
        uint64_t above = bits + (bits & -bits);
        size_t length = (above ? (size_t)__builtin_ctzll(above) : CHUNK) - start;
        memcpy(bytes + at, as + start, SHORT);
        if (length > SHORT)
            memcpy(bytes + at + SHORT, as + start + SHORT, CHUNK - SHORT);
        at += length;
        ends[count++] = (int32_t)at;
        bits &= above;
    }
    cut->at = at;
    cut->count = count;
}

/* The last chunk is looked up in a copy: nothing behind the text is read. */
static void cut_piece(cut_t *cut, const uint8_t *text, size_t length, const gyre_letters_t *letters,
                      size_t count)
{
    uint8_t as[STRETCH + CHUNK], copy[STRETCH];
    uint64_t bits[STRETCH / CHUNK];
    for (size_t done = 0; done < length; done += STRETCH) {
        size_t part = length - done < STRETCH ? length - done : STRETCH;
        size_t chunks = (part + CHUNK - 1) / CHUNK, over = chunks * CHUNK - part;
        const uint8_t *from = text + done;
        if (over > 0) {
            memset(copy + (chunks - 1) * CHUNK, 0, CHUNK);
            from = memcpy(copy, from, part);
        }
        look_up(from, chunks, letters, count, as, bits);
        bits[chunks - 1] &= UINT64_MAX >> over;
        memset(as + chunks * CHUNK, 0, CHUNK);
        for (size_t i = 0; i < chunks; i++)
            cut_chunk(cut, as + i * CHUNK, bits[i]);
    }
}

static gyre_status_t append_piece(gyre__builder_t *builder, const uint8_t *text, size_t length,
                                  const gyre_letters_t *letters, size_t count, bool *inside)
{
    gyre_builder_t *view = &builder->view;
    gyre_status_t status = gyre__builder_room(builder, length / 2 + 1);
    if (status == GYRE_OK)
        status = gyre__builder_room_bytes(builder, length + 2 * CHUNK);
    if (status != GYRE_OK)
        return status;
    cut_t cut = {gyre_buffer_data(builder->values), gyre__builder_offsets(builder) + 1,
                 builder->bytes, view->length, *inside};
    cut_piece(&cut, text, length, letters, count);
    builder->bytes = cut.at;
    view->length = cut.count;
    *inside = cut.inside;
    return GYRE_OK;
}

static gyre_status_t check(const gyre_builder_t *builder, const char *text, size_t length,
                           const gyre_letters_t *letters, size_t count)
{
    if (!builder || (!text && length > 0) || (!letters && count > 0))
        return gyre__error(GYRE_ERR_ARG, "no %s",
                           !builder                ? "builder"
                           : letters || count == 0 ? "text"
                                                   : "letters");
    if (gyre__layout(builder->kind) != GYRE__BYTES)
        return gyre__error(GYRE_ERR_ARG, "column \"%s\" is a %s: it takes no words",
                           builder->field->name, gyre_kind_name(builder->kind));
    for (size_t i = 0; i < count; i++)
        if (letters[i].first > letters[i].last)
            return gyre__error(GYRE_ERR_ARG, "letters from %u to %u", letters[i].first,
                               letters[i].last);
    return GYRE_OK;
}

gyre_status_t gyre_builder_append_words(gyre_builder_t *view, const char *text, size_t length,
                                        const gyre_letters_t *letters, size_t count)
{
    gyre__builder_t *builder = gyre__builder(view);
    gyre_status_t status = check(view, text, length, letters, count);
    if (status != GYRE_OK)
        return status;
    const size_t rows = view->length, bytes = builder->bytes;
    bool inside = false;
    for (size_t done = 0; status == GYRE_OK && done < length; done += PIECE) {
        size_t part = length - done < PIECE ? length - done : PIECE;
        status = append_piece(builder, (const uint8_t *)text + done, part, letters, count, &inside);
    }
    if (status != GYRE_OK) {
        view->length = rows;
        builder->bytes = bytes;
    }
    return status;
}
