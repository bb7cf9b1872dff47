/* SPDX-License-Identifier: Apache-2.0 */
/* The PMIx server. Its call-backs run in a thread of the library and must not wait; the only news
 * for the rest of the launcher, an abort, goes through a pipe. The job's namespace ends in .e0:
 * its epoch. The server is never finalised: it ends with its process, after the last worker. */
#include "launch/pmix.h"

#include "base/buf.h"
#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <pmix_server.h>
#include <pmix.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int abort_pipe[2];
static pmix_nspace_t nspace;

/* Operations under way, and the first that failed. */
static struct {
    pthread_mutex_t lock;
    pthread_cond_t over;
    unsigned count;
    pmix_status_t status;
} pending = {.lock = PTHREAD_MUTEX_INITIALIZER, .over = PTHREAD_COND_INITIALIZER};

static void operation_done(pmix_status_t status, void *arg)
{
    pthread_mutex_lock(&pending.lock);
    if (status != PMIX_SUCCESS && status != PMIX_OPERATION_SUCCEEDED &&
        pending.status == PMIX_SUCCESS)
        pending.status = status;
    if (--pending.count == 0)
        pthread_cond_signal(&pending.over);
    pthread_mutex_unlock(&pending.lock);
}

static void operation_begin(void)
{
    pthread_mutex_lock(&pending.lock);
    pending.count++;
    pthread_mutex_unlock(&pending.lock);
}

static void operation_started(pmix_status_t status)
{
    if (status != PMIX_SUCCESS)
        operation_done(status, NULL);
}

static pmix_status_t operations_wait(void)
{
    pthread_mutex_lock(&pending.lock);
    while (pending.count > 0)
        pthread_cond_wait(&pending.over, &pending.lock);
    pmix_status_t status = pending.status;
    pthread_mutex_unlock(&pending.lock);
    return status;
}

static pmix_status_t on_connected(const pmix_proc_t *proc, void *object, pmix_info_t info[],
                                  size_t count, pmix_op_cbfunc_t done, void *arg)
{
    return PMIX_OPERATION_SUCCEEDED;
}

static pmix_status_t on_finalized(const pmix_proc_t *proc, void *object, pmix_op_cbfunc_t done,
                                  void *arg)
{
    return PMIX_OPERATION_SUCCEEDED;
}

static pmix_status_t on_abort(const pmix_proc_t *proc, void *object, int status,
                              const char message[], pmix_proc_t procs[], size_t count,
                              pmix_op_cbfunc_t done, void *arg)
{
    gyre__abort_t news = {.rank = proc->rank, .status = status};
    snprintf(news.text, sizeof(news.text), "%s", message ? message : "");
    (void)!write(abort_pipe[1], &news, sizeof(news)); /* full: there is news enough */
    return PMIX_OPERATION_SUCCEEDED;
}

/* All participants are here: what they gave is what they get. */
static pmix_status_t on_fence(const pmix_proc_t procs[], size_t count, const pmix_info_t info[],
                              size_t infos, char *data, size_t length, pmix_modex_cbfunc_t done,
                              void *arg)
{
    pmix_status_t status = PMIX_SUCCESS;
    for (size_t i = 0; i < infos; i++)
        if (PMIX_CHECK_KEY(&info[i], PMIX_LOCAL_COLLECTIVE_STATUS))
            status = info[i].value.data.status;
    done(status, data, length, arg, free, data);
    return PMIX_SUCCESS;
}

/* No worker is elsewhere. */
static pmix_status_t on_modex(const pmix_proc_t *proc, const pmix_info_t info[], size_t count,
                              pmix_modex_cbfunc_t done, void *arg)
{
    return PMIX_ERR_NOT_FOUND;
}

/* Without these three a client's registration for events fails as a whole. */
static pmix_status_t on_events(pmix_status_t *codes, size_t count, const pmix_info_t info[],
                               size_t infos, pmix_op_cbfunc_t done, void *arg)
{
    return PMIX_OPERATION_SUCCEEDED;
}

static pmix_status_t on_events_off(pmix_status_t *codes, size_t count, pmix_op_cbfunc_t done,
                                   void *arg)
{
    return PMIX_OPERATION_SUCCEEDED;
}

static pmix_status_t on_notify(pmix_status_t code, const pmix_proc_t *source,
                               pmix_data_range_t range, pmix_info_t info[], size_t count,
                               pmix_op_cbfunc_t done, void *arg)
{
    return PMIX_OPERATION_SUCCEEDED;
}

static pmix_server_module_t module = {
    .client_connected2 = on_connected,
    .client_finalized = on_finalized,
    .abort = on_abort,
    .fence_nb = on_fence,
    .direct_modex = on_modex,
    .register_events = on_events,
    .deregister_events = on_events_off,
    .notify_event = on_notify,
};

/* What the library reads from the environment. Variables of another PMIx server around us would
 * mislead it. The server has no use for a topology, whose discovery would take most of the time
 * of its start: it gets the cheapest one. */
static void set_library_environ(void)
{
    gyre__environ_scrub_self();
    setenv("PMIX_MCA_gds", "hash", 1);
    setenv("PMIX_MCA_psec", "native", 1);
    setenv("HWLOC_COMPONENTS", "no_os,stop", 1);
}

