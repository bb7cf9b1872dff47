/* SPDX-License-Identifier: Apache-2.0 */
/* What gyre run was asked to do. */
#ifndef GYRE_LAUNCH_OPTIONS_H
#define GYRE_LAUNCH_OPTIONS_H

#include <gyre/topo.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct gyre__options {
    unsigned workers;
    bool bind_given;
    gyre_topo_level_t bind; /* when given */
    bool tag;
    bool verbose;
    uint64_t timeout; /* ns; 0: none */
    const char *timeout_text;
    const char **env; /* NAME=value, in order */
    size_t env_count;
    char **argv;   /* of the program, NULL-terminated */
    char *program; /* its path */
} gyre__options_t;

/* Fills the options. Returns -1 to go on, else the exit code; has then said why. */
int gyre__options_parse(gyre__options_t *options, int argc, char **argv);
void gyre__options_cleanup(gyre__options_t *options);

/* The path of the program by the shell's rules. As gyre__options_parse. */
int gyre__program_find(const char *name, char **path);

#endif
