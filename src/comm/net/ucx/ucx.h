/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the UCX provider share.
 *
 * A call that UCX does not finish at once holds a slot: memory of ours in front of which UCX puts
 * its request, so that nothing is allocated per operation. A slot is in the list of pending ones
 * from the start of the call until its op is done. Where that is the death of the peer, UCX gives
 * the slot back later, or never: it is an orphan, which has no op. */
#ifndef GYRE_COMM_NET_UCX_H
#define GYRE_COMM_NET_UCX_H

#include "base/buf.h"
#include "base/list.h"
#include "base/pool.h"
#include "comm/net/net.h"
#include "comm/net/process.h"

#include <ucp/api/ucp.h>

typedef struct gyre__ucx {
    gyre__net_t net;
    gyre__net_params_t params;
    ucp_context_h context;
    ucp_worker_h worker;
    gyre__buf_t address; /* sealed */
    gyre__process_t self;
    gyre__process_pace_t pace;
    int poll_fd; /* UCX's descriptor, and the pidfds of peers */
    bool armed;
    gyre__pool_t memory; /* of slots: room for UCX's request, then the slot */
    size_t request_room;
    gyre__link_t slots;   /* free ones, the last freed first: its memory is still cached */
    gyre__link_t pending; /* slots */
    gyre__link_t peers;   /* connected */
    gyre__link_t failed;  /* peers whose failure is still to be told */
    gyre__link_t mems, keys;
    unsigned calls; /* of ours out of UCX's progress, which may return 0 after them */
    void *current;  /* desc of the message in the received up-call; NULL: dropped, or none */
    uint64_t header[GYRE__NET_HEADER_MAX / 8]; /* of that message, where UCX's is not aligned */
    bool disconnecting;                        /* UCX's "canceled" is ours */
} gyre__ucx_t;

struct gyre__net_peer {
    gyre__link_t link; /* in peers or failed */
    gyre__ucx_t *ucx;
    ucp_ep_h ep;
    uint32_t worker;
    gyre__process_t process;
    int pidfd; /* -1: none */
    bool broken;
};

typedef struct gyre__ucx_slot {
    gyre__link_t link;
    gyre__ucx_t *ucx;
    gyre__net_peer_t *peer; /* NULL: of no peer in particular */
    gyre__net_op_t *op;     /* NULL: an orphan */
    uint64_t *result;        /* atomic: where the old value goes */
    uint64_t operand, reply; /* atomic: as UCX wants them */
    int width;               /* atomic */
    bool starting, finished, fetching;
    ucs_status_t status; /* once finished */
    gyre__net_op_t part; /* flush of all peers: op of each peer's flush */
    unsigned parts;      /* of them not done */
    unsigned char header[GYRE__NET_HEADER_MAX];
} gyre__ucx_slot_t;

#define gyre__ucx_of(net) ((gyre__ucx_t *)(net))

/* conf.c: context with the settings that Gyre needs. Silences UCX's own log. */
gyre_status_t gyre__ucx_context(const gyre__net_params_t *params, ucp_context_h *context);
void gyre__ucx_describe(FILE *out);

/* status.c: the status with a detail line that starts with what. */
gyre_status_t gyre__ucx_error(ucs_status_t status, const char *what);
/* Addresses and keys travel behind their length and a checksum, because UCX trusts their bytes
 * blindly. NULL and a detail line when bytes are not what was sealed. */
gyre_status_t gyre__ucx_seal(gyre__buf_t *sealed, const void *bytes, size_t length);
const void *gyre__ucx_unseal(const void *sealed, size_t length, const char *what);

/* slot.c */
void gyre__ucx_slots_init(gyre__ucx_t *ucx, size_t request_size);
void gyre__ucx_slots_cleanup(gyre__ucx_t *ucx);
/* A slot for op, and the parameters that make UCX use it. */
gyre_status_t gyre__ucx_start(gyre__ucx_t *ucx, gyre__net_peer_t *peer, gyre__net_op_t *op,
                              gyre__ucx_slot_t **slot, ucp_request_param_t *param);
