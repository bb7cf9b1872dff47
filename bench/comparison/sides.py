# SPDX-License-Identifier: Apache-2.0
"""The libraries that are compared, ours first, and how each starts its programs."""
import json
import os
import socket
import subprocess
import sys
import tempfile
import time

from . import figures
from .launch import Failed, end, rows, run

UCX_TESTS = {"latency": "tag_lat", "bandwidth": "tag_bw", "rate": "tag_bw",
             "put": "ucp_put_lat", "get": "ucp_get"}
YIELD = ["--mca", "mpi_yield_when_idle", "1"]
OMPI_UCX = ["--mca", "pml", "ucx", "--mca", "opal_common_ucx_tls", "any",
            "--mca", "opal_common_ucx_devices", "any"]
UCX_LOCAL = {"UCX_TLS": "self,sysv,posix,cma"}
# What was found to make Open MPI faster on one node, somewhere: arguments and environment.
OMPI_TUNED = {
    "ompi-sm": (["--mca", "coll_sm_priority", "100"], {}),
    "ompi-ucx": (OMPI_UCX, UCX_LOCAL),
    "ompi-ucxeager": (OMPI_UCX, {**UCX_LOCAL, "UCX_RNDV_THRESH": "inf"}),
    "ompi-nocma": (["--mca", "btl_vader_single_copy_mechanism", "none"], {}),
}


def size_of(text):
    text = text.lower()
    shift = {"k": 10, "m": 20, "g": 30}.get(text[-1:], 0)
    return int(text[:-1] if shift else text) << shift


def sizes(span):
    low, high = (size_of(text) for text in span.split(":"))
    size = low
    while size <= high:
        yield size
        size = size * 2 or 1


def built(build, path):
    """A program of the build tree itself, not libtool's script around it."""
    folder, name = os.path.split(os.path.join(build, path))
    real = os.path.join(folder, ".libs", name)
    return real if os.path.exists(real) else os.path.join(folder, name)


def chosen(op, row, args):
    """A row's figure: its mean or another column, or that of its best batch."""
    if op != "rate":
        return row["best" if args.best_batch else args.column]
    return row["best"] * 1e6 / row["size"] if args.best_batch else row["messages_per_s"]


def fits(ranks):
    return ranks <= len(os.sched_getaffinity(0))


class Side:
    """How one library starts programs: prefix(ranks) and the two programs."""

    def __init__(self, name, bench, startup, prefix, environment=None):
        self.name, self.bench, self.startup, self.prefix = name, bench, startup, prefix
        self.environment = environment or {}

    def command(self, ranks, program):
        return self.prefix(ranks) + program

    def measure(self, op, ranks, args):
        """Samples without round: pairs fail when they hang, a collective's cell is over then."""
        if op in figures.COLLECTIVES:
            return self.collective(op, ranks, args)
        options = ["-m", args.sizes] if op != "atomic" else []
        if args.iterations:
            options += ["-i", str(args.iterations)]
        out = run(self.command(ranks, self.bench + [op, *options, "--json"]),
                  self.environment, args.timeout)
        return [{"size": row["size"], "value": chosen(op, row, args)}
                for row in json.loads(out)["rows"]]

    def collective(self, op, ranks, args):
        """A run that is stuck is stopped and begun anew behind that size; the second time the
        rest is given up."""
        wanted = [0] if op == "barrier" else list(sizes(args.sizes))
        samples, stops = [], 0
        while wanted and stops < 2:
            span = [] if op == "barrier" else ["-m", f"{wanted[0]}:{wanted[-1]}"]
            found, stuck = rows(self.command(ranks, self.bench + [op, *span, *args.forward(op),
                                                                  "--json"]),
                                self.environment, args.stuck)
            samples += [sample(op, row, args) for row in found]
            wanted = wanted[len(found):]
            if not stuck:
                return samples
            stops += 1
            over = wanted[:1] if stops < 2 else wanted
            samples += [{"size": size, "value": None, "over": args.stuck} for size in over]
            wanted = wanted[1:]
        return samples

    def start_up(self, ranks, args):
        command = self.command(ranks, self.startup)
        start = time.perf_counter()
        run(command, self.environment, args.timeout)
        return (time.perf_counter() - start) * 1e3


def sample(op, row, args):
    if row.get("valid", True):
        return {"size": row["size"], "value": chosen(op, row, args)}
    return {"size": row["size"], "value": None, "invalid": True}


