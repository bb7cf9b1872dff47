/* SPDX-License-Identifier: Apache-2.0 */
/* Which of libfabric's providers and devices to use.
 *
 * libfabric lists what FI_PROVIDER leaves over; each entry gets a score by kind of provider, and
 * among equals the first one wins, for libfabric puts faster devices first. All workers must
 * come to the same provider: the score looks only at what is the same on all nodes. */
#include "base/error.h"
#include "base/log.h"
#include "comm/net/ofi/ofi.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

enum { SHM_MOST = 256 }; /* workers that libfabric's shm can tell apart */

static const struct {
    const char *part; /* of the name */
    int score;
} kinds[] = {
    {"ofi_rxd", 0}, {"udp", 0},    {"ofi_mrail", 0}, {"net", 4},   {"sockets", 2},
    {"tcp", 6},     {"verbs", 10}, {"psm2", 11},     {"psm3", 11}, {"opx", 11},
    {"gni", 11},    {"bgq", 11},   {"efa", 12},      {"cxi", 12},
};

static bool all_local(const gyre__net_params_t *params)
{
    return params->workers == params->local_workers && params->workers <= SHM_MOST;
}

static bool user_wants_shm(void)
{
    const char *filter = getenv("FI_PROVIDER");
    return filter && filter[0] != '^' && strstr(filter, "shm");
}

static int kind_score(const char *name, const gyre__net_params_t *params)
{
    if (strcmp(name, "shm") == 0)
        return all_local(params) ? 8 : user_wants_shm() ? 1 : -1;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if (strstr(name, kinds[i].part))
            return kinds[i].score;
    return 3;
}

/* Addresses that other nodes cannot use, or only with luck, come last among equals. */
static int address_penalty(const struct fi_info *info)
{
    const struct sockaddr_in *v4 = info->src_addr;
    const struct sockaddr_in6 *v6 = info->src_addr;
    if (info->addr_format == FI_SOCKADDR_IN && info->src_addrlen >= sizeof(*v4))
        return (ntohl(v4->sin_addr.s_addr) >> 24) == 127 ? 2 : 0;
    if (info->addr_format == FI_SOCKADDR_IN6 && info->src_addrlen >= sizeof(*v6))
        return IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr)    ? 2
               : IN6_IS_ADDR_LINKLOCAL(&v6->sin6_addr) ? 1
                                                       : 0;
    return 0;
}

static int score(const struct fi_info *info, const gyre__net_params_t *params)
{
    int kind = kind_score(info->fabric_attr->prov_name, params);
    return kind < 0 ? -1 : kind * 4 + 2 - address_penalty(info);
}

static struct fi_info *make_hints(uint64_t caps, uint64_t order, uint64_t op_flags)
{
    struct fi_info *hints = gyre__ofi_lib.dupinfo(NULL);
    if (!hints)
        return NULL;
    hints->caps = caps;
    hints->mode = FI_CONTEXT | FI_CONTEXT2;
    hints->ep_attr->type = FI_EP_RDM;
    hints->tx_attr->msg_order = hints->rx_attr->msg_order = order;
    hints->tx_attr->op_flags = op_flags;
    struct fi_domain_attr *domain = hints->domain_attr;
    domain->threading = FI_THREAD_DOMAIN;
    domain->control_progress = domain->data_progress = FI_PROGRESS_MANUAL;
    domain->resource_mgmt = FI_RM_ENABLED;
    domain->av_type = FI_AV_TABLE;
    domain->mr_mode =
        FI_MR_LOCAL | FI_MR_VIRT_ADDR | FI_MR_ALLOCATED | FI_MR_PROV_KEY | FI_MR_ENDPOINT;
    return hints;
}

static int query(struct fi_info *hints, struct fi_info **found)
{
    *found = NULL;
    return gyre__ofi_lib.getinfo(FI_VERSION(1, 14), NULL, NULL, 0, hints, found);
}

