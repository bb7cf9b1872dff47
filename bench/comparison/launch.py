# SPDX-License-Identifier: Apache-2.0
"""Starts programs and sees that nothing of them is left."""
import json
import os
import selectors
import signal
import subprocess
import tempfile
import time


class Failed(Exception):
    pass


def end(process):
    """Ends a program and all that it started; one that still runs may clean up behind itself."""
    for number, grace in ((signal.SIGTERM, 5), (signal.SIGKILL, None)):
        try:
            if number == signal.SIGKILL or process.poll() is None:
                os.killpg(process.pid, number)
            process.wait(timeout=grace)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            pass


def run(command, environment, limit):
    """Output of a command; whatever it started is gone afterwards."""
    process = subprocess.Popen(command, env={**os.environ, **environment}, text=True,
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, start_new_session=True)
    try:
        out, err = process.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        raise Failed(f"{' '.join(command)}: still running after {limit} s") from None
    finally:
        end(process)
    if process.returncode:
        raise Failed(f"{' '.join(command)}: exit {process.returncode}\n{err.strip()}")
    return out


def parts(stream, patience):
    """What a program prints, as it comes; None when nothing came for that long."""
    with selectors.DefaultSelector() as selector:
        selector.register(stream, selectors.EVENT_READ)
        while True:
            if not selector.select(patience):
                yield None
                return
            part = os.read(stream.fileno(), 65536)
            if not part:
                return
            yield part


def rows(command, environment, patience):
    """Rows that a benchmark prints with --json, and whether it was stopped because none came for
    so long. A failed check (exit status 1) is in the rows; any other failure raises."""
    stuck, text = False, b""
    with tempfile.TemporaryFile() as err:
        process = subprocess.Popen(command, env={**os.environ, **environment}, stderr=err,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   start_new_session=True)
        try:
            for part in parts(process.stdout, patience):
                stuck = part is None
                text += part or b""
            if not stuck:
                stuck = not ends_within(process, patience)
        finally:
            end(process)
            process.stdout.close()
        found = [json.loads(line.lstrip(b",")) for line in text.splitlines(keepends=True)
                 if line.lstrip(b",").startswith(b'{"size"') and line.endswith(b"\n")]
        if not stuck and not text.endswith(b"]}\n"):
            err.seek(0)
            raise Failed(f"{' '.join(command)}: exit {process.returncode}\n"
                         f"{err.read().decode(errors='replace').strip()}")
    return found, stuck


def ends_within(process, patience):
    try:
        process.wait(timeout=patience)
    except subprocess.TimeoutExpired:
        return False
    return True


def busy(seconds):
    """Share of the processors that others use."""
    def read():
        with open("/proc/stat", encoding="ascii") as stat:
            ticks = [int(word) for word in stat.readline().split()[1:9]]
        return sum(ticks), ticks[3] + ticks[4]
    total, idle = read()
    time.sleep(seconds)
    total2, idle2 = read()
    return 1 - (idle2 - idle) / max(1, total2 - total)


def wait_quiet(patience):
    """False when the machine stayed busy for that long."""
    until = time.monotonic() + patience
    while busy(0.2) > 0.1:
        if time.monotonic() > until:
            return False
    return True
