# lib: what concerns the library as a whole.
noinst_LTLIBRARIES += libgyre_lib.la
libgyre_lib_la_SOURCES = %D%/config.c
