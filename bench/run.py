#!/usr/bin/env python3
"""Runs the kernels on airwasm, natively, and on whichever other engines are installed, and compares.

Every round runs each kernel once on each engine before the next round begins, so that a slow minute of the machine
falls on all of them. A time is that of the whole process. Medians decide; the least time is shown beside them in the
JSON. A ratio below 1 means that airwasm took less time.

How much work: --work default is what the kernels do of themselves, some tenths of a second interpreted; --work second about
one second of native code; --work steady the difference between three times as much and that, so that starting, compiling and
warming up drop out; --work both gives the last two from the same runs, the first in time on the clock and the second in
processor time unless --clock says otherwise.

Checksums are compared on every run: an engine that computes something else is reported and left out of the mean.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys

from measuring import ENGINES, INTERPRETERS, ROOT, Runner, find_peers, geometric_mean, version_of

# Iterations that take about one second natively, and the factor that makes three times the work. Those written in the text
# format (the last three) have no native program: there it is about a second of the fastest other engine.
SECOND = {
    "alloc": 6000, "base64": 15000, "blur": 19800, "chacha20": 22600, "collatz": 8500000, "crc32": 2000, "dct": 25300,
    "fannkuch": 59, "fft": 40600, "fib": 43, "gemm_i8": 2130, "hash64": 250000000, "jacobi2d": 28300, "json": 14400,
    "levenshtein": 8300, "lz": 4950, "mandelbrot": 3150, "matmul": 2400, "nbody": 23000000, "nqueens": 15000, "sha256": 10000,
    "sieve": 1350, "simd": 570000, "sort": 1270, "spectralnorm": 2400, "stream": 4000, "strings": 26000000, "vm": 1900,
    "calls": 60000, "exceptions": 60000, "trees": 60000,
}


def three_times(kernel, count):
    """Iterations for three times the work: fib grows by the golden ratio, mandelbrot by the square, the others in proportion."""
    return count + 2 if kernel == "fib" else round(count * 3 ** 0.5) if kernel == "mandelbrot" else 3 * count


def find_runners(airwasm, tier, wanted, tool):
    return [Runner("airwasm", [airwasm, "run", "--cache", "off", "--tier", tier]), Runner("native", None),
            Runner("native -O3", None, suffix=".o3"), *find_peers(wanted, tool)]


def compare(runners, kernels, options, report):
    """Returns {kernel: {runner: [run...]}}, having printed what failed; a run is what measure() tells, under "once", and for a
    steady state that of three times the work under "thrice". Calls report(runs so far) after every round."""
    found = {kernel: {} for kernel in kernels}
    expected, broken = {}, set()
    for round_number in range(options.rounds):
        for kernel in kernels:
            for runner in runners:
                if (kernel, runner.name) in broken:
                    continue
                counts = {"once": None}
                if options.work != "default":
                    counts = {"once": SECOND[kernel]}
                if options.work in ("steady", "both"):
                    counts["thrice"] = three_times(kernel, SECOND[kernel])
                run, output, failure = {}, "", None
                for amount, count in counts.items():
                    argv = runner.argv(options.kernels, kernel, [] if count is None else [str(count)])
                    if argv is None:
                        break
                    runs, printed = runner.measure(options.measure, argv)
                    if runs is None:
                        failure = printed
                        break
                    run[amount] = runs[0]
                    output += printed
                if not run and failure is None:
                    continue
                if failure is None and expected.setdefault(kernel, output) != output:
                    failure = f"printed {output.strip()!r}, not {expected[kernel].strip()!r}"
                if failure is not None:
                    broken.add((kernel, runner.name))
                    found[kernel].pop(runner.name, None)
                    print(f"  {kernel} on {runner.name}: {failure}", file=sys.stderr)
                    continue
                found[kernel].setdefault(runner.name, []).append(run)
        print(f"  round {round_number + 1} of {options.rounds}", file=sys.stderr)
        report(found)
    return found


def seconds(found, work, clock):
    """{kernel: {runner: [seconds...]}} of what compare() found."""
    def of(run):
        if work == "steady":
            return max(run["thrice"][clock] - run["once"][clock], 1e-3) / 2
        return run["once"][clock]
    return {kernel: {runner: [of(run) for run in runs] for runner, runs in row.items()} for kernel, row in found.items()}


def summarise(times, names):
    """Per kernel and runner the median; per peer the ratios airwasm/peer and their geometric mean."""
    medians = {k: {r: statistics.median(v) for r, v in row.items()} for k, row in times.items()}
    ratios = {}
    for name in names[1:]:
        pairs = {k: row["airwasm"] / row[name] for k, row in medians.items() if "airwasm" in row and name in row}
        if pairs:
            ratios[name] = {"kernels": pairs, "mean": geometric_mean(pairs.values())}
    return medians, ratios


def markdown(medians, ratios):
    names = list(ratios)
    lines = ["| kernel | airwasm | " + " | ".join(names) + " |", "|---|--:|" + "--:|" * len(names)]
    for kernel, row in medians.items():
        cells = [f"{row['airwasm'] * 1e3:.0f} ms" if "airwasm" in row else "–"]
        for name in names:
            ratio = ratios[name]["kernels"].get(kernel)
            if ratio is None:
                cells.append(f"{row[name] * 1e3:.0f} ms" if name in row else "–")
            else:
                cells.append(f"{row[name] * 1e3:.0f} ms ({ratio:.2f}×)")
        lines.append(f"| {kernel} | " + " | ".join(cells) + " |")
    means = [f"**{ratios[name]['mean']:.2f}×**" for name in names]
    lines.append("| **geometric mean of airwasm ÷ peer** | | " + " | ".join(means) + " |")
    return "\n".join(lines) + "\n"


def svg(medians, ratios, base, tier):
    """Bars of each engine's time relative to `base`, one group per kernel: interpreters beside our interpreter, compilers else."""
    shown = ["airwasm"] + [n for n in ratios if n in ENGINES and n != base and (n in INTERPRETERS) == (tier == "interp")]
    colours = {"airwasm": "#1f6feb", "wasm3": "#9aa4b1", "wasmi": "#d29922", "wasmtime": "#9aa4b1", "wasmer": "#8250df", "node": "#d29922"}
    kernels = [k for k, row in medians.items() if base in row and "airwasm" in row]
    relative = {k: {n: medians[k][n] / medians[k][base] for n in shown if n in medians[k]} for k in kernels}
    most = max([1.2] + [v for row in relative.values() for v in row.values()])
    most = min(most, 2.5)
    left, width, bar, gap = 110, 520, 12, 10
    group = bar * len(shown) + gap
    top = 46
    height = top + group * (len(kernels) + 1) + 30
    scale = width / most
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {left + width + 70} {height}" '
           'font-family="sans-serif" font-size="12">',
           f'<rect width="100%" height="100%" fill="#ffffff"/>',
           f'<text x="{left}" y="18" font-size="14">time relative to {base} (less is better)</text>']
    x = left
    for name in shown:
        out.append(f'<rect x="{x}" y="26" width="10" height="10" fill="{colours.get(name, "#57606a")}"/>'
                   f'<text x="{x + 14}" y="35">{name}</text>')
        x += 90
    rows = [(k, relative[k]) for k in kernels]
    means = {n: geometric_mean(relative[k][n] for k in kernels if n in relative[k]) for n in shown}
    rows.append(("geometric mean", {n: v for n, v in means.items() if v}))
    y = top
    for label, row in rows:
        weight = ' font-weight="bold"' if label == "geometric mean" else ""
        out.append(f'<text x="{left - 6}" y="{y + group / 2}" text-anchor="end"{weight}>{label}</text>')
        for i, name in enumerate(shown):
            if name not in row:
                continue
            length = min(row[name], most) * scale
            out.append(f'<rect x="{left}" y="{y + i * bar}" width="{length:.1f}" height="{bar - 2}" '
                       f'fill="{colours.get(name, "#57606a")}"/>'
                       f'<text x="{left + length + 4:.1f}" y="{y + i * bar + 9}" font-size="10">{row[name]:.2f}</text>')
        y += group
    line = left + scale
    out.append(f'<line x1="{line:.1f}" y1="{top - 4}" x2="{line:.1f}" y2="{y}" stroke="#24292f" stroke-dasharray="3 3"/>')
    out.append("</svg>")
    return "\n".join(out) + "\n"


