#!/usr/bin/env python3
"""What `airwasm run` tells of compiled code: --profile, -O gdb, and --stats.

  tiers_test.py AIRWASM [--gdb GDB] [NAME...]    runs all tests, that of gdb if there is one, or those of the names
"""
import json
import os
import re
import struct
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
KERNEL = os.path.join(HERE, "kernel.wat")
MATH = os.path.join(HERE, "math.wat")  # a component
EAGER = ["--tier", "auto", "-O", "eager-tiering=y"]
NAMES = {f"kernel!{name} [optimized]" for name in ("mix", "sum", "trap", "outer")} | {"<into wasm>"}

# What earlier runs compiled is not to be found: there is no directory for it there.
os.environ["XDG_CACHE_HOME"] = "/dev/null"


class Run:
    """One run to its end, in the folder `cwd`; `first` is done by a shell that has the process's id then."""

    def __init__(self, *words, cwd=HERE, first=None):
        shell = ["sh", "-c", f'{first} && exec "$@"', "sh"] if first else []
        process = subprocess.Popen([*shell, AIRWASM, "run", *words], cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   text=True)
        self.out, self.err = process.communicate(timeout=120)
        self.pid, self.code = process.pid, process.returncode

    def expect(self, code, out):
        assert (self.code, self.out) == (code, out), f"exit code {self.code}, stdout {self.out!r}, stderr {self.err!r}"
        return self


def stats(err):
    """The JSON object, which is the last line."""
    return json.loads(err.splitlines()[-1])


def documented_keys():
    listed = Run("--stats=help")
    assert listed.code == 0, listed.err
    return re.findall(r"^  (\w+) +\S", listed.out, re.MULTILINE)


def take_perf_map(pid):
    path = f"/tmp/perf-{pid}.map"
    with open(path, encoding="utf-8") as file:
        lines = file.read().splitlines()
    os.remove(path)
    functions = []
    for line in lines:
        match = re.fullmatch(r"([0-9a-f]+) ([0-9a-f]+) (.+)", line)
        assert match, line
        functions.append((int(match[1], 16), int(match[2], 16), match[3]))
    functions.sort()
    for (start, size, name), (next_start, _, _) in zip(functions, functions[1:] + [(1 << 64, 0, "")]):
        assert size > 0 and start + size <= next_start, f"{name} of {size} bytes reaches into the next function"
    return {name for _, _, name in functions}


def perf_map_names_functions():
    run = Run("--tier", "jit", "--profile=perfmap", "--invoke", "sum", KERNEL, "1000").expect(0, "-101394068\n")
    assert run.err == "", run.err
    assert take_perf_map(run.pid) == NAMES


def perf_map_names_loops():
    run = Run(*EAGER, "--profile=perfmap", "--stats=json", "--invoke", "sum", KERNEL, "1000").expect(0, "-101394068\n")
    names = take_perf_map(run.pid)
    assert any(re.fullmatch(r"kernel!sum@loop\+0x[0-9a-f]+ \[optimized\]", name) for name in names), names
    assert stats(run.err)["loops_compiled"] >= 1 and stats(run.err)["osr_entries"] >= 1, run.err


def jitdump_holds_code():
    with tempfile.TemporaryDirectory() as tmp:
        run = Run("--tier", "jit", "--profile=jitdump", "--invoke", "sum", KERNEL, "1000", cwd=tmp).expect(0, "-101394068\n")
        assert os.listdir(tmp) == [f"jit-{run.pid}.dump"]
        with open(os.path.join(tmp, f"jit-{run.pid}.dump"), "rb") as file:
            dump = file.read()
    magic, version, header_bytes, _, _, pid, _, flags = struct.unpack_from("=IIIIIIQQ", dump)
    assert (magic, version, header_bytes, pid, flags) == (0x4A695444, 1, 40, run.pid, 0)
    at, names, last = header_bytes, set(), None
    while at < len(dump):
        last, size, _ = struct.unpack_from("=IIQ", dump, at)
        if last == 0:
            _, _, vma, address, code_bytes, _ = struct.unpack_from("=IIQQQQ", dump, at + 16)
            name, code = dump[at + 56:at + size].split(b"\0", 1)
            assert vma == address != 0 and len(code) == code_bytes > 0, name
            names.add(name.decode())
        at += size
    assert at == len(dump) and last == 3, f"ends at {at} of {len(dump)} with record {last}"
    assert names == NAMES, names


def perf_map_names_baseline_code():
    run = Run("--tier", "baseline", "--profile=perfmap", "--invoke", "sum", KERNEL, "1000").expect(0, "-101394068\n")
    names = take_perf_map(run.pid)
    assert "kernel!sum [baseline]" in names and all(name.endswith(" [baseline]") for name in names), names


def profile_needs_machine_code():
    run = Run("--tier", "interp", "--profile=perfmap", KERNEL).expect(2, "")
    assert run.err == ("airwasm: error: --profile names functions that are machine code, and --tier interp makes none of them so: "
                       "it takes another tier\n"), run.err


def profile_that_cannot_be_written():
    with tempfile.TemporaryDirectory() as tmp:
        run = Run("--tier", "jit", "--profile=jitdump", KERNEL, cwd=tmp, first="ln -s other jit-$$.dump").expect(2, "")
        assert os.listdir(tmp) == [f"jit-{run.pid}.dump"], "a link of somebody else's is not followed"
    assert run.err == (f"airwasm: error: --profile jitdump: cannot write 'jit-{run.pid}.dump': Too many levels of symbolic "
                       "links\n"), run.err


