# Tests of launch.
