/* SPDX-License-Identifier: Apache-2.0 */
/* The libfabric provider, inside.
 *
 * Everything that libfabric may hold a pointer to is a work: its context comes first, so the
 * op_context of a completion is the work. A work belongs to a peer; it is idle, queued at the
 * peer (libfabric said "again"), or posted (libfabric holds it, and memory of it must stay until
 * its completion comes, however late). An op is a work that the wire, or a flush, waits for; an
 * op that was canceled while posted stays as an orphan until libfabric gives it back. */
#ifndef GYRE_COMM_NET_OFI_H
#define GYRE_COMM_NET_OFI_H

#include "base/list.h"
#include "base/map.h"
#include "base/pool.h"
#include "comm/net/net.h"
#include "comm/net/process.h"

#include <rdma/fabric.h>
#include <rdma/fi_domain.h>
#include <rdma/fi_endpoint.h>
#include <sys/types.h>

#define GYRE__OFI_EAGER 16384 /* longest message, with all headers: what rxm sends eagerly */
#define GYRE__OFI_SMALL 512   /* longest message in a small send buffer, or injected */
#define GYRE__OFI_NAME  24    /* room for a provider's name in an address */
#define GYRE__OFI_RAW   512   /* longest address of libfabric that fits ours */

typedef struct gyre__ofi gyre__ofi_t;
typedef struct gyre__ofi_work gyre__ofi_work_t;
typedef struct gyre__ofi_op gyre__ofi_op_t;
typedef struct gyre__ofi_buffer gyre__ofi_buffer_t;

/* libfabric's entry points. The library is loaded when it is first needed: loading it costs a
 * quarter of a second on Debian and installs signal handlers, see lib.c. */
typedef struct gyre__ofi_lib {
    int (*getinfo)(uint32_t version, const char *node, const char *service, uint64_t flags,
                   const struct fi_info *hints, struct fi_info **info);
    void (*freeinfo)(struct fi_info *info);
    struct fi_info *(*dupinfo)(const struct fi_info *info);
    int (*fabric)(struct fi_fabric_attr *attr, struct fid_fabric **fabric, void *context);
    const char *(*text)(int errnum);
} gyre__ofi_lib_t;

extern gyre__ofi_lib_t gyre__ofi_lib;
gyre_status_t gyre__ofi_load(void);
/* A variable that libfabric reads, unless the user has set it. */
gyre_status_t gyre__ofi_setting(const char *name, const char *value);

/* The signals whose handlers libraries below take over; kept and put back around them. */
typedef struct gyre__ofi_signals gyre__ofi_signals_t;
gyre__ofi_signals_t *gyre__ofi_signals_keep(void);
void gyre__ofi_signals_restore(gyre__ofi_signals_t *signals);

/* Where a peer is: what address() gives and connect() takes. Also travels in requests, so that
 * whoever must answer can connect back. */
typedef struct gyre__ofi_address {
    uint64_t id;   /* drawn at open: tells two lives of a worker apart */
    gyre__process_t process;
    uint32_t worker;
    uint32_t line_port; /* where peers elsewhere watch it; 0: nowhere */
    uint32_t raw_length;
    char provider[GYRE__OFI_NAME];
    unsigned char raw[GYRE__OFI_RAW]; /* only raw_length bytes travel */
} gyre__ofi_address_t;

struct gyre__ofi_work {
    struct fi_context2 context;
    ssize_t (*post)(gyre__ofi_t *net, gyre__ofi_work_t *work);
    /* Called once for each time it was started: completed, failed or taken from the queue. */
    void (*done)(gyre__ofi_t *net, gyre__ofi_work_t *work, size_t length, gyre_status_t status);
    gyre__link_t link; /* in the peer's queue */
    gyre__net_peer_t *peer;
    enum { GYRE__OFI_IDLE, GYRE__OFI_QUEUED, GYRE__OFI_POSTED } state;
};

/* A message on its way out; or a copy of the data of a small put. */
struct gyre__ofi_buffer {
    gyre__ofi_work_t work;
    gyre__ofi_buffer_t *next; /* spare buffers */
    void *desc;
    uint32_t length;
    bool large;
    _Alignas(16) unsigned char data[];
};

/* Data of a message that waits at its sender. */
typedef struct gyre__ofi_offer {
    gyre__net_peer_t *peer;
    uint64_t id, address, key;
} gyre__ofi_offer_t;

