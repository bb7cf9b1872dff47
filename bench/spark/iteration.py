# SPDX-License-Identifier: Apache-2.0
"""A turn of a loop in Spark that does nothing: spark-submit iteration.py TURNS.

Each is a job of two tasks, which count the rows that they have in memory, and what they found
added up by the driver; no Python in between. Says how long one took, in microseconds.
"""
import sys
import time

from pyspark.sql import SparkSession


def main():
    turns = int(sys.argv[1])
    with SparkSession.builder.getOrCreate() as session:
        rows = session.range(0, 2, 1, 2)._jdf.rdd().cache()
        for _ in range(turns):  # until what runs often is compiled
            rows.count()
        start = time.monotonic()
        for _ in range(turns):
            rows.count()
        print(f"turn: {(time.monotonic() - start) / turns * 1e6:.0f} us", flush=True)


if __name__ == "__main__":
    main()
