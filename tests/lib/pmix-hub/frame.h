/* SPDX-License-Identifier: Apache-2.0 */
/* Frames between hub and agents: a fixed head and bytes. Both ends are the same program, so the
 * head travels as it lies. */
#ifndef PMIX_HUB_FRAME_H
#define PMIX_HUB_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum frame_type {
    FRAME_HELLO,  /* agent: node; bytes: shape of its plan */
    FRAME_START,  /* hub: all agents are there; bytes: the job's name */
    FRAME_FENCE,  /* agent: tag, epoch, status, count of ranks; bytes: the ranks, the data */
    FRAME_FENCED, /* hub: tag, status; bytes: everybody's data */
    FRAME_ASK,    /* agent: tag, epoch, rank (direct modex) */
    FRAME_QUERY,  /* hub to the rank's agent: the same and node, the asker's */
    FRAME_ANSWER, /* agent: tag, node, status; bytes: data */
    FRAME_FOUND,  /* hub to the asker: tag, status; bytes: data */
    FRAME_EXIT,   /* agent: node, rank is the slot, status is 0, exit code or 128 + signal */
    FRAME_ABORT,  /* agent: status */
    FRAME_KILL,   /* hub: kill all workers */
    FRAME_BYE     /* hub: all workers are gone; status is the job's */
} frame_type_t;

typedef struct frame {
    uint32_t type;
    int32_t node, epoch, rank, status, count;
    uint64_t tag;
    uint64_t length; /* bytes that follow */
} frame_t;

/* Blocking. False: the other end is gone. *bytes is allocated, NULL when there are none. */
bool frame_read(int fd, frame_t *frame, char **bytes);
bool frame_write(int fd, const frame_t *frame, const void *bytes);

#endif
