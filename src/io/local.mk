# io: byte stores, inputs and their splits, readers of formats, outputs.
noinst_LTLIBRARIES += libgyre_io.la
libgyre_io_la_CPPFLAGS = $(AM_CPPFLAGS) $(ZLIB_CFLAGS) $(ZSTD_CFLAGS)
libgyre_io_la_LIBADD = $(ZLIB_LIBS) $(ZSTD_LIBS)
libgyre_io_la_SOURCES = \
	%D%/codec.c %D%/codec.h \
	%D%/csv.h \
	%D%/csv_bad.c %D%/csv_bad.h \
	%D%/csv_infer.c \
	%D%/csv_read.c \
	%D%/csv_rows.c \
	%D%/csv_scan.c \
	%D%/csv_value.c \
	%D%/csv_write.c \
	%D%/glob.c %D%/glob.h \
	%D%/input.c %D%/input.h \
	%D%/lines.c \
	%D%/locality.c \
	%D%/moment.c %D%/moment.h \
	%D%/number.c %D%/number.h \
	%D%/output.c \
	%D%/part.c %D%/part.h \
	%D%/posix.c %D%/posix.h \
	%D%/posix_draft.c \
	%D%/records.c \
	%D%/split.c \
	%D%/store.c %D%/store.h \
	%D%/stream.c %D%/stream.h \
	%D%/whole.c \
	%D%/window.c %D%/window.h
if WITH_ZLIB
libgyre_io_la_SOURCES += %D%/gzip.c
endif
if WITH_ZSTD
libgyre_io_la_SOURCES += %D%/zstd.c
endif
