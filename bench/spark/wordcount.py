# SPDX-License-Identifier: Apache-2.0
"""Word count in Spark, for bench/jobs: spark-submit wordcount.py dataframe|rdd IN OUT.

Words stand between single spaces, so no pattern is needed to find them. Says how long the job took,
from a session that is up to the last part written.
"""
import sys
import time

from pyspark.sql import SparkSession
from pyspark.sql.functions import explode, split


def dataframe(session, source, out):
    words = session.read.text(source).select(explode(split("value", " ")).alias("word"))
    words.groupBy("word").count().write.csv(out, sep="\t")


def rdd(session, source, out):
    words = session.sparkContext.textFile(source).flatMap(lambda line: line.split(" "))
    counts = words.map(lambda word: (word, 1)).reduceByKey(lambda a, b: a + b)
    counts.map(lambda pair: f"{pair[0]}\t{pair[1]}").saveAsTextFile(out)


def main():
    job, source, out = sys.argv[1:]
    with SparkSession.builder.getOrCreate() as session:
        start = time.monotonic()
        {"dataframe": dataframe, "rdd": rdd}[job](session, source, out)
        print(f"job: {time.monotonic() - start:.3f} s", flush=True)


if __name__ == "__main__":
    main()
