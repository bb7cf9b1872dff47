/* SPDX-License-Identifier: Apache-2.0 */
/* Files that the system calls of this machine reach: local disks, NFS, Lustre. All hosts that
 * mount them are equally near. */
#include "io/posix.h"

#include "base/error.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

gyre_status_t gyre__posix_check(const gyre__uri_t *uri)
{
    static const char here[] = "localhost";
    if (uri->host_length == 0 ||
        (uri->host_length == sizeof(here) - 1 && memcmp(uri->host, here, sizeof(here) - 1) == 0)) {
        if (*uri->path)
            return GYRE_OK;
        return gyre__error(GYRE_ERR_SYNTAX, "%s: no path, expected file:///path", uri->text);
    }
    return gyre__error(GYRE_ERR_NOT_SUPPORTED,
                       "%s: files of host \"%.*s\" are out of reach, expected file:///path",
                       uri->text, (int)uri->host_length, uri->host);
}

static gyre_file_info_t info_of(const struct stat *found)
{
    bool directory = S_ISDIR(found->st_mode);
    return (gyre_file_info_t){directory ? 0 : (uint64_t)found->st_size, directory};
}

static gyre_status_t posix_stat(const gyre__uri_t *uri, gyre_file_info_t *info)
{
    gyre_status_t status = gyre__posix_check(uri);
    if (status != GYRE_OK)
        return status;
    struct stat found;
    if (stat(uri->path, &found) != 0)
        return gyre__error_errno(errno, "%s", uri->text);
    *info = info_of(&found);
    return GYRE_OK;
}

/* A link to nowhere is listed, as an empty file: opening it says what is wrong. */
static gyre_status_t list_entry(DIR *directory, const char *name, gyre_store_entry_func_t entry,
                                void *arg)
{
    struct stat found;
    gyre_file_info_t info = {0};
    if (fstatat(dirfd(directory), name, &found, 0) == 0)
        info = info_of(&found);
    else if (fstatat(dirfd(directory), name, &found, AT_SYMLINK_NOFOLLOW) != 0)
        return GYRE_OK; /* gone meanwhile */
    return entry(arg, name, &info);
}

static gyre_status_t posix_list(const gyre__uri_t *uri, gyre_store_entry_func_t entry, void *arg)
{
    gyre_status_t status = gyre__posix_check(uri);
    if (status != GYRE_OK)
        return status;
    DIR *directory = opendir(uri->path);
    if (!directory)
        return gyre__error_errno(errno, "%s: cannot be listed", uri->text);
    while (status == GYRE_OK) {
        errno = 0;
        const struct dirent *at = readdir(directory);
        if (!at && errno)
            status = gyre__error_errno(errno, "%s: listing it failed", uri->text);
        if (!at)
            break;
        if (strcmp(at->d_name, ".") != 0 && strcmp(at->d_name, "..") != 0)
            status = list_entry(directory, at->d_name, entry, arg);
    }
    closedir(directory);
    return status;
}

static gyre_status_t posix_hosts(const gyre__uri_t *uri, uint64_t offset, uint64_t length,
                                 gyre_store_host_func_t host, void *arg)
{
    return gyre__posix_check(uri);
}

static int make_directory(const char *path)
{
    struct stat found;
    if (mkdir(path, 0777) == 0)
        return 0;
    int errnum = errno;
    if (errnum == EEXIST)
        return stat(path, &found) == 0 && S_ISDIR(found.st_mode) ? 0 : ENOTDIR;
    return errnum;
}

static gyre_status_t posix_mkdir(const gyre__uri_t *uri)
{
    gyre_status_t status = gyre__posix_check(uri);
    if (status != GYRE_OK)
        return status;
    char *path = strdup(uri->path);
    if (!path)
        return gyre__error(GYRE_ERR_NO_MEMORY, "%s: no memory to make it", uri->text);
    int errnum = make_directory(path);
    for (char *slash = path; errnum == ENOENT && (slash = strchr(slash + 1, '/'));) {
        *slash = '\0';
        int above = make_directory(path);
        *slash = '/';
        if (above)
            errnum = above;
    }
    if (errnum == ENOENT)
        errnum = make_directory(path);
    free(path);
    return errnum ? gyre__error_errno(errnum, "%s: cannot make the directory", uri->text) : GYRE_OK;
}

static gyre_status_t posix_remove(const gyre__uri_t *uri)
{
    gyre_status_t status = gyre__posix_check(uri);
    if (status == GYRE_OK && remove(uri->path) != 0)
        status = gyre__error_errno(errno, "%s: cannot be removed", uri->text);
    return status;
}

/* A descriptor is all there is to an open file; it is kept in the pointer itself. */
static void *to_state(int fd)
{
    return (void *)((intptr_t)fd + 1);
}

static int to_fd(void *state)
{
    return (int)((intptr_t)state - 1);
}

static gyre_status_t posix_open(const gyre__uri_t *uri, void **file, uint64_t *size)
{
    gyre_status_t status = gyre__posix_check(uri);
    if (status != GYRE_OK)
        return status;
    int fd = open(uri->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return gyre__error_errno(errno, "%s: cannot be opened", uri->text);
    struct stat found;
    if (fstat(fd, &found) != 0)
        status = gyre__error_errno(errno, "%s: its size cannot be read", uri->text);
    else if (!S_ISREG(found.st_mode))
        status = gyre__error(GYRE_ERR_ARG, "%s: %s, expected a regular file", uri->text,
                             S_ISDIR(found.st_mode) ? "a directory" : "a device or pipe");
    if (status != GYRE_OK) {
        close(fd);
        return status;
    }
    posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    *file = to_state(fd);
    *size = (uint64_t)found.st_size;
    return GYRE_OK;
}

static gyre_status_t posix_read(void *file, const char *name, uint64_t offset, void *buffer,
                                size_t length, size_t *got)
{
    size_t done = 0;
    while (done < length) {
        ssize_t n =
            pread(to_fd(file), (char *)buffer + done, length - done, (off_t)(offset + done));
        if (n == 0)
            break;
        if (n > 0)
            done += (size_t)n;
        else if (errno != EINTR)
            return gyre__error_errno(errno, "%s: reading at byte %llu failed", name,
                                     (unsigned long long)(offset + done));
    }
    *got = done;
    return GYRE_OK;
}

static void posix_close(void *file)
{
    close(to_fd(file));
}

const gyre__store_ops_t gyre__store_posix = {
    .scheme = "file",
    .stat = posix_stat,
    .list = posix_list,
    .hosts = posix_hosts,
    .mkdir = posix_mkdir,
    .remove = posix_remove,
    .sweep = gyre__posix_sweep,
    .open = posix_open,
    .read = posix_read,
    .close = posix_close,
    .create = gyre__posix_create,
    .write = gyre__posix_write,
    .commit = gyre__posix_commit,
    .abort = gyre__posix_abort,
};
