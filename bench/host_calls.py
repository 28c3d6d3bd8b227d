#!/usr/bin/env python3
"""What host calls take, without and with an audit log in a file: calls in a loop, and a program that searches a tree of files.

  host_calls.py [--rounds N] [--airwasm PROGRAM] [--clang CLANG] [--only NAME[,NAME]]

Runs take turns; times are medians of whole processes, for each host call. `kept`: the median of the share of calls per second
that is left with the log.
"""
import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time

import measuring

FOLDER = os.path.join(measuring.HERE, "host_calls")
# The export of calls.wat, how many times, host calls each time, what they are.
CALLS = [("clock_time_get", 2_000_000, 1, ""), ("random_get", 2_000_000, 1, "16 bytes"), ("fd_filestat_get", 1_000_000, 1, ""),
         ("fd_pread", 1_000_000, 1, "4 KiB"), ("fd_pwrite", 300_000, 1, "4 KiB"), ("path_filestat_get", 300_000, 1, ""),
         ("path_open", 150_000, 2, "and fd_close"), ("path_open-deep", 150_000, 2, "the same two directories down")]
FILES = 400
SEARCHES = 30


def make_tree(folder):
    os.makedirs(os.path.join(folder, "d", "e"))
    for path in ("data", "d/e/data"):
        with open(os.path.join(folder, path), "wb") as file:
            file.write(bytes(1 << 16))
    for i in range(FILES):
        inner = os.path.join(folder, "tree", f"{i % 20}")
        os.makedirs(inner, exist_ok=True)
        with open(os.path.join(inner, f"{i}.txt"), "w", encoding="ascii") as file:
            file.writelines(f"line {i * j} of file {i}\n" for j in range(20 + i))


def make_guests(options, folder):
    """What it is, the words behind the command's options, and how many host calls that are at least."""
    calls = os.path.join(FOLDER, "calls.wat")
    for export, times, each, what in CALLS:
        yield f"`{export}` {what}".strip(), ["--invoke", export, calls, str(times)], times * each
    if not os.path.exists("/usr/include/wasm32-wasi/stdio.h"):
        print("left out: search, since there is no wasi-libc (apt: wasi-libc)")
        return
    search = os.path.join(folder, "search.wasm")
    subprocess.run([options.clang, "--target=wasm32-wasi", "-Wno-deprecated", "--sysroot=/usr", "-O2", "-o", search,
                    os.path.join(FOLDER, "search.c")], check=True)
    yield f"search {FILES} files, {SEARCHES} times", [search, "tree", "99", str(SEARCHES)], FILES * SEARCHES


def seconds_of(command):
    begin = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begin


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--airwasm", default=os.path.join(measuring.ROOT, "build", "release", "bin", "airwasm"))
    parser.add_argument("--clang", default="clang-22")
    parser.add_argument("--only", default="", help="those that have one of these in their names")
    options = parser.parse_args()
    print("| host calls | how many | ns | with a log | kept |\n|---|--:|--:|--:|--:|")
    with tempfile.TemporaryDirectory(prefix="airwasm-host-calls-") as folder:
        given, log = os.path.join(folder, "given"), os.path.join(folder, "audit.jsonl")
        make_tree(given)
        plain = [options.airwasm, "run", "--cache", "off", "--dir", given + "::/"]
        for title, guest, expected in make_guests(options, folder):
            if options.only and not any(name in title for name in options.only.split(",")):
                continue
            alone, logged = [], []
            for _ in range(options.rounds):
                alone.append(seconds_of(plain + guest))
                logged.append(seconds_of(plain + ["--audit", log] + guest))
                with open(log, "rb") as file:
                    count = sum(1 for _ in file)
                os.remove(log)
                os.remove(log + ".head")
                if count < expected:
                    sys.exit(f"{title}: {count} records of {expected} calls or more")
            kept = statistics.median(a / b for a, b in zip(alone, logged))
            print(f"| {title} | {count:,} | {statistics.median(alone) * 1e9 / count:.0f} | {statistics.median(logged) * 1e9 / count:.0f} "
                  f"| {100 * kept:.0f} % |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
