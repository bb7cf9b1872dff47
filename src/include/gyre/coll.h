/* SPDX-License-Identifier: Apache-2.0 */
/* Collective operations of all members of a communicator. See gyre_coll(3).
 *
 * Every member calls them in the same order, with the same count, type, operation and root
 * (blocks that differ are what the v forms are for). Each comes in three forms: blocking;
 * non-blocking, gyre_iX, which yields a request; and persistent, gyre_X_init, whose request is
 * started with gyre_start as often as wanted, each time ended by test or wait, and freed with
 * gyre_request_free. Counts and displacements are elements, 0 upward; all that a call moves is
 * less than 2^48 bytes. Arrays of counts have an entry per member and are read before the call
 * returns, of a persistent one before its _init returns. A wrong call gives its error at once and
 * changes nothing.
 *
 * GYRE_IN_PLACE as in means that the input is in out already: of reductions and scans in out
 * itself, of gathers in the caller's block of out (at root, for rooted ones; others give in), of
 * alltoall in the blocks of out that the results replace. For scatter, root gives GYRE_IN_PLACE
 * as out and keeps its block in in.
 *
 * When a member fails, all others inside or entering get GYRE_ERR_PEER_FAILED in bounded time,
 * or complete; see gyre_comm_shrink(3) for going on. */
#ifndef GYRE_COLL_H
#define GYRE_COLL_H

#include <gyre/comm.h>
#include <gyre/op.h>
#include <gyre/request.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

#define GYRE_IN_PLACE ((void *)-1)

/* Collective over comm: the same members, each with its neighbours for the neighbor_ forms:
 * sources it receives from and dests it sends to, as ranks of comm, in the order of their blocks.
 * Every edge must be named at both of its ends, as often. Blocks. */
GYRE_EXPORT gyre_status_t gyre_comm_neighbors(gyre_comm_t *comm, const int *sources,
                                              int source_count, const int *dests, int dest_count,
                                              gyre_comm_t **neighbors);

/* The algorithms of every collective, and which of them serves which sizes on comm (NULL: a
 * description without one). For people. */
GYRE_EXPORT gyre_status_t gyre_coll_print(gyre_comm_t *comm, FILE *out);

/* Rules for the algorithms of comm, in the grammar of GYRE_COLL_TUNE (gyre.conf(5)), that go before
 * all others from here on; NULL: none any more. Persistent operations stay as they were made. Every
 * member calls it with the same rules; GYRE_ERR_ARG if they differ. Malformed ones are
 * GYRE_ERR_SYNTAX, _RANGE or _UNKNOWN. On error comm stays as it was. Blocks. */
GYRE_EXPORT gyre_status_t gyre_coll_tune(gyre_comm_t *comm, const char *rules);

/* An algorithm. Its texts live as long as the library. */
typedef struct gyre_coll_algorithm {
    const char *name, *brief;
    int radix;      /* 0: has none */
    size_t segment; /* likewise */
    int sized;      /* the collective's rules may have ranges of bytes */
} gyre_coll_algorithm_t;

/* Algorithm number index, from 0, of a collective ("allreduce") with its default parameters;
 * GYRE_ERR_NOT_FOUND past the last. */
GYRE_EXPORT gyre_status_t gyre_coll_algorithm(const char *collective, int index,
                                              gyre_coll_algorithm_t *algorithm);

/* The one that serves calls of so many bytes (of the vector or a block) on comm, and with which
 * parameters; reductions are sums of float32. Without communicating. */
GYRE_EXPORT gyre_status_t gyre_coll_choice(gyre_comm_t *comm, const char *collective, size_t bytes,
                                           gyre_coll_algorithm_t *algorithm);

/* A network, or the memory of a node, in the LogGP model: seconds, and seconds per byte. */
typedef struct gyre_loggp {
    double latency, overhead, gap, per_byte;
} gyre_loggp_t;

#define GYRE_SIMULATE_RANKS (1 << 20)         /* at most */
#define GYRE_SIMULATE_BYTES ((size_t)1 << 36) /* at most */

