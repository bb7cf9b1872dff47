# SPDX-License-Identifier: Apache-2.0
"""A summary as text for a terminal and as Markdown for doc/performance.md."""
import math

from . import figures


def number(value):
    return f"{value:.3f}" if value < 1000 else f"{value:.0f}"


def median(c, side):
    if side in c["over"]:
        return f"> {c['over'][side]:g} s"
    return number(c["medians"][side]) if side in c["medians"] else "-"


def ratio(value):
    if value is None:
        return "-"
    return "stuck" if math.isinf(value) else f"{value:.2f}"


def sides_of(rows, ours):
    return [ours] + sorted({side for c in rows for side in c["medians"]} - {ours})


def print_group(name, rows, result):
    op, ours = rows[0]["op"], result["ours"]
    sides = sides_of(rows, ours)
    widths = [max(12, len(side) + 2) for side in sides]
    known = any("known_ratio" in c for c in rows)
    print(f"\n{name} ({figures.unit(op)})")
    print(f"{'ranks' if op == 'startup' else 'size':>10}" +
          "".join(f"{s:>{w}}" for s, w in zip(sides, widths)) + f"{'ratio':>9}  {'best peer':<10}" +
          f"{'won':>7}" + (f"{'known':>9}  best known" if known else ""))
    for c in rows:
        print(f"{c['size']:>10}" + "".join(f"{median(c, s):>{w}}" for s, w in zip(sides, widths)) +
              f"{ratio(c['ratio']):>9}  {c['best']:<10}{c['won']:>4}/{c['rounds']}" +
              (f"{ratio(c.get('known_ratio')):>9}  {c.get('known_best', '-')}" if known else ""))
    print(f"{'geometric mean of the ratios':>{10 + sum(widths)}}{ratio(result['means'][name]):>9}" +
          (f"{ratio(result['known_means'][name]):>28}" if known else ""))


def cell_line(c, key="ratio", best="best"):
    text = f"{figures.title(c['op'], c['ranks'])} {c['size']}: "
    if math.isinf(c[key]):
        return text + "ours was stopped"
    return text + f"{c[key]:.2f} against {c[best]}"


def print_losing(cells, count, key, best, what):
    print(f"\n{what}: {len(cells)} of {count}")
    for c in sorted(cells, key=lambda c: -c[key]):
        print(f"  {cell_line(c, key, best)}")


def print_summary(result):
    print("ratio: our cost / the best peer's, below 1 ours is better")
    for name, rows in result["groups"].items():
        print_group(name, rows, result)
    print("\ngeometric means: " + ", ".join(f"{name} {ratio(mean)}"
                                            for name, mean in result["overall"].items()))
    if "known_overall" in result:
        print("against the best known: " + ", ".join(
            f"{name} {ratio(mean)}" for name, mean in result["known_overall"].items()))
    print_losing(result["losing"], len(result["cells"]), "ratio", "best", "losing cells")
    if "known_losing" in result:
        print_losing(result["known_losing"], len(result["cells"]), "known_ratio", "known_best",
                     "cells above 1.05 of the best known")
    for line in result["invalid"]:
        print(f"wrong bytes from {line}")


def table(head, rows):
    print("| " + " | ".join(head) + " |")
    print("| --- |" + " --: |" * (len(head) - 1))
    for row in rows:
        print("| " + " | ".join(row) + " |")
    print()


def print_means(result, means, name):
    """Operations down, numbers of ranks across."""
    cells = result["cells"]
    counts = sorted({c["ranks"] for c in cells})
    ops = list(dict.fromkeys(c["op"] for c in cells))
    rows = [[op] + [ratio(means.get(figures.title(op, n))) for n in counts] for op in ops]
    total = result["overall" if means is result["means"] else "known_overall"]
    rows.append(["all"] + [ratio(total.get(f"{n} ranks")) for n in counts])
    print(f"Geometric means of the ratios, {name}; all cells: {ratio(total['all'])}.\n")
    table(["operation"] + [f"{n} ranks" for n in counts], rows)


def print_markdown(result, made_by):
    print(f"Made by `{made_by}`. A ratio is our time over the best peer's; below 1 ours is better.\n")
    print_means(result, result["means"], "peers as they come")
    if "known_means" in result:
        print_means(result, result["known_means"], "the best known here")
    print(f"Losing cells: {len(result['losing'])} of {len(result['cells'])}.\n")
    for c in sorted(result["losing"], key=lambda c: -c["ratio"]):
        print(f"- {cell_line(c)}")
    for c in sorted(result.get("known_losing", []), key=lambda c: -c["known_ratio"]):
        print(f"- best known: {cell_line(c, 'known_ratio', 'known_best')}")
    for line in result["invalid"]:
        print(f"- wrong bytes from {line}")
    for name, rows in result["groups"].items():
        sides = sides_of(rows, result["ours"])
        known = any("known_ratio" in c for c in rows)
        print(f"\n### {name} ({figures.unit(rows[0]['op'])})\n")
        table(["size", *sides, "best peer", "ratio", *(["best known", "ratio"] if known else [])],
              [[str(c["size"]), *(median(c, s) for s in sides), c["best"], ratio(c["ratio"]),
                *([c.get("known_best", "-"), ratio(c.get("known_ratio"))] if known else [])]
               for c in rows])
