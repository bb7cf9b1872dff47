/* SPDX-License-Identifier: Apache-2.0 */
/* What parts know of their output. */
#ifndef GYRE_IO_PART_H
#define GYRE_IO_PART_H

#include "io/codec.h"

struct gyre_output {
    char *uri;
    char *suffix; /* of all parts' names */
    gyre_output_opts_t opts;
    const gyre__codec_ops_t *codec; /* NULL: none */
};

#define GYRE__PART_PREFIX "part-"
#define GYRE__SUCCESS     "_SUCCESS"

/* The path of a part, malloc'ed; NULL, with the error told, without memory. */
char *gyre__part_path(const gyre_output_t *output, uint32_t index);

/* The output is not complete any more, or not yet. */
gyre_status_t gyre__output_unmark(const gyre_output_t *output);

#endif
