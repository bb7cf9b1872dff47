/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration of the collectives. */
#ifndef GYRE_HARP_CONF_H
#define GYRE_HARP_CONF_H

#include "base/conf.h"

typedef struct gyre__harp_conf {
    uint64_t timeout;
    int reproducible;
    char *coll_tune, *coll_tune_file;
} gyre__harp_conf_t;

struct gyre__tuning;

/* The values in force, read when the context opens. */
extern gyre__harp_conf_t gyre__harp_conf;
extern struct gyre__tuning *gyre__harp_tuning; /* NULL before */
extern const gyre__conf_table_t gyre__harp_conf_table;

/* Puts in force what the environment and the files say, and yields two digests of it: of what is
 * an error if workers differ in it, and of the rules in files, which then serve none of them.
 * On error what was in force stays so. */
gyre_status_t gyre__harp_conf_open(uint64_t *strict, uint64_t *files);

/* Whether that would succeed. */
gyre_status_t gyre__harp_conf_check(void);

/* The rules in force; without a context, those that would be. Given back afterwards. */
gyre_status_t gyre__harp_tuning_borrow(struct gyre__tuning **tuning);
void gyre__harp_tuning_return(struct gyre__tuning *tuning);

#endif
