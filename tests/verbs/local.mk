# SPDX-License-Identifier: Apache-2.0
# make check-verbs: the wire tests over RDMA verbs, in QEMU guests with a software RDMA device.
EXTRA_DIST += %D%/check-verbs.sh %D%/guest.sh %D%/image.sh %D%/init %D%/packages.txt %D%/pair.sh %D%/vm.sh

.PHONY: check-verbs
check-verbs: all $(check_PROGRAMS)
	@LIBTOOL='$(LIBTOOL)' $(srcdir)/%D%/check-verbs.sh %D%/image \
	    gyre tests/lib/pmix-hub/pmix-hub tests/comm/wire-am tests/comm/wire-death \
	    tests/comm/wire-rma tests/comm/wire-tagged || test $$? -eq 77
