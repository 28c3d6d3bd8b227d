#!/usr/bin/env python3
"""Programs that real toolchains compile, once to wasm32-wasi and once for this machine: output and exit status must agree.

  run.py --airwasm PROGRAM --work FOLDER --clang CLANG++ NAME     builds and runs one; exit status 77 where its toolchain is absent
  run.py ... --component NAME     makes a component of it first, with the adapter to WASI 0.2
  run.py --list                                                   the names
"""
import argparse
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
SKIPPED = 77
WASI = ["--target=wasm32-wasi", "-Wno-deprecated", "--sysroot=/usr", "-O2", "-std=c++20"]


class Absent(Exception):
    """A toolchain that is not installed."""


def build(command, env=None):
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **(env or {})})
    if done.returncode != 0:
        sys.exit("cannot build: " + " ".join(command) + "\n" + done.stderr[-3000:])


def need_wasi(header):
    if not os.path.exists(header):
        raise Absent(header + " (wasi-libc, libc++-22-dev-wasm32)")


def exceptions(options, legacy):
    need_wasi("/usr/include/wasm32-wasi/stdio.h")
    wasm, native = os.path.join(options.work, f"exceptions-{legacy}.wasm"), os.path.join(options.work, f"exceptions-{legacy}")
    source = os.path.join(HERE, "exceptions.cc")
    build([options.clang, *WASI, "-fwasm-exceptions", "-mllvm", f"-wasm-use-legacy-eh={legacy}", "-o", wasm, source])
    build([options.clang, "-O2", "-std=c++20", "-o", native, source])
    return wasm, native, [], ""


def library(options):
    need_wasi("/usr/include/wasm32-wasi/c++/v1/iostream")
    wasm, native = os.path.join(options.work, "library.wasm"), os.path.join(options.work, "library")
    source = os.path.join(HERE, "library.cc")
    build([options.clang, *WASI, "-fno-exceptions", "-o", wasm, source])
    build([options.clang, "-O2", "-std=c++20", "-fno-exceptions", "-o", native, source])
    return wasm, native, ["one", "", "zwei Wörter"], "a line\n\nanother, and no newline at the end"


def system(options):
    need_wasi("/usr/include/wasm32-wasi/stdio.h")
    wasm, native = os.path.join(options.work, "system.wasm"), os.path.join(options.work, "system")
    source = os.path.join(HERE, "system.c")
    clang = options.clang.replace("clang++", "clang")
    build([clang, "--target=wasm32-wasi", "-Wno-deprecated", "--sysroot=/usr", "-O2", "-std=gnu17", "-o", wasm, source])
    build([clang, "-O2", "-std=gnu17", "-D_GNU_SOURCE", "-o", native, source])
    return wasm, native, ["one", "", "zwei Wörter"], "a line\n\nanother, and no newline at the end", {"AIRWASM_GREETING": "grüß dich"}


def jobs(options):
    go = shutil.which("go") or shutil.which("go", path="/usr/local/go/bin")
    if not go:
        raise Absent("go, 1.21 or newer")
    wasm, native = os.path.join(options.work, "jobs.wasm"), os.path.join(options.work, "jobs")
    source = os.path.join(HERE, "jobs.go")
    cache = {"GOCACHE": os.path.join(options.work, "gocache"), "GOFLAGS": "-p=1", "GOTOOLCHAIN": "local"}
    probe = subprocess.run([go, "tool", "dist", "list"], capture_output=True, text=True)
    if "wasip1/wasm" not in probe.stdout:
        raise Absent("a Go that knows GOOS=wasip1")
    build([go, "build", "-o", wasm, source], {**cache, "GOOS": "wasip1", "GOARCH": "wasm"})
    build([go, "build", "-o", native, source], cache)
    return wasm, native, [], ""


def files(options):
    rustc = shutil.which("rustc") or shutil.which("rustc", path=os.path.expanduser("~/.cargo/bin"))
    if not rustc:
        raise Absent("rustc")
    libraries = subprocess.run([rustc, "--target", "wasm32-wasip1", "--print", "target-libdir"], capture_output=True, text=True)
    if libraries.returncode != 0 or not os.path.isdir(libraries.stdout.strip()):
        raise Absent("Rust's standard library for wasm32-wasip1")
    wasm, native = os.path.join(options.work, "files.wasm"), os.path.join(options.work, "files")
    source = os.path.join(HERE, "files.rs")
    build([rustc, "-O", "--edition", "2021", "--target", "wasm32-wasip1", "-o", wasm, source])
    build([rustc, "-O", "--edition", "2021", "-o", native, source])
    return wasm, native, [], "drawer\nénd"


PROGRAMS = {
    "exceptions_legacy": lambda options: exceptions(options, "true"),
    "exceptions_try_table": lambda options: exceptions(options, "false"),
    "files": files,
    "library": library,
    "jobs": jobs,
    "system": system,
}


def run(command, text, folder, env=None):
    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=600, cwd=folder, env={**os.environ, **(env or {})})
    return done.returncode, done.stdout, done.stderr


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--airwasm")
    parser.add_argument("--work")
    parser.add_argument("--clang", default="clang++-22")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--component", action="store_true")
    parser.add_argument("name", nargs="?")
    options = parser.parse_args()
    if options.list:
        print("\n".join(PROGRAMS))
        return 0
    options.work = os.path.abspath(options.work)
    os.makedirs(options.work, exist_ok=True)
    try:
        wasm, native, args, text, *rest = PROGRAMS[options.name](options)
    except Absent as absent:
        print(f"skipped: there is no {absent}")
        return SKIPPED
    env = rest[0] if rest else {}
    if options.component:
        module, wasm = wasm, wasm.removesuffix(".wasm") + ".component.wasm"
        build([options.airwasm, "component", "new", "--exit-codes", module, "-o", wasm])
        build([options.airwasm, "validate", wasm])
    # Each run has an empty directory of its own: natively the working directory, for the guest its root.
    with tempfile.TemporaryDirectory(dir=options.work) as here, tempfile.TemporaryDirectory(dir=options.work) as there:
        expected = run([native, *args], text, here, env)
        variables = [word for name, value in env.items() for word in ("--env", f"{name}={value}")]
        actual = run([options.airwasm, "run", "--dir", there + "::/", *variables, wasm, *args], text, options.work)
        left = [sorted(os.listdir(folder)) for folder in (here, there)]
        if left[0] != left[1]:
            print(f"natively these files are left: {left[0]}; by airwasm: {left[1]}")
            return 1
    if expected[:2] != actual[:2]:
        print(f"native: exit status {expected[0]}, printed\n{expected[1]}")
        print(f"airwasm: exit status {actual[0]}, printed\n{actual[1]}\nand to standard error\n{actual[2]}")
        return 1
    print(f"{options.name}: {len(actual[1])} bytes of output and exit status {actual[0]}, as natively")
    return 0


if __name__ == "__main__":
    sys.exit(main())
