# SPDX-License-Identifier: Apache-2.0
# make check-verbs: the wire tests over RDMA verbs, in QEMU guests with a software RDMA device.
EXTRA_DIST += %D%/check-verbs.sh %D%/guest.sh %D%/image.sh %D%/init %D%/packages.txt %D%/pair.sh %D%/vm.sh

.PHONY: check-verbs
check-verbs: all $(check_PROGRAMS)
	@LIBTOOL='$(LIBTOOL)' $(srcdir)/%D%/check-verbs.sh %D%/image \
	    `find gyre tests/lib/pmix-hub/pmix-hub tests/comm/test-net tests/comm/wire-* -type f -perm -100 2> /dev/null` || test $$? -eq 77
