/* SPDX-License-Identifier: Apache-2.0 */
#include "dataflow/disks.h"

#include "base/error.h"
#include "dataflow/conf.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

static const char *usual(void)
{
    const char *dir = getenv("TMPDIR");
    return dir && *dir ? dir : "/tmp";
}

gyre_status_t gyre__disks_init(gyre__disks_t *disks)
{
    disks->count = 0;
    disks->text = strdup(gyre__dataflow_conf.spill_dirs);
    if (!disks->text)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for the names of directories");
    for (char *rest = disks->text, *dir;
         disks->count < GYRE__DISKS_MAX && (dir = strsep(&rest, ":"));)
        if (*dir)
            disks->dirs[disks->count++] = dir;
    if (disks->count == 0)
        disks->dirs[disks->count++] = usual();
    return GYRE_OK;
}

void gyre__disks_cleanup(gyre__disks_t *disks)
{
    free(disks->text);
}

/* Directories of one file system share its room. */
uint64_t gyre__disks_room(void)
{
    gyre__disks_t disks;
    unsigned long seen[GYRE__DISKS_MAX];
    size_t known = 0;
    uint64_t room = 0;
    if (gyre__disks_init(&disks) != GYRE_OK)
        return 0;
    for (size_t i = 0; i < disks.count; i++) {
        struct statvfs at;
        if (statvfs(disks.dirs[i], &at) != 0)
            continue;
        size_t k = 0;
        while (k < known && seen[k] != at.f_fsid)
            k++;
        if (k < known)
            continue;
        seen[known++] = at.f_fsid;
        room += (uint64_t)at.f_bavail * at.f_frsize;
    }
    gyre__disks_cleanup(&disks);
    return room;
}
