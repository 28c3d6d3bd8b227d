#!/usr/bin/env python3
"""Runs large programs (SQLite, QuickJS, Go, Python, a JavaScript component) as whole processes on airwasm and other engines.

collect.py gets and builds the programs. Each runs in two sizes, of about 0.3 and 3 seconds in wasmtime without compiling. Every
round runs each program once on each engine before the next round begins. Medians decide; a ratio below 1 means that
airwasm took less time. The columns:

  airwasm, wasmtime, node    as they start with nothing but the program
  ..., cached                with a cache of compiled code that an earlier run, which is not counted, has filled
  native                     the same sources compiled for this machine, where it is us who compile them

All engines must print the same lines: where one does not, or fails, it says so and exits with status 1.
"""
import argparse
import json
import os
import shutil
import statistics
import sys

from collect import FOLDER, PROGRAMS, SOURCES, collect
from measuring import PYPI_WASMTIME, ROOT, Runner, find_peers, geometric_mean, version_of

# What each program is told: how much work the two sizes are.
SIZES = {
    "sqlite": {"small": 20000, "large": 200000},
    "quickjs": {"small": 3, "large": 30},
    "go": {"small": 3, "large": 30},
    "python": {"small": 3, "large": 30},
    "component": {"small": 3, "large": 30},
}
# Which column each is divided by: airwasm or airwasm with its cache by the others.
BASES = {"native": "airwasm", "wasmtime": "airwasm", "node": "airwasm", "wasmtime, cached": "airwasm, cached"}
COLUMNS = ["airwasm", "native", "wasmtime", "node", "airwasm, cached", "wasmtime, cached"]
# node has no component model.
CANNOT = {("component", "node")}


def arguments(program, size):
    count = str(SIZES[program][size])
    if program == "python":
        with open(os.path.join(SOURCES, "python.py")) as file:
            return ["-c", file.read(), count]
    return [count]


def with_cache(wasmtime, folder):
    """The command of a wasmtime Runner that keeps compiled code in `folder`."""
    config = folder + ".toml"  # beside it: wasmtime throws out of the folder what it did not put there
    with open(config, "w") as file:
        file.write(f'[cache]\ndirectory = "{folder}"\n')
    if PYPI_WASMTIME in wasmtime.command:
        return [*wasmtime.command, "--cache", config]
    return [word if word != "cache=n" else "cache=y,cache-config=" + config for word in wasmtime.command]


def runners_for(airwasm, peers, caches):
    """The engines in the order in which a round runs them, those with caches keeping them below the new folder `caches`."""
    shutil.rmtree(caches, ignore_errors=True)
    runners = [Runner("native", None), Runner("airwasm", [airwasm, "run", "--cache", "off"]), *peers]
    folder = os.path.join(caches, "airwasm")
    os.makedirs(folder)
    runners.append(Runner("airwasm, cached", [airwasm, "run", "--cache", folder]))
    for peer in peers:
        if peer.name == "wasmtime":
            folder = os.path.join(caches, "wasmtime")
            os.makedirs(folder)
            runners.append(Runner("wasmtime, cached", with_cache(peer, folder), loading=peer.loading))
    return runners


class Bench:
    def __init__(self, options, programs, peers):
        self.options = options
        self.runners = {}  # by the name of a row
        self.found = {}    # {row: {runner: [run...]}}
        self.expected = {}
        self.failures = []
        self.rows = [(program, size) for program in programs for size in options.sizes.split(",")]
        for program, size in self.rows:
            row = f"{program} {size}"
            runners = runners_for(options.airwasm, peers, os.path.join(FOLDER, "caches", f"{program}-{size}"))
            self.runners[row] = [runner for runner in runners if (program, runner.name) not in CANNOT]
            self.found[row] = {}

    def one(self, program, size, runner, counts=True):
        row = f"{program} {size}"
        argv = runner.argv(FOLDER, program, arguments(program, size))
        if argv is None:  # no native program
            return
        runs, printed = runner.measure(self.options.measure, argv)
        failure = printed if runs is None else None
        if failure is None and self.expected.setdefault(row, printed) != printed:
            failure = f"printed {printed.strip()!r}, not {self.expected[row].strip()!r}"
        if failure is not None:
            self.failures.append(f"{row} on {runner.name}: {failure}")
            print("  " + self.failures[-1], file=sys.stderr)
            self.runners[row].remove(runner)
            self.found[row].pop(runner.name, None)
        elif counts:
            self.found[row].setdefault(runner.name, []).append(runs[0])

    def each(self, wanted, counts=True):
        for program, size in self.rows:
            for runner in list(self.runners[f"{program} {size}"]):
                if wanted(runner):
                    self.one(program, size, runner, counts)

    def run(self, report):
        self.each(lambda runner: runner.name.endswith(", cached"), counts=False)
        print("  the caches are warm", file=sys.stderr)
        for number in range(self.options.rounds):
            self.each(lambda runner: True)
            print(f"  round {number + 1} of {self.options.rounds}", file=sys.stderr)
            report(self)


