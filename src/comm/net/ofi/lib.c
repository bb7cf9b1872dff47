/* SPDX-License-Identifier: Apache-2.0 */
/* Loads libfabric when the provider is first used.
 *
 * Not linked in the plain way, because loading it is not harmless: Debian's drags in
 * libinfinipath, whose constructor calibrates a clock for 0.2 s and takes over the handlers of
 * six signals. A program that runs over another provider must pay for neither. The symbol
 * versions are those that the linker would have bound, found by configure. */
#include "config.h"

#include "base/error.h"
#include "comm/net/ofi/ofi.h"

#include <dlfcn.h>
#include <signal.h>
#include <stdlib.h>

static const int taken[] = {SIGSEGV, SIGBUS, SIGILL, SIGABRT, SIGINT, SIGTERM};
enum { TAKEN = sizeof(taken) / sizeof(taken[0]) };

struct gyre__ofi_signals {
    struct sigaction actions[TAKEN];
};

gyre__ofi_lib_t gyre__ofi_lib;

gyre__ofi_signals_t *gyre__ofi_signals_keep(void)
{
    gyre__ofi_signals_t *signals = malloc(sizeof(*signals));
    for (int i = 0; signals && i < TAKEN; i++)
        sigaction(taken[i], NULL, &signals->actions[i]);
    return signals;
}

void gyre__ofi_signals_restore(gyre__ofi_signals_t *signals)
{
    for (int i = 0; signals && i < TAKEN; i++)
        sigaction(taken[i], &signals->actions[i], NULL);
    free(signals);
}

gyre_status_t gyre__ofi_setting(const char *name, const char *value)
{
    if (setenv(name, value, 0) == 0)
        return GYRE_OK;
    return gyre__error(GYRE_ERR_NO_MEMORY, "no memory to set %s", name);
}

/* What libfabric reads when it is first called. rxm over TCP posts 4096 receives, 64 MiB, where
 * 128 do, its default elsewhere. And the cache of registrations is off: the monitor that it takes
 * by default misses that memory is freed and mapped anew, and data goes to the old pages (seen
 * with libfabric 1.17 over verbs). */
static gyre_status_t set_defaults(void)
{
    gyre_status_t status = gyre__ofi_setting("FI_OFI_RXM_MSG_RX_SIZE", "128");
    return status == GYRE_OK ? gyre__ofi_setting("FI_MR_CACHE_MONITOR", "disabled") : status;
}

static void *symbol(void *handle, const char *name, const char *version)
{
    return *version ? dlvsym(handle, name, version) : dlsym(handle, name);
}

static gyre_status_t find(void *handle)
{
    gyre__ofi_lib_t *lib = &gyre__ofi_lib;
    *(void **)&lib->getinfo = symbol(handle, "fi_getinfo", OFI_VERSION_GETINFO);
    *(void **)&lib->freeinfo = symbol(handle, "fi_freeinfo", OFI_VERSION_FREEINFO);
    *(void **)&lib->dupinfo = symbol(handle, "fi_dupinfo", OFI_VERSION_DUPINFO);
    *(void **)&lib->fabric = symbol(handle, "fi_fabric", OFI_VERSION_FABRIC);
    *(void **)&lib->text = dlsym(handle, "fi_strerror");
    if (lib->getinfo && lib->freeinfo && lib->dupinfo && lib->fabric && lib->text)
        return GYRE_OK;
    *lib = (gyre__ofi_lib_t){0};
    return gyre__error(GYRE_ERR_NOT_SUPPORTED,
                       "the libfabric found here is older than the one Gyre was built with: %s",
                       dlerror());
}

gyre_status_t gyre__ofi_load(void)
{
    if (gyre__ofi_lib.getinfo)
        return GYRE_OK;
    gyre_status_t status = set_defaults();
    if (status != GYRE_OK)
        return status;
    gyre__ofi_signals_t *signals = gyre__ofi_signals_keep();
    void *handle = dlopen("libfabric.so.1", RTLD_LAZY | RTLD_LOCAL);
    if (!handle)
        handle = dlopen(OFI_LIBDIR "/libfabric.so.1", RTLD_LAZY | RTLD_LOCAL);
    gyre__ofi_signals_restore(signals);
    if (!handle)
        return gyre__error(GYRE_ERR_NOT_SUPPORTED, "libfabric does not load: %s", dlerror());
    return find(handle);
}
