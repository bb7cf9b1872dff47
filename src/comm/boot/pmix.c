/* SPDX-License-Identifier: Apache-2.0 */
/* The PMIx client. A worker asks for nothing but its rank, the sizes, its node's ranks and the
 * cards: what every PMIx server answers, those of Slurm, Open MPI and Gyre alike. */
#include <config.h>

#include "comm/boot/boot.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "comm/conf.h"

#include <errno.h>
#include <pmix.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define CARD_KEY "gyre.card"

static gyre_status_t pmix_error(pmix_status_t rc, const char *what)
{
    gyre_status_t status = rc == PMIX_ERR_TIMEOUT ? GYRE_ERR_TIMED_OUT : GYRE_ERR_BOOT;
    return gyre__error(status, "PMIx: %s: %s", what, PMIx_Error_string(rc));
}

const char *gyre__boot_namespace(void)
{
    const char *nspace = getenv("PMIX_NAMESPACE");
    const char *tasks = getenv("SLURM_STEP_NUM_TASKS");
    const char *pmi_size = getenv("PMI_SIZE");
    if (nspace && *nspace)
        return nspace;
    if (tasks && atoi(tasks) > 1)
        gyre__log(GYRE__LOG_WARN,
                  "this step has %s tasks but offers no PMIx, so each is a job of one worker: "
                  "start it with srun --mpi=pmix",
                  tasks);
    else if (pmi_size && atoi(pmi_size) > 1)
        gyre__log(GYRE__LOG_WARN,
                  "the launcher offers PMI but no PMIx, so each of its %s processes is a job of "
                  "one worker: start them with gyre run",
                  pmi_size);
    return NULL;
}

static gyre_status_t get_uint32(const pmix_proc_t *proc, const char *key, uint32_t *value)
{
    pmix_value_t *found;
    pmix_status_t rc = PMIx_Get(proc, key, NULL, 0, &found);
    if (rc != PMIX_SUCCESS)
        return pmix_error(rc, key);
    *value = found->data.uint32;
    bool right = found->type == PMIX_UINT32;
    PMIX_VALUE_RELEASE(found);
    return right ? GYRE_OK : gyre__error(GYRE_ERR_BOOT, "PMIx: %s is not a 32-bit number", key);
}

static gyre_status_t get_string(const pmix_proc_t *proc, const char *key, char **value)
{
    pmix_value_t *found;
    pmix_status_t rc = PMIx_Get(proc, key, NULL, 0, &found);
    if (rc != PMIX_SUCCESS)
        return pmix_error(rc, key);
    *value = found->type == PMIX_STRING && found->data.string ? strdup(found->data.string) : NULL;
    PMIX_VALUE_RELEASE(found);
    return *value ? GYRE_OK : gyre__error(GYRE_ERR_BOOT, "PMIx: %s is not text", key);
}

/* "0,1,4" of the workers on this node: how many, which is the first, and which one is this. */
static gyre_status_t parse_local_peers(gyre__boot_t *boot, const char *list)
{
    bool found = false;
    boot->local_size = boot->local_rank = 0;
    for (const char *at = list; *at;) {
        char *end;
        unsigned long rank = strtoul(at, &end, 10);
        if (end == at || rank >= boot->size || (*end && *end != ','))
            return gyre__error(GYRE_ERR_BOOT, "PMIx: %s is no list of ranks: %s", PMIX_LOCAL_PEERS,
                               list);
        if (boot->local_size == 0 || rank < boot->leader)
            boot->leader = (uint32_t)rank;
        boot->local_rank += rank < boot->rank;
        found |= rank == boot->rank;
        boot->local_size++;
        at = *end ? end + 1 : end;
    }
    return found ? GYRE_OK
                 : gyre__error(GYRE_ERR_BOOT, "PMIx: rank %u is missing in %s: %s", boot->rank,
                               PMIX_LOCAL_PEERS, list);
}

static gyre_status_t ask_server(gyre__boot_t *boot, const pmix_proc_t *self)
{
    pmix_proc_t all;
    char *peers, *host;
    PMIX_LOAD_PROCID(&all, self->nspace, PMIX_RANK_WILDCARD);
    gyre_status_t status = get_uint32(&all, PMIX_JOB_SIZE, &boot->size);
    if (status != GYRE_OK)
        return status;
    if (boot->rank >= boot->size)
        return gyre__error(GYRE_ERR_BOOT, "PMIx: rank %u in a job of %u", boot->rank, boot->size);
    status = get_string(&all, PMIX_LOCAL_PEERS, &peers);
    if (status != GYRE_OK)
        return status;
    status = parse_local_peers(boot, peers);
    free(peers);
    if (status == GYRE_OK && get_string(self, PMIX_HOSTNAME, &host) == GYRE_OK) {
        snprintf(boot->host, sizeof(boot->host), "%s", host);
        free(host);
    }
    return status;
}

