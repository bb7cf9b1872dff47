/* SPDX-License-Identifier: Apache-2.0 */
/* The memory that the workers of a node share: a memfd that the node's leader makes and the
 * others open through the leader's /proc entry, so that it has no name and nothing is left of it
 * whenever and however the workers end. It holds the area of the node's provider and, once, the
 * job's directory. */
#ifndef GYRE_COMM_SEGMENT_H
#define GYRE_COMM_SEGMENT_H

#include <gyre/status.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

typedef struct gyre__segment {
    int fd;
    struct gyre__segment_head *head; /* start of the mapping */
    size_t size;                     /* of the mapping of head and area */
    void *area;
    size_t area_size;
    void *directory; /* NULL until published or awaited */
    size_t directory_size;
} gyre__segment_t;

/* How others find it. */
typedef struct gyre__segment_name {
    int32_t pid;
    int32_t fd;
    uint64_t nonce;
} gyre__segment_name_t;

gyre_status_t gyre__segment_create(gyre__segment_t *segment, size_t area_size,
                                   gyre__segment_name_t *name);

/* Opens a peer's segment. */
gyre_status_t gyre__segment_attach(gyre__segment_t *segment, const gyre__segment_name_t *name);

/* The leader adds the directory's bytes; the others wait for it and map it read-only. */
gyre_status_t gyre__segment_publish(gyre__segment_t *segment, const void *directory, size_t size);
gyre_status_t gyre__segment_await(gyre__segment_t *segment, pid_t leader, uint64_t timeout_ns);

void gyre__segment_close(gyre__segment_t *segment);

#endif
