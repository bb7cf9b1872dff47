# base: status, log, configuration, memory, containers. Includes nothing of other rooms.
noinst_LTLIBRARIES += libgyre_base.la
libgyre_base_la_SOURCES = \
	%D%/buf.c %D%/buf.h \
	%D%/bytes.c %D%/bytes.h \
	%D%/clock.h \
	%D%/clones.h \
	%D%/conf.c %D%/conf.h \
	%D%/conf_file.c \
	%D%/conf_nearest.c \
	%D%/conf_value.c %D%/conf_value.h \
	%D%/cpu.h \
	%D%/error.c %D%/error.h \
	%D%/list.h \
	%D%/log.c %D%/log.h \
	%D%/map.c %D%/map.h \
	%D%/pool.c %D%/pool.h \
	%D%/status.c \
	%D%/transfer.c %D%/transfer.h
