#!/bin/sh
# The provider contract over libfabric's TCP: through rxm, which makes datagrams of connections.
FI_PROVIDER='tcp;ofi_rxm' exec timeout 300 ./tests/comm/test-net ofi
