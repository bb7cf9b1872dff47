/* SPDX-License-Identifier: Apache-2.0 */
/* A PMIx client that knows nothing of Gyre: shows that pmix-hub keeps its promises (maps, fence
 * with data, direct modex, epochs in one process) before anything is built on them.
 * Arguments: "die R" makes rank R exit with 3 in its first epoch, "abort R" call PMIx_Abort(7). */
#include <pmix.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static pmix_proc_t me;

static void check(int ok, const char *what, int value)
{
    if (ok)
        return;
    fprintf(stderr, "client %s:%u: %s: %d\n", me.nspace, me.rank, what, value);
    exit(1);
}

static void put(const char *key, uint32_t number)
{
    pmix_value_t value;
    PMIX_VALUE_LOAD(&value, &number, PMIX_UINT32);
    pmix_status_t status = PMIx_Put(PMIX_GLOBAL, key, &value);
    check(status == PMIX_SUCCESS, "PMIx_Put", status);
    status = PMIx_Commit();
    check(status == PMIX_SUCCESS, "PMIx_Commit", status);
}

static uint32_t get(pmix_rank_t rank, const char *key)
{
    pmix_proc_t proc;
    pmix_value_t *value;
    PMIX_LOAD_PROCID(&proc, me.nspace, rank);
    pmix_status_t status = PMIx_Get(&proc, key, NULL, 0, &value);
    check(status == PMIX_SUCCESS, key, status);
    uint32_t number = value->type == PMIX_UINT16 ? value->data.uint16 : value->data.uint32;
    PMIX_VALUE_RELEASE(value);
    return number;
}

static void fence(bool collect)
{
    pmix_proc_t all;
    pmix_info_t info;
    PMIX_LOAD_PROCID(&all, me.nspace, PMIX_RANK_WILDCARD);
    PMIX_INFO_LOAD(&info, PMIX_COLLECT_DATA, &collect, PMIX_BOOL);
    pmix_status_t status = PMIx_Fence(&all, 1, &info, 1);
    check(status == PMIX_SUCCESS, "PMIx_Fence", status);
}

static void one_epoch(uint32_t epoch, uint32_t rank, uint32_t size)
{
    pmix_status_t status = PMIx_Init(&me, NULL, 0);
    check(status == PMIX_SUCCESS, "PMIx_Init", status);
    check(me.rank == rank, "rank", (int)me.rank);
    check(get(PMIX_RANK_WILDCARD, PMIX_JOB_SIZE) == size, PMIX_JOB_SIZE, (int)size);
    check(get(me.rank, PMIX_LOCAL_RANK) < get(PMIX_RANK_WILDCARD, PMIX_LOCAL_SIZE), PMIX_LOCAL_RANK,
          0);
    put("collected", 1000 * epoch + rank);
    fence(true);
    for (uint32_t i = 0; i < size; i++)
        check(get(i, "collected") == 1000 * epoch + i, "collected", (int)i);
    put("direct", 2000 * epoch + rank);
    fence(false);
    for (uint32_t i = 0; i < size; i++)
        check(get(i, "direct") == 2000 * epoch + i, "direct", (int)i);
    fence(false);
    PMIx_Finalize(NULL, 0);
}

int main(int argc, char **argv)
{
    char *list = strdup(getenv("TEST_EPOCHS") ? getenv("TEST_EPOCHS") : ""), *rest = list, *word;
    uint32_t epoch = 0, rank, size;
    while ((word = strsep(&rest, " ")) && *word) {
        char nspace[96], number[16];
        check(sscanf(word, "%95[^:]:%u:%u", nspace, &rank, &size) == 3, word, 0);
        snprintf(number, sizeof(number), "%u", rank);
        setenv("PMIX_NAMESPACE", nspace, 1);
        setenv("PMIX_RANK", number, 1);
        if (argc > 2 && rank == (uint32_t)atoi(argv[2])) {
            if (!strcmp(argv[1], "die"))
                exit(3);
            if (!strcmp(argv[1], "abort") && PMIx_Init(&me, NULL, 0) == PMIX_SUCCESS)
                PMIx_Abort(7, "as told", NULL, 0);
        }
        one_epoch((uint32_t)atoi(strrchr(nspace, 'e') + 1), rank, size);
        epoch++;
    }
    check(epoch > 0, "TEST_EPOCHS: epochs", 0);
    free(list);
    return 0;
}
