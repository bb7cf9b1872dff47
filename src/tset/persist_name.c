/* SPDX-License-Identifier: Apache-2.0 */
/* Directories of persisted sets. What is temporary says whose it is, so that what killed processes
 * have left is found by those that come later. */
#include "base/error.h"
#include "comm/net/process.h"
#include "io/store.h"
#include "tset/job.h"

#include <errno.h>
#include <gyre/pack.h>
#include <gyre/store.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAME_SIZE = HOST_NAME_MAX + 64 };

typedef struct place {
    const char *directory;
    char prefix[NAME_SIZE]; /* of temporary names whose processes this one can see */
} place_t;

static gyre_status_t find_place(gyre_env_t *env, place_t *place)
{
    char host[HOST_NAME_MAX + 1] = "";
    gethostname(host, sizeof(host) - 1);
    snprintf(place->prefix, sizeof(place->prefix), "gyre-%s-%" PRIu64 "-", host,
             gyre__process_namespace());
    return gyre__env_directory(env, &place->directory);
}

static gyre_status_t remove_entry(void *arg, const char *name, const gyre_file_info_t *info)
{
    char *path = gyre__store_join(arg, name);
    (void)info;
    gyre_status_t status = path ? gyre_store_remove(path) : GYRE_ERR_NO_MEMORY;
    free(path);
    return status;
}

void gyre__temporary_remove(char *directory)
{
    if (gyre_store_list(directory, remove_entry, directory) == GYRE_OK)
        gyre_store_remove(directory);
}

/* In a directory where all may write, names are anybody's. */
static bool is_own_directory(const char *path)
{
    struct stat about;
    return lstat(path, &about) == 0 && S_ISDIR(about.st_mode) && about.st_uid == geteuid();
}

static gyre_status_t sweep_entry(void *arg, const char *name, const gyre_file_info_t *info)
{
    const place_t *place = arg;
    size_t length = strlen(place->prefix);
    char *end;
    (void)info;
    if (strncmp(name, place->prefix, length) != 0)
        return GYRE_OK;
    long pid = strtol(name + length, &end, 10);
    if (pid <= 0 || *end != '-' || kill((pid_t)pid, 0) == 0 || errno != ESRCH)
        return GYRE_OK;
    char *path = gyre__store_join(place->directory, name);
    if (path && is_own_directory(path))
        gyre__temporary_remove(path);
    free(path);
    return GYRE_OK;
}

gyre_status_t gyre__persist_name(const gyre_tset_t *set, char **name)
{
    gyre_env_t *env = set->env;
    place_t place;
    gyre_status_t status = find_place(env, &place);
    if (status != GYRE_OK)
        return status;
    size_t size = strlen(place.directory) + NAME_SIZE + 64;
    char *made = malloc(size);
    if (!made)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for a path");
    if (env->opts.mode == GYRE_ENV_CHECKPOINT) {
        snprintf(made, size, "%s/tset-%d-%d-%016" PRIx64, place.directory, set->id,
                 set->parallelism, gyre_schema_hash(set->schema));
    } else {
        gyre_store_list(place.directory, sweep_entry, &place);
        snprintf(made, size, "%s/%s%ld-%u-%d", place.directory, place.prefix, (long)getpid(),
                 env->number, set->id);
    }
    *name = made;
    return GYRE_OK;
}
