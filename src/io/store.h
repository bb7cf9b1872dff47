/* SPDX-License-Identifier: Apache-2.0 */
/* The contract of a byte store: one static const table each. An error names the file as its user
 * did, what failed and why. A store keeps no state between calls but what it hides itself, so that
 * a connection to a name node, say, is its own affair. */
#ifndef GYRE_IO_STORE_H
#define GYRE_IO_STORE_H

#include <gyre/store.h>

typedef struct gyre__store_ops gyre__store_ops_t;

/* "scheme://host/path": its store, all of it, and the two parts that stores need. */
typedef struct gyre__uri {
    const gyre__store_ops_t *store;
    const char *text;
    const char *host; /* "" without one; ends at path */
    size_t host_length;
    const char *path;
} gyre__uri_t;

struct gyre__store_ops {
    const char *scheme;
    gyre_status_t (*stat)(const gyre__uri_t *uri, gyre_file_info_t *info);
    gyre_status_t (*list)(const gyre__uri_t *uri, gyre_store_entry_func_t entry, void *arg);
    gyre_status_t (*hosts)(const gyre__uri_t *uri, uint64_t offset, uint64_t length,
                           gyre_store_host_func_t host, void *arg);
    gyre_status_t (*mkdir)(const gyre__uri_t *uri);
    gyre_status_t (*remove)(const gyre__uri_t *uri);
    gyre_status_t (*sweep)(const gyre__uri_t *uri);

    gyre_status_t (*open)(const gyre__uri_t *uri, void **file, uint64_t *size);
    gyre_status_t (*read)(void *file, const char *name, uint64_t offset, void *buffer,
                          size_t length, size_t *got);
    void (*close)(void *file);

    /* A draft's name begins with "." in the directory of its file. */
    gyre_status_t (*create)(const gyre__uri_t *uri, void **draft);
    gyre_status_t (*write)(void *draft, const char *name, const void *bytes, size_t length);
    gyre_status_t (*commit)(void *draft, const char *name, bool replace); /* ends the draft */
    void (*abort)(void *draft);
};

extern const gyre__store_ops_t gyre__store_posix;

/* Takes a URI apart; its text must outlive the parts. GYRE_ERR_UNKNOWN for a scheme that no store
 * has. */
gyre_status_t gyre__uri_parse(const char *text, gyre__uri_t *uri);

/* "directory/name", malloc'ed; NULL, with the error told, without memory. */
char *gyre__store_join(const char *directory, const char *name);

#endif