/* What to predict. Zero: the default. */
typedef struct gyre_coll_simulate_opts {
    size_t size;                 /* sizeof(gyre_coll_simulate_opts_t) */
    int ranks;                   /* has no default */
    int ranks_per_node;          /* 1 */
    const gyre_loggp_t *network; /* 1 us, 0.3 us, 0.1 us, 0.08 ns */
    const gyre_loggp_t *node;    /* 1/8 of the network's latency, 1/4 of its overhead and gap, and
                                    the time that a copy takes per byte */
    double copy, reduce;         /* bytes per second: 10e9, 8e9 */
    const char *const *collectives; /* their names: all */
    size_t collective_count;
    size_t min, max; /* bytes of a vector or block, times 8 from one size to the next: 8, 262144 */
} gyre_coll_simulate_opts_t;
#define GYRE_COLL_SIMULATE_OPTS_INIT {.size = sizeof(gyre_coll_simulate_opts_t)}

/* Predicts every algorithm on a machine that need not exist, without communicating: writes a table
 * for people. Needs no context. See gyre-tune(1) for what is in it. */
GYRE_EXPORT gyre_status_t gyre_coll_simulate(const gyre_coll_simulate_opts_t *opts, FILE *out);

/* No member leaves before all have entered. */
GYRE_EXPORT gyre_status_t gyre_barrier(gyre_comm_t *comm);
GYRE_EXPORT gyre_status_t gyre_ibarrier(gyre_comm_t *comm, gyre_request_t **req);
GYRE_EXPORT gyre_status_t gyre_barrier_init(gyre_comm_t *comm, gyre_request_t **req);

/* root's buf to all. */
GYRE_EXPORT gyre_status_t gyre_bcast(gyre_comm_t *comm, void *buf, size_t count, gyre_type_t type,
                                     int root);
GYRE_EXPORT gyre_status_t gyre_ibcast(gyre_comm_t *comm, void *buf, size_t count, gyre_type_t type,
                                      int root, gyre_request_t **req);
GYRE_EXPORT gyre_status_t gyre_bcast_init(gyre_comm_t *comm, void *buf, size_t count,
                                          gyre_type_t type, int root, gyre_request_t **req);

/* The reduction of all in to root's out; out is significant at root only. */
GYRE_EXPORT gyre_status_t gyre_reduce(gyre_comm_t *comm, const void *in, void *out, size_t count,
                                      gyre_type_t type, gyre_op_t op, int root);
GYRE_EXPORT gyre_status_t gyre_ireduce(gyre_comm_t *comm, const void *in, void *out, size_t count,
                                       gyre_type_t type, gyre_op_t op, int root,
                                       gyre_request_t **req);
GYRE_EXPORT gyre_status_t gyre_reduce_init(gyre_comm_t *comm, const void *in, void *out,
                                           size_t count, gyre_type_t type, gyre_op_t op, int root,
                                           gyre_request_t **req);

/* The reduction of all in to every out. */
GYRE_EXPORT gyre_status_t gyre_allreduce(gyre_comm_t *comm, const void *in, void *out, size_t count,
                                         gyre_type_t type, gyre_op_t op);
GYRE_EXPORT gyre_status_t gyre_iallreduce(gyre_comm_t *comm, const void *in, void *out,
                                          size_t count, gyre_type_t type, gyre_op_t op,
                                          gyre_request_t **req);
GYRE_EXPORT gyre_status_t gyre_allreduce_init(gyre_comm_t *comm, const void *in, void *out,
                                              size_t count, gyre_type_t type, gyre_op_t op,
                                              gyre_request_t **req);

/* in holds a block of counts[i] elements for each member i; the reduction of block i goes to
 * member i's out. */
GYRE_EXPORT gyre_status_t gyre_reduce_scatter(gyre_comm_t *comm, const void *in, void *out,
                                              const size_t *counts, gyre_type_t type, gyre_op_t op);
