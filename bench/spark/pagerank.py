# SPDX-License-Identifier: Apache-2.0
"""PageRank in Spark, by DataFrames: spark-submit pagerank.py EDGES TURNS.

Vertices without edges give nothing to others, which saves Spark a sum. Says how long the turns took,
from edges that are in memory with the number of edges that leave where they begin.
"""
import sys
import time

from pyspark.sql import SparkSession
from pyspark.sql.functions import lit
from pyspark.sql.functions import sum as total


def main():
    source, turns = sys.argv[1:]
    with SparkSession.builder.getOrCreate() as session:
        session.conf.set("spark.sql.shuffle.partitions", session.sparkContext.defaultParallelism)
        edges = session.read.csv(source, schema="start int, end int")
        edges = edges.join(edges.groupBy("start").count(), "start").cache()
        edges.count()
        ranks = edges.select("start").distinct().withColumn("rank", lit(1.0)).localCheckpoint()
        start = time.monotonic()
        for _ in range(int(turns)):
            given = edges.join(ranks, "start").selectExpr("end as start", "rank / count as share")
            sums = given.groupBy("start").agg(total("share").alias("sum"))
            ranks = sums.selectExpr("start", "0.15 + 0.85 * sum as rank").localCheckpoint()
        print(f"job: {time.monotonic() - start:.3f} s", flush=True)


if __name__ == "__main__":
    main()
