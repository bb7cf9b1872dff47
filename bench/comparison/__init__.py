# SPDX-License-Identifier: Apache-2.0
"""What bench/compare is made of: figures, output, launch, sides, hosts."""
