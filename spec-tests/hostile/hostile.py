#!/usr/bin/env python3
"""Feeds inputs that are made to exhaust or crash an engine to `airwasm` and checks how each run ends.

Usage: hostile.py AIRWASM [NAME-PART]

Every case must end by itself, with one of its expected exit codes and no signal, within LIMIT_S of CPU time and LIMIT_MIB of resident
memory. The address space is not limited: reserving addresses costs nothing.
"""
import itertools
import os
import resource
import subprocess
import sys
import tempfile
import time

from wasm_writer import MAGIC, section, uleb

LIMIT_S = 2
LIMIT_MIB = 512
TRAP = 134
ERROR = 1
OK = 0

TYPE_VOID = section(1, b"\x01\x60\x00\x00")
FUNC = section(3, b"\x01\x00")
EXPORT = section(7, b"\x01\x06_start\x00\x00")


def module(body, locals_=b"\x00", types=TYPE_VOID, extra=b""):
    """A module whose function 0, exported as _start, has this body (without the final end)."""
    code = locals_ + body + b"\x0b"
    return MAGIC + types + FUNC + extra + EXPORT + section(10, b"\x01" + uleb(len(code)) + code)


def counts():
    """Every section with a count of 2^32-1 and with counts near it."""
    for ident in (1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13):
        for n in (0xFFFFFFFF, 0xFFFFFFFC, 0x7FFFFFFF):
            yield f"count {n:#x} in section {ident}", MAGIC + section(ident, uleb(n) + b"\0" * 64), {ERROR}


def cases():
    yield from counts()
    yield "100,000 nested blocks", module(b"\x02\x40" * 100_000 + b"\x0b" * 100_000), {OK}
    yield "999,999 nested loops", module(b"\x03\x40" * 999_999 + b"\x0b" * 999_999), {OK}
    yield "1,000,001 nested loops", module(b"\x03\x40" * 1_000_001 + b"\x0b" * 1_000_001), {ERROR}
    yield "100,000 nested ifs left open", module(b"\x41\x00\x04\x40" * 100_000), {ERROR}
    yield "100,000 nested try_tables", module(b"\x1f\x40\x00" * 100_000 + b"\x0b" * 100_000), {OK}
    n = 1_000_000
    yield "br_table of a million targets", module(b"\x02\x40\x41\x05\x0e" + uleb(n) + b"\x00" * n + b"\x00\x0b"), {OK}
    yield "br_table of 2^32-1 targets", module(b"\x02\x40\x41\x05\x0e" + uleb(0xFFFFFFFF) + b"\x00\x0b"), {ERROR}
    big = b"\x41\x01\x1a" * 2_550_000
    yield "a function of 7 MB", module(big), {OK}
    yield "a function of 8 MB", module(b"\x01" * 8_000_000), {ERROR}
    yield "50,000 locals in one run", module(b"", b"\x01" + uleb(50_000) + b"\x7e"), {OK}
    yield "2^32-1 locals", module(b"", b"\x02" + uleb(0xFFFFFFFF) + b"\x7f" + uleb(0xFFFFFFFF) + b"\x7f"), {ERROR}
    yield "15,000 blocks with 1,000 locals read in each", module(
        b"".join(b"\x02\x40" + b"\x20\x07\x1a" * 20 for _ in range(15_000)) + b"\x0b" * 15_000,
        b"\x01" + uleb(1_000) + b"\x7f"), {OK}
    yield "50,000 locals across 50,000 blocks", module(
        b"".join(b"\x02\x40\x20" + uleb(i % 50_000) + b"\x1a\x0b" for i in range(50_000)),
        b"\x01" + uleb(50_000) + b"\x7f"), {OK}
    table64 = section(4, b"\x01\x70\x04" + uleb(1 << 61))
    yield "table64 of 2^61 elements", MAGIC + table64, {ERROR}
    yield "table of 2^32-1 elements", MAGIC + section(4, b"\x01\x70\x00" + uleb(0xFFFFFFFF)), {ERROR}
    yield "memory64 of 2^48 pages", MAGIC + section(5, b"\x01\x04" + uleb(1 << 48)), {ERROR}
    yield "memory of 65,536 pages", MAGIC + section(5, b"\x01\x00" + uleb(65_536)), {OK}
    yield "100 memories of 4 GiB", MAGIC + section(5, b"\x64" + (b"\x01\x00" + uleb(65_536)) * 100), {OK, ERROR}
    yield "101 memories", MAGIC + section(5, b"\x65" + b"\x00\x00" * 101), {ERROR}
    yield "array.new of 2^32-1 elements", module(
        b"\x41\x7f\xfb\x07\x01\x1a", types=section(1, b"\x02\x60\x00\x00\x5e\x7e\x01")), {TRAP}
    yield "recursion without end", module(b"\x10\x00"), {TRAP}
    yield "garbage without end", module(
        b"\x03\x40\x41\x80\x80\x04\xfb\x07\x01\x1a\x20\x00\x41\x01\x6a\x22\x00\x41\xa0\x1f\x48\x0d\x00\x0b",
        locals_=b"\x01\x01\x7f", types=section(1, b"\x02\x60\x00\x00\x5e\x7e\x01")), {OK}
    yield "a name of 2 GiB", MAGIC + section(2, b"\x01" + uleb(0x7FFFFFFF) + b"a"), {ERROR}
    deep = b"".join(b"\x50\x01" + uleb(i - 1) + b"\x5f\x00" if i else b"\x50\x00\x5f\x00" for i in range(200))
    yield "a chain of 200 supertypes", MAGIC + section(1, uleb(200) + deep), {ERROR}
    yield "1,000,001 types", MAGIC + section(1, uleb(1_000_001) + b"\x60\x00\x00" * 1_000_001), {ERROR}
    yield "a recursion group of 300,000 types", MAGIC + section(
        1, b"\x01\x4e" + uleb(300_000) + b"\x5f\x01\x64\x00\x00" * 300_000), {OK}
    yield "text: 200,000 parentheses", b"(" * 200_000, {ERROR}
    yield "text: 200,000 folded blocks", b"(module (func " + b"(block " * 200_000, {ERROR}
    yield "text: 100,000 nested comments", b"(;" * 100_000, {ERROR}
    yield "text: a string of 20 MB", b'(module (memory (data "' + b"a" * 20_000_000 + b'")))', {OK, ERROR}
    yield "text: a number of 1,000,000 digits", b"(module (global i32 (i32.const " + b"1" * 1_000_000 + b")))", {ERROR}
    yield "text: a float of 1,000,000 digits", b"(module (global f64 (f64.const 0." + b"1" * 1_000_000 + b")))", {OK}


