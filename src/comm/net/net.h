/* SPDX-License-Identifier: Apache-2.0 */
/* The provider contract: what a transport must do for the wire.
 *
 * A provider moves messages (header and data, received through one up-call), reads and writes
 * registered memory of peers, and can be waited for on a file descriptor. Matching, ordering,
 * communicators and epochs are the wire's, above it.
 *
 * Rules for all calls. The caller serialises them: never two at once on one open provider. A
 * call that takes an op returns GYRE_OK: done, op->done will not be called; GYRE_IN_PROGRESS:
 * op->done will be called once, from progress, disconnect or close (never from inside the
 * starting call); an error: nothing was started. Buffers given with an op belong to the provider
 * until done. Up-calls run inside progress and arm only, and may call send, fetch, drop, put,
 * get, atomic and flush, not progress. A missing operation is a named stub that returns
 * GYRE_ERR_NOT_SUPPORTED (net_none.c), never NULL. */
#ifndef GYRE_COMM_NET_H
#define GYRE_COMM_NET_H

#include <gyre/rma.h>
#include <gyre/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define GYRE__NET_HEADER_MAX 320  /* bytes of the longest header */
#define GYRE__NET_ADDRESS_MAX 4096 /* bytes of the longest address */

typedef struct gyre__net_ops gyre__net_ops_t;

/* An open provider; its own structure starts with this. */
typedef struct gyre__net {
    const gyre__net_ops_t *ops;
} gyre__net_t;

typedef struct gyre__net_peer gyre__net_peer_t; /* a peer that can be sent to */
typedef struct gyre__net_key gyre__net_key_t;   /* a peer's registered region */

/* Registered memory; the provider's own structure starts with this. */
typedef struct gyre__net_mem {
    void *addr;
    size_t length;
} gyre__net_mem_t;

/* A started operation. The caller embeds it; the provider finds its own state by its own means
 * and may keep one pointer here. */
typedef struct gyre__net_op gyre__net_op_t;
struct gyre__net_op {
    void (*done)(gyre__net_op_t *op, gyre_status_t status);
    void *provider;
};

/* An arriving message. desc NULL: data is all of it, valid during the up-call. Otherwise the data
 * is still at the sender (or in flight): the receiver calls fetch or drop exactly once, now or
 * later, before close; a fetch that fails counts. */
typedef struct gyre__net_message {
    const void *header; /* aligned to 8 bytes; data need not be */
    size_t header_length;
    const void *data;
    size_t length;
    void *desc;
} gyre__net_message_t;

typedef struct gyre__net_params {
    void *arg; /* first argument of the up-calls */
    void (*received)(void *arg, const gyre__net_message_t *message);
    /* A peer's connection is broken; its pending operations have been, or will be, completed with
     * GYRE_ERR_PEER_FAILED. worker as given to connect. At most once per connect. */
    void (*failed)(void *arg, uint32_t worker);
    bool threads;           /* calls come from more than one thread */
    uint32_t worker;        /* rank of this worker */
    uint32_t workers;       /* of the job */
    uint32_t local_rank;    /* on this node */
    uint32_t local_workers; /* of the job, on this node */
    bool crowded;           /* the node has more workers than processors for them */
    void *area;             /* shm only: its part of the node segment, zeroed by its creator */
    size_t area_size;
} gyre__net_params_t;

struct gyre__net_ops {
    size_t size; /* sizeof(gyre__net_ops_t) */
    const char *name;

    gyre_status_t (*open)(const gyre__net_params_t *params, gyre__net_t **net);

    /* Disconnects what is connected, completes every op, frees everything. */
    void (*close)(gyre__net_t *net);

    /* What peers need for connect; owned by net. At most GYRE__NET_ADDRESS_MAX bytes. */
    gyre_status_t (*address)(gyre__net_t *net, const void **address, size_t *length);

    /* Never waits for the peer. shm takes no address: worker is the local rank there. */
    gyre_status_t (*connect)(gyre__net_t *net, uint32_t worker, const void *address,
                             size_t length, gyre__net_peer_t **peer);

    /* At once, without the peer's help; pending ops to it complete with GYRE_ERR_CANCELED.
     * fetches_linger: a peer that lives may still write into the buffers of those. */
    bool fetches_linger;
    void (*disconnect)(gyre__net_t *net, gyre__net_peer_t *peer);

    /* Sends header and data; messages to one peer may arrive in another order. The header is
     * copied. The provider picks eager or rendezvous (by get where it pays) by length. Done when
     * data may be reused. */
    gyre_status_t (*send)(gyre__net_t *net, gyre__net_peer_t *peer, const void *header,
                          size_t header_length, const void *data, size_t length,
                          gyre__net_op_t *op);

    /* Brings the data of a message with desc; length is the message's. The sender's op completes
     * too. peer: the sender; NULL: not connected to. */
    gyre_status_t (*fetch)(gyre__net_t *net, gyre__net_peer_t *peer, void *desc, void *buffer,
                           size_t length, gyre__net_op_t *op);

    /* Refuses the data of a message with desc; the sender's op completes with success. */
    void (*drop)(gyre__net_t *net, void *desc);