GYRE_EXPORT gyre_status_t gyre_ireduce_scatter(gyre_comm_t *comm, const void *in, void *out,
                                               const size_t *counts, gyre_type_t type, gyre_op_t op,
                                               gyre_request_t **req);
GYRE_EXPORT gyre_status_t gyre_reduce_scatter_init(gyre_comm_t *comm, const void *in, void *out,
                                                   const size_t *counts, gyre_type_t type,
                                                   gyre_op_t op, gyre_request_t **req);

/* reduce_scatter with blocks of count elements each. */
GYRE_EXPORT gyre_status_t gyre_reduce_scatter_block(gyre_comm_t *comm, const void *in, void *out,
                                                    size_t count, gyre_type_t type, gyre_op_t op);
GYRE_EXPORT gyre_status_t gyre_ireduce_scatter_block(gyre_comm_t *comm, const void *in, void *out,
                                                     size_t count, gyre_type_t type, gyre_op_t op,
                                                     gyre_request_t **req);
GYRE_EXPORT gyre_status_t gyre_reduce_scatter_block_init(gyre_comm_t *comm, const void *in,
                                                         void *out, size_t count, gyre_type_t type,
                                                         gyre_op_t op, gyre_request_t **req);

/* count elements of each member, in rank order, to root's out. */
GYRE_EXPORT gyre_status_t gyre_gather(gyre_comm_t *comm, const void *in, void *out, size_t count,
                                      gyre_type_t type, int root);
GYRE_EXPORT gyre_status_t gyre_igather(gyre_comm_t *comm, const void *in, void *out, size_t count,
                                       gyre_type_t type, int root, gyre_request_t **req);
GYRE_EXPORT gyre_status_t gyre_gather_init(gyre_comm_t *comm, const void *in, void *out,
                                           size_t count, gyre_type_t type, int root,
                                           gyre_request_t **req);

/* gather of counts[i] elements of member i to element displs[i] of root's out. */
GYRE_EXPORT gyre_status_t gyre_gatherv(gyre_comm_t *comm, const void *in, size_t count, void *out,
                                       const size_t *counts, const size_t *displs, gyre_type_t type,
                                       int root);
GYRE_EXPORT gyre_status_t gyre_igatherv(gyre_comm_t *comm, const void *in, size_t count, void *out,
                                        const size_t *counts, const size_t *displs,
                                        gyre_type_t type, int root, gyre_request_t **req);
GYRE_EXPORT gyre_status_t gyre_gatherv_init(gyre_comm_t *comm, const void *in, size_t count,
                                            void *out, const size_t *counts, const size_t *displs,
                                            gyre_type_t type, int root, gyre_request_t **req);

/* Block i of root's in, count elements, to member i's out. */
GYRE_EXPORT gyre_status_t gyre_scatter(gyre_comm_t *comm, const void *in, void *out, size_t count,
                                       gyre_type_t type, int root);
GYRE_EXPORT gyre_status_t gyre_iscatter(gyre_comm_t *comm, const void *in, void *out, size_t count,
                                        gyre_type_t type, int root, gyre_request_t **req);
GYRE_EXPORT gyre_status_t gyre_scatter_init(gyre_comm_t *comm, const void *in, void *out,
                                            size_t count, gyre_type_t type, int root,
                                            gyre_request_t **req);

/* scatter of counts[i] elements from element displs[i] of root's in to member i. */
GYRE_EXPORT gyre_status_t gyre_scatterv(gyre_comm_t *comm, const void *in, const size_t *counts,
                                        const size_t *displs, void *out, size_t count,
                                        gyre_type_t type, int root);
GYRE_EXPORT gyre_status_t gyre_iscatterv(gyre_comm_t *comm, const void *in, const size_t *counts,
                                         const size_t *displs, void *out, size_t count,
                                         gyre_type_t type, int root, gyre_request_t **req);
