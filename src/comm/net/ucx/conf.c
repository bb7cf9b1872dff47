/* SPDX-License-Identifier: Apache-2.0 */
/* UCX's context: features and settings. A setting of ours is a default: UCX_ variables of the
 * user win.
 *
 * Why these. Endpoints need UCX's peer error handling, since without it they cannot be closed
 * while their peer is dead. With it UCX 1.13 takes only transports that claim to notice a dead
 * peer, and shared memory and CMA do not claim it unless told to: node-local messages would go
 * over TCP's loopback, ten times slower. They can: they look whether the process still lives, once
 * per keepalive interval, which costs nothing measurable between. UCX's default of 20 s is too
 * long to wait for that news. */
#include "config.h"

#include "comm/net/ucx/ucx.h"

#include "base/error.h"

#include <dlfcn.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <ucs/config/global_opts.h>
#include <ucs/debug/debug.h>

static const struct setting {
    const char *variable; /* the user's; NULL: not to be changed */
    const char *name;     /* as ucp_config_modify wants it */
    const char *value;
} settings[] = {
    {"UCX_MM_ERROR_HANDLING", "MM_ERROR_HANDLING", "y"},
    {"UCX_CMA_MEMORY_INVALIDATE", "MEMORY_INVALIDATE", "y"},
    {"UCX_KEEPALIVE_INTERVAL", "KEEPALIVE_INTERVAL", "2s"},
    /* What ud waits for a dead peer; its thread answers for a living one that is busy. UCX's
     * default is 5 minutes. */
    {"UCX_UD_TIMEOUT", "UD_TIMEOUT", "20s"},
    /* Receive buffers of shared memory, 8 KiB each and all touched when it opens. The default of
     * 512 is most of the time and memory that opening takes; 64 are in use, more only while
     * rendezvous wait to be fetched. */
    {"UCX_MM_RX_BUFS_GROW", "MM_RX_BUFS_GROW", "128"},
    /* What TCP gives to the kernel, and takes from it, in one call. With UCX's 8 KiB and 64 KiB,
     * messages from 64 KiB on take up to twice the time, and since UCX begins its rendezvous where
     * its copies end, those of 20 KiB wait for their receiver. No other transport is concerned. */
    {"UCX_TCP_TX_SEG_SIZE", "TX_SEG_SIZE", "64k"},
    {"UCX_TCP_RX_SEG_SIZE", "RX_SEG_SIZE", "256k"},
    /* Only ways that give zeroed pages; UCX's default ends in malloc. */
    {NULL, "ALLOC_PRIO", "md:sysv,md:posix,huge,mmap"},
};

/* UCX logs on stdout, into the program's output, and what it says there we say again in the
 * detail line of a status. */
static void silence_log(void)
{
    if (!getenv("UCX_LOG_LEVEL"))
        ucs_global_opts_set_value_modifiable("LOG_LEVEL", "fatal");
}

/* When it is loaded, UCX makes SIGHUP raise its log level: a worker would outlive its terminal. */
static void restore_hangup(void)
{
    struct sigaction now;
    Dl_info where;
    if (getenv("UCX_DEBUG_SIGNO") || sigaction(SIGHUP, NULL, &now) != 0 ||
        now.sa_handler == SIG_DFL || now.sa_handler == SIG_IGN)
        return;
    if (dladdr(*(void **)&now.sa_handler, &where) && strstr(where.dli_fname, "libucs"))
        ucs_debug_disable_signal(SIGHUP);
}

static ucs_status_t configure(ucp_config_t **config)
{
    ucs_status_t status = ucp_config_read(NULL, NULL, config);
    if (status != UCS_OK)
        return status;
    for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
        if (!settings[i].variable || !getenv(settings[i].variable))
            ucp_config_modify(*config, settings[i].name, settings[i].value);
    return UCS_OK;
}

gyre_status_t gyre__ucx_context(const gyre__net_params_t *params, ucp_context_h *context)
{
    ucp_params_t wanted = {
        .field_mask = UCP_PARAM_FIELD_FEATURES | UCP_PARAM_FIELD_MT_WORKERS_SHARED |
                      UCP_PARAM_FIELD_ESTIMATED_NUM_EPS | UCP_PARAM_FIELD_ESTIMATED_NUM_PPN,
        .features = UCP_FEATURE_AM | UCP_FEATURE_RMA | UCP_FEATURE_AMO32 | UCP_FEATURE_AMO64 |
                    UCP_FEATURE_WAKEUP,
        .mt_workers_shared = 0,
        .estimated_num_eps = params->workers,
        .estimated_num_ppn = params->local_workers,
    };
    ucp_config_t *config;
    silence_log();
    restore_hangup();
    ucs_status_t status = configure(&config);
    if (status != UCS_OK)
        return gyre__ucx_error(status, "cannot read the UCX_ settings");
    status = ucp_init(&wanted, config, context);
    ucp_config_release(config);
    if (status != UCS_OK)
        return gyre__ucx_error(status, "no transport fits the UCX_ settings");
    return GYRE_OK;
}
