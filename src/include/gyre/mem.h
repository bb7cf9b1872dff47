/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that peers may read and write: registration and exported keys. See gyre_mem(3). */
#ifndef GYRE_MEM_H
#define GYRE_MEM_H

#include <gyre/comm.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gyre_mem gyre_mem_t;       /* a registered region of this worker */
typedef struct gyre_remote gyre_remote_t; /* a region of another worker, by its key */

#define GYRE_KEY_MAX 1024 /* bytes of the longest exported key */

/* Registers the caller's memory; it stays the caller's and must outlive the handle. A region
 * inside one that is already registered shares its registration. length > 0. */
GYRE_EXPORT gyre_status_t gyre_mem_register(gyre_context_t *ctx, void *addr, size_t length,
                                            gyre_mem_t **mem);

/* New zeroed memory, page-aligned, registered; freed with the handle. */
GYRE_EXPORT gyre_status_t gyre_mem_alloc(gyre_context_t *ctx, size_t length, gyre_mem_t **mem);

/* NULL is allowed. No peer may access the region any more. */
GYRE_EXPORT void gyre_mem_release(gyre_mem_t *mem);

GYRE_EXPORT void *gyre_mem_address(const gyre_mem_t *mem);
GYRE_EXPORT size_t gyre_mem_length(const gyre_mem_t *mem);

/* Writes the region's key, which any peer of this epoch may import, into key. *key_length is the
 * room there at entry (GYRE_KEY_MAX is always enough) and the bytes written at return;
 * GYRE_ERR_RANGE with the needed length there when it is too small. */
GYRE_EXPORT gyre_status_t gyre_mem_export(const gyre_mem_t *mem, void *key, size_t *key_length);

/* A region of rank in comm from the key that it exported. Malformed keys, keys of another
 * worker or epoch: GYRE_ERR_SYNTAX or GYRE_ERR_STALE. */
GYRE_EXPORT gyre_status_t gyre_remote_import(gyre_comm_t *comm, int rank, const void *key,
                                             size_t key_length, gyre_remote_t **remote);
GYRE_EXPORT void gyre_remote_release(gyre_remote_t *remote);
GYRE_EXPORT size_t gyre_remote_length(const gyre_remote_t *remote);

#ifdef __cplusplus
}
#endif
#endif