def command(body, imports="", core_imports="", given=""):
    """A component whose wasi:cli/run is this core function: i32 locals $i and $n, a memory, a result of 0 or 1."""
    return f"""(component {imports}
      (core module $libc (memory (export "memory") 1)
        (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const -8)))
      (core instance $libc (instantiate $libc))
      {given}
      (core module $m {core_imports} (import "libc" "memory" (memory 1))
        (func (export "run") (result i32) (local $i i32) (local $n i32) {body}))
      (core instance $i (instantiate $m (with "libc" (instance $libc)) (with "" (instance $given))))
      (func $run (result (result)) (canon lift (core func $i "run")))
      (instance $run (export "run" (func $run)))
      (export "wasi:cli/run@0.2.0" (instance $run)))""".encode()


def component_cases():
    nothing = "(core instance $given)"
    yield "nested 2,000 deep", b"(component " * 2_000 + b")" * 2_000, {ERROR}
    yield "100,000 nested lists", b"(component (type (list " + b"(list " * 100_000 + b"u8" + b")" * 100_002, {ERROR}
    doubled = "".join(f"(type $t{i + 1} (tuple $t{i} $t{i}))" for i in range(30))
    yield "a tuple doubled 30 times", f"(component (type $t0 u8) {doubled})".encode(), {ERROR}
    yield "a result of 7", command("(i32.const 7)", given=nothing), {TRAP}

    handles = """(type $r (resource (rep i32))) (core func $new (canon resource.new $r))
      (core instance $given (export "new" (func $new)))"""
    new = '(import "" "new" (func $new (param i32) (result i32)))'
    loop = """(loop $l (drop (call $new (local.get $i)))
      (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const %d)))) (i32.const 0)"""
    yield "a million handles", command(loop % 1_000_000, core_imports=new, given=handles), {OK, TRAP}
    yield "handles without end", command(loop % -1, core_imports=new, given=handles), {TRAP}

    stdout = """(import "wasi:io/streams@0.2.0" (instance $s (export "output-stream" (type $o (sub resource)))
        (export "error" (type $e (sub resource)))
        (type $f' (variant (case "last-operation-failed" (own $e)) (case "closed")))
        (export "stream-error" (type $f (eq $f')))
        (export "[method]output-stream.blocking-write-and-flush"
          (func (param "self" (borrow $o)) (param "contents" (list u8)) (result (result (error $f)))))))
      (alias export $s "output-stream" (type $o))
      (import "wasi:cli/stdout@0.2.0" (instance $c (export "get-stdout" (func (result (own $o))))))"""
    lowered = """(core func $write (canon lower (func $s "[method]output-stream.blocking-write-and-flush")
        (memory (core memory $libc "memory"))))
      (core func $get (canon lower (func $c "get-stdout")))
      (core instance $given (export "write" (func $write)) (export "get" (func $get)))"""
    write = """(import "" "write" (func $write (param i32 i32 i32 i32)))
      (import "" "get" (func $get (result i32)))"""
    yield "a forged handle", command("(call $write (i32.const 77) (i32.const 0) (i32.const 1) (i32.const 64)) (i32.const 0)",
                                     stdout, write, lowered), {TRAP}
    yield "a list of 2^32-1 bytes for the host", command(
        "(call $write (call $get) (i32.const 0) (i32.const -1) (i32.const 64)) (i32.const 0)", stdout, write, lowered), {TRAP}

    environment = """(import "wasi:cli/environment@0.2.0" (instance $e
      (export "get-arguments" (func (result (list string))))))"""
    arguments = """(core func $args (canon lower (func $e "get-arguments")
        (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
      (core instance $given (export "args" (func $args)))"""
    yield "a realloc that answers with nonsense", command(
        "(call $args (i32.const 16)) (i32.const 0)", environment, '(import "" "args" (func $args (param i32)))', arguments), {TRAP}


