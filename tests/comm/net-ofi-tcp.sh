#!/bin/sh
# The provider contract over libfabric's TCP: through rxm, which makes datagrams of connections.
FI_PROVIDER='tcp;ofi_rxm' exec ./tests/comm/test-net ofi
