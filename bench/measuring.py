"""What run.py and programs.py share: the engines to compare with, and how a process of theirs is measured."""
import math
import os
import shutil
import statistics
import subprocess
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
SEARCHED = os.pathsep.join([os.path.join(ROOT, "build", "peers", "bin"), os.path.expanduser("~/.cargo/bin"),
                            os.environ.get("PATH", "")])

PYPI_WASMTIME = os.path.join(HERE, "wasmtime_wasi.py")
# name, program looked for, arguments before the file. The order is that of the table's columns; of two of one name the first
# that is found counts.
PEERS = [
    ("wasmi", "wasmi", []),
    ("wasm3", "wasm3", []),
    ("wasmtime", "wasmtime", ["run", "-W", "gc=y,function-references=y,exceptions=y", "-C", "cache=n"]),
    ("wasmtime", "python3", [PYPI_WASMTIME]),
    ("wasmer", "wasmer", ["run"]),
    ("node", "node", ["--no-warnings", os.path.join(HERE, "node_wasi.js")]),
]
INTERPRETERS = {"wasmi", "wasm3"}
ENGINES = {name for name, _, _ in PEERS}


class Runner:
    """One engine: the command in front of a .wasm file, or None for the native program. What only loading a launcher takes,
    which a program of that engine's own would not need, is taken off its times: `loading` in the form of measure()'s runs."""

    def __init__(self, name, command, suffix="", loading=None):
        self.name = name
        self.command = command
        self.suffix = suffix
        self.loading = loading or {"wall": 0, "cpu": 0}

    def measure(self, tool, argv):
        runs, printed = measure(tool, argv)
        return runs and [run | {clock: run[clock] - self.loading[clock] for clock in self.loading} for run in runs], printed

    def argv(self, folder, program, args):
        if self.command is None:
            path = os.path.join(folder, program + self.suffix)
            return [path, *args] if os.path.exists(path) else None
        path = os.path.join(folder, program + ".wasm")
        return [*self.command, path, *args] if os.path.exists(path) else None


def find_peers(wanted, tool):
    """A Runner for each installed peer whose name is in `wanted`; for each installed one if that is None."""
    runners = []
    for name, program, args in PEERS:
        found = shutil.which(program, path=SEARCHED)
        if not found or (wanted is not None and name not in wanted) or name in {runner.name for runner in runners}:
            continue
        loading = None
        if args == [PYPI_WASMTIME]:
            runs, _ = measure(tool, [found, *args, "--load"], count=11)
            if runs is None:  # the package is not installed
                continue
            loading = {clock: statistics.median(run[clock] for run in runs) for clock in ("wall", "cpu")}
        runners.append(Runner(name, [found, *args], loading=loading))
    return runners


def version_of(runner):
    if runner.command is None:
        return "clang -O3 -march=native" if runner.suffix else "clang -O2"
    program = runner.command[:2] if PYPI_WASMTIME in runner.command else runner.command[:1]
    try:
        output = subprocess.run([*program, "--version"], capture_output=True, text=True, timeout=20)
        return (output.stdout or output.stderr).strip().splitlines()[0]
    except (OSError, subprocess.TimeoutExpired, IndexError):
        return "?"


def measure(tool, argv, count=1, timeout=300):
    """Runs argv `count` times; returns (list of {wall, cpu, rss_kib}, standard output) or (None, why not)."""
    with tempfile.NamedTemporaryFile(mode="r") as report:
        try:
            done = subprocess.run([tool, report.name, str(count), *argv], capture_output=True, timeout=timeout)
        except subprocess.TimeoutExpired:
            return None, f"took more than {timeout} s"
        runs = []
        for line in report:
            wall, user, system, rss, status = (int(word) for word in line.split())
            if status != 0:
                message = done.stderr.decode(errors="replace").strip().splitlines()
                return None, f"exit status {status}" + (f": {message[-1][:100]}" if message else "")
            runs.append({"wall": wall / 1e9, "cpu": (user + system) / 1e6, "rss_kib": rss})
        if len(runs) != count:
            return None, done.stderr.decode(errors="replace").strip()[:100]
        return runs, done.stdout.decode(errors="replace")


def geometric_mean(values):
    values = list(values)
    return math.exp(sum(math.log(v) for v in values) / len(values)) if values else None
