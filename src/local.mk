# libgyre: every room is a convenience library, so that unit tests reach what the map hides.
include %D%/include/local.mk
include %D%/base/local.mk
include %D%/batch/local.mk
include %D%/comm/local.mk
include %D%/dataflow/local.mk
include %D%/harp/local.mk
include %D%/io/local.mk
include %D%/launch/local.mk
include %D%/lib/local.mk
include %D%/tasks/local.mk
include %D%/tset/local.mk

lib_LTLIBRARIES += libgyre.la
libgyre_la_SOURCES =
rooms = libgyre_lib.la libgyre_tset.la libgyre_tasks.la libgyre_dataflow.la libgyre_harp.la libgyre_comm.la libgyre_io.la libgyre_batch.la libgyre_base.la
libgyre_la_LIBADD = $(rooms)
libgyre_la_LDFLAGS = -version-info $(so_version) -no-undefined \
	-Wl,--version-script=$(top_srcdir)/src/gyre.map
libgyre_la_DEPENDENCIES = $(rooms) %D%/gyre.map
EXTRA_DIST += %D%/gyre.map
