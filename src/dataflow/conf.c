/* SPDX-License-Identifier: Apache-2.0 */
/* The table of dataflow's variables; gyre.conf(5) says the same, checked by check-conf.sh. */
#include "dataflow/conf.h"

#include "base/error.h"
#include "batch/spill.h"

#include <pthread.h>
#include <stdbool.h>

/* In the order of gyre__squeeze_t. */
static const char *const codecs[] = {"none", "lz4", "zstd", NULL};

#ifdef HAVE_LZ4
#define CODEC "lz4"
#else
#define CODEC "none"
#endif

static const gyre__conf_field_t fields[] = {
    {"MEMORY", "0", GYRE__CONF_SIZE, offsetof(gyre__dataflow_conf_t, memory), NULL, 0, 0,
     "How much memory the operators of a worker may use for what they keep and what is under way: "
     "beyond it they keep on disk, and make their sources wait. 0 means half of the machine's, or "
     "of the control group's, divided by the workers of the node."},
    {"PAGE_SIZE", "256k", GYRE__CONF_SIZE, offsetof(gyre__dataflow_conf_t, page), NULL, 0, 0,
     "Size of the pages in which operators send data, 64k to 1g."},
    {"CHANNEL_WINDOW", "1m", GYRE__CONF_SIZE, offsetof(gyre__dataflow_conf_t, window), NULL, 0, 0,
     "How much data of an operator may be under way from one worker to another, at least a page, "
     "before its sources wait for the receiver."},
    {"SPILL_DIRS", "", GYRE__CONF_STRING, offsetof(gyre__dataflow_conf_t, spill_dirs), NULL, 0, 0,
     "Directories for what operators keep beyond GYRE_MEMORY, on different disks for speed, with "
     "colons between them. Files there have no names, so nothing is left of them. Empty means "
     "TMPDIR, or /tmp."},
    {"SPILL_CODEC", CODEC, GYRE__CONF_ENUM, offsetof(gyre__dataflow_conf_t, spill_codec), codecs, 0,
     0, "How what is kept on disk is compressed: none, lz4 or zstd. All of it has checksums."},
};

const gyre__conf_table_t gyre__dataflow_conf_table = {"dataflow", fields,
                                                      sizeof(fields) / sizeof(fields[0])};

gyre__dataflow_conf_t gyre__dataflow_conf;

static gyre_status_t check(const gyre__dataflow_conf_t *conf)
{
    if (conf->page < ((size_t)64 << 10) || conf->page > ((size_t)1 << 30) || conf->page % 64)
        return gyre__error(GYRE_ERR_RANGE,
                           "GYRE_PAGE_SIZE=%zu: expected 64k to 1g, a multiple of 64", conf->page);
    return GYRE_OK;
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

gyre_status_t gyre__dataflow_conf_open(void)
{
    static bool open;
    gyre_status_t status = GYRE_OK;
    pthread_mutex_lock(&lock);
    if (!open) {
        gyre__dataflow_conf_t conf;
        status = gyre__conf_load(&gyre__dataflow_conf_table, &conf);
        if (status == GYRE_OK)
            status = check(&conf);
        if (status == GYRE_OK) {
            gyre__dataflow_conf = conf;
            open = true;
        }
    }
    pthread_mutex_unlock(&lock);
    return status;
}
