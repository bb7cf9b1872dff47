/* SPDX-License-Identifier: Apache-2.0 */
/* Start-up in MPI: initialise, one barrier, finalise. bench/startup.c is ours. */
#include <mpi.h>
#include <stddef.h>

int main(void)
{
    int status = MPI_Init(NULL, NULL);
    if (!status)
        status = MPI_Barrier(MPI_COMM_WORLD);
    MPI_Finalize();
    return status != MPI_SUCCESS;
}
