#!/usr/bin/env python3
"""A guest that tries to get at what it was not given; nothing outside may change, and nothing of it may be read.

  escape.py --airwasm PROGRAM --clang CLANG++ SCOPE RESOLVER [--only PART] [--list] [--jit] [--audited]     the table of attempts.py
  escape.py ... special RESOLVER          grants of other shapes: special.py
  escape.py ... race SCOPE RESOLVER [--seconds N]       while the host swaps files for links: race.py

SCOPE is how the guest got its directory: `dir` as a whole, `narrow` by grants for a part of it, `root` by grants for a part of '/'.
RESOLVER is `auto` for openat2(2), `walk` for the walk in user space. `--audited`: with an audit log, which must verify afterwards. Exit status 77: there is no toolchain for the guest.
"""
import argparse
import os
import stat
import subprocess
import sys
import tempfile

import attempts
import race
import special
from world import CANARY, Escaped, Guest, World, differences

HERE = os.path.dirname(os.path.abspath(__file__))
SKIPPED = 77
DEVICES = {"null": (stat.S_IFCHR, 1, 3), "memory": (stat.S_IFCHR, 1, 1), "disk": (stat.S_IFBLK, 7, 0)}


def scope_arguments(world, scope):
    """The command's arguments, and where ROOT/in lies beneath the directory that they give."""
    if scope == attempts.DIR:
        return ["--dir", world.at("in") + "::/"], ""
    first, rest = world.root[1:].split("/", 1)
    place = world.root if scope == attempts.NARROW else f"/{{{first},nothing}}/{rest}"
    # With a wildcard in the last place that the scope shares with it, the directory given is the one above.
    allowed = place + ("/{in,nothing}" if scope == attempts.NARROW else "/in")
    rules = ["--allow", f"fs:{allowed}/**", "--deny", f"fs:{world.at('in')}/private/**", "--deny", f"fs:{world.at('in')}/mixed/private/**"]
    return rules, "in/" if scope == attempts.NARROW else world.root[1:] + "/in/"


def make_devices(world):
    for name, (kind, major, minor) in DEVICES.items():
        os.mknod(world.at("in/" + name), kind | 0o666, os.makedev(major, minor))


def words_of(call, base, opened):
    for word in call:
        if isinstance(word, bytes) and word.startswith(b"@"):
            yield base.encode() + word[1:]
        elif isinstance(word, str) and word.startswith("@"):
            yield base + word[1:]
        elif isinstance(word, str) and word.startswith("$"):
            yield opened[int(word[1:]) - 1 if len(word) > 1 else -1] if opened else "999"
        else:
            yield word


def attempt_once(guest, attempt, base):
    """What is wrong, in words."""
    opened = []
    wrong = []
    for step in attempt.steps:
        words = list(words_of(step.call, base, opened))
        code, _ = guest.call(*words)
        if code == 0 and words[0] == "open":
            opened.append(guest.seen[-1])
        if step.codes is not None and code not in step.codes:
            wrong.append(f"{step.call}: {code}, expected one of {step.codes}")
            if code == 0 and words[0] == "open":  # how far it gets
                guest.call("read", opened[-1])
    for fd in opened:
        guest.call("close", fd)
    return wrong


def run_table(options, world):
    arguments, base = scope_arguments(world, options.scope)
    failures = count = skipped = 0
    guarded = ["in"]
    with Guest(options, arguments) as guest:
        for attempt in attempts.attempts(world.root):
            if options.scope not in attempt.scopes or options.only not in attempt.name:
                continue
            world.populate()
            if attempt.needs == "device":
                try:
                    make_devices(world)
                except OSError as error:
                    print(f"skipped {attempt.name}: {error}")
                    skipped += 1
                    continue
            private = world.snapshot(*guarded)
            if options.scope != attempts.DIR:
                private.update({path: entry for path, entry in world.snapshot("out").items() if "/private/" in path})
            guest.seen.clear()
            count += 1
            try:
                wrong = attempt_once(guest, attempt, base)
            except Escaped as error:
                sys.exit(f"FAILED  {attempt.name}: {error}")
            after = world.snapshot(*guarded)
            if options.scope != attempts.DIR:
                after.update({path: entry for path, entry in world.snapshot("out").items() if "/private/" in path})
            wrong += [f"changed: {path}" for path in differences(private, after)]
            # In scope `dir` the private part is as good as the rest.
            if any(CANARY in text and not (options.scope == attempts.DIR and "private" in text) for text in guest.seen):
                wrong.append("a canary was read")
            if wrong:
                failures += 1
                print(f"FAILED  {attempt.name}\n        " + "\n        ".join(wrong))
            elif options.list:
                print(f"held    {attempt.name}")
    print(f"{options.scope} {options.resolver}: {count} attempts, {skipped} skipped, {failures} not held")
    return 1 if failures else 0


def compile_guest(options, folder):
    if not os.path.exists("/usr/include/wasm32-wasi/stdio.h"):
        print("no wasi-libc for wasm32")
        sys.exit(SKIPPED)
    options.guest = os.path.join(folder, "guest.wasm")
    clang = options.clang.replace("clang++", "clang")
    subprocess.run([clang, "--target=wasm32-wasi", "-Wno-deprecated", "--sysroot=/usr", "-O2", "-std=gnu17", "-D_GNU_SOURCE", "-o", options.guest,
                    os.path.join(HERE, "guest.c")], check=True)


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--airwasm", required=True)
    parser.add_argument("--clang", required=True)
    parser.add_argument("--only", default="")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--jit", action="store_true")
    parser.add_argument("--audited", action="store_true")
    parser.add_argument("--seconds", type=int, default=2)
    parser.add_argument("what", nargs="+")
    options = parser.parse_args()
    *what, options.resolver = options.what
    options.scope = what[-1]
    with tempfile.TemporaryDirectory(prefix="airwasm-escape-") as folder:
        compile_guest(options, folder)
        os.mkdir(os.path.join(folder, "world"))
        world = World(os.path.join(folder, "world"))
        options.more = ["--tier", "jit"] if options.jit else []
        log = os.path.join(folder, "audit.jsonl")
        if options.audited:
            options.more += ["--audit", log]
        if what[0] == "race":
            status = race.run(options, world, *scope_arguments(world, options.scope))
        elif what[0] == "special":
            status = special.run(options, world)
        else:
            status = run_table(options, world)
        if options.audited:
            subprocess.run([options.airwasm, "audit", "verify", log], check=True)
        return status


if __name__ == "__main__":
    sys.exit(main())
