/* SPDX-License-Identifier: Apache-2.0 */
/* Configuration: one table per room says name, default, help and type; one parser reads the
 * environment. No other code calls getenv for a GYRE_ name. */
#ifndef GYRE_BASE_CONF_H
#define GYRE_BASE_CONF_H

#include <gyre/status.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

typedef enum gyre__conf_type {
    GYRE__CONF_BOOL,   /* int: yes/no, on/off, true/false, 1/0 */
    GYRE__CONF_INT,    /* int64_t in [min, max] */
    GYRE__CONF_SIZE,   /* size_t: bytes with k, m, g, t (1024); "inf" = SIZE_MAX */
    GYRE__CONF_TIME,   /* uint64_t nanoseconds: ns, us, ms, s; "inf" = UINT64_MAX */
    GYRE__CONF_ENUM,   /* int: index into values */
    GYRE__CONF_STRING  /* char *, owned by the structure */
} gyre__conf_type_t;

typedef struct gyre__conf_field {
    const char *name;    /* without GYRE_ */
    const char *initial; /* default, as the user would write it */
    gyre__conf_type_t type;
    size_t offset;             /* in the structure that gyre__conf_load fills */
    const char *const *values; /* GYRE__CONF_ENUM: NULL-terminated names */
    int64_t min, max;          /* GYRE__CONF_INT */
    const char *help;          /* one or more sentences */
} gyre__conf_field_t;

typedef struct gyre__conf_table {
    const char *room; /* heading in gyre info -c */
    const gyre__conf_field_t *fields;
    size_t count;
} gyre__conf_table_t;

/* Fills the structure from defaults and environment. A malformed value is GYRE_ERR_SYNTAX or
 * GYRE_ERR_RANGE naming the variable, the value and what was expected; out is then untouched. */
gyre_status_t gyre__conf_load(const gyre__conf_table_t *table, void *out);

/* Frees the strings that gyre__conf_load made. */
void gyre__conf_release(const gyre__conf_table_t *table, void *out);

/* Parses one value as the field says and stores it at field->offset of out, untouched on error;
 * "where" names it in errors ("GYRE_NET", "--timeout"). A string there is not freed before. */
gyre_status_t gyre__conf_parse(const gyre__conf_field_t *field, const char *where,
                               const char *text, void *out);

/* For all tables of the array: print as a commented file; check the environment for unknown
 * GYRE_ names but GYRE_TEST_* (warned about once per process, with the nearest known) and
 * malformed values (first error). */
void gyre__conf_print(const gyre__conf_table_t *const *tables, size_t count, FILE *out);
gyre_status_t gyre__conf_check(const gyre__conf_table_t *const *tables, size_t count);

/* The path of the user's file of that name, ~/.config/gyre/NAME; NULL without a home, or memory. The
 * caller frees it. */
char *gyre__conf_user_file(const char *name);

/* The candidate nearest to name by edit distance, NULL when none is near. For messages. */
const char *gyre__conf_nearest(const char *name, const char *const *candidates, size_t count);

/* Table of base itself: LOG. */
extern const gyre__conf_table_t gyre__base_conf;

#endif
