# Checks of the tree.
checks = %D%/check-conf.sh %D%/check-examples.sh %D%/check-headers.sh %D%/check-layers.sh \
	%D%/check-man.sh %D%/check-symbols.sh %D%/check-usage.sh
TESTS += $(checks)
if !WITH_CRITERION
TESTS += %D%/no-criterion.sh
endif
EXTRA_DIST += $(checks) %D%/lib.sh %D%/no-criterion.sh
