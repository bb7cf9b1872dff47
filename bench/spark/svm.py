# SPDX-License-Identifier: Apache-2.0
"""A support vector machine in Spark's MLlib: spark-submit svm.py SAMPLES ITERATIONS.

MLlib's DataFrames know OWL-QN only, where one iteration is a pass over all samples or a few. Says
how long the iterations took, from samples that are in memory.
"""
import sys
import time

from pyspark.ml.classification import LinearSVC
from pyspark.ml.feature import VectorAssembler
from pyspark.sql import SparkSession


def main():
    source, turns = sys.argv[1:]
    with SparkSession.builder.getOrCreate() as session:
        rows = session.read.csv(source, inferSchema=True)
        label, *features = rows.columns
        rows = VectorAssembler(inputCols=features, outputCol="features").transform(rows)
        samples = rows.selectExpr("features", f"double({label} > 0) as label").cache()
        samples.count()
        start = time.monotonic()
        LinearSVC(maxIter=int(turns), tol=0, standardization=False).fit(samples)
        print(f"job: {time.monotonic() - start:.3f} s", flush=True)


if __name__ == "__main__":
    main()
