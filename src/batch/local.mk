# batch: columns in Arrow layout. Stands on base alone.
noinst_LTLIBRARIES += libgyre_batch.la
libgyre_batch_la_CPPFLAGS = $(AM_CPPFLAGS) $(XXHASH_CFLAGS) $(LZ4_CFLAGS) $(ZSTD_CFLAGS)
libgyre_batch_la_LIBADD = $(XXHASH_LIBS) $(LZ4_LIBS) $(ZSTD_LIBS) -lm
libgyre_batch_la_SOURCES = \
	%D%/append.c \
	%D%/append_column.c \
	%D%/append_rows.c \
	%D%/arrow_export.c \
	%D%/arrow_import.c \
	%D%/arrow_schema.c \
	%D%/arrow_schema_import.c \
	%D%/arrow_stream.c \
	%D%/batch.c \
	%D%/bits.c %D%/bits.h \
	%D%/buffer.c %D%/buffer.h \
	%D%/builder.c %D%/builder.h \
	%D%/check.c \
	%D%/column.c %D%/column.h \
	%D%/compare.c %D%/compare.h \
	%D%/concatenate.c \
	%D%/equal.c %D%/equal.h \
	%D%/filter.c \
	%D%/frame.c %D%/frame.h \
	%D%/group.c %D%/group.h \
	%D%/group_fold.c \
	%D%/group_index.c \
	%D%/group_keys.c \
	%D%/group_result.c \
	%D%/group_single.c \
	%D%/hash.c %D%/hash.h \
	%D%/kind.h \
	%D%/merge.c %D%/merge.h \
	%D%/message.h \
	%D%/pack.c \
	%D%/pick.c %D%/pick.h \
	%D%/print.c \
	%D%/radix.c %D%/radix.h \
	%D%/run.c %D%/run.h \
	%D%/schema.c %D%/schema.h \
	%D%/schema_pack.c %D%/schema_pack.h \
	%D%/schema_unpack.c \
	%D%/sheet.c %D%/sheet.h \
	%D%/size.c \
	%D%/sort.c \
	%D%/spill.c %D%/spill.h \
	%D%/squeeze.c %D%/squeeze.h \
	%D%/take.c %D%/take.h \
	%D%/take_bytes.c \
	%D%/text.h \
	%D%/text_type.c \
	%D%/text_value.c \
	%D%/unpack.c \
	%D%/word.h \
	%D%/words.c
