/* SPDX-License-Identifier: Apache-2.0 */
/* Environments. A worker must find our PMIx server and no other, so every name by which a launcher
 * around us leads its own workers home is taken out. SLINGSHOT_* stays: it grants the network. */
#include "launch/environ.h"

#include "base/error.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

static const char *const scrubbed[] = {
    "PMIX_", "PMI_", "PMI2_", "OMPI_", "PRTE_", "MPI_LOCALRANKID=", "MPI_LOCALNRANKS="};

static bool is_scrubbed(const char *setting)
{
    for (size_t i = 0; i < sizeof(scrubbed) / sizeof(scrubbed[0]); i++)
        if (!strncmp(setting, scrubbed[i], strlen(scrubbed[i])))
            return true;
    return false;
}

/* Keeps the NULL at the end. */
static gyre_status_t append(gyre__environ_t *env, char *setting)
{
    if (env->count + 2 > env->room) {
        size_t room = env->room * 2 + 64;
        char **list = realloc(env->list, room * sizeof(*list));
        if (!list)
            return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a worker's environment");
        env->list = list;
        env->room = room;
    }
    env->list[env->count++] = setting;
    env->list[env->count] = NULL;
    return GYRE_OK;
}

static gyre_status_t set_number(gyre__environ_t *env, const char *name, unsigned number)
{
    char setting[64];
    snprintf(setting, sizeof(setting), "%s=%u", name, number);
    return gyre__environ_set(env, setting);
}

gyre_status_t gyre__environ_init(gyre__environ_t *env, const gyre__options_t *options)
{
    *env = (gyre__environ_t){0};
    gyre_status_t status = GYRE_OK;
    if (isatty(STDERR_FILENO)) /* which workers, who write to pipes, cannot see */
        status = gyre__environ_set(env, "GYRE_PROGRESS=yes");
    for (char **at = environ; status == GYRE_OK && *at; at++)
        if (!is_scrubbed(*at))
            status = gyre__environ_set(env, *at);
    if (status == GYRE_OK)
        status = set_number(env, "MPI_LOCALNRANKS", options->workers);
    for (size_t i = 0; status == GYRE_OK && i < options->env_count; i++)
        status = gyre__environ_set(env, options->env[i]);
    return status;
}

gyre_status_t gyre__environ_derive(gyre__environ_t *env, const gyre__environ_t *base, unsigned rank)
{
    *env = (gyre__environ_t){0};
    gyre_status_t status = GYRE_OK;
    for (size_t i = 0; status == GYRE_OK && i < base->count; i++)
        status = append(env, base->list[i]);
    env->shared = env->count;
    return status == GYRE_OK ? set_number(env, "MPI_LOCALRANKID", rank) : status;
}

void gyre__environ_cleanup(gyre__environ_t *env)
{
    for (size_t i = env->shared; i < env->count; i++)
        free(env->list[i]);
    free(env->list);
}

/* Strings of base are never freed here: what replaces one moves to the end of the list. */
static void take_out(gyre__environ_t *env, size_t at)
{
    if (at < env->shared) {
        env->list[at] = env->list[--env->shared];
        at = env->shared;
    } else {
        free(env->list[at]);
    }
    env->list[at] = env->list[--env->count];
    env->list[env->count] = NULL;
}

gyre_status_t gyre__environ_set(gyre__environ_t *env, const char *setting)
{
    size_t name = strcspn(setting, "=") + 1;
    char *copy = strdup(setting);
    if (!copy)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a worker's environment");
    for (size_t i = 0; i < env->count; i++)
        if (!strncmp(env->list[i], setting, name)) {
            take_out(env, i);
            break;
        }
    gyre_status_t status = append(env, copy);
    if (status != GYRE_OK)
        free(copy);
    return status;
}

void gyre__environ_scrub_self(void)
{
    char **kept = environ;
    for (char **at = environ; *at; at++)
        if (!is_scrubbed(*at))
            *kept++ = *at;
    *kept = NULL;
}
