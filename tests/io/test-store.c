/* SPDX-License-Identifier: Apache-2.0 */
/* The posix store by its contract. */
#include "io/fixture.h"
#include "io/store.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

TestSuite(store, .init = fixture_open, .fini = fixture_close, .timeout = 600);

static gyre_status_t count_entry(void *arg, const char *name, const gyre_file_info_t *info)
{
    (*(int *)arg)++;
    return strcmp(name, "stop") == 0 ? GYRE_ERR_CANCELED : GYRE_OK;
}

static gyre_status_t no_host(void *arg, const char *host, uint64_t bytes)
{
    cr_assert_fail("a posix store knows no hosts, not %s", host);
    return GYRE_OK;
}

Test(store, uris)
{
    gyre__uri_t uri;
    fixture_ok(gyre__uri_parse("a/b", &uri));
    cr_assert(uri.store == &gyre__store_posix && strcmp(uri.path, "a/b") == 0);
    fixture_ok(gyre__uri_parse("file:///a/b", &uri));
    cr_assert(uri.store == &gyre__store_posix && strcmp(uri.path, "/a/b") == 0);
    fixture_ok(gyre__uri_parse("odd:name", &uri));
    cr_assert_str_eq(uri.path, "odd:name");
    fixture_error(gyre__uri_parse("ftp://host/a", &uri), GYRE_ERR_UNKNOWN, "\"ftp\"");
    fixture_error(gyre__uri_parse("", &uri), GYRE_ERR_ARG, "no file name");
    gyre_file_info_t info;
    fixture_error(gyre_store_stat("file://elsewhere/a", &info), GYRE_ERR_NOT_SUPPORTED,
                  "\"elsewhere\"");
    fixture_error(gyre_store_stat("file://localhost", &info), GYRE_ERR_SYNTAX, "no path");
    fixture_ok(gyre_store_stat("file://localhost/", &info));
    cr_assert(info.directory);
}

Test(store, directories)
{
    gyre_file_info_t info;
    int entries = 0;
    fixture_ok(gyre_store_mkdir(fixture_path("a/b/c")));
    fixture_ok(gyre_store_mkdir(fixture_path("a/b/c/")));
    fixture_ok(gyre_store_stat(fixture_path("a/b/c"), &info));
    cr_assert(info.directory && info.size == 0);
    fixture_write("a/b/file", "12345", 5);
    fixture_ok(gyre_store_stat(fixture_path("a/b/file"), &info));
    cr_assert(!info.directory && info.size == 5);
    cr_assert_eq(symlink("nowhere", fixture_path("a/b/link")), 0);
    fixture_ok(gyre_store_list(fixture_path("a/b"), count_entry, &entries));
    cr_assert_eq(entries, 3);
    fixture_ok(gyre_store_hosts(fixture_path("a/b/file"), 0, 5, no_host, NULL));
    fixture_error(gyre_store_mkdir(fixture_path("a/b/file/d")), GYRE_ERR_NOT_FOUND, "a/b/file/d");
    fixture_error(gyre_store_list(fixture_path("a/x"), count_entry, &entries), GYRE_ERR_NOT_FOUND,
                  "a/x: cannot be listed: No such file");
    fixture_error(gyre_store_remove(fixture_path("a/b")), GYRE_ERR_SYSTEM, "not empty");
    fixture_ok(gyre_store_remove(fixture_path("a/b/c")));
    fixture_ok(gyre_store_remove(fixture_path("a/b/file")));
    cr_assert(!fixture_exists("a/b/c") && !fixture_exists("a/b/file"));
    fixture_write("a/stop", "", 0);
    cr_assert_eq(gyre_store_list(fixture_path("a"), count_entry, &entries), GYRE_ERR_CANCELED);
}

Test(store, reading)
{
    gyre_file_t *file;
    char bytes[8];
    size_t got;
    fixture_write("f", "0123456789", 10);
    fixture_ok(gyre_file_open(fixture_path("f"), &file));
    cr_assert_eq(gyre_file_size(file), 10);
    fixture_ok(gyre_file_read(file, 2, bytes, 3, &got));
    cr_assert(got == 3 && memcmp(bytes, "234", 3) == 0);
    fixture_ok(gyre_file_read(file, 8, bytes, 8, &got));
    cr_assert(got == 2 && memcmp(bytes, "89", 2) == 0);
    fixture_ok(gyre_file_read(file, 1000, bytes, 8, &got));
    cr_assert_eq(got, 0);
    gyre_file_close(file);
    gyre_file_close(NULL);
    fixture_error(gyre_file_open(fixture_path("g"), &file), GYRE_ERR_NOT_FOUND, "g: cannot be");
    fixture_error(gyre_file_open(fixture_path("."), &file), GYRE_ERR_ARG, "a directory, expected");
    fixture_error(gyre_file_open("/dev/null", &file), GYRE_ERR_ARG, "/dev/null: a device");
}

