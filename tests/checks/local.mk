# Checks of the tree.
if !WITH_CRITERION
TESTS += %D%/no-criterion.sh
endif
EXTRA_DIST += %D%/no-criterion.sh