def limit():
    resource.setrlimit(resource.RLIMIT_CPU, (LIMIT_S * 5, LIMIT_S * 5))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def run(airwasm, name, data, expected):
    """The complaint about this case, or None."""
    suffix = ".wat" if name.startswith("text") else ".wasm"
    with tempfile.NamedTemporaryFile(suffix=suffix) as file:
        file.write(data)
        file.flush()
        started = time.monotonic()
        process = subprocess.Popen([airwasm, "run", file.name], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                   stdin=subprocess.DEVNULL, preexec_fn=limit)
        stderr = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = 0
        cpu_s = usage.ru_utime + usage.ru_stime
        mib = usage.ru_maxrss / 1024
        wall_s = time.monotonic() - started
    code = os.waitstatus_to_exitcode(status)
    line = stderr.decode(errors="replace").split("\n", 1)[0]
    print(f"{name:55} exit {code:4}  {cpu_s:6.2f} s cpu {wall_s:6.2f} s  {mib:7.1f} MiB  {line[:90]}", flush=True)
    if code not in expected:
        return f"exit code {code}, expected one of {sorted(expected)}: {line}"
    if code != OK and not line:
        return "no message"
    if cpu_s > LIMIT_S:
        return f"{cpu_s:.2f} s of CPU time, allowed are {LIMIT_S}"
    if mib > LIMIT_MIB:
        return f"{mib:.0f} MiB of memory, allowed are {LIMIT_MIB}"
    return None


def main():
    airwasm = sys.argv[1]
    wanted = sys.argv[2] if len(sys.argv) > 2 else ""
    complaints = []
    count = 0
    components = ((f"text: component: {name}", data, expected) for name, data, expected in component_cases())
    for name, data, expected in itertools.chain(cases(), components):
        if wanted not in name:
            continue
        count += 1
        complaint = run(airwasm, name, data, expected)
        if complaint:
            complaints.append(f"{name}: {complaint}")
    for complaint in complaints:
        print("FAILED", complaint)
    print(f"{count - len(complaints)} passed, {len(complaints)} failed")
    return 1 if complaints or not count else 0


sys.exit(main())
