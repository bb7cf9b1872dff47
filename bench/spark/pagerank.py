# SPDX-License-Identifier: Apache-2.0
"""PageRank in Spark, by GraphX: spark-submit pagerank.py EDGES TURNS.

EDGES has a row "from to" for each. Says how long the turns took, from a graph that is in memory.
"""
import sys
import time

from pyspark.sql import SparkSession


def main():
    source, turns = sys.argv[1:]
    with SparkSession.builder.getOrCreate() as session:
        java, context = session._jvm, session.sparkContext
        any_class = java.scala.reflect.ClassTag.apply(java.java.lang.Integer.TYPE)
        memory = java.org.apache.spark.storage.StorageLevel.MEMORY_ONLY()
        graph = java.org.apache.spark.graphx.GraphLoader.edgeListFile(
            context._jsc.sc(), source, False, context.defaultParallelism, memory, memory)
        graph.edges().count()
        graph.vertices().count()
        start = time.monotonic()
        ranks = java.org.apache.spark.graphx.lib.PageRank.run(
            graph, int(turns), 0.15, any_class, any_class)
        ranks.vertices().count()
        print(f"job: {time.monotonic() - start:.3f} s", flush=True)


if __name__ == "__main__":
    main()
