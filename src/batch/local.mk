# batch: columns in Arrow layout. Stands on base alone.
noinst_LTLIBRARIES += libgyre_batch.la
libgyre_batch_la_CPPFLAGS = $(AM_CPPFLAGS) $(XXHASH_CFLAGS)
libgyre_batch_la_LIBADD = $(XXHASH_LIBS) -lm
libgyre_batch_la_SOURCES = \
	%D%/append.c \
	%D%/append_column.c \
	%D%/batch.c \
	%D%/bits.c %D%/bits.h \
	%D%/buffer.c %D%/buffer.h \
	%D%/builder.c %D%/builder.h \
	%D%/check.c \
	%D%/column.c %D%/column.h \
	%D%/equal.c \
	%D%/kind.h \
	%D%/print.c \
	%D%/schema.c \
	%D%/size.c \
	%D%/text.h \
	%D%/text_type.c \
	%D%/text_value.c