struct gyre__ofi_op {
    gyre__ofi_work_t work;
    gyre__link_t link; /* in the peer's ops or flushes, oldest first */
    gyre__net_op_t *user;
    gyre__ofi_op_t *parent; /* a flush of all peers */
    gyre__ofi_op_t *next;   /* spare ops */
    uint64_t number;        /* in order of start; of a flush: what it waits for is older */
    uint64_t id;            /* of the awaited reply; 0: none */
    bool orphan, put, asked;
    unsigned children;
    gyre_status_t status;
    struct fid_mr *mr; /* registered for this op alone */
    void *desc;
    unsigned char *at; /* the data still to be moved */
    size_t left;
    uint64_t remote, key;
    gyre__ofi_buffer_t *copy;
    gyre__ofi_offer_t *offer; /* a fetch */
    uint64_t operand, compare, old, *result;
    uint8_t code, width;
};

struct gyre__net_peer {
    gyre__link_t link;    /* net->peers, or net->gone */
    gyre__link_t stuck;   /* net->stuck while the queue is not empty */
    gyre__link_t failing; /* net->failing until told */
    gyre__link_t queue, ops, flushes;
    unsigned queued, refs;
    unsigned copies; /* small puts under way */
    fi_addr_t addr;
    bool inserted;  /* addr is valid */
    bool connected; /* by the wire; else only answered */
    bool failed, gone;
    bool dirty; /* something was sent that only an answer proves to have arrived */
    uint32_t worker;
    struct {
        int fd; /* -1: none */
        bool stands, missing;
        uint64_t next; /* when a missing one is tried again */
    } line;
    gyre__ofi_address_t address;
};

typedef struct gyre__ofi_mem {
    gyre__net_mem_t base;
    struct fid_mr *mr;
    gyre__link_t link;
    bool own; /* the memory too */
    struct {
        uint64_t key, base;
    } exported;
} gyre__ofi_mem_t;

struct gyre__net_key {
    uint64_t key, base; /* base: what to take off an address of the peer */
};

typedef struct gyre__ofi_receive {
    gyre__ofi_work_t work;
    unsigned char *data;
    size_t held; /* bytes, while in net->held */
} gyre__ofi_receive_t;

struct gyre__ofi {
    gyre__net_t base;
    gyre__net_params_t params;
    struct fi_info *info;
    struct fid_fabric *fabric;
    struct fid_domain *domain;
    struct fid_av *av;
    struct fid_cq *cq;
    struct fid_ep *ep;
    bool mr_local, mr_virtual, mr_own_key, mr_endpoint;
    bool shm, rxm, sockets; /* the transport below */
    bool atomics;           /* libfabric's; else our own messages */
    bool delivery;          /* puts complete when visible at the target */
    bool closing, holding;
    size_t inject, eager, piece;
    gyre__link_t peers, gone, stuck, failing, mems, held;
    gyre__map_t by_id, waits, by_key;
    uint64_t next_id, next_number, next_key;
    size_t busy; /* ops in use */
    unsigned receive_count, unposted;
    gyre__pool_t small, large, ops, offers;
    gyre__ofi_buffer_t *spare[2];
    gyre__ofi_op_t *spare_ops;
    gyre__ofi_receive_t *receives;
    void *slab; /* the receives' data */
    struct fid_mr *slab_mr;
    gyre__ofi_address_t address;
    int poll_fd, cq_fd, timer_fd;
    int watch_fd, line_fd; /* line.c: the lines to peers; where theirs to here end */
    size_t lines_missing;
    gyre__process_pace_t pace;
    bool armed, timed;
    uint64_t blind; /* the next sleep without a descriptor */
};

/* select.c: which of libfabric's providers. The caller frees info. */
gyre_status_t gyre__ofi_select(const gyre__net_params_t *params, struct fi_info **info);
/* The same provider and device with more asked of it; NULL: it cannot. */
struct fi_info *gyre__ofi_ask(const struct fi_info *info, uint64_t caps, uint64_t order,
                              uint64_t op_flags);
void gyre__ofi_describe(FILE *out);

/* shm_name.c: names in /dev/shm that tell whose they are. */
void gyre__ofi_shm_sweep(void);
gyre_status_t gyre__ofi_shm_rename(struct fi_info *info);

/* endpoint.c */
gyre_status_t gyre__ofi_endpoint_open(gyre__ofi_t *net);

