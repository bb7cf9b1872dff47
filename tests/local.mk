# Tests by room (tests mirrors src), then checks of the tree itself. A test runs in the top build
# folder with srcdir set, under a time limit; 77 means skipped.
TEST_EXTENSIONS = .sh
LOG_COMPILER = $(top_srcdir)/%D%/lib/run.sh
AM_LOG_FLAGS = 900
SH_LOG_COMPILER = $(LOG_COMPILER)
AM_SH_LOG_FLAGS = 900
AM_TESTS_ENVIRONMENT = CC='$(CC)'; CXX='$(CXX)'; NM='$(NM)'; export CC CXX NM;

noinst_HEADERS += %D%/lib/random.h
EXTRA_DIST += %D%/packages.txt %D%/sanitizers.sh %D%/thread-sanitizer.sh %D%/lib/lsan.supp %D%/lib/run.sh
include %D%/lib/local.mk
include %D%/base/local.mk
include %D%/batch/local.mk
include %D%/comm/local.mk
include %D%/dataflow/local.mk
include %D%/tasks/local.mk
include %D%/tset/local.mk
include %D%/harp/local.mk
include %D%/io/local.mk
include %D%/launch/local.mk
include %D%/openmpi/local.mk
include %D%/slurm/local.mk
include %D%/bench/local.mk
include %D%/examples/local.mk
include %D%/verbs/local.mk
include %D%/checks/local.mk
