# Every example runs and finds its own answer right; joins, word count and TeraSort against
# coreutils, operators and applications against an oracle.
TESTS += %D%/comms.sh %D%/data.sh %D%/graphs.sh %D%/join.sh %D%/real.sh %D%/run.sh %D%/sets.sh %D%/terasort.sh %D%/wordcount.sh
EXTRA_DIST += %D%/comms.sh %D%/data.sh %D%/graphs.sh %D%/join.sh %D%/real.sh %D%/run.sh %D%/sets.sh %D%/terasort.sh %D%/wordcount.sh
