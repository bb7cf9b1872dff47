/* SPDX-License-Identifier: Apache-2.0 */
/* What can be configured and what this build holds: the tables of the rooms below, and the
 * providers. A new table is added to tables[] and nowhere else. */
#include "config.h"

#include "base/conf.h"
#include "base/log.h"
#include "comm/conf.h"
#include "comm/context.h"
#include "comm/net/net.h"
#include "dataflow/conf.h"
#include "harp/conf.h"
#include "tasks/conf.h"

#include <gyre/config.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const gyre__conf_table_t *const tables[] = {&gyre__base_conf, &gyre__comm_conf_table,
                                                  &gyre__dataflow_conf_table,
                                                  &gyre__harp_conf_table,
                                                  &gyre__tasks_conf_table};

static const gyre__net_ops_t *const nets[] = {
#ifdef HAVE_UCX
    &gyre__net_ucx,
#endif
#ifdef HAVE_OFI
    &gyre__net_ofi,
#endif
    &gyre__net_shm,
    &gyre__net_self,
};

void gyre_config_print(FILE *out)
{
    gyre__conf_print(tables, sizeof(tables) / sizeof(tables[0]), out);
}

gyre_status_t gyre_config_check(void)
{
    gyre_status_t status = gyre__conf_check(tables, sizeof(tables) / sizeof(tables[0]));
    return status == GYRE_OK ? gyre__harp_conf_check() : status;
}

gyre_status_t gyre__rooms_configure(gyre__likeness_t *likeness)
{
    return gyre__harp_conf_open(&likeness->strict, &likeness->files);
}

const char *gyre_version(void)
{
    return PACKAGE_VERSION;
}

/* A provider that does not open on this machine describes itself with nothing. */
static void print_net(const gyre__net_ops_t *net, FILE *out)
{
    char *text = NULL;
    size_t length = 0;
    FILE *memory = open_memstream(&text, &length);
    if (!memory)
        return;
    net->describe(memory);
    if (fclose(memory) == 0 && length > 0) {
        text[strcspn(text, "\n")] = '\0';
        fprintf(out, "%-5s %s\n", net->name, text);
    }
    free(text);
}

/* Providers describe what they would do with the values in force. Before gyre_init there are
 * none: those of the environment stand in meanwhile. */
void gyre_net_print(FILE *out)
{
    gyre__comm_conf_t kept = gyre__comm_conf;
    bool lent = kept.shm_ring == 0;
    if (lent && gyre__conf_load(&gyre__comm_conf_table, &gyre__comm_conf) != GYRE_OK) {
        gyre__log(GYRE__LOG_ERROR, "%s", gyre_last_error());
        return;
    }
    for (size_t i = 0; i < sizeof(nets) / sizeof(nets[0]); i++)
        print_net(nets[i], out);
    if (lent) {
        gyre__conf_release(&gyre__comm_conf_table, &gyre__comm_conf);
        gyre__comm_conf = kept;
    }
}