static gyre_status_t list(struct fi_info **found)
{
    gyre_status_t status = gyre__ofi_load();
    if (status != GYRE_OK)
        return status;
    struct fi_info *hints = make_hints(FI_MSG | FI_RMA, FI_ORDER_SAS, 0);
    if (!hints)
        return gyre__error(GYRE_ERR_NO_MEMORY, "no memory for libfabric's hints");
    gyre__ofi_signals_t *signals = gyre__ofi_signals_keep();
    int rc = query(hints, found);
    gyre__ofi_signals_restore(signals);
    gyre__ofi_lib.freeinfo(hints);
    if (rc == 0)
        return GYRE_OK;
    const char *filter = getenv("FI_PROVIDER");
    return gyre__error(GYRE_ERR_NOT_SUPPORTED,
                       "libfabric has no reliable datagram endpoint with messages and remote "
                       "memory access (FI_PROVIDER=%s): %s",
                       filter ? filter : "", gyre__ofi_lib.text(-rc));
}

static const struct fi_info *best_of(const struct fi_info *found, const gyre__net_params_t *params)
{
    const struct fi_info *best = NULL;
    int best_score = -1;
    for (const struct fi_info *info = found; info; info = info->next) {
        int mine = score(info, params);
        if (mine > best_score) {
            best = info;
            best_score = mine;
        }
    }
    return best;
}

gyre_status_t gyre__ofi_select(const gyre__net_params_t *params, struct fi_info **info)
{
    struct fi_info *found;
    gyre_status_t status = list(&found);
    if (status != GYRE_OK)
        return status;
    const struct fi_info *best = best_of(found, params);
    *info = best ? gyre__ofi_lib.dupinfo(best) : NULL;
    gyre__ofi_lib.freeinfo(found);
    if (*info)
        gyre__log(GYRE__LOG_INFO, "libfabric provider %s, device %s",
                  (*info)->fabric_attr->prov_name, (*info)->domain_attr->name);
    return *info  ? GYRE_OK
           : best ? gyre__error(GYRE_ERR_NO_MEMORY, "no memory for libfabric's info")
                  : gyre__error(GYRE_ERR_NOT_SUPPORTED,
                                "libfabric offers only shm here, and the job has workers on "
                                "other nodes; set FI_PROVIDER=shm to use it nevertheless");
}

struct fi_info *gyre__ofi_ask(const struct fi_info *info, uint64_t caps, uint64_t order,
                              uint64_t op_flags)
{
    struct fi_info *hints = make_hints(caps, order, op_flags), *found = NULL, *same = NULL;
    if (!hints)
        return NULL;
    hints->fabric_attr->prov_name = strdup(info->fabric_attr->prov_name);
    hints->fabric_attr->name = strdup(info->fabric_attr->name);
    hints->domain_attr->name = strdup(info->domain_attr->name);
    query(hints, &found);
    for (const struct fi_info *at = found; at && !same; at = at->next)
        if (strcmp(at->fabric_attr->prov_name, info->fabric_attr->prov_name) == 0)
            same = gyre__ofi_lib.dupinfo(at);
    if (found)
        gyre__ofi_lib.freeinfo(found);
    gyre__ofi_lib.freeinfo(hints);
    return same;
}

static bool listed(const struct fi_info *found, const struct fi_info *info, bool device)
{
    for (const struct fi_info *at = found; at != info; at = at->next)
        if (strcmp(at->fabric_attr->prov_name, info->fabric_attr->prov_name) == 0 &&
            (!device || strcmp(at->domain_attr->name, info->domain_attr->name) == 0))
            return true;
    return false;
}

static void describe_devices(FILE *out, const struct fi_info *found, const struct fi_info *first)
{
    const char *separator = " (";
    for (const struct fi_info *at = first; at; at = at->next)
        if (strcmp(at->fabric_attr->prov_name, first->fabric_attr->prov_name) == 0 &&
            strcmp(at->domain_attr->name, first->fabric_attr->prov_name) != 0 &&
            !listed(found, at, true)) {
            fprintf(out, "%s%s", separator, at->domain_attr->name);
            separator = ", ";
        }
    if (separator[0] == ',')
        fputs(")", out);
}

void gyre__ofi_describe(FILE *out)
{
    static const gyre__net_params_t alone = {.workers = 1, .local_workers = 1};
    struct fi_info *found;
    const char *separator = "";
    if (list(&found) != GYRE_OK)
        return;
    for (const struct fi_info *at = found; at; at = at->next)
        if (!listed(found, at, false) && kind_score(at->fabric_attr->prov_name, &alone) > 0) {
            fprintf(out, "%s%s", separator, at->fabric_attr->prov_name);
            describe_devices(out, found, at);
            separator = ", ";
        }
    fputs("\n", out);
    gyre__ofi_lib.freeinfo(found);
}