    /* addr NULL: memory of the provider's choice, zeroed, page-aligned. */
    gyre_status_t (*mem_map)(gyre__net_t *net, void *addr, size_t length, gyre__net_mem_t **mem);
    void (*mem_unmap)(gyre__net_t *net, gyre__net_mem_t *mem);

    /* The key that a peer needs; owned by mem. */
    gyre_status_t (*mem_key)(gyre__net_t *net, gyre__net_mem_t *mem, const void **key,
                             size_t *length);
    /* The key bytes are trusted no further than their length. */
    gyre_status_t (*key_import)(gyre__net_t *net, gyre__net_peer_t *peer, const void *bytes,
                                size_t length, gyre__net_key_t **key);
    void (*key_release)(gyre__net_t *net, gyre__net_key_t *key);

    /* addr is the address in the peer. put is done when buffer may be reused. length > 0. */
    gyre_status_t (*put)(gyre__net_t *net, gyre__net_peer_t *peer, gyre__net_key_t *key,
                         uint64_t addr, const void *buffer, size_t length, gyre__net_op_t *op);
    gyre_status_t (*get)(gyre__net_t *net, gyre__net_peer_t *peer, gyre__net_key_t *key,
                         uint64_t addr, void *buffer, size_t length, gyre__net_op_t *op);
    /* width 4 or 8; *result: the old value, zero-extended; done when it is there. */
    gyre_status_t (*atomic)(gyre__net_t *net, gyre__net_peer_t *peer, gyre__net_key_t *key,
                            uint64_t addr, gyre_atomic_t op_code, int width, uint64_t operand,
                            uint64_t compare, uint64_t *result, gyre__net_op_t *op);

    /* Done when earlier puts and atomics to the peer are visible there and earlier sends have
     * left for good: the connection may be closed. peer NULL: all peers. */
    gyre_status_t (*flush)(gyre__net_t *net, gyre__net_peer_t *peer, gyre__net_op_t *op);

    /* Whether nothing that was sent to the peer waits here for room there. NULL: nothing ever does
     * whose op has completed. */
    bool (*sent_all)(gyre__net_t *net, const gyre__net_peer_t *peer);

    /* Moves everything on; returns the number of events. */
    unsigned (*progress)(gyre__net_t *net);

    /* Makes *fd readable at the next event and returns GYRE_OK; GYRE_IN_PROGRESS: there are
     * events already, call progress. It may move things on itself: look again at what is waited
     * for before sleeping, unless it returned GYRE_OK. progress ends the armed state. The fd
     * never changes. */
    gyre_status_t (*arm)(gyre__net_t *net, int *fd);

    /* One line for gyre info, without the provider's name: the transports it would use. Nothing
     * where it would not open. The provider need not be open. */
    void (*describe)(FILE *out);
};

/* Stubs, one per optional operation: return GYRE_ERR_NOT_SUPPORTED with a detail line. */
gyre_status_t gyre__net_no_mem_map(gyre__net_t *, void *, size_t, gyre__net_mem_t **);
void gyre__net_no_mem_unmap(gyre__net_t *, gyre__net_mem_t *);
gyre_status_t gyre__net_no_mem_key(gyre__net_t *, gyre__net_mem_t *, const void **, size_t *);
gyre_status_t gyre__net_no_key_import(gyre__net_t *, gyre__net_peer_t *, const void *, size_t,
                                      gyre__net_key_t **);
void gyre__net_no_key_release(gyre__net_t *, gyre__net_key_t *);
gyre_status_t gyre__net_no_put(gyre__net_t *, gyre__net_peer_t *, gyre__net_key_t *, uint64_t,
                               const void *, size_t, gyre__net_op_t *);
gyre_status_t gyre__net_no_get(gyre__net_t *, gyre__net_peer_t *, gyre__net_key_t *, uint64_t,
                               void *, size_t, gyre__net_op_t *);
gyre_status_t gyre__net_no_atomic(gyre__net_t *, gyre__net_peer_t *, gyre__net_key_t *, uint64_t,
                                  gyre_atomic_t, int, uint64_t, uint64_t, uint64_t *,
                                  gyre__net_op_t *);

extern const gyre__net_ops_t gyre__net_self;
extern const gyre__net_ops_t gyre__net_shm;
#ifdef HAVE_UCX
extern const gyre__net_ops_t gyre__net_ucx;
#endif
#ifdef HAVE_OFI
extern const gyre__net_ops_t gyre__net_ofi;
#endif

/* Wakes a worker of the node, by local rank and connected to, if it sleeps: after something that
 * it may wait for has been written into the node segment. */
void gyre__shm_signal(gyre__net_t *net, uint32_t local_rank);

/* Bytes of node segment that shm needs for that many workers of a node. */
size_t gyre__shm_area_size(uint32_t local_workers);

/* Of a connected peer of shm. Its process; 0: it has not opened yet. */
int32_t gyre__shm_pid(const gyre__net_peer_t *peer);
/* Whether the kernel lets us read its memory, and doing so; length > 0. Reading what is not
 * there: GYRE_ERR_RANGE. */
bool gyre__shm_readable(gyre__net_peer_t *peer);
gyre_status_t gyre__shm_read(gyre__net_peer_t *peer, void *to, uint64_t from, size_t length);
/* The next progress looks who is gone, as it does now and then by itself. */
void gyre__shm_look(gyre__net_t *net);

#endif
