/* SPDX-License-Identifier: Apache-2.0 */
/* What the MPI side's two files share. */
#ifndef GYRE_BENCH_MPI_SIDE_H
#define GYRE_BENCH_MPI_SIDE_H

#include "../coll.h"

#include <mpi.h>

extern const gyre__bench_coll_side_t gyre__bench_mpi_collectives;

#endif
