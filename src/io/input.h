/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of inputs and splits. */
#ifndef GYRE_IO_INPUT_H
#define GYRE_IO_INPUT_H

#include <gyre/input.h>

typedef struct gyre__input_file {
    char *path;
    uint64_t size;
} gyre__input_file_t;

struct gyre_input {
    gyre__input_file_t *files;
    size_t count, room;
    gyre_input_opts_t opts;
};

struct gyre_split {
    const gyre_input_t *input;
    gyre_range_t *ranges;
    size_t count;
    char **hosts; /* NULL before they are asked for */
    size_t host_count;
};

#endif
