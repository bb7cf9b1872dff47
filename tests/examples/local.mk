# Every example runs and finds its own answer right; word count and TeraSort against coreutils.
TESTS += %D%/run.sh %D%/terasort.sh %D%/wordcount.sh
EXTRA_DIST += %D%/run.sh %D%/terasort.sh %D%/wordcount.sh
