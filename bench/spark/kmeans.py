# SPDX-License-Identifier: Apache-2.0
"""K-means in Spark's MLlib: spark-submit kmeans.py POINTS CENTERS TURNS.

Begins from random points, as many as CENTERS has lines, for that costs next to nothing and DataFrames
take no others. Says how long the turns took, from points that are in memory.
"""
import sys
import time

from pyspark.ml.clustering import KMeans
from pyspark.ml.feature import VectorAssembler
from pyspark.sql import SparkSession


def main():
    source, centers, turns = sys.argv[1:]
    with open(centers, encoding="ascii") as lines:
        count = len(lines.readlines())
    with SparkSession.builder.getOrCreate() as session:
        rows = session.read.csv(source, inferSchema=True)
        rows = VectorAssembler(inputCols=rows.columns, outputCol="features").transform(rows)
        points = rows.select("features").cache()
        points.count()
        start = time.monotonic()
        KMeans(k=count, maxIter=int(turns), tol=0, initMode="random", seed=1).fit(points)
        print(f"job: {time.monotonic() - start:.3f} s", flush=True)


if __name__ == "__main__":
    main()
