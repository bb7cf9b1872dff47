/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the program before anything is started, so that a slip of the pen costs nothing. */
#include "launch/launch.h"
#include "launch/options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* 0 when the file can be run, else an errno. */
static int check(const char *path)
{
    struct stat info;
    if (stat(path, &info) != 0)
        return errno;
    if (S_ISDIR(info.st_mode))
        return EISDIR;
    return access(path, X_OK) == 0 ? 0 : errno;
}

static char *join(const char *folder, size_t length, const char *name)
{
    char *path;
    if (length == 0)
        return strdup(name);
    return asprintf(&path, "%.*s/%s", (int)length, folder, name) < 0 ? NULL : path;
}

/* The first in PATH that can be run, or the first that is there; *errnum as check. */
static char *search(const char *name, int *errnum)
{
    const char *folders = getenv("PATH");
    char *found = NULL;
    *errnum = ENOENT;
    for (const char *at = folders ? folders : "/usr/local/bin:/usr/bin:/bin";;) {
        size_t length = strcspn(at, ":");
        char *path = join(at, length, name);
        int verdict = path ? check(path) : ENOMEM;
        if (verdict == 0 || (verdict == EACCES && !found)) {
            free(found);
            found = path;
            *errnum = verdict;
        } else {
            free(path);
        }
        if (*errnum == 0 || at[length] == '\0')
            return found;
        at += length + 1;
    }
}

int gyre__program_find(const char *name, char **path)
{
    int errnum = 0;
    bool plain = !strchr(name, '/');
    *path = plain ? search(name, &errnum) : strdup(name);
    if (!plain && *path)
        errnum = check(name);
    if (*path && errnum == 0)
        return -1;
    if (errnum == ENOENT || errnum == ENOTDIR) {
        gyre__say("%s: no such program%s", name, plain ? " in PATH" : "");
        return GYRE__EXIT_NOT_FOUND;
    }
    gyre__say("%s: cannot be run: %s", *path ? *path : name, strerror(errnum ? errnum : ENOMEM));
    return GYRE__EXIT_CANNOT_RUN;
}