def hello(runners, options):
    """Time and peak memory of a whole process that prints one line."""
    results = {r.name: [] for r in runners}
    for _ in range(options.hello):
        for runner in runners:
            argv = runner.argv(options.kernels, "hello", [])
            runs, _ = runner.measure(options.measure, argv) if argv else (None, "")
            if runs:
                results[runner.name] += runs
    lines = ["| hello, whole process | median | least | peak memory |", "|---|--:|--:|--:|"]
    summary = {}
    for name, runs in results.items():
        if not runs:
            continue
        walls = [run["wall"] for run in runs]
        rss = max(run["rss_kib"] for run in runs)
        summary[name] = {"median": statistics.median(walls), "least": min(walls), "rss_kib": rss}
        lines.append(f"| {name} | {statistics.median(walls) * 1e3:.2f} ms | {min(walls) * 1e3:.2f} ms | {rss / 1024:.1f} MiB |")
    return "\n".join(lines) + "\n", summary


def check(options, kernels):
    """Runs each kernel once with a small count on airwasm and natively (or, where there is no native program, interpreted); the
    lines they print must be equal."""
    small = {"fib": "15", "collatz": "500", "mandelbrot": "20", "strings": "2000", "nbody": "300", "hash64": "5000"}
    failures = 0
    for kernel in kernels:
        native = os.path.join(options.kernels, kernel)
        count = small.get(kernel, "1")
        if os.path.exists(native):
            beside, command = "native", [native, count]
        else:
            beside, command = "the interpreter", [options.airwasm, "run", "--tier", "interp", native + ".wasm", count]
        expected = subprocess.run(command, capture_output=True, text=True, timeout=60)
        actual = subprocess.run([options.airwasm, "run", native + ".wasm", count], capture_output=True, text=True, timeout=300)
        same = expected.returncode == actual.returncode == 0 and expected.stdout == actual.stdout
        failures += not same
        print(f"{'ok  ' if same else 'FAIL'} {kernel}: {actual.stdout.strip() or actual.stderr.strip()[:200]}"
              + ("" if same else f" where {beside} prints {expected.stdout.strip()}"))
    return 1 if failures else 0


