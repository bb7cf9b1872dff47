/* SPDX-License-Identifier: Apache-2.0 */
#include "io/fixture.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

static char directory[64];

void fixture_open(void)
{
    strcpy(directory, "/tmp/gyre-test-io.XXXXXX");
    cr_assert_not_null(mkdtemp(directory));
}

static int remove_one(const char *path, const struct stat *info, int type, struct FTW *at)
{
    return remove(path);
}

void fixture_close(void)
{
    nftw(directory, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

const char *fixture_path(const char *name)
{
    static char paths[8][256];
    static unsigned turn;
    char *path = paths[turn++ % 8];
    snprintf(path, sizeof(paths[0]), "%s/%s", directory, name);
    return path;
}

void fixture_write(const char *name, const void *bytes, size_t length)
{
    FILE *file = fopen(fixture_path(name), "w");
    cr_assert_not_null(file);
    cr_assert_eq(fwrite(bytes, 1, length, file), length);
    cr_assert_eq(fclose(file), 0);
}

void fixture_mkdir(const char *name)
{
    cr_assert_eq(mkdir(fixture_path(name), 0777), 0);
}

bool fixture_exists(const char *name)
{
    struct stat info;
    return lstat(fixture_path(name), &info) == 0;
}

bool fixture_holds(const char *name, const void *bytes, size_t length)
{
    FILE *file = fopen(fixture_path(name), "r");
    if (!file)
        return false;
    char *found = malloc(length + 1);
    bool same = fread(found, 1, length + 1, file) == length && memcmp(found, bytes, length) == 0;
    free(found);
    fclose(file);
    return same;
}

size_t fixture_entries(const char *name)
{
    size_t count = 0;
    DIR *list = opendir(fixture_path(name));
    cr_assert_not_null(list);
    for (const struct dirent *at; (at = readdir(list));)
        count += strcmp(at->d_name, ".") != 0 && strcmp(at->d_name, "..") != 0;
    closedir(list);
    return count;
}

void fixture_append(gyre__buf_t *buf, const void *bytes, size_t length)
{
    fixture_ok(gyre__buf_append(buf, bytes, length));
}

static void pack_gzip(const void *bytes, size_t length, gyre__buf_t *packed)
{
    z_stream z = {0};
    cr_assert_eq(deflateInit2(&z, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    size_t room = deflateBound(&z, length);
    fixture_ok(gyre__buf_reserve(packed, room));
    z.next_in = (Bytef *)(uintptr_t)bytes;
    z.avail_in = (uInt)length;
    z.next_out = (Bytef *)packed->data + packed->length;
    z.avail_out = (uInt)room;
    cr_assert_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
    packed->length += z.total_out;
    deflateEnd(&z);
}

static void pack_zstd(const void *bytes, size_t length, gyre__buf_t *packed)
{
    static const unsigned char skippable[] = {0x53, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 'a', 'b', 'c'};
    size_t room = ZSTD_compressBound(length);
    fixture_append(packed, skippable, sizeof(skippable));
    fixture_ok(gyre__buf_reserve(packed, room));
    size_t got = ZSTD_compress(packed->data + packed->length, room, bytes, length, 1);
    cr_assert(!ZSTD_isError(got));
    packed->length += got;
}

void fixture_pack(const void *bytes, size_t length, fixture_packing_t packing, unsigned pieces,
                  gyre__buf_t *packed)
{
    for (unsigned i = 0; i < pieces; i++) {
        size_t from = length * i / pieces, to = length * (i + 1) / pieces;
        const char *piece = (const char *)bytes + from;
        if (packing == FIXTURE_PLAIN)
            fixture_append(packed, piece, to - from);
        else if (packing == FIXTURE_GZIP)
            pack_gzip(piece, to - from, packed);
        else
            pack_zstd(piece, to - from, packed);
    }
}

void fixture_ok(gyre_status_t status)
{
    cr_assert_eq(status, GYRE_OK, "%s: %s", gyre_status_name(status), gyre_last_error());
}

void fixture_error(gyre_status_t status, gyre_status_t expected, const char *text)
{
    cr_assert_eq(status, expected, "%s instead of %s: %s", gyre_status_name(status),
                 gyre_status_name(expected), gyre_last_error());
    cr_assert(strstr(gyre_last_error(), text), "\"%s\" without \"%s\"", gyre_last_error(), text);
}

gyre_input_t *fixture_input(const char *path)
{
    gyre_input_t *input;
    fixture_ok(gyre_input_create(&path, 1, NULL, &input));
    return input;
}
