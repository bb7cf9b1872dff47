/* SPDX-License-Identifier: Apache-2.0 */
/* Buffers that grow while they have one owner. */
#ifndef GYRE_BATCH_BUFFER_H
#define GYRE_BATCH_BUFFER_H

#include <gyre/batch.h>

/* Replaces *buffer, NULL at first, by one of at least size bytes that begins with the used bytes of
 * the old one; after an error it is as it was. */
gyre_status_t gyre__buffer_grow(gyre_buffer_t **buffer, const gyre_allocator_t *allocator,
                                size_t used, size_t size);
/* Bytes that growing to size takes beyond those that it has, until the old one is given back. */
size_t gyre__buffer_growth(const gyre_buffer_t *buffer, size_t size);

/* Its owner needs the memory again: who would keep it copies it instead. Before others see it. */
void gyre__buffer_lend(gyre_buffer_t *buffer);
bool gyre__buffer_is_lent(const gyre_buffer_t *buffer);

#endif
