/* SPDX-License-Identifier: Apache-2.0 */
/* The directory: where every worker of the job is and how to reach it. Each node's leader builds
 * it once from the cards, and all workers of the node read the same bytes. */
#ifndef GYRE_COMM_DIRECTORY_H
#define GYRE_COMM_DIRECTORY_H

#include "base/buf.h"
#include "comm/segment.h"

#include <gyre/status.h>
#include <stdint.h>

#define GYRE__CPU_WORDS 16 /* 1024 processors, what sched_getaffinity gives */

/* Digests of how the rooms above are configured. Workers that differ in strict cannot work
 * together; where files differ, what they say serves nobody. */
typedef struct gyre__likeness {
    uint64_t strict, files;
} gyre__likeness_t;

/* A worker's card: this, then the host's name with its zero, then the network address. */
typedef struct gyre__card {
    uint32_t magic;
    uint32_t leader;              /* lowest rank on the worker's node */
    gyre__segment_name_t segment; /* of a leader */
    char net[8];
    uint32_t host_length; /* with the zero */
    uint32_t address_length;
    uint64_t cpus[GYRE__CPU_WORDS]; /* processors that the worker may use */
    uint32_t domain;                /* of the worker, see gyre__entry */
    uint64_t machine;               /* the same where one kernel runs both; 0: not known */
    gyre__likeness_t likeness;
} gyre__card_t;

#define GYRE__NO_DOMAIN UINT32_MAX

typedef struct gyre__entry {
    uint32_t node, local_rank;
    uint32_t domain; /* cache or memory domain within the node; GYRE__NO_DOMAIN: not known */
    uint64_t address; /* offset from the start of the directory */
    uint64_t address_length;
} gyre__entry_t;

typedef struct gyre__node {
    uint32_t leader, workers;
    uint64_t host; /* offset of the zero-terminated name */
    uint64_t cpus[GYRE__CPU_WORDS]; /* those that any of its workers may use */
    uint64_t machine;               /* nodes may be containers of one; 0: not known */
} gyre__node_t;

typedef struct gyre__directory {
    const char *bytes;
    const gyre__entry_t *entries; /* by world rank */
    const gyre__node_t *nodes;
    uint32_t workers, node_count;
    uint32_t unlike; /* the first rank whose files differ from rank 0's; 0: none */
} gyre__directory_t;

/* Appends a card; magic and host_length are filled in. */
gyre_status_t gyre__card_write(gyre__buf_t *buf, const gyre__card_t *card, const char *host,
                               const void *address);

/* Checks the bytes of one card and copies its fixed part. */
gyre_status_t gyre__card_read(const void *bytes, size_t length, gyre__card_t *card);

/* cards holds the cards of ranks 0 .. workers - 1, that of rank i from offsets[i] to
 * offsets[i + 1]; all must name the same network provider. */
gyre_status_t gyre__directory_build(gyre__buf_t *out, const char *cards, const size_t *offsets,
                                    uint32_t workers);

void gyre__directory_open(gyre__directory_t *directory, const void *bytes);

#endif
