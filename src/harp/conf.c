/* SPDX-License-Identifier: Apache-2.0 */
/* The table of the collectives' variables; gyre.conf(5) says the same, checked by
 * check-conf.sh. The rules are read with them, so that a slip of the pen in either is told when
 * the program starts. */
#include "harp/conf.h"

#include "base/error.h"
#include "harp/tuning.h"

#include <stdlib.h>

static const gyre__conf_field_t fields[] = {
    {"COLL_TIMEOUT", "inf", GYRE__CONF_TIME, offsetof(gyre__harp_conf_t, timeout), NULL, 0, 0,
     "How long a collective may wait for a member that neither comes nor answers, for it is "
     "stopped, "
     "or computes, until it is given up as failed, by all. inf waits for ever, except for members "
     "that are known to be dead."},
    {"COLL_TUNE", "", GYRE__CONF_STRING, offsetof(gyre__harp_conf_t, coll_tune), NULL, 0, 0,
     "Rules that choose the algorithms of collectives, separated by commas: "
     "COLLECTIVE[:MIN-MAX bytes][:rMIN-MAX members][:nMIN-MAX nodes]:@ALGORITHM"
     "[(radix=NUMBER,segment=SIZE)]. The first that matches and can serve the call is taken; where "
     "none does, those in the files are asked. gyre info -a lists algorithms and rules."},
    {"COLL_TUNE_FILE", "", GYRE__CONF_STRING, offsetof(gyre__harp_conf_t, coll_tune_file), NULL, 0,
     0,
     "The file with such rules, which gyre tune writes; in place of ~/.config/gyre/tune and "
     "gyre/tune in the folder of the system's configuration. /dev/null: none."},
    {"REPRODUCIBLE", "no", GYRE__CONF_BOOL, offsetof(gyre__harp_conf_t, reproducible), NULL, 0, 0,
     "Whether floating-point reductions give the same bits for any placement of the workers and "
     "any algorithm, by adding in rank order. Slower."},
};

const gyre__conf_table_t gyre__harp_conf_table = {"harp", fields,
                                                  sizeof(fields) / sizeof(fields[0])};

gyre__harp_conf_t gyre__harp_conf;
gyre__tuning_t *gyre__harp_tuning;

static gyre_status_t load(gyre__harp_conf_t *conf, gyre__tuning_t **tuning)
{
    *tuning = malloc(sizeof(**tuning));
    if (!*tuning)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for rules");
    gyre_status_t status = gyre__conf_load(&gyre__harp_conf_table, conf);
    if (status == GYRE_OK) {
        status = gyre__tuning_load(*tuning, conf);
        if (status != GYRE_OK)
            gyre__conf_release(&gyre__harp_conf_table, conf);
    }
    if (status != GYRE_OK)
        free(*tuning);
    return status;
}

static void unload(gyre__harp_conf_t *conf, gyre__tuning_t *tuning)
{
    gyre__conf_release(&gyre__harp_conf_table, conf);
    gyre__tuning_cleanup(tuning);
    free(tuning);
}

gyre_status_t gyre__harp_conf_check(void)
{
    gyre__harp_conf_t conf;
    gyre__tuning_t *tuning;
    gyre_status_t status = load(&conf, &tuning);
    if (status == GYRE_OK)
        unload(&conf, tuning);
    return status;
}

gyre_status_t gyre__harp_conf_open(uint64_t *strict, uint64_t *files)
{
    gyre__harp_conf_t conf;
    gyre__tuning_t *tuning;
    gyre_status_t status = load(&conf, &tuning);
    if (status != GYRE_OK)
        return status;
    if (gyre__harp_tuning)
        unload(&gyre__harp_conf, gyre__harp_tuning);
    gyre__harp_conf = conf;
    gyre__harp_tuning = tuning;
    const gyre__rules_t *rules = tuning->rules;
    *strict = gyre__rules_digest(&rules[GYRE__TUNING_ENVIRONMENT]) * 2 + (conf.reproducible != 0);
    *files = gyre__rules_digest(&rules[GYRE__TUNING_USER]) * 31 +
             gyre__rules_digest(&rules[GYRE__TUNING_SYSTEM]);
    return GYRE_OK;
}

gyre_status_t gyre__harp_tuning_borrow(gyre__tuning_t **tuning)
{
    gyre__harp_conf_t conf;
    *tuning = gyre__harp_tuning;
    if (*tuning)
        return GYRE_OK;
    gyre_status_t status = load(&conf, tuning);
    if (status == GYRE_OK)
        gyre__conf_release(&gyre__harp_conf_table, &conf);
    return status;
}

void gyre__harp_tuning_return(gyre__tuning_t *tuning)
{
    if (tuning == gyre__harp_tuning)
        return;
    gyre__tuning_cleanup(tuning);
    free(tuning);
}
