/* SPDX-License-Identifier: Apache-2.0 */
/* Files without names. What is given up at last empties the file, so one that is filled again and
 * again does not grow. */
#include "batch/spill.h"

#include "base/error.h"
#include "batch/squeeze.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FRAME_DEFAULT = 1 << 20 };

/* For file systems that make no files without names. */
static int open_and_unlink(const char *dir)
{
    char *path;
    if (asprintf(&path, "%s/gyre-spill-XXXXXX", dir) < 0) {
        errno = ENOMEM;
        return -1;
    }
    int fd = mkostemp(path, O_CLOEXEC);
    if (fd >= 0)
        unlink(path);
    free(path);
    return fd;
}

static gyre_status_t open_file(const char *dir, gyre__spill_file_t *file)
{
    int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR))
        fd = open_and_unlink(dir);
    if (fd < 0)
        return gyre__error_errno(errno, "spill directory %s: no file can be made there", dir);
    *file = (gyre__spill_file_t){.dir = strdup(dir), .fd = fd};
    return file->dir ? GYRE_OK : gyre__error(GYRE_ERR_NO_MEMORY, "no memory for \"%s\"", dir);
}

gyre_status_t gyre__spill_create(const char *const *dirs, size_t count,
                                 const gyre__spill_opts_t *opts, gyre__spill_t **out)
{
    if (count == 0)
        return gyre__error(GYRE_ERR_ARG, "no directory to spill to");
    gyre_status_t status = gyre__squeeze_check(opts->squeeze);
    if (status != GYRE_OK)
        return status;
    gyre__spill_t *spill = calloc(1, sizeof(*spill) + count * sizeof(*spill->files));
    if (!spill)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory to spill to %zu directories", count);
    spill->opts = *opts;
    if (spill->opts.frame == 0)
        spill->opts.frame = FRAME_DEFAULT;
    gyre__buf_init(&spill->plain);
    gyre__buf_init(&spill->stored);
    for (size_t i = 0; status == GYRE_OK && i < count; i++) {
        spill->files[i].fd = -1;
        spill->file_count++;
        status = open_file(dirs[i], &spill->files[i]);
    }
    if (status == GYRE_OK)
        *out = spill;
    else
        gyre__spill_destroy(spill);
    return status;
}

void gyre__spill_destroy(gyre__spill_t *spill)
{
    if (!spill)
        return;
    for (size_t i = 0; i < spill->file_count; i++) {
        if (spill->files[i].fd >= 0)
            close(spill->files[i].fd);
        free(spill->files[i].dir);
    }
    gyre__buf_cleanup(&spill->plain);
    gyre__buf_cleanup(&spill->stored);
    free(spill);
}

gyre_status_t gyre__spill_write(gyre__spill_file_t *file, const void *bytes, size_t length,
                                uint64_t *offset)
{
    for (size_t done = 0; done < length;) {
        ssize_t n =
            pwrite(file->fd, (const char *)bytes + done, length - done, (off_t)(file->end + done));
        if (n >= 0)
            done += (size_t)n;
        else if (errno != EINTR)
            return gyre__error_errno(
                errno, "spill directory %s: writing %zu bytes failed, with %" PRIu64 " in use",
                file->dir, length, file->live);
    }
    *offset = file->end;
    file->end += length;
    file->live += length;
    return GYRE_OK;
}

gyre_status_t gyre__spill_read(const gyre__spill_file_t *file, uint64_t offset, void *bytes,
                               size_t length)
{
    for (size_t done = 0; done < length;) {
        ssize_t n = pread(file->fd, (char *)bytes + done, length - done, (off_t)(offset + done));
        if (n == 0)
            return gyre__error(GYRE_ERR_IO,
                               "spill directory %s: %zu bytes of %zu are left at %" PRIu64,
                               file->dir, done, length, offset);
        if (n > 0)
            done += (size_t)n;
        else if (errno != EINTR)
            return gyre__error_errno(errno, "spill directory %s: reading %zu bytes failed",
                                     file->dir, length);
    }
    return GYRE_OK;
}

void gyre__spill_announce(const gyre__spill_file_t *file, uint64_t offset, size_t length)
{
    posix_fadvise(file->fd, (off_t)offset, (off_t)length, POSIX_FADV_WILLNEED);
}

void gyre__spill_give_up(gyre__spill_file_t *file, uint64_t offset, size_t length)
{
    file->live -= length;
    if (file->live == 0 && ftruncate(file->fd, 0) == 0)
        file->end = 0;
    else
        fallocate(file->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)offset,
                  (off_t)length);
}