class Ucx:
    """ucx_perftest: a server and a client that work through one file of tests."""
    name = "ucx"

    def measure(self, op, ranks, args):
        if op not in UCX_TESTS or ranks != 2:
            raise Failed(f"ucx_perftest has no twin of {figures.title(op, ranks)}")
        with tempfile.NamedTemporaryFile("w", encoding="ascii") as batch:
            batch.writelines(self.tests(op, args))
            batch.flush()
            out = self.run(batch.name, args)
        values = {}
        for line in out.strip().splitlines()[1:]:
            words = line.split(",")
            size, latency, rate = int(words[0]), float(words[4]), float(words[8])
            value = {"rate": rate, "bandwidth": rate * size / 1e6}.get(op, latency)
            values.setdefault(size, []).append(value)
        pick = max if figures.more_is_better(op) else min
        return [{"size": size, "value": pick(several)} for size, several in values.items()]

    def tests(self, op, args):
        """Lines of the file; for the best batch, many short tests instead of one of each size."""
        repeats = 20 if args.best_batch else 1
        window = " -O 64" if figures.more_is_better(op) else ""
        for size in sizes(args.sizes):
            count = (args.iterations or (10000 if size <= 8192 else 1000)) // repeats
            for _ in range(repeats):
                yield (f"{size} -t {UCX_TESTS[op]} -s {size} -n {count} -w {max(1, count // 10)}"
                       f"{window}\n")

    def run(self, batch, args):
        with socket.socket() as probe:
            probe.bind(("", 0))
            port = probe.getsockname()[1]
        command = ["ucx_perftest", "-b", batch, "-p", str(port), "-f", "-v"]
        server = subprocess.Popen(["taskset", "-c", "1"] + command, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL, start_new_session=True)
        try:
            return self.client(["taskset", "-c", "0"] + command + ["localhost"], server, args)
        finally:
            end(server)

    def client(self, command, server, args):
        """The server says nowhere that it listens: ask until it does."""
        until = time.monotonic() + args.timeout
        while True:
            try:
                return run(command, {}, args.timeout)
            except Failed:
                if server.poll() is not None or time.monotonic() > until:
                    raise
                time.sleep(0.05)


def programs(args):
    """Environment and programs by library."""
    build = os.path.abspath(args.build)
    peers = os.path.join(build, "bench", "peers")
    settings = dict(pair.split("=", 1) for pair in args.set)
    if "ucx" in args.peers:
        settings = {"GYRE_SHM": "no", "GYRE_NET": "ucx", **settings}
    return {
        "gyre": ({"LD_LIBRARY_PATH": os.path.join(build, ".libs"), **settings},
                 built(build, args.gyre), built(build, "bench/startup")),
        "ompi": ({}, f"{peers}/mpi-bench.openmpi", f"{peers}/mpi-startup.openmpi"),
        "mpich": ({}, f"{peers}/mpi-bench.mpich", f"{peers}/mpi-startup.mpich"),
    }


def root():
    return ["--allow-run-as-root"] if os.geteuid() == 0 else []


def gyre_prefix(gyre):
    return lambda n: [gyre, "run", "-n", str(n), "--bind-to", "core" if fits(n) else "none"]


def ompi_prefix(more):
    return lambda n: ["mpirun.openmpi", *root(), *more, "-n", str(n), "--oversubscribe",
                      "--bind-to", "core" if fits(n) else "none"]


def mpich_prefix(n):
    return ["mpiexec.mpich", "-n", str(n), *(["-bind-to", "core"] if fits(n) else [])]


def hub(args):
    """Starts our workers on several hosts."""
    return built(os.path.abspath(args.build), "tests/lib/pmix-hub/pmix-hub")


def on_hosts(args, hosts):
    """Sides whose messages between hosts go over TCP: UCX would find its shared memory there. Each
    host believes that it has the processors for itself, so those that can are told to yield."""
    parts = programs(args)
    env, gyre, startup = parts["gyre"]
    tcp = {"UCX_TLS": "tcp,self"}
    sides = {"gyre": Side("gyre", [gyre, "bench"], [startup], hosts.gyre(hub(args)),
                          {"GYRE_NET": "ucx", "GYRE_WAIT": "yield", **tcp, **env})}
    _, bench, startup = parts["ompi"]
    for name, waiting in (("ompi", []), ("ompi-yield", YIELD)):
        sides[name] = Side(name, [bench], [startup], hosts.ompi(root(), waiting))
    _, bench, startup = parts["mpich"]
    sides["mpich"] = Side("mpich", [bench], [startup], hosts.mpich, tcp)
    return sides


def known(args):
    parts = programs(args)
    env, gyre, startup = parts["gyre"]
    sides = {"gyre": Side("gyre", [gyre, "bench"], [startup], gyre_prefix(gyre), env), "ucx": Ucx()}
    _, bench, startup = parts["ompi"]
    for name, (more, env) in {"ompi": ([], {}), **OMPI_TUNED}.items():
        for suffix, waiting in (("", []), ("-yield", YIELD)):
            sides[name + suffix] = Side(name + suffix, [bench], [startup],
                                        ompi_prefix(waiting + more), env)
    _, bench, startup = parts["mpich"]
    sides["mpich"] = Side("mpich", [bench], [startup], mpich_prefix)
    return sides


def names_for(args, ranks):
    """With more ranks than cores, Open MPI also with the setting that is meant for it; with --best
    the tuned ones as well."""
    names = list(args.peers)
    crowded = "" if fits(ranks) else "-yield"
    if crowded and "ompi" in names and "ompi-yield" not in names:
        names.append("ompi-yield")
    if args.best:
        names += [name + crowded for name in OMPI_TUNED]
    return ["gyre", *dict.fromkeys(names)]


def choose(args, hosts):
    """The sides by number of ranks; hosts: None for this machine alone."""
    sides = on_hosts(args, hosts) if hosts else known(args)
    for name in args.peers:
        if name not in sides or name == "gyre":
            sys.exit(f"compare: unknown peer {name}, expected one of "
                     f"{', '.join(sorted(set(sides) - {'gyre'}))}")
    return {ranks: [sides[name] for name in names_for(args, ranks)] for ranks in args.ranks}
