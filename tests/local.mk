# Unit tests by room (tests mirrors src), then checks of the tree itself.
include %D%/lib/local.mk
include %D%/base/local.mk
include %D%/comm/local.mk
include %D%/launch/local.mk
include %D%/bench/local.mk
