/* SPDX-License-Identifier: Apache-2.0 */
/* The table of the collectives' variables; gyre.conf(5) says the same, checked by
 * check-conf.sh. */
#include "harp/conf.h"

static const gyre__conf_field_t fields[] = {
    {"REPRODUCIBLE", "no", GYRE__CONF_BOOL, offsetof(gyre__harp_conf_t, reproducible), NULL, 0, 0,
     "Whether floating-point reductions give the same bits for any placement of the workers and "
     "any algorithm, by adding in rank order. Slower."},
};

const gyre__conf_table_t gyre__harp_conf_table = {"harp", fields,
                                                  sizeof(fields) / sizeof(fields[0])};

gyre__harp_conf_t gyre__harp_conf;
