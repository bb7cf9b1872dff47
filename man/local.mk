# man
dist_man_MANS += %D%/gyre-bench.1
