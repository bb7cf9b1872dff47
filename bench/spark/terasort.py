# SPDX-License-Identifier: Apache-2.0
"""TeraSort in Spark: spark-submit terasort.py IN OUT, on records that are lines.

Lines keep all work inside Spark's own engine: records of any bytes would go through Python one by
one. Says how long the job took, from a session that is up to the last part written.
"""
import sys
import time

from pyspark.sql import SparkSession
from pyspark.sql.functions import substring


def main():
    source, out = sys.argv[1:]
    with SparkSession.builder.getOrCreate() as session:
        start = time.monotonic()
        session.read.text(source).sort(substring("value", 1, 10)).write.text(out)
        print(f"job: {time.monotonic() - start:.3f} s", flush=True)


if __name__ == "__main__":
    main()