GYRE_EXPORT gyre_status_t gyre_scatterv_init(gyre_comm_t *comm, const void *in,
                                             const size_t *counts, const size_t *displs, void *out,
                                             size_t count, gyre_type_t type, int root,
                                             gyre_request_t **req);

/* count elements of each member, in rank order, to every out. */
GYRE_EXPORT gyre_status_t gyre_allgather(gyre_comm_t *comm, const void *in, void *out, size_t count,
                                         gyre_type_t type);
GYRE_EXPORT gyre_status_t gyre_iallgather(gyre_comm_t *comm, const void *in, void *out,
                                          size_t count, gyre_type_t type, gyre_request_t **req);
GYRE_EXPORT gyre_status_t gyre_allgather_init(gyre_comm_t *comm, const void *in, void *out,
                                              size_t count, gyre_type_t type, gyre_request_t **req);

/* allgather of counts[i] elements of member i to element displs[i] of every out. */
GYRE_EXPORT gyre_status_t gyre_allgatherv(gyre_comm_t *comm, const void *in, size_t count,
                                          void *out, const size_t *counts, const size_t *displs,
                                          gyre_type_t type);
GYRE_EXPORT gyre_status_t gyre_iallgatherv(gyre_comm_t *comm, const void *in, size_t count,
                                           void *out, const size_t *counts, const size_t *displs,
                                           gyre_type_t type, gyre_request_t **req);
GYRE_EXPORT gyre_status_t gyre_allgatherv_init(gyre_comm_t *comm, const void *in, size_t count,
                                               void *out, const size_t *counts,
                                               const size_t *displs, gyre_type_t type,
                                               gyre_request_t **req);

/* Block i of in, count elements, to block (own rank) of member i's out. */
GYRE_EXPORT gyre_status_t gyre_alltoall(gyre_comm_t *comm, const void *in, void *out, size_t count,
                                        gyre_type_t type);
GYRE_EXPORT gyre_status_t gyre_ialltoall(gyre_comm_t *comm, const void *in, void *out, size_t count,
                                         gyre_type_t type, gyre_request_t **req);
GYRE_EXPORT gyre_status_t gyre_alltoall_init(gyre_comm_t *comm, const void *in, void *out,
                                             size_t count, gyre_type_t type, gyre_request_t **req);

/* alltoall of in_counts[i] elements from in_displs[i] to member i; out_counts[i] from member i
 * to out_displs[i]. */
GYRE_EXPORT gyre_status_t gyre_alltoallv(gyre_comm_t *comm, const void *in, const size_t *in_counts,
                                         const size_t *in_displs, void *out,
                                         const size_t *out_counts, const size_t *out_displs,
                                         gyre_type_t type);
GYRE_EXPORT gyre_status_t gyre_ialltoallv(gyre_comm_t *comm, const void *in,
                                          const size_t *in_counts, const size_t *in_displs,
                                          void *out, const size_t *out_counts,
                                          const size_t *out_displs, gyre_type_t type,
                                          gyre_request_t **req);
GYRE_EXPORT gyre_status_t gyre_alltoallv_init(gyre_comm_t *comm, const void *in,
                                              const size_t *in_counts, const size_t *in_displs,
                                              void *out, const size_t *out_counts,
                                              const size_t *out_displs, gyre_type_t type,
                                              gyre_request_t **req);

/* The reduction of the in of members 0 to self. */
GYRE_EXPORT gyre_status_t gyre_scan(gyre_comm_t *comm, const void *in, void *out, size_t count,
                                    gyre_type_t type, gyre_op_t op);
GYRE_EXPORT gyre_status_t gyre_iscan(gyre_comm_t *comm, const void *in, void *out, size_t count,
                                     gyre_type_t type, gyre_op_t op, gyre_request_t **req);
GYRE_EXPORT gyre_status_t gyre_scan_init(gyre_comm_t *comm, const void *in, void *out, size_t count,
                                         gyre_type_t type, gyre_op_t op, gyre_request_t **req);

