/* SPDX-License-Identifier: Apache-2.0 */
/* What word count stands on: text, and the words in it. */
#ifndef EXAMPLES_WORDS_H
#define EXAMPLES_WORDS_H

#include <gyre/gyre.h>

/* Appends the words of a text to a builder of batches, whose only column is of strings. A word is a
 * run of ASCII letters, digits and bytes above 127, so that no letter of UTF-8 is cut; capitals
 * become small letters. */
gyre_status_t words_append(gyre_builder_t *builder, const char *text, size_t length);

/* Takes a piece off a text of whole lines, and gives its words as a batch of the builder. */
gyre_status_t words_take(gyre_builder_t *builder, gyre_text_t *text, const gyre_batch_t **words);

/* Writes that many bytes of text to a directory, in files of 64 MiB. The workers share the work;
 * the text is the same however many they are. */
gyre_status_t text_generate(gyre_comm_t *world, const char *directory, uint64_t bytes);

/* A number of bytes, such as 64k, 10m or 2g; 0: it is none. */
uint64_t text_bytes(const char *size);

#endif