static gyre_status_t start_server(const gyre__session_t *session, const char *host)
{
    pmix_info_t info[5];
    pmix_rank_t rank = 0;
    PMIX_INFO_LOAD(&info[0], PMIX_SERVER_TMPDIR, session->path, PMIX_STRING);
    PMIX_INFO_LOAD(&info[1], PMIX_SYSTEM_TMPDIR, session->path, PMIX_STRING);
    PMIX_INFO_LOAD(&info[2], PMIX_HOSTNAME, host, PMIX_STRING);
    PMIX_INFO_LOAD(&info[3], PMIX_SERVER_NSPACE, "gyre.run", PMIX_STRING);
    PMIX_INFO_LOAD(&info[4], PMIX_SERVER_RANK, &rank, PMIX_PROC_RANK);
    set_library_environ();
    pmix_status_t status = PMIx_server_init(&module, info, sizeof(info) / sizeof(info[0]));
    for (size_t i = 0; i < sizeof(info) / sizeof(info[0]); i++)
        PMIX_INFO_DESTRUCT(&info[i]);
    if (status != PMIX_SUCCESS)
        return gyre__error(GYRE_ERR_BOOT, "the PMIx server does not start: %s",
                           PMIx_Error_string(status));
    return GYRE_OK;
}

/* "0,1,2": the ranks of the one node. */
static char *rank_list(unsigned workers)
{
    gyre__buf_t list;
    gyre__buf_init(&list);
    for (unsigned rank = 0; rank < workers; rank++)
        if (gyre__buf_printf(&list, "%s%u", rank ? "," : "", rank) != GYRE_OK) {
            gyre__buf_cleanup(&list);
            return NULL;
        }
    return list.data;
}

static void add_maps(void *list, const char *host, const char *ranks)
{
    char *nodes = NULL, *procs = NULL;
    PMIx_generate_regex(host, &nodes);
    PMIx_generate_ppn(ranks, &procs);
    PMIx_Info_list_add(list, PMIX_NODE_MAP, nodes, PMIX_REGEX);
    PMIx_Info_list_add(list, PMIX_PROC_MAP, procs, PMIX_REGEX);
    free(nodes);
    free(procs);
}

/* From the maps the library derives local ranks, peers and sizes of every worker. */
static void *describe_job(const gyre__session_t *session, const char *host, const char *ranks,
                          uint32_t workers)
{
    void *list = PMIx_Info_list_start();
    uint32_t one = 1;
    bool no = false;
    add_maps(list, host, ranks);
    PMIx_Info_list_add(list, PMIX_JOB_SIZE, &workers, PMIX_UINT32);
    PMIx_Info_list_add(list, PMIX_UNIV_SIZE, &workers, PMIX_UINT32);
    PMIx_Info_list_add(list, PMIX_MAX_PROCS, &workers, PMIX_UINT32);
    PMIx_Info_list_add(list, PMIX_NUM_NODES, &one, PMIX_UINT32);
    PMIx_Info_list_add(list, PMIX_JOB_NUM_APPS, &one, PMIX_UINT32);
    PMIx_Info_list_add(list, PMIX_JOBID, nspace, PMIX_STRING);
    PMIx_Info_list_add(list, PMIX_SPAWNED, &no, PMIX_BOOL);
    PMIx_Info_list_add(list, PMIX_TMPDIR, session->path, PMIX_STRING);
    PMIx_Info_list_add(list, PMIX_NSDIR, session->path, PMIX_STRING);
    return list;
}

/* The library takes these in order, so one wait for all is enough. */
static pmix_status_t register_all(pmix_data_array_t *job, unsigned workers)
{
    operation_begin();
    operation_started(PMIx_server_register_nspace(nspace, (int)workers, job->array, job->size,
                                                  operation_done, NULL));
    for (unsigned rank = 0; rank < workers; rank++) {
        pmix_proc_t proc;
        PMIX_LOAD_PROCID(&proc, nspace, rank);
        operation_begin();
        operation_started(
            PMIx_server_register_client(&proc, geteuid(), getegid(), NULL, operation_done, NULL));
    }
    return operations_wait();
}

static gyre_status_t register_job(const gyre__session_t *session, const char *host,
                                  unsigned workers)
{
    char *ranks = rank_list(workers);
    if (!ranks)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for the names of %u workers", workers);
    void *list = describe_job(session, host, ranks, workers);
    pmix_data_array_t job;
    pmix_status_t status = PMIx_Info_list_convert(list, &job);
    if (status == PMIX_SUCCESS) {
        status = register_all(&job, workers);
        PMIX_DATA_ARRAY_DESTRUCT(&job);
    }
    PMIx_Info_list_release(list);
    free(ranks);
    if (status != PMIX_SUCCESS)
        return gyre__error(GYRE_ERR_BOOT, "the PMIx server does not take %u workers: %s", workers,
                           PMIx_Error_string(status));
    return GYRE_OK;
}

gyre_status_t gyre__pmix_start(const gyre__session_t *session, unsigned workers, int *aborts)
{
    char host[256] = "localhost";
    gethostname(host, sizeof(host) - 1);
    snprintf(nspace, sizeof(nspace), "gyre.%s.e0", session->job);
    if (pipe2(abort_pipe, O_CLOEXEC | O_NONBLOCK) != 0)
        return gyre__error_errno(errno, "cannot create a pipe");
    *aborts = abort_pipe[0];
    gyre_status_t status = start_server(session, host);
    return status == GYRE_OK ? register_job(session, host, workers) : status;
}

gyre_status_t gyre__pmix_environ(unsigned rank, gyre__environ_t *env)
{
    pmix_proc_t proc;
    char **added = NULL;
    PMIX_LOAD_PROCID(&proc, nspace, rank);
    pmix_status_t code = PMIx_server_setup_fork(&proc, &added);
    gyre_status_t status = GYRE_OK;
    if (code != PMIX_SUCCESS)
        status = gyre__error(GYRE_ERR_BOOT, "PMIx has no environment for rank %u: %s", rank,
                             PMIx_Error_string(code));
    for (size_t i = 0; status == GYRE_OK && added && added[i]; i++)
        status = gyre__environ_set(env, added[i]);
    for (size_t i = 0; added && added[i]; i++)
        free(added[i]);
    free(added);
    return status;
}
