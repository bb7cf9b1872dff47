/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of a process: those of the environment, of the user's file, of the system's file and
 * the library's own, asked in this order. A communicator's own (gyre_coll_tune) go before them. */
#ifndef GYRE_HARP_TUNING_H
#define GYRE_HARP_TUNING_H

#include "harp/conf.h"
#include "harp/rule.h"

enum {
    GYRE__TUNING_ENVIRONMENT,
    GYRE__TUNING_USER, /* or the file that GYRE_COLL_TUNE_FILE names, then without SYSTEM */
    GYRE__TUNING_SYSTEM,
    GYRE__TUNING_DEFAULTS,
    GYRE__TUNINGS
};

typedef struct gyre__tuning {
    gyre__rules_t rules[GYRE__TUNINGS];
} gyre__tuning_t;

/* The first malformed rule is an error. */
gyre_status_t gyre__tuning_load(gyre__tuning_t *tuning, const gyre__harp_conf_t *conf);
void gyre__tuning_cleanup(gyre__tuning_t *tuning);

#endif