/* wait.c */
gyre_status_t gyre__ofi_wait_open(gyre__ofi_t *net);
void gyre__ofi_wait_close(gyre__ofi_t *net);
void gyre__ofi_wait_disarm(gyre__ofi_t *net);
gyre_status_t gyre__ofi_arm(gyre__net_t *net, int *fd);

/* work.c */
gyre_status_t gyre__ofi_status(int error, const char *what);
bool gyre__ofi_is_peer_error(int error);
gyre_status_t gyre__ofi_start(gyre__ofi_t *net, gyre__ofi_work_t *work);
unsigned gyre__ofi_retry(gyre__ofi_t *net);
void gyre__ofi_unqueue(gyre__ofi_t *net, gyre__ofi_work_t *work);
gyre__ofi_op_t *gyre__ofi_op_new(gyre__ofi_t *net, gyre__net_peer_t *peer, gyre__net_op_t *user);
void gyre__ofi_op_free(gyre__ofi_t *net, gyre__ofi_op_t *op);
void gyre__ofi_op_end(gyre__ofi_t *net, gyre__ofi_op_t *op, gyre_status_t status);
gyre_status_t gyre__ofi_op_await(gyre__ofi_t *net, gyre__ofi_op_t *op);

/* peer.c */
gyre_status_t gyre__ofi_address(gyre__net_t *net, const void **address, size_t *length);
gyre_status_t gyre__ofi_connect(gyre__net_t *net, uint32_t worker, const void *address,
                                size_t length, gyre__net_peer_t **peer);
void gyre__ofi_disconnect(gyre__net_t *net, gyre__net_peer_t *peer);
/* The peer to answer to. */
gyre_status_t gyre__ofi_peer_back(gyre__ofi_t *net, const void *address, size_t length,
                                  gyre__net_peer_t **peer);
size_t gyre__ofi_address_length(const gyre__ofi_address_t *address);
void gyre__ofi_peer_drop(gyre__ofi_t *net, gyre__net_peer_t *peer);
void gyre__ofi_peer_release(gyre__net_peer_t *peer); /* one reference */
void gyre__ofi_peers_free(gyre__ofi_t *net);         /* all that are gone, when nothing runs */
/* Tells everybody at the next progress. */
void gyre__ofi_peer_fail(gyre__ofi_t *net, gyre__net_peer_t *peer, const char *why);
unsigned gyre__ofi_peers_failing(gyre__ofi_t *net);
gyre_status_t gyre__ofi_peer_usable(const gyre__net_peer_t *peer);

/* line.c: who dies is told through gyre__ofi_peer_fail. */
gyre_status_t gyre__ofi_lines_open(gyre__ofi_t *net);
void gyre__ofi_lines_close(gyre__ofi_t *net);
void gyre__ofi_line_open(gyre__ofi_t *net, gyre__net_peer_t *peer);
void gyre__ofi_line_close(gyre__ofi_t *net, gyre__net_peer_t *peer);
void gyre__ofi_lines_look(gyre__ofi_t *net);

/* buffer.c */
void gyre__ofi_buffers_open(gyre__ofi_t *net);
void gyre__ofi_buffers_close(gyre__ofi_t *net);
gyre__ofi_buffer_t *gyre__ofi_buffer_get(gyre__ofi_t *net, gyre__net_peer_t *peer, size_t length);
void gyre__ofi_buffer_put(gyre__ofi_t *net, gyre__ofi_buffer_t *buffer);
gyre_status_t gyre__ofi_receives_open(gyre__ofi_t *net);
void gyre__ofi_receives_close(gyre__ofi_t *net);
void gyre__ofi_receives_post(gyre__ofi_t *net);
unsigned gyre__ofi_receives_held(gyre__ofi_t *net);

/* message.c */
enum { GYRE__OFI_DATA = 1, GYRE__OFI_OFFER, GYRE__OFI_ATOMIC, GYRE__OFI_FLUSH, GYRE__OFI_REPLY };

typedef struct gyre__ofi_head {
    uint8_t kind, spare;
    uint16_t header_length; /* of the wire's header; it comes last but for its data */
    uint16_t body_length;   /* of what the kind needs, before that header, with its padding */
    uint16_t padding;
} gyre__ofi_head_t;

gyre_status_t gyre__ofi_send(gyre__net_t *net, gyre__net_peer_t *peer, const void *header,
                             size_t header_length, const void *data, size_t length,
                             gyre__net_op_t *op);