Test(store, drafts_are_seen_when_committed)
{
    gyre_draft_t *draft;
    fixture_mkdir("d");
    fixture_ok(gyre_draft_create(fixture_path("d/f"), &draft));
    fixture_ok(gyre_draft_write(draft, "abc", 3));
    fixture_ok(gyre_draft_write(draft, "def", 3));
    cr_assert(!fixture_exists("d/f"));
    cr_assert_eq(fixture_entries("d"), 1);
    fixture_ok(gyre_draft_commit(draft, false));
    cr_assert(fixture_holds("d/f", "abcdef", 6));
    cr_assert_eq(fixture_entries("d"), 1);

    fixture_ok(gyre_draft_create(fixture_path("d/f"), &draft));
    fixture_ok(gyre_draft_write(draft, "new", 3));
    fixture_error(gyre_draft_commit(draft, false), GYRE_ERR_STATE, "d/f: there is such a file");
    cr_assert(fixture_holds("d/f", "abcdef", 6));
    cr_assert_eq(fixture_entries("d"), 1);

    fixture_ok(gyre_draft_create(fixture_path("d/f"), &draft));
    fixture_ok(gyre_draft_write(draft, "new", 3));
    gyre_draft_abort(draft);
    gyre_draft_abort(NULL);
    cr_assert(fixture_holds("d/f", "abcdef", 6));
    cr_assert_eq(fixture_entries("d"), 1);

    fixture_ok(gyre_draft_create(fixture_path("d/f"), &draft));
    fixture_ok(gyre_draft_write(draft, "new", 3));
    fixture_ok(gyre_draft_commit(draft, true));
    cr_assert(fixture_holds("d/f", "new", 3));
    cr_assert_eq(fixture_entries("d"), 1);

    fixture_error(gyre_draft_create(fixture_path("none/f"), &draft), GYRE_ERR_NOT_FOUND, "none/f");
    fixture_error(gyre_draft_create(fixture_path("d/"), &draft), GYRE_ERR_ARG, "a directory");
}

Test(store, relative_paths_have_drafts_too)
{
    gyre_draft_t *draft;
    cr_assert_eq(chdir(fixture_path(".")), 0);
    fixture_ok(gyre_draft_create("f", &draft));
    fixture_ok(gyre_draft_commit(draft, false));
    cr_assert(fixture_holds("f", "", 0));
}

/* A process that has a draft open and is killed, when it has said so. */
static void die_with_draft(const char *path)
{
    int said[2];
    char byte;
    cr_assert_eq(pipe(said), 0);
    pid_t child = fork();
    if (child == 0) {
        gyre_draft_t *draft;
        bool ok = gyre_draft_create(path, &draft) == GYRE_OK &&
                  gyre_draft_write(draft, "half", 4) == GYRE_OK && write(said[1], "", 1) == 1;
        if (!ok)
            _exit(1);
        for (;;)
            pause();
    }
    close(said[1]);
    cr_assert_eq(read(said[0], &byte, 1), 1);
    close(said[0]);
    kill(child, SIGKILL);
    cr_assert_eq(waitpid(child, NULL, 0), child);
}

Test(store, drafts_of_the_dead_are_swept_and_of_the_living_not)
{
    gyre_draft_t *draft;
    fixture_mkdir("d");
    fixture_write("d/.hidden", "", 0);
    fixture_write("d/.f.0123456789abcde.tmp", "", 0); /* a digit short */
    die_with_draft(fixture_path("d/f"));
    cr_assert_eq(fixture_entries("d"), 3);
    fixture_ok(gyre_draft_create(fixture_path("d/f"), &draft));
    fixture_ok(gyre_draft_write(draft, "whole", 5));
    fixture_ok(gyre_store_sweep(fixture_path("d")));
    cr_assert_eq(fixture_entries("d"), 3);
    fixture_ok(gyre_draft_commit(draft, false));
    fixture_ok(gyre_store_sweep(fixture_path("d")));
    cr_assert(fixture_holds("d/f", "whole", 5));
    cr_assert_eq(fixture_entries("d"), 3);
}

/* Writers come and go in the directory that others sweep. */
Test(store, sweeping_never_harms_a_writer)
{
    enum { SWEEPERS = 2, DRAFTS = 400 };
    pid_t sweepers[SWEEPERS];
    fixture_mkdir("d");
    for (int i = 0; i < SWEEPERS; i++)
        if ((sweepers[i] = fork()) == 0)
            while (gyre_store_sweep(fixture_path("d")) == GYRE_OK) {
            }
    for (int i = 0; i < DRAFTS; i++) {
        gyre_draft_t *draft;
        fixture_ok(gyre_draft_create(fixture_path("d/f"), &draft));
        fixture_ok(gyre_draft_write(draft, &i, sizeof(i)));
        fixture_ok(gyre_draft_commit(draft, true));
        cr_assert(fixture_holds("d/f", &i, sizeof(i)));
    }
    for (int i = 0; i < SWEEPERS; i++) {
        kill(sweepers[i], SIGKILL);
        waitpid(sweepers[i], NULL, 0);
    }
    cr_assert_eq(fixture_entries("d"), 1);
}

Test(store, a_write_that_fails_changes_nothing)
{
    static char bytes[5000];
    gyre_draft_t *draft;
    fixture_mkdir("d");
    fixture_write("d/f", "old", 3);
    signal(SIGXFSZ, SIG_IGN);
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &(struct rlimit){4096, 4096}), 0);
    fixture_ok(gyre_draft_create(fixture_path("d/f"), &draft));
    fixture_error(gyre_draft_write(draft, bytes, sizeof(bytes)), GYRE_ERR_NO_RESOURCE,
                  "d/f: writing 904 bytes failed: File too large");
    gyre_draft_abort(draft);
    cr_assert(fixture_holds("d/f", "old", 3));
    cr_assert_eq(fixture_entries("d"), 1);
}
