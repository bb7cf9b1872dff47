/* SPDX-License-Identifier: Apache-2.0 */
/* The file that gyre tune writes: beside it first, then renamed over it, so that there is always
 * one that is whole. A file that gyre tune did not write is somebody's work and is left alone. */
#include "base/conf.h"
#include "launch/launch.h"
#include "launch/tune.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char mark[] = "# gyre tune";

char *gyre__tune_file_path(const char *given)
{
    char *path = given ? strdup(given) : gyre__conf_user_file("tune");
    if (!path)
        gyre__say("where to? There is no HOME; give -o FILE");
    return path;
}

/* The folders of the path, as mkdir -p. */
static int make_folders(const char *path)
{
    char *copy = strdup(path);
    int code = copy ? 0 : ENOMEM;
    for (char *slash = copy ? strchr(copy + 1, '/') : NULL; slash && !code;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(copy, 0777) != 0 && errno != EEXIST)
            code = errno;
        *slash = '/';
    }
    free(copy);
    return code;
}

static int refuse(const char *path, int errnum)
{
    gyre__say("cannot write %s: %s", path, strerror(errnum));
    return GYRE__EXIT_FAILED;
}

/* Whether gyre tune wrote it; an empty file is nobody's. */
static int check_mark(const char *path)
{
    char head[sizeof(mark)] = "";
    FILE *file = fopen(path, "re");
    if (!file)
        return refuse(path, errno);
    size_t length = fread(head, 1, sizeof(mark) - 1, file);
    fclose(file);
    if (length == 0 || !strcmp(head, mark))
        return 0;
    gyre__say("%s was not written by gyre tune; --force overwrites it", path);
    return GYRE__EXIT_FAILED;
}

/* Only creating one tells whether files can be created. */
static int try(const char *path)
{
    char *beside = NULL;
    int errnum = asprintf(&beside, "%s.%d", path, (int)getpid()) < 0 ? ENOMEM : 0;
    int fd = errnum ? -1 : open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0 && !errnum)
        errnum = errno;
    if (fd >= 0) {
        close(fd);
        unlink(beside);
    }
    free(beside);
    return errnum ? refuse(path, errnum) : 0;
}

int gyre__tune_file_check(const char *path, bool force)
{
    struct stat info;
    int errnum = make_folders(path);
    if (errnum)
        return refuse(path, errnum);
    bool there = stat(path, &info) == 0;
    if (!there && errno != ENOENT)
        return refuse(path, errno);
    if (there && !S_ISREG(info.st_mode)) {
        gyre__say("%s is no regular file; -o - writes to the standard output", path);
        return GYRE__EXIT_FAILED;
    }
    int code = there && !force ? check_mark(path) : 0;
    return code ? code : try(path);
}

static int write_all(int fd, const char *text, size_t length)
{
    while (length > 0) {
        ssize_t wrote = write(fd, text, length);
        if (wrote < 0 && errno != EINTR)
            return errno;
        if (wrote > 0) {
            text += wrote;
            length -= (size_t)wrote;
        }
    }
    return fsync(fd) == 0 ? 0 : errno;
}

/* Readable by all, as far as the user's mask allows. */
static int write_beside(const char *path, const char *text, size_t length)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0)
        return errno;
    int errnum = write_all(fd, text, length);
    if (close(fd) != 0 && !errnum)
        errnum = errno;
    return errnum;
}

int gyre__tune_file_write(const char *path, const char *text, size_t length)
{
    char *real = realpath(path, NULL), *beside = NULL;
    const char *target = real ? real : path;
    int errnum = asprintf(&beside, "%s.%d", target, (int)getpid()) < 0 ? ENOMEM : 0;
    if (!errnum) {
        errnum = write_beside(beside, text, length);
        if (!errnum && rename(beside, target) != 0)
            errnum = errno;
        if (errnum && errnum != EEXIST)
            unlink(beside);
    }
    free(beside);
    free(real);
    if (!errnum)
        return 0;
    gyre__say("cannot write %s: %s; it stays as it was", path, strerror(errnum));
    return GYRE__EXIT_FAILED;
}
