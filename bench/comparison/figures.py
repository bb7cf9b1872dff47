# SPDX-License-Identifier: Apache-2.0
"""From samples to ratios.

A sample is {"op", "side", "size", "round", "value"} and, other than 2, "ranks". A cell that was
stopped has "over": the seconds that it had, and no value: it counts as slower than everything. One
whose bytes were wrong has "invalid" and does not count at all.
"""
import math
import statistics

PAIRS = ["latency", "bandwidth", "bibandwidth", "rate", "put", "get", "atomic"]
REDUCTIONS = ["reduce", "allreduce", "reduce_scatter", "reduce_scatter_block", "scan", "exscan"]
COLLECTIVES = ["barrier", "bcast", "reduce", "allreduce", "reduce_scatter", "reduce_scatter_block",
               "gather", "gatherv", "scatter", "scatterv", "allgather", "allgatherv", "alltoall",
               "alltoallv", "scan", "exscan", "neighbor_allgather", "neighbor_allgatherv",
               "neighbor_alltoall", "neighbor_alltoallv"]
OPS = PAIRS + ["startup"] + COLLECTIVES
UNITS = {"bandwidth": "MB/s", "bibandwidth": "MB/s", "rate": "messages/s", "startup": "ms"}
# Peers as they come, with what they have against too many ranks; all others are tuned.
PLAIN = {"ompi", "ompi-yield", "mpich", "ucx"}


def unit(op):
    return UNITS.get(op, "us")


def more_is_better(op):
    return op in ("bandwidth", "bibandwidth", "rate")


def title(op, ranks):
    return op if ranks == 2 and op not in COLLECTIVES else f"{op}, {ranks} ranks"


def cost(op, mine, theirs):
    return theirs / mine if more_is_better(op) else mine / theirs


def figure(sample):
    return math.inf if sample.get("over") else sample["value"]


def cells(samples, ours):
    """One dictionary per (op, ranks, size) that ours and at least one peer measured."""
    values, limits = {}, {}
    for s in samples:
        key = (s["op"], s.get("ranks", 2), s["size"])
        if s.get("invalid"):
            continue
        values.setdefault(key, {}).setdefault(s["side"], {})[s["round"]] = figure(s)
        if s.get("over"):
            limits.setdefault(key, {})[s["side"]] = s["over"]
    return [cell(key, sides, ours, limits.get(key, {}))
            for key, sides in values.items() if ours in sides and len(sides) > 1]


def cell(key, sides, ours, limits):
    op, ranks, size = key
    medians = {side: statistics.median(rounds.values()) for side, rounds in sides.items()}
    peers = [side for side in medians if side != ours]
    plain = [side for side in peers if side in PLAIN] or peers
    result = {"op": op, "ranks": ranks, "size": size, "medians": medians,
              "over": {side: limit for side, limit in limits.items()
                       if math.isinf(medians.get(side, 0))}}
    result["best"], result["ratio"] = against(op, medians, ours, plain)
    shared = [r for r in sides[ours] if all(r in sides[p] for p in plain)]
    pick = max if more_is_better(op) else min
    result["won"] = sum(cost(op, sides[ours][r], pick(sides[p][r] for p in plain)) < 1
                        for r in shared if not math.isinf(sides[ours][r]))
    result["rounds"] = len(shared)
    if len(plain) < len(peers):
        result["known_best"], result["known_ratio"] = against(op, medians, ours, peers)
    return result


def against(op, medians, ours, peers):
    """The best of the peers and our cost over its; 0 where every one of them was stopped."""
    pick = max if more_is_better(op) else min
    best = pick(peers, key=lambda side: medians[side])
    if math.isinf(medians[ours]):
        return best, math.inf
    return best, cost(op, medians[ours], medians[best])


def geometric_mean(numbers):
    """Of those that are a ratio; None: of none."""
    logs = [math.log(n) for n in numbers if 0 < n < math.inf]
    return math.exp(statistics.fmean(logs)) if logs else None


def summary(samples, ours):
    table = cells(samples, ours)
    table.sort(key=lambda c: (OPS.index(c["op"]), c["ranks"], c["size"]))
    groups = {}
    for c in table:
        groups.setdefault(title(c["op"], c["ranks"]), []).append(c)
    result = {"ours": ours, "cells": table, "groups": groups,
              "means": {name: geometric_mean(c["ratio"] for c in rows)
                        for name, rows in groups.items()},
              "overall": overall(table, "ratio"),
              "losing": [c for c in table if c["ratio"] > 1],
              "invalid": invalid(samples)}
    if any("known_ratio" in c for c in table):
        known = [c for c in table if "known_ratio" in c]
        result["known_means"] = {name: geometric_mean(c.get("known_ratio", 0) for c in rows)
                                 for name, rows in groups.items()}
        result["known_overall"] = overall(known, "known_ratio")
        result["known_losing"] = [c for c in known if c["known_ratio"] > 1.05]
    return result


def overall(table, key):
    """Means by number of ranks, and of all cells."""
    counts = sorted({c["ranks"] for c in table})
    means = {f"{n} ranks": geometric_mean(c[key] for c in table if c["ranks"] == n) for n in counts}
    means["all"] = geometric_mean(c[key] for c in table)
    return means


def invalid(samples):
    return sorted({f"{s['side']}: {title(s['op'], s.get('ranks', 2))}, size {s['size']}"
                   for s in samples if s.get("invalid")})


def plain_json(value):
    """The same without infinities, which JSON has not."""
    if isinstance(value, dict):
        return {key: plain_json(item) for key, item in value.items() if key != "groups"}
    if isinstance(value, list):
        return [plain_json(item) for item in value]
    return None if isinstance(value, float) and math.isinf(value) else value