def tables(found):
    """Times with their ratios, and peak memory, as Markdown."""
    names = [name for name in COLUMNS if any(name in row for row in found.values())]
    head = "| program | " + " | ".join(names) + " |\n|---|" + "--:|" * len(names) + "\n"
    times = "Whole processes, time on the clock:\n\n" + head
    memory = "Peak memory:\n\n" + head
    ratios = {name: [] for name in names}
    for row, by_name in found.items():
        walls = {name: statistics.median(run["wall"] for run in runs) for name, runs in by_name.items()}
        cells = []
        for name in names:
            cell = f"{walls[name] * 1e3:.0f} ms" if name in walls else "–"
            if name in walls and BASES.get(name) in walls:
                ratios[name].append(walls[BASES[name]] / walls[name])
                cell += f" ({ratios[name][-1]:.2f}×)"
            cells.append(cell)
        times += f"| {row} | " + " | ".join(cells) + " |\n"
        sizes = {name: statistics.median(run["rss_kib"] for run in runs) / 1024 for name, runs in by_name.items()}
        memory += f"| {row} | " + " | ".join(f"{sizes[name]:.0f} MiB" if name in sizes else "–" for name in names) + " |\n"
    means = [f"**{geometric_mean(ratios[name]):.2f}×**" if ratios[name] else "" for name in names]
    times += "| **geometric mean of airwasm ÷ it** | " + " | ".join(means) + " |\n"
    return times + "\n" + memory


def measure_all(options):
    """The versions, what was found, and what failed."""
    programs = options.only.split(",") if options.only else list(PROGRAMS)
    for name in [*programs, *options.sizes.split(",")]:
        if name not in {*PROGRAMS, "small", "large"}:
            sys.exit(f"programs.py: there is no program or size {name}")
    for program, reason in collect(programs).items():
        if reason is not None:
            print(f"  left out: {program}: {reason}", file=sys.stderr)
            programs.remove(program)
    if not programs:
        sys.exit("programs.py: no programs")
    for path in (options.airwasm, options.measure):
        if not os.path.exists(path):
            sys.exit(f"programs.py: there is no {path}; `tools/dev build` makes it")
    wanted = [name for name in options.peers.split(",") if name]
    peers = find_peers(wanted, options.measure)
    for name in wanted:
        if name not in {peer.name for peer in peers}:
            print(f"  left out: {name}: not installed (see `tools/dev peers`)", file=sys.stderr)
    bench = Bench(options, programs, peers)
    versions = {peer.name: version_of(peer) for peer in [Runner("airwasm", [options.airwasm]), Runner("native", None), *peers]}
    for name, version in versions.items():
        print(f"  {name}: {version}", file=sys.stderr)
    sizes = {program: os.path.getsize(os.path.join(FOLDER, program + ".wasm")) for program in programs}
    for program, size in sizes.items():
        print(f"  {program}.wasm: {size / 1e6:.1f} MB", file=sys.stderr)

    def report(bench):
        if options.json:
            with open(options.json, "w") as file:
                json.dump({"versions": versions, "bytes": sizes, "runs": bench.found, "failures": bench.failures}, file, indent=1)

    bench.run(report)
    return bench.found, bench.failures


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--airwasm", default=os.path.join(ROOT, "build/release/bin/airwasm"))
    parser.add_argument("--measure", default=os.path.join(ROOT, "build/release/bench/measure"), help="the measure program")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", help="programs, separated by commas: " + ", ".join(PROGRAMS))
    parser.add_argument("--sizes", default="small,large", help="which sizes, separated by commas")
    parser.add_argument("--peers", default="wasmtime,node", help="peers, separated by commas; empty for none")
    parser.add_argument("--markdown", help="write the tables here")
    parser.add_argument("--json", help="write every number here")
    parser.add_argument("--from-json", metavar="FILE", help="measure nothing, make the tables of what --json wrote")
    options = parser.parse_args()
    if options.from_json:
        with open(options.from_json) as file:
            measured = json.load(file)
        found, failures = measured["runs"], measured["failures"]
    else:
        found, failures = measure_all(options)
    text = tables(found)
    print(text)
    if options.markdown:
        with open(options.markdown, "w") as file:
            file.write(text)
    for failure in failures:
        print("FAIL " + failure)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
