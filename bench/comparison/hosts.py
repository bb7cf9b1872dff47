# SPDX-License-Identifier: Apache-2.0
"""Hosts made of network namespaces: each has a host name and an address of its own on one bridge,
so that messages between them go over TCP. Needs root. Nothing is left at the end."""
import contextlib
import itertools
import os
import shlex
import signal
import subprocess
import tempfile
import time

from .launch import Failed

NETWORK = "10.213.77"
# Runs the rest of its arguments under the host name that is the first of them.
NAMED = 'hostname "$0" && exec "$@"'


def ip(*words):
    done = subprocess.run(["ip", *words], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          check=False)
    if done.returncode:
        raise Failed(f"ip {' '.join(words)}: {done.stderr.strip()}")
    return done.stdout


class Hosts:
    """A context: inside it there are so many hosts, with so many ranks each."""

    def __init__(self, count, per_host):
        self.count, self.per_host = count, per_host
        self.prefix = f"gyre{os.getpid()}-"
        self.ports = itertools.count(20000)
        self.names = [f"{self.prefix}{i}" for i in range(count)]
        self.addresses = [f"{NETWORK}.{i + 1}" for i in range(count)]

    def __enter__(self):
        with contextlib.ExitStack() as undo:
            undo.callback(self.remove)
            self.switch()
            for number, name in enumerate(self.names):
                self.add(number, name)
            self.shell = undo.enter_context(tempfile.TemporaryDirectory()) + "/shell"
            self.write_shell()
            self.undo = undo.pop_all()
        return self

    def __exit__(self, *_):
        self.undo.close()

    def switch(self):
        ip("netns", "add", f"{self.prefix}switch")
        ip("-n", f"{self.prefix}switch", "link", "add", "bridge", "type", "bridge")
        ip("-n", f"{self.prefix}switch", "link", "set", "bridge", "up")

    def add(self, number, name):
        switch, port = f"{self.prefix}switch", f"port{number}"
        ip("netns", "add", name)
        ip("-n", switch, "link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", name)
        ip("-n", switch, "link", "set", port, "master", "bridge", "up")
        ip("-n", name, "addr", "add", f"{self.addresses[number]}/24", "dev", "eth0")
        ip("-n", name, "link", "set", "eth0", "up")
        ip("-n", name, "link", "set", "lo", "up")

    def remove(self):
        there = [line.split()[0] for line in ip("netns", "list").splitlines() if line.strip()]
        for name in there:
            if name.startswith(self.prefix):
                self.clear(name)
                ip("netns", "del", name)

    def clear(self, name):
        """Launchers' daemons have sessions of their own: what still runs in a host ends here."""
        until = time.monotonic() + 5
        while time.monotonic() < until:
            pids = ip("netns", "pids", name).split()
            if not pids:
                return
            for pid in pids:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(pid), signal.SIGKILL)
            time.sleep(0.01)

    def inside(self, number):
        return ["ip", "netns", "exec", self.names[number], "unshare", "--uts", "sh", "-c", NAMED,
                f"host{number}"]

    def write_shell(self):
        """In ssh's place: an address, then words for a shell there."""
        with open(self.shell, "w", encoding="ascii") as script:
            script.write(f"#!/bin/sh\nnumber=$((${{1##*.}} - 1))\nshift\n"
                         f"exec ip netns exec {self.prefix}$number unshare --uts sh -c "
                         f"'hostname \"$0\" && eval \"$*\"' host$number \"$@\"\n")
        os.chmod(self.shell, 0o755)

    # Prefixes of the sides' commands, as in sides.py.

    def gyre(self, hub):
        def prefix(_):
            port = next(self.ports)
            common = [hub, "--nodes", str(self.count), "--per-node", str(self.per_host)]
            return ["sh", "-c", self.agents(common, port) + '\nexec "$@"', "agents",
                    *self.inside(0), *common, "--listen", f"{self.addresses[0]}:{port}"]
        return prefix

    def agents(self, common, port):
        """Shell commands that start all agents but the first; each has the program as "$@" behind
        the first agent's own words."""
        skip = len(self.inside(0)) + len(common) + 2
        join = ["--join", f"{self.addresses[0]}:{port}", "--node"]
        lines = []
        for number in range(1, self.count):
            words = shlex.join([*self.inside(number), *common, *join, str(number)])
            lines.append(f'(shift {skip}; exec {words} "$@") &')
        return "\n".join(lines)

    def ompi(self, root, more):
        hosts = ",".join(f"{address}:{self.per_host}" for address in self.addresses)
        return lambda n: [*self.inside(0), "mpirun.openmpi", *root, *more, "--mca", "plm_rsh_agent",
                          self.shell, "--host", hosts, "-n", str(n), "--bind-to", "none"]

    def mpich(self, n):
        return [*self.inside(0), "mpiexec.mpich", "-launcher", "rsh", "-launcher-exec", self.shell,
                "-localhost", self.addresses[0], "-iface", "eth0", "-hosts",
                ",".join(self.addresses), "-ppn", str(self.per_host), "-n", str(n)]