/* The reduction of the in of members before self; member 0's out is left alone. */
GYRE_EXPORT gyre_status_t gyre_exscan(gyre_comm_t *comm, const void *in, void *out, size_t count,
                                      gyre_type_t type, gyre_op_t op);
GYRE_EXPORT gyre_status_t gyre_iexscan(gyre_comm_t *comm, const void *in, void *out, size_t count,
                                       gyre_type_t type, gyre_op_t op, gyre_request_t **req);
GYRE_EXPORT gyre_status_t gyre_exscan_init(gyre_comm_t *comm, const void *in, void *out,
                                           size_t count, gyre_type_t type, gyre_op_t op,
                                           gyre_request_t **req);

/* in to every destination; a block of count elements from each source, in their order. */
GYRE_EXPORT gyre_status_t gyre_neighbor_allgather(gyre_comm_t *comm, const void *in, void *out,
                                                  size_t count, gyre_type_t type);
GYRE_EXPORT gyre_status_t gyre_ineighbor_allgather(gyre_comm_t *comm, const void *in, void *out,
                                                   size_t count, gyre_type_t type,
                                                   gyre_request_t **req);
GYRE_EXPORT gyre_status_t gyre_neighbor_allgather_init(gyre_comm_t *comm, const void *in, void *out,
                                                       size_t count, gyre_type_t type,
                                                       gyre_request_t **req);

/* neighbor_allgather of counts[i] elements from source i to element displs[i] of out. */
GYRE_EXPORT gyre_status_t gyre_neighbor_allgatherv(gyre_comm_t *comm, const void *in, size_t count,
                                                   void *out, const size_t *counts,
                                                   const size_t *displs, gyre_type_t type);
GYRE_EXPORT gyre_status_t gyre_ineighbor_allgatherv(gyre_comm_t *comm, const void *in, size_t count,
                                                    void *out, const size_t *counts,
                                                    const size_t *displs, gyre_type_t type,
                                                    gyre_request_t **req);
GYRE_EXPORT gyre_status_t gyre_neighbor_allgatherv_init(gyre_comm_t *comm, const void *in,
                                                        size_t count, void *out,
                                                        const size_t *counts, const size_t *displs,
                                                        gyre_type_t type, gyre_request_t **req);

/* Block i of in to destination i; a block from each source, in their order. */
GYRE_EXPORT gyre_status_t gyre_neighbor_alltoall(gyre_comm_t *comm, const void *in, void *out,
                                                 size_t count, gyre_type_t type);
GYRE_EXPORT gyre_status_t gyre_ineighbor_alltoall(gyre_comm_t *comm, const void *in, void *out,
                                                  size_t count, gyre_type_t type,
                                                  gyre_request_t **req);
GYRE_EXPORT gyre_status_t gyre_neighbor_alltoall_init(gyre_comm_t *comm, const void *in, void *out,
                                                      size_t count, gyre_type_t type,
                                                      gyre_request_t **req);

/* neighbor_alltoall of in_counts[i] elements to destination i, out_counts[i] from source i. */
GYRE_EXPORT gyre_status_t gyre_neighbor_alltoallv(gyre_comm_t *comm, const void *in,
                                                  const size_t *in_counts, const size_t *in_displs,
                                                  void *out, const size_t *out_counts,
                                                  const size_t *out_displs, gyre_type_t type);
GYRE_EXPORT gyre_status_t gyre_ineighbor_alltoallv(gyre_comm_t *comm, const void *in,
                                                   const size_t *in_counts, const size_t *in_displs,
                                                   void *out, const size_t *out_counts,
                                                   const size_t *out_displs, gyre_type_t type,
                                                   gyre_request_t **req);
GYRE_EXPORT gyre_status_t gyre_neighbor_alltoallv_init(gyre_comm_t *comm, const void *in,
                                                       const size_t *in_counts,
                                                       const size_t *in_displs, void *out,
                                                       const size_t *out_counts,
                                                       const size_t *out_displs, gyre_type_t type,
                                                       gyre_request_t **req);

#ifdef __cplusplus
}
#endif
#endif