gyre_status_t gyre__boot_open(gyre__boot_t *boot, const char *nspace)
{
    pmix_proc_t self;
    *boot = (gyre__boot_t){.size = 1, .local_size = 1};
    gethostname(boot->host, sizeof(boot->host) - 1);
    if (!nspace)
        return GYRE_OK;
    pmix_status_t rc = PMIx_Init(&self, NULL, 0);
    if (rc != PMIX_SUCCESS)
        return pmix_error(rc, "init: is the launcher's PMIx server alive?");
    snprintf(boot->nspace, sizeof(boot->nspace), "%s", self.nspace);
    boot->rank = self.rank;
    gyre_status_t status = ask_server(boot, &self);
    if (status != GYRE_OK)
        gyre__boot_close(boot);
    return status;
}

static pmix_status_t put_card(const void *card, size_t length)
{
    pmix_value_t value;
    pmix_byte_object_t bytes = {(char *)card, length};
    PMIX_VALUE_LOAD(&value, &bytes, PMIX_BYTE_OBJECT);
    pmix_status_t rc = PMIx_Put(PMIX_GLOBAL, CARD_KEY, &value);
    PMIX_VALUE_DESTRUCT(&value);
    return rc == PMIX_SUCCESS ? PMIx_Commit() : rc;
}

/* A fence under way, shared with PMIx's thread until both have let go of it. */
typedef struct fence {
    sem_t over;
    atomic_int rc;
    atomic_int holders;
} fence_t;

static void fence_release(fence_t *fence)
{
    if (atomic_fetch_sub(&fence->holders, 1) > 1)
        return;
    sem_destroy(&fence->over);
    free(fence);
}

static void fence_over(pmix_status_t rc, void *arg)
{
    fence_t *fence = arg;
    fence->rc = rc;
    sem_post(&fence->over);
    fence_release(fence);
}

static pmix_status_t fence_wait(fence_t *fence, uint64_t limit_ns)
{
    uint64_t end = gyre__clock_ns() + limit_ns;
    struct timespec until = {(time_t)(end / GYRE__S), (long)(end % GYRE__S)};
    bool forever = end < limit_ns;
    while ((forever ? sem_wait(&fence->over)
                    : sem_clockwait(&fence->over, CLOCK_MONOTONIC, &until)) != 0)
        if (errno != EINTR)
            return PMIX_ERR_TIMEOUT;
    return fence->rc;
}

/* The time limit is kept here: servers such as Slurm's do not look at PMIX_TIMEOUT. */
static pmix_status_t fence_all(const gyre__boot_t *boot)
{
    pmix_proc_t all;
    pmix_info_t info;
    bool collect = true;
    fence_t *fence = calloc(1, sizeof(*fence));
    if (!fence)
        return PMIX_ERR_NOMEM;
    sem_init(&fence->over, 0, 0);
    atomic_init(&fence->holders, 2);
    PMIX_LOAD_PROCID(&all, boot->nspace, PMIX_RANK_WILDCARD);
    PMIX_INFO_LOAD(&info, PMIX_COLLECT_DATA, &collect, PMIX_BOOL);
    pmix_status_t rc = PMIx_Fence_nb(&all, 1, &info, 1, fence_over, fence);
    if (rc == PMIX_SUCCESS)
        rc = fence_wait(fence, gyre__comm_conf.boot_timeout);
    else
        fence_release(fence);
    fence_release(fence);
    return rc == PMIX_OPERATION_SUCCEEDED ? PMIX_SUCCESS : rc;
}

gyre_status_t gyre__boot_exchange(gyre__boot_t *boot, const void *card, size_t length)
{
    pmix_status_t rc = put_card(card, length);
    if (rc != PMIX_SUCCESS)
        return pmix_error(rc, "put");
    rc = fence_all(boot);
    return rc == PMIX_SUCCESS ? GYRE_OK : pmix_error(rc, "fence: not every worker came");
}

gyre_status_t gyre__boot_card(gyre__boot_t *boot, uint32_t rank, gyre__buf_t *buf)
{
    pmix_proc_t proc;
    pmix_value_t *found;
    PMIX_LOAD_PROCID(&proc, boot->nspace, rank);
    pmix_status_t rc = PMIx_Get(&proc, CARD_KEY, NULL, 0, &found);
    if (rc != PMIX_SUCCESS)
        return gyre__error(GYRE_ERR_BOOT, "PMIx: no card of rank %u: %s", rank,
                           PMIx_Error_string(rc));
    gyre_status_t status =
        found->type == PMIX_BYTE_OBJECT
            ? gyre__buf_append(buf, found->data.bo.bytes, found->data.bo.size)
            : gyre__error(GYRE_ERR_BOOT, "PMIx: the card of rank %u is not bytes", rank);
    PMIX_VALUE_RELEASE(found);
    return status;
}

void gyre__boot_close(gyre__boot_t *boot)
{
    if (boot->nspace[0])
        PMIx_Finalize(NULL, 0);
}