/* The same for an operation that is no single request of UCX: ends by gyre__ucx_ended. */
gyre_status_t gyre__ucx_start_own(gyre__ucx_t *ucx, gyre__net_op_t *op, gyre__ucx_slot_t **slot);
void gyre__ucx_ended(gyre__ucx_slot_t *slot, ucs_status_t status);
/* Turns what UCX returned from the call into the status of the contract. */
gyre_status_t gyre__ucx_started(gyre__ucx_slot_t *slot, ucs_status_ptr_t returned,
                                const char *what);
/* Call-back of ucp_am_recv_data_nbx, instead of the one that gyre__ucx_start sets. */
void gyre__ucx_on_receive(void *request, ucs_status_t status, size_t length, void *slot);
void gyre__ucx_cancel_all(gyre__ucx_t *ucx);
/* Ends all of a dead peer. */
void gyre__ucx_fail_all(gyre__net_peer_t *peer);
void gyre__ucx_forget(gyre__net_peer_t *peer);

/* peer.c */
gyre_status_t gyre__ucx_connect(gyre__net_t *net, uint32_t worker, const void *address,
                                size_t length, gyre__net_peer_t **peer);
void gyre__ucx_disconnect(gyre__net_t *net, gyre__net_peer_t *peer);
void gyre__ucx_peer_fail(gyre__net_peer_t *peer); /* told at the next progress */
void gyre__ucx_report_failures(gyre__ucx_t *ucx);
gyre_status_t gyre__ucx_broken(const gyre__net_peer_t *peer);

/* watch.c: who dies is told through gyre__ucx_peer_fail. */
gyre_status_t gyre__ucx_watch_open(gyre__ucx_t *ucx);
void gyre__ucx_watch_close(gyre__ucx_t *ucx);
void gyre__ucx_watch(gyre__net_peer_t *peer);
void gyre__ucx_unwatch(gyre__net_peer_t *peer);
void gyre__ucx_look(gyre__ucx_t *ucx);
/* What UCX says of an operation to peer: of one to the dead it may say anything. */
ucs_status_t gyre__ucx_judge(const gyre__net_peer_t *peer, ucs_status_t status);

/* message.c */
gyre_status_t gyre__ucx_receive_init(gyre__ucx_t *ucx);
gyre_status_t gyre__ucx_send(gyre__net_t *net, gyre__net_peer_t *peer, const void *header,
                             size_t header_length, const void *data, size_t length,
                             gyre__net_op_t *op);
gyre_status_t gyre__ucx_fetch(gyre__net_t *net, gyre__net_peer_t *peer, void *desc, void *buffer,
                              size_t length, gyre__net_op_t *op);
void gyre__ucx_drop(gyre__net_t *net, void *desc);

/* memory.c */
gyre_status_t gyre__ucx_mem_map(gyre__net_t *net, void *addr, size_t length, gyre__net_mem_t **mem);
void gyre__ucx_mem_unmap(gyre__net_t *net, gyre__net_mem_t *mem);
gyre_status_t gyre__ucx_mem_key(gyre__net_t *net, gyre__net_mem_t *mem, const void **key,
                                size_t *length);
gyre_status_t gyre__ucx_key_import(gyre__net_t *net, gyre__net_peer_t *peer, const void *bytes,
                                   size_t length, gyre__net_key_t **key);
void gyre__ucx_key_release(gyre__net_t *net, gyre__net_key_t *key);
ucp_rkey_h gyre__ucx_rkey(const gyre__net_key_t *key);
void gyre__ucx_memory_cleanup(gyre__ucx_t *ucx);

/* rma.c */
gyre_status_t gyre__ucx_put(gyre__net_t *net, gyre__net_peer_t *peer, gyre__net_key_t *key,
                            uint64_t addr, const void *buffer, size_t length, gyre__net_op_t *op);
gyre_status_t gyre__ucx_get(gyre__net_t *net, gyre__net_peer_t *peer, gyre__net_key_t *key,
                            uint64_t addr, void *buffer, size_t length, gyre__net_op_t *op);
gyre_status_t gyre__ucx_atomic(gyre__net_t *net, gyre__net_peer_t *peer, gyre__net_key_t *key,
                               uint64_t addr, gyre_atomic_t op_code, int width, uint64_t operand,
                               uint64_t compare, uint64_t *result, gyre__net_op_t *op);
gyre_status_t gyre__ucx_flush(gyre__net_t *net, gyre__net_peer_t *peer, gyre__net_op_t *op);

#endif
