# Every example runs and finds its own answer right; word count and TeraSort against coreutils,
# operators against an oracle.
TESTS += %D%/comms.sh %D%/run.sh %D%/terasort.sh %D%/wordcount.sh
EXTRA_DIST += %D%/comms.sh %D%/run.sh %D%/terasort.sh %D%/wordcount.sh