/* An internal message: body, then our address if it is signed, then the wire's header. */
typedef struct gyre__ofi_note {
    uint8_t kind;
    const void *body, *header;
    size_t body_length, header_length;
    bool sign;
} gyre__ofi_note_t;
gyre_status_t gyre__ofi_note(gyre__ofi_t *net, gyre__net_peer_t *peer,
                             const gyre__ofi_note_t *note);
gyre_status_t gyre__ofi_reply(gyre__ofi_t *net, gyre__net_peer_t *peer, uint64_t id,
                              gyre_status_t status, uint64_t value);
void gyre__ofi_arrived(gyre__ofi_t *net, const unsigned char *bytes, size_t length);

/* rendezvous.c */
gyre_status_t gyre__ofi_offer(gyre__ofi_t *net, gyre__net_peer_t *peer, const void *header,
                              size_t header_length, const void *data, size_t length,
                              gyre__net_op_t *op);
void gyre__ofi_offered(gyre__ofi_t *net, const unsigned char *body, size_t body_length,
                       const unsigned char *header, size_t header_length);
gyre_status_t gyre__ofi_fetch(gyre__net_t *net, gyre__net_peer_t *peer, void *desc, void *buffer,
                              size_t length, gyre__net_op_t *op);
void gyre__ofi_drop(gyre__net_t *net, void *desc);
void gyre__ofi_fetched(gyre__ofi_t *net, gyre__ofi_op_t *op, gyre_status_t status);

/* memory.c */
gyre_status_t gyre__ofi_mem_map(gyre__net_t *net, void *addr, size_t length, gyre__net_mem_t **mem);
void gyre__ofi_mem_unmap(gyre__net_t *net, gyre__net_mem_t *mem);
gyre_status_t gyre__ofi_mem_key(gyre__net_t *net, gyre__net_mem_t *mem, const void **key,
                                size_t *length);
gyre_status_t gyre__ofi_key_import(gyre__net_t *net, gyre__net_peer_t *peer, const void *bytes,
                                   size_t length, gyre__net_key_t **key);
void gyre__ofi_key_release(gyre__net_t *net, gyre__net_key_t *key);
gyre_status_t gyre__ofi_register(gyre__ofi_t *net, const void *addr, size_t length, uint64_t access,
                                 struct fid_mr **mr);
/* The region that holds all of it; NULL: none. */
gyre__ofi_mem_t *gyre__ofi_mem_find(gyre__ofi_t *net, const void *addr, size_t length);
/* Sets op->desc, and op->mr where it must register. */
gyre_status_t gyre__ofi_local(gyre__ofi_t *net, gyre__ofi_op_t *op, const void *addr,
                              size_t length);

/* rma.c */
gyre_status_t gyre__ofi_put(gyre__net_t *net, gyre__net_peer_t *peer, gyre__net_key_t *key,
                            uint64_t addr, const void *buffer, size_t length, gyre__net_op_t *op);
gyre_status_t gyre__ofi_get(gyre__net_t *net, gyre__net_peer_t *peer, gyre__net_key_t *key,
                            uint64_t addr, void *buffer, size_t length, gyre__net_op_t *op);
gyre_status_t gyre__ofi_move(gyre__ofi_t *net, gyre__ofi_op_t *op);
gyre__ofi_op_t *gyre__ofi_oldest_move(gyre__ofi_t *net);

/* atomic.c */
bool gyre__ofi_atomics_native(struct fid_ep *ep);
gyre_status_t gyre__ofi_atomic(gyre__net_t *net, gyre__net_peer_t *peer, gyre__net_key_t *key,
                               uint64_t addr, gyre_atomic_t op_code, int width, uint64_t operand,
                               uint64_t compare, uint64_t *result, gyre__net_op_t *op);
void gyre__ofi_atomic_asked(gyre__ofi_t *net, const unsigned char *body, size_t length);

/* flush.c */
gyre_status_t gyre__ofi_flush(gyre__net_t *net, gyre__net_peer_t *peer, gyre__net_op_t *op);
void gyre__ofi_flush_run(gyre__ofi_t *net, gyre__net_peer_t *peer);
void gyre__ofi_flush_asked(gyre__ofi_t *net, const unsigned char *body, size_t length);

/* progress.c */
unsigned gyre__ofi_progress(gyre__net_t *net);
void gyre__ofi_drain(gyre__ofi_t *net); /* before a connection closes */

static inline gyre__ofi_t *gyre__ofi_of(gyre__net_t *net)
{
    return (gyre__ofi_t *)net;
}

#endif
