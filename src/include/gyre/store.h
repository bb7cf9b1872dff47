/* SPDX-License-Identifier: Apache-2.0 */
/* Files wherever they lie, by URI: "/path", "path" or "file:///path" on this machine, NFS or
 * Lustre. See gyre_store(3). */
#ifndef GYRE_STORE_H
#define GYRE_STORE_H

#include <gyre/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gyre_file gyre_file_t;   /* being read */
typedef struct gyre_draft gyre_draft_t; /* being written, seen by nobody until committed */

typedef struct gyre_file_info {
    uint64_t size; /* 0 for a directory */
    bool directory;
} gyre_file_info_t;

/* An error of a callback ends the call, which returns it. */
typedef gyre_status_t (*gyre_store_entry_func_t)(void *arg, const char *name,
                                                 const gyre_file_info_t *info);
typedef gyre_status_t (*gyre_store_host_func_t)(void *arg, const char *host, uint64_t bytes);

GYRE_EXPORT gyre_status_t gyre_store_stat(const char *uri, gyre_file_info_t *info);

/* Calls entry for everything in a directory but "." and "..", in no order. */
GYRE_EXPORT gyre_status_t gyre_store_list(const char *uri, gyre_store_entry_func_t entry,
                                          void *arg);

/* Calls host for every host near which bytes of the range lie, with how many; for none where all
 * hosts are equally near. */
GYRE_EXPORT gyre_status_t gyre_store_hosts(const char *uri, uint64_t offset, uint64_t length,
                                           gyre_store_host_func_t host, void *arg);

/* Makes a directory and those above it; one that is there already is no error. */
GYRE_EXPORT gyre_status_t gyre_store_mkdir(const char *uri);

/* Removes a file or an empty directory. */
GYRE_EXPORT gyre_status_t gyre_store_remove(const char *uri);

/* Removes drafts in a directory whose writers are dead. */
GYRE_EXPORT gyre_status_t gyre_store_sweep(const char *uri);

GYRE_EXPORT gyre_status_t gyre_file_open(const char *uri, gyre_file_t **file);
GYRE_EXPORT uint64_t gyre_file_size(const gyre_file_t *file);

/* Any thread. Fewer bytes than length only at the end of the file. */
GYRE_EXPORT gyre_status_t gyre_file_read(gyre_file_t *file, uint64_t offset, void *buffer,
                                         size_t length, size_t *got);
GYRE_EXPORT void gyre_file_close(gyre_file_t *file);

/* A draft of the file uri. Commit makes it durable and puts it in place at once as a whole, over
 * an older file with replace, else GYRE_ERR_STATE when there is one; it ends the draft, also when
 * it fails, and then leaves an older file as it was. Abort leaves nothing; NULL is allowed. */
GYRE_EXPORT gyre_status_t gyre_draft_create(const char *uri, gyre_draft_t **draft);
GYRE_EXPORT gyre_status_t gyre_draft_write(gyre_draft_t *draft, const void *bytes, size_t length);
GYRE_EXPORT gyre_status_t gyre_draft_commit(gyre_draft_t *draft, bool replace);
GYRE_EXPORT void gyre_draft_abort(gyre_draft_t *draft);

#ifdef __cplusplus
}
#endif
#endif