def write_json(options, versions, found, **more):
    if options.json:
        with open(options.json, "w") as file:
            json.dump({"versions": versions, "runs": found, **more}, file, indent=1)


def measure_all(options):
    """Measures what the options ask for: the engines' versions in the tables' order, what compare() found, and the engines."""
    kernels = sorted(f[:-5] for f in os.listdir(options.kernels) if f.endswith(".wasm") and f != "hello.wasm")
    if options.only:
        kernels = [k for k in options.only.split(",") if k in kernels]
    if options.work != "default":
        kernels = [k for k in kernels if k in SECOND]
    if not kernels:
        sys.exit("run.py: no kernels in " + options.kernels)
    if options.check:
        sys.exit(check(options, kernels))
    wanted = None if options.peers is None else set(options.peers.split(","))
    runners = find_runners(options.airwasm, options.tier, wanted, options.measure)
    versions = {r.name: version_of(r) for r in runners}
    for name, version in versions.items():
        print(f"  {name}: {version}", file=sys.stderr)
    found = compare(runners, kernels, options, lambda found: write_json(options, versions, found))
    return versions, found, runners


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--airwasm", default=os.path.join(ROOT, "build/release/bin/airwasm"))
    parser.add_argument("--kernels", default=os.path.join(ROOT, "build/release/bench/kernels"), help="folder with the built kernels")
    parser.add_argument("--measure", help="the measure program (beside the kernels' folder unless told)")
    parser.add_argument("--tier", choices=["auto", "interp", "baseline", "jit"], default="auto", help="how airwasm runs")
    parser.add_argument("--work", choices=["default", "second", "steady", "both"], default="default", help="see above")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", help="kernels, separated by commas")
    parser.add_argument("--peers", help="peers, separated by commas; empty for none; all that are installed unless told")
    parser.add_argument("--clock", choices=["wall", "cpu"], help="cpu: user and system time, for a busy machine; wall unless told")
    parser.add_argument("--hello", type=int, default=20, metavar="N", help="runs of the hello process; 0 leaves it out")
    parser.add_argument("--markdown", help="write the tables here")
    parser.add_argument("--svg", help="write a picture of the last table here")
    parser.add_argument("--json", help="write every number here")
    parser.add_argument("--from-json", metavar="FILE", help="measure nothing, make the tables of what --json wrote")
    parser.add_argument("--check", action="store_true", help="compare checksums with small counts, measure nothing")
    options = parser.parse_args()
    options.measure = options.measure or os.path.join(os.path.dirname(os.path.abspath(options.kernels)), "measure")

    if options.from_json:
        with open(options.from_json) as file:
            measured = json.load(file)
        versions, found, options.hello = measured["versions"], measured["runs"], 0
    else:
        versions, found, runners = measure_all(options)
    table = ""
    for work in ["second", "steady"] if options.work == "both" else [options.work]:
        clock = options.clock or ("cpu" if options.work == "both" and work == "steady" else "wall")
        medians, ratios = summarise(seconds(found, work, clock), list(versions))
        title = {"default": "Whole processes", "second": "Whole processes of about a second", "steady": "Steady state"}[work]
        table += f"{title}, {'time on the clock' if clock == 'wall' else 'processor time'}:\n\n{markdown(medians, ratios)}\n"
    print(table)
    if options.hello:
        hello_table, hello_summary = hello(runners, options)
        print(hello_table)
        table += "\n" + hello_table
        write_json(options, versions, found, hello=hello_summary)
    if options.markdown:
        with open(options.markdown, "w") as file:
            file.write(table)
    bases = ("wasmi", "wasm3", "native") if options.tier == "interp" else ("native", "wasmtime", "node")
    base = next((n for n in bases if n in ratios), None)
    if options.svg and base:
        with open(options.svg, "w") as file:
            file.write(svg(medians, ratios, base, options.tier))

if __name__ == "__main__":
    main()
