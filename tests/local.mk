# Tests by room (tests mirrors src), then checks of the tree itself. A test runs in the top build
# folder with srcdir set, under a time limit; 77 means skipped.
TEST_EXTENSIONS = .sh
LOG_COMPILER = timeout
AM_LOG_FLAGS = -k 5 300
SH_LOG_COMPILER = timeout
AM_SH_LOG_FLAGS = -k 5 300
AM_TESTS_ENVIRONMENT = CC='$(CC)'; CXX='$(CXX)'; NM='$(NM)'; export CC CXX NM;

noinst_HEADERS += %D%/lib/random.h
include %D%/lib/local.mk
include %D%/base/local.mk
include %D%/comm/local.mk
include %D%/launch/local.mk
include %D%/bench/local.mk
include %D%/checks/local.mk
