/* SPDX-License-Identifier: Apache-2.0 */
/* Batches as messages: buffers as they lie, behind a small head. See gyre_pack(3). */
#ifndef GYRE_PACK_H
#define GYRE_PACK_H

#include <gyre/batch.h>

#ifdef __cplusplus
extern "C" {
#endif

/* --- Schemas travel on their own --- */

/* Writes it to bytes. *length is the room there at entry and the bytes written at return;
 * GYRE_ERR_RANGE with the needed length there when it is too small. */
GYRE_EXPORT gyre_status_t gyre_schema_pack(const gyre_schema_t *schema, void *bytes,
                                           size_t *length);
/* GYRE_ERR_SYNTAX: the bytes are no schema. */
GYRE_EXPORT gyre_status_t gyre_schema_unpack(const void *bytes, size_t length,
                                             const gyre_schema_t **schema);

/* The same for equal schemas, on all machines; every batch carries it. */
GYRE_EXPORT uint64_t gyre_schema_hash(const gyre_schema_t *schema);

/* --- Batches --- */

#define GYRE_PACK_ALIGN 64

typedef struct gyre_piece {
    const void *data;
    size_t length;
    size_t offset; /* in the message: a multiple of GYRE_PACK_ALIGN */
} gyre_piece_t;

/* A message of length bytes: the pieces, each at its offset; what is between them is of no
 * account. The first is the head. */
typedef struct gyre_packed {
    size_t length;
    size_t piece_count;
    const gyre_piece_t *pieces;
} gyre_packed_t;

#define GYRE_PACK_CHECKSUM 1u /* flags: xxh3 of all pieces */

/* Describes the batch as a message. Nothing is copied but bitmaps of slices that start within a
 * byte and offsets of slices. Head and copies come from allocator, NULL: the heap. */
GYRE_EXPORT gyre_status_t gyre_batch_pack(const gyre_batch_t *batch, unsigned flags,
                                          const gyre_allocator_t *allocator,
                                          const gyre_packed_t **packed);
/* NULL is allowed. The pieces' memory is needed no more. */
GYRE_EXPORT void gyre_packed_destroy(const gyre_packed_t *packed);

/* The whole message, zeros between its pieces, into room for its length. */
GYRE_EXPORT void gyre_packed_write(const gyre_packed_t *packed, void *memory);

/* A batch over a message that lies in memory from offset on, without a copy; it keeps references
 * to memory. All of the message is checked first. The start must be aligned to 8 bytes.
 * GYRE_ERR_SYNTAX: it is no batch of the schema, cut short, or damaged. */
GYRE_EXPORT gyre_status_t gyre_batch_unpack(const gyre_schema_t *schema, gyre_buffer_t *memory,
                                            size_t offset, size_t length,
                                            const gyre_batch_t **batch);

#ifdef __cplusplus
}
#endif
#endif
