# Every example runs and finds its own answer right; word count against coreutils.
TESTS += %D%/run.sh %D%/wordcount.sh
EXTRA_DIST += %D%/run.sh %D%/wordcount.sh