def gdb_shows_compiled_frames():
    """The trap is an instruction that gdb stops at; two compiled frames stand there."""
    words = [GDB, "-nx", "-batch", "-ex", "set debuginfod enabled off", "-ex", "run", "-ex", "backtrace", "--args",
             AIRWASM, "run", "--tier", "jit", "-O", "gdb=y", "--invoke", "outer", KERNEL, "3"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120)
    frames = re.findall(r"^#\d+ +(?:0x[0-9a-f]+ in )?(.+?) \(", done.stdout, re.MULTILINE)
    assert frames[0] == "kernel!outer [optimized]" and frames[1] == frames[0], done.stdout + done.stderr
    assert "main" in frames, f"the native frames around it are not found: {frames}"


def stats_as_json():
    run = Run("--tier", "jit", "--stats=json", "--invoke", "sum", KERNEL, "1000").expect(0, "-101394068\n")
    numbers = stats(run.err)
    assert list(numbers) == documented_keys(), numbers
    assert numbers["tier"] == "jit" and numbers["functions"] == 4 and numbers["refusals"] == [], numbers
    assert numbers["functions_optimized"] == 4 and numbers["functions_refused"] == 0, numbers
    assert numbers["compile_ns"] >= numbers["compile_wall_ns"] > 0, numbers
    assert numbers["code_memory_bytes"] >= numbers["code_bytes"] > 0, numbers
    assert numbers["memory_bytes"] == 2 << 16 and numbers["process_peak_bytes"] > 1 << 20, numbers


def stats_of_the_interpreter():
    numbers = stats(Run("--tier", "interp", "--stats=json", "--invoke", "sum", KERNEL, "10").err)
    assert numbers["functions_translated"] == 2, "of four, two were called"
    assert numbers["functions_optimized"] == numbers["code_bytes"] == numbers["compile_ns"] == 0, numbers


def stats_of_baseline_code():
    if os.uname().machine != "x86_64":
        return
    numbers = stats(Run("--tier", "baseline", "--stats=json", "--invoke", "sum", KERNEL, "10").err)
    assert numbers["functions_baseline"] == numbers["functions_translated"] == 2 and numbers["baseline_bytes"] > 0, numbers
    assert numbers["functions_optimized"] == numbers["code_bytes"] == 0, numbers
    numbers = stats(Run("--tier", "interp", "--stats=json", "--invoke", "sum", KERNEL, "10").err)
    assert numbers["functions_baseline"] == numbers["baseline_bytes"] == 0, numbers


def stats_of_a_component():
    run = Run("--tier", "jit", "--stats=json", "--invoke", "add(2, 3)", MATH).expect(0, "5\n")
    assert stats(run.err)["functions_optimized"] > 0, run.err


def stats_as_text():
    run = Run("--tier", "jit", "--stats", "--invoke", "sum", KERNEL, "1000").expect(0, "-101394068\n")
    shown = re.findall(r"^(\w+) +\S", run.err, re.MULTILINE)
    assert shown == [key for key in documented_keys() if key not in ("quotas", "refusals")], run.err
    assert re.search(r"^functions_optimized +4  compiled$", run.err, re.MULTILINE), run.err


def stats_after_a_trap():
    run = Run("--tier", "jit", "--stats=json", "--invoke", "trap", KERNEL).expect(134, "")
    assert run.err.startswith("airwasm: trap: unreachable\n") and stats(run.err)["functions"] == 4, run.err


def stats_of_another_form():
    run = Run("--stats=yaml", KERNEL)
    assert run.code == 2 and "--stats" in run.err and "yaml" in run.err, run.err


INDIRECT = """(module (type $t (func)) (table 8 8 funcref)
  (func (export "call") (param i32) (call_indirect (type $t) (local.get 0)))
  (func (export "get") (param i32) (result i32) (ref.is_null (table.get 0 (local.get 0)))))
"""


def table_indices_are_masked():
    """Nothing is loaded from a table by an index that was only compared and jumped on."""
    if os.uname().machine != "x86_64":
        return
    with tempfile.TemporaryDirectory() as tmp:
        with open(os.path.join(tmp, "m.wat"), "w") as file:
            file.write(INDIRECT)
        for name in ["call", "get"]:
            done = subprocess.run([AIRWASM, "compile", "--emit", "asm", "--func", name, "m.wat"], cwd=tmp, capture_output=True,
                                  text=True)
            assert re.search(r"^\s+sbb[ql]\s", done.stdout, re.MULTILINE), done.stdout + done.stderr


TESTS = [table_indices_are_masked, perf_map_names_functions, perf_map_names_loops, perf_map_names_baseline_code, jitdump_holds_code,
         profile_needs_machine_code, profile_that_cannot_be_written, stats_as_json, stats_of_the_interpreter, stats_of_baseline_code,
         stats_of_a_component, stats_as_text,
         stats_after_a_trap, stats_of_another_form]


def main(names):
    wanted, failed, ran = set(names), 0, 0
    for test in TESTS + ([gdb_shows_compiled_frames] if GDB else []):
        if wanted and test.__name__ not in wanted:
            continue
        ran += 1
        try:
            test()
        except (AssertionError, LookupError, OSError, ValueError, struct.error) as e:
            failed += 1
            print(f"--- {test.__name__}: {type(e).__name__}: {e}")
    print(f"{ran} tests, {failed} failed")
    return 1 if failed or not ran else 0


if __name__ == "__main__":
    AIRWASM, *rest = sys.argv[1:]
    AIRWASM, GDB = os.path.abspath(AIRWASM), None
    if rest[:1] == ["--gdb"]:
        GDB, rest = rest[1], rest[2:]
    sys.exit(main(rest))
