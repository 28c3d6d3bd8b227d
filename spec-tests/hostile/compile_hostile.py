#!/usr/bin/env python3
"""Feeds functions that are made to exhaust or crash the compiler to `airwasm` and checks how each run ends.

Usage: compile_hostile.py AIRWASM [NAME-PART [MODE]]

Each module exports run(n, ms): it calls a function with a loop of n rounds around the hostile code again and again for ms milliseconds,
sees to it that all calls give the same number, and returns that. The number must be the interpreter's

  jit    when everything is compiled before the first call, and
  osr    when each loop that runs is compiled when it is first met, and entered, and
  auto   when what is hot is compiled while the interpreter goes on.

No compilation may take longer than LIMIT_COMPILE_S and no process more than LIMIT_MIB of resident memory; a compiler that refuses a
function, or gives up, has done its duty. A process may end at most LIMIT_EXIT_S after its guest, whatever is being compiled then.
"""
import json
import os
import resource
import subprocess
import sys
import tempfile
import time

from wasm_writer import MAGIC, section, sleb, uleb, vector

LIMIT_COMPILE_S = 5
LIMIT_MIB = 1024
LIMIT_EXIT_S = 0.5
# Large, but not so large that the compiler may refuse them.
COMPILED = {"a block of 11,000 instructions", "3,000 blocks", "br_table of 200,000 targets", "5,000 nested loops", "1,500 nested try_tables",
            "1,500 calls of a small function", "1,000 calls of an inlining bomb", "2,000 indirect calls", "3,000 new structs",
            "3,500 array accesses", "a module of 20,000 functions"}
# How long the guest runs in auto mode, at least.
AUTO_MS = 300
# Rounds of the loop around the hostile code.
ROUNDS = 3

I32, I64, F32, F64, V128 = b"\x7f", b"\x7e", b"\x7d", b"\x7c", b"\x7b"


def get(i):
    return b"\x20" + uleb(i)


def set_(i):
    return b"\x21" + uleb(i)


def const(n):
    return b"\x41" + sleb(n)


def call(i):
    return b"\x10" + uleb(i)


def functype(params, results):
    return b"\x60" + vector(params) + vector(results)


BLOCK, LOOP, IF = b"\x02\x40", b"\x03\x40", b"\x04\x40"
END, ELSE, DROP = b"\x0b", b"\x05", b"\x1a"
BR_IF_0 = b"\x0d\x00"
ADD, MUL, AND, XOR, SHR = b"\x6a", b"\x6c", b"\x71", b"\x73", b"\x76"

# Of the hostile function: the rounds that are left, and what it returns.
N, ACC = 0, 1
STEP = get(ACC) + const(3) + MUL + get(N) + ADD + set_(ACC)
# Taken or not by what is computed.
ODD = get(ACC) + const(1) + AND
# Function indices: the clock, the hostile function, run; a case's own come behind.
HOSTILE, OWN = 1, 3
# Type indices likewise.
OWN_TYPE = 3
CLOCK_PLACE = 65528


class Case:
    """A module around `body`, which is run in a loop and works on ACC; `before` stands before that loop, `after` behind it."""

    def __init__(self, name, body, *, before=b"", after=b"", locals_=(), types=(), funcs=(), extra_sections=b"", tags=b""):
        self.name, self.body, self.before, self.after = name, body, before, after
        self.locals_, self.types, self.funcs, self.extra, self.tags = locals_, types, funcs, extra_sections, tags

    def module(self):
        types = [functype([I32, I64, I32], [I32]), functype([I32], [I32]), functype([I32, I32], [I32]), *self.types]
        # ACC begins with what the optimiser cannot know.
        hostile = const(CLOCK_PLACE - 8) + b"\x28\x02\x00" + get(N) + ADD + set_(ACC) + self.before
        hostile += LOOP + self.body + get(N) + const(-1) + ADD + b"\x22" + uleb(N) + BR_IF_0 + END + self.after + get(ACC)
        locals_ = [uleb(count) + type_ for count, type_ in ((1, I32), *self.locals_)]
        # Locals of run: 2 the first result, 3 when to stop (nanoseconds).
        now = const(1) + b"\x42\x00" + const(CLOCK_PLACE) + call(0) + DROP + const(CLOCK_PLACE) + b"\x29\x03\x00"
        run = get(0) + call(HOSTILE) + set_(2)
        run += now + get(1) + b"\xad\x42" + sleb(1_000_000) + b"\x7e\x7c" + set_(3)
        run += LOOP + get(0) + call(HOSTILE) + get(2) + b"\x47" + IF + b"\x00" + END + now + get(3) + b"\x54" + BR_IF_0 + END + get(2)
        bodies = [(vector(locals_), hostile), (vector([b"\x01" + I32, b"\x01" + I64]), run)]
        bodies += [(vector([]), body) for _, body in self.funcs]
        out = MAGIC + section(1, vector(types))
        out += section(2, vector([b"\x16wasi_snapshot_preview1" + b"\x0eclock_time_get" + b"\x00\x00"]))
        out += section(3, vector([b"\x01", b"\x02", *(uleb(type_) for type_, _ in self.funcs)]))
        out += section(4, vector([b"\x70\x00\x01"])) + section(5, b"\x01\x00\x01") + self.tags
        out += section(6, vector([I32 + b"\x01\x41\x07\x0b"]))
        out += section(7, vector([b"\x03run\x00\x02", b"\x06memory\x02\x00"])) + self.extra
        return out + section(10, vector([uleb(len(l + b) + 1) + l + b + END for l, b in bodies]))


def blocks(count):
    return (BLOCK + ODD + BR_IF_0 + get(ACC) + const(5) + ADD + set_(ACC) + END) * count


def nested(opener, depth, inner=STEP):
    return opener * depth + inner + END * depth


def cases():
    yield Case("a function of 7 MB", STEP * 750_000)
    yield Case("a function of 250 KB", STEP * 24_000)
    yield Case("a block of 11,000 instructions", STEP * 5_500)
    for count in (3_000, 6_000, 10_000, 15_000, 19_000):
        yield Case(f"{count:,} blocks", blocks(count))
    yield Case("19,000 small blocks", (BLOCK + get(ACC) + BR_IF_0 + get(N) + set_(ACC) + END) * 19_000)
    yield Case("100,000 blocks", blocks(100_000))
    yield Case("15,000 ifs that do nothing", (get(ACC) + IF + END) * 15_000)

    def br_table(targets, result=b"\x40"):
        return BLOCK + get(ACC) + const(7) + AND + b"\x0e" + uleb(targets) + b"\x00" * targets + b"\x00" + END + STEP
    yield Case("br_table of a million targets", br_table(1_000_000))
    yield Case("br_table of 200,000 targets", br_table(200_000))
    arms = 5_000
    yield Case("br_table into 5,000 blocks with phis",
               BLOCK * (arms + 1) + get(ACC) + b"\x0e" + uleb(arms) + b"".join(uleb(i) for i in range(arms)) + uleb(arms) + END +
               (STEP + END) * arms)
    yield Case("20 br_tables of 2,000 blocks", b"".join(
               BLOCK * 1_001 + get(ACC) + b"\x0e" + uleb(1_000) + b"".join(uleb(i) for i in range(1_000)) + uleb(1_000) + END +
               (STEP + END) * 1_000 for _ in range(20)))
    hundred = [I32] * 100
    yield Case("br_table of 100,000 targets that take 100 operands each",
               b"\x02\x03" + get(ACC) * 100 + get(ACC) + b"\x0e" + uleb(100_000) + b"\x00" * 100_001 + END + (ADD * 99) + set_(ACC),
               types=[functype([], hundred)])
    thousand = [I32] * 1_000
    yield Case("30,000 branches that take 1,000 operands each",
               b"\x02\x03" + get(ACC) * 1_000 + (get(N) + BR_IF_0) * 30_000 + END + (ADD * 999) + set_(ACC), types=[functype([], thousand)])

    count = 50_000
    yield Case("50,000 locals", b"".join(get(i) + set_(i + 1) for i in range(2, count, 7)) + STEP, locals_=[(count - 2, I32)])
    for count, loops in ((19_000, 300), (2_000, 2_000)):
        crossing = range(2, count)
        small_loop = LOOP + STEP + ODD + b"\x45\x04\x40" + END + END
        yield Case(f"{count:,} live locals across {loops} loops", small_loop * loops + STEP,
                   before=b"".join(get(N) + set_(i) for i in crossing), after=b"".join(get(i) + get(ACC) + ADD + set_(ACC) for i in crossing),
                   locals_=[(count - 2, I32)])
    crossing = range(2, 12_000)
    yield Case("12,000 live locals across 5,000 branches", blocks(5_000),
               before=b"".join(get(N) + set_(i) for i in crossing), after=b"".join(get(i) + get(ACC) + ADD + set_(ACC) for i in crossing),
               locals_=[(12_000, I32)])
    crossing = range(2, 10_000)
    yield Case("10,000 live locals across 10,000 memory accesses",
               b"".join(get(i) + set_(i + 1) for i in crossing) + (get(ACC) + b"\x28\x02\x00" + DROP) * 10_000 +
               b"".join(get(i) + get(ACC) + ADD + set_(ACC) for i in crossing), locals_=[(10_001, I32)], before=const(0) + set_(ACC))
    crossing = range(2, 300)
    yield Case("300 locals changed in 300 nested loops",
               LOOP * 300 + b"".join(get(i) + get(i + 1) + ADD + set_(i) for i in crossing) + b"\x41\x00\x0d\x00\x0b" * 300 + STEP,
               after=b"".join(get(i) + get(ACC) + ADD + set_(ACC) for i in crossing), locals_=[(300, I32)])

    for count in (5_000, 10_000):
        yield Case(f"{count:,} nested blocks", BLOCK * count + STEP + (ODD + BR_IF_0 + END) * count)
        yield Case(f"{count:,} nested loops", LOOP * count + STEP + (const(0) + BR_IF_0 + END) * count)
    yield Case("80,000 nested loops", LOOP * 80_000 + STEP + END * 80_000)
    yield Case("80,000 nested blocks with 1,000 parameters and results", get(ACC) * 1_000 + b"\x02\x03" * 80_000 + END * 80_000 + DROP * 1_000 + STEP,
               types=[functype([I32] * 1_000, [I32] * 1_000)])
    yield Case("1,000 nested loops with live exits", LOOP * 1_000 + STEP + (get(ACC) + b"\x45" + BR_IF_0 + STEP + END) * 1_000)
    yield Case("200 nested loops that load", LOOP * 200 + STEP + (get(ACC) + const(1020) + AND + b"\x28\x02\x00" + get(ACC) + ADD + set_(ACC) +
               const(0) + BR_IF_0 + END) * 200)
    for count in (5_000, 10_000):
        yield Case(f"{count:,} nested ifs", (get(ACC) + IF) * count + STEP + (STEP + END) * count)
        yield Case(f"{count:,} nested ifs with else", (get(ACC) + IF) * count + STEP + (ELSE + STEP + END) * count)
    yield Case("3,000 loops, one after another", (
               const(4) + set_(2) + LOOP + STEP + get(2) + const(-1) + ADD + b"\x22\x02" + BR_IF_0 + END) * 3_000, locals_=[(1, I32)])
    vector_loop = (const(0) + set_(2) + LOOP + get(2) + get(2) + b"\x28\x02\x00" + get(ACC) + ADD + b"\x36\x02\x80\x08" + get(2) + const(4) +
                   ADD + b"\x22\x02" + const(256) + b"\x49" + BR_IF_0 + END)
    yield Case("1,000 loops that can be vectorised", const(0) + set_(ACC) + vector_loop * 1_000 + STEP, locals_=[(1, I32)])
    try_table = b"\x1f\x40\x01\x00\x00\x00"  # catches tag 0 and goes to the block around it
    tags = section(13, b"\x01\x00\x03")
    for count in (1_500, 5_000):
        yield Case(f"{count:,} nested try_tables", (BLOCK + try_table) * count + call(OWN) + STEP + (END + END) * count,
                   types=[functype([], [])], funcs=[(3, b"\x41\x00\x04\x40\x08\x00\x0b")], tags=tags)
    for count in (1_000, 3_000):
        yield Case(f"{count:,} nested try_tables with calls", (BLOCK + try_table + call(OWN)) * count + STEP + (call(OWN) + END + STEP + END) * count,
                   types=[functype([], [])], funcs=[(3, b"\x41\x00\x04\x40\x08\x00\x0b")], tags=tags)
    for count in (1_500, 5_000):
        yield Case(f"{count:,} try_tables, one after another", (BLOCK + try_table + call(OWN) + END + END + STEP) * count,
                   types=[functype([], [])], funcs=[(3, b"\x41\x00\x04\x40\x08\x00\x0b")], tags=tags)

    unary = [(1, get(0) + const(3) + MUL + const(1) + ADD)]
    for count in (1_500, 10_000, 30_000):
        yield Case(f"{count:,} calls of a small function", get(ACC) + call(OWN) * count + set_(ACC), funcs=unary)
    chain = 25
    yield Case("an inlining bomb, 2 calls each", get(ACC) + call(OWN) + set_(ACC) + STEP, funcs=[
        (1, get(0) + (call(OWN + i + 1) * (2 if i < 9 else 1) if i + 1 < chain else const(5) + ADD)) for i in range(chain)])
    yield Case("1,000 calls of an inlining bomb", get(ACC) + call(OWN) * 1_000 + set_(ACC), funcs=[
        (1, get(0) + (call(OWN + i + 1) * 8 if i < 3 else const(5) + ADD)) for i in range(4)])
    wide = functype(thousand, thousand)
    identity = b"".join(get(i) for i in range(1_000))
    for count in (20, 500, 20_000):
        yield Case(f"{count:,} calls with 1,000 parameters and results", get(ACC) * 1_000 + call(OWN) * count + ADD * 999 + set_(ACC),
                   types=[wide], funcs=[(3, identity)])
    for count in (2_000, 20_000):
        yield Case(f"{count:,} indirect calls", (get(ACC) + const(0) + b"\x11\x01\x00" + set_(ACC)) * count, funcs=unary,
                   extra_sections=section(9, b"\x01\x00\x41\x00\x0b\x01" + uleb(OWN)))

    yield Case("a deep expression of 25,000 operators", get(ACC) * 25_000 + ADD * 24_999 + set_(ACC))
    for count in (2_300, 20_000):
        yield Case(f"a chain of {count:,} squares", (get(ACC) + get(ACC) + MUL + get(ACC) + const(1) + SHR + XOR + set_(ACC)) * count)
    for count in (1_500, 20_000):
        yield Case(f"a chain of {count:,} selects", (get(ACC) + get(N) + ODD + b"\x1b" + get(N) + ADD + set_(ACC)) * count)
    for count in (5_500, 20_000):
        yield Case(f"a chain of {count:,} 64-bit rotations", get(ACC) + b"\xad" + set_(2) +
                   (get(2) + get(2) + b"\x89" + get(2) + b"\x7c" + set_(2)) * count + get(2) + b"\xa7" + set_(ACC), locals_=[(1, I64)])
    for count in (2_500, 20_000):
        yield Case(f"a chain of {count:,} divisions", (get(ACC) + get(N) + b"\x6e" + get(N) + ADD + set_(ACC)) * count)
    for count in (800, 20_000):
        yield Case(f"a chain of {count:,} f64.min", get(ACC) + b"\xb8" + set_(2) +
                   (get(2) + get(2) + b"\xa4" + get(2) + b"\xa0" + set_(2)) * count + get(2) + b"\xbd\xa7" + set_(ACC), locals_=[(1, F64)])
    shuffle = get(2) + get(3) + b"\xfd\x0d" + bytes((i * 7 + 3) % 32 for i in range(16)) + set_(2)
    yield Case("9,000 shuffles", get(ACC) + b"\xfd\x11" + set_(2) + get(N) + b"\xfd\x11" + set_(3) + shuffle * 9_000 + get(2) +
               b"\xfd\x1b\x00" + set_(ACC), locals_=[(2, V128)])
    for count in (1_000, 20_000):
        yield Case(f"{count:,} swizzles", get(ACC) + b"\xfd\x11" + set_(2) + (get(2) + get(2) + b"\xfd\x0e" + set_(2)) * count + get(2) +
                   b"\xfd\x1b\x00" + set_(ACC), locals_=[(1, V128)])
    trunc = get(2) + b"\xfd\xf9\x01" + b"\xfd\xfb\x01" + set_(2)
    for count in (500, 15_000):
        yield Case(f"{count:,} vector conversions", get(ACC) + b"\xfd\x11" + set_(2) + trunc * count + get(2) + b"\xfd\x1b\x00" + set_(ACC),
                   locals_=[(1, V128)])

    clear = const(0) + const(0) + const(0x8000) + b"\xfc\x0b\x00"  # so that each call finds the memory alike

    def access(i):
        return const(4 * (i * 7 % 4096)) + const(4 * (i * 13 % 4096)) + b"\x28\x02\x00" + get(ACC) + ADD + b"\x36\x02\x00"
    for count in (1_600, 15_000):
        yield Case(f"{count:,} loads and stores at known addresses",
                   b"".join(access(i) for i in range(count)) + const(0) + b"\x28\x02\x00" + DROP + STEP, before=clear)
    somewhere = get(ACC) + const(0x3FFC) + AND
    for count in (400, 800, 7_000):
        yield Case(f"{count:,} loads and stores anywhere", (somewhere + somewhere + b"\x28\x02\x04" + get(ACC) + ADD + b"\x36\x02\x00" +
                   get(ACC) + somewhere + b"\x28\x02\x08" + ADD + const(4) + ADD + set_(ACC)) * count, before=clear)
    for count in (2_200, 25_000):
        yield Case(f"{count:,} loads", (get(ACC) + const(0x3FFC) + AND + b"\x28\x02\x00" + set_(ACC)) * count + STEP, before=clear)
    for count in (2_500, 30_000):
        yield Case(f"{count:,} stores of bytes", b"".join(const(i) + get(ACC) + b"\x3a\x00\x00" for i in range(count)) + STEP, before=clear)
        yield Case(f"{count:,} global accesses", (b"\x23\x00" + get(ACC) + ADD + b"\x24\x00") * count + STEP,
                   before=const(7) + b"\x24\x00")
    struct = b"\x5f" + vector([I32 + b"\x01"] * 1_000)
    for count in (10, 120):
        yield Case(f"{count} structs of 1,000 fields", (get(ACC) * 1_000 + b"\xfb\x00\x03" + b"\xfb\x02\x03\x05" + set_(ACC)) * count,
                   types=[struct])
    for count in (3_000, 15_000):
        yield Case(f"{count:,} new structs", (get(ACC) + b"\xfb\x00\x03" + b"\xfb\x02\x03\x00" + get(N) + ADD + set_(ACC)) * count,
                   types=[b"\x5f\x01" + I32 + b"\x01"])
    for count in (3_500, 12_000):
        yield Case(f"{count:,} array accesses", const(16) + b"\xfb\x07\x03" + set_(2) +
                   (get(2) + get(ACC) + const(15) + AND + b"\xfb\x0b\x03" + get(ACC) + ADD + set_(ACC)) * count,
                   types=[b"\x5e" + I32 + b"\x01"], locals_=[(1, b"\x63\x03")])
    yield Case("a module of 20,000 functions", STEP + get(ACC) + call(OWN) + set_(ACC),
               funcs=[(1, get(0) + const(i) + ADD + get(0) + MUL) for i in range(20_000)])


def limit():
    resource.setrlimit(resource.RLIMIT_CPU, (300, 300))  # 3,000 entries at loops take 60 to 130 s, of which each is short
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


MODES = {
    "interp": ["--tier", "interp"],
    "jit": ["--tier", "jit"],
    "osr": ["--tier", "auto", "-O", "eager-tiering=y"],
    "auto": ["--tier", "auto"],
}


class Run:
    def __init__(self, airwasm, path, mode):
        ms = AUTO_MS if mode == "auto" else 0
        # The guest's own time is told apart from the process's by when its result comes.
        args = [airwasm, "run", "--cache", "off", "--stats=json", *MODES[mode], "--invoke", "run", path, str(ROUNDS), str(ms)]
        started = time.monotonic()
        process = subprocess.Popen(args, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, preexec_fn=limit)
        self.result = process.stdout.readline().decode().strip()
        answered = time.monotonic()
        errors = process.stderr.read().decode(errors="replace")
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = 0
        self.code = os.waitstatus_to_exitcode(status)
        self.wall_s = time.monotonic() - started
        self.exit_s = time.monotonic() - answered
        self.mib = usage.ru_maxrss / 1024
        try:
            self.stats = json.loads(errors.splitlines()[-1])
        except (IndexError, ValueError):
            self.stats = None
        self.message = errors[:200]

    def longest_s(self):
        return self.stats["longest_compile_ns"] / 1e9 if self.stats else 0

    def __str__(self):
        if self.stats is None:
            return f"exit {self.code} {self.message!r}"
        refused = f"  {self.stats['refusals'][0]}" if self.stats["refusals"] else ""
        compiled = self.stats["functions_optimized"] + self.stats["loops_compiled"]
        return (f"wall {self.wall_s:6.2f} s, of it after the guest {self.exit_s:5.2f} s; longest compile {self.longest_s():6.2f} s, "
                f"{compiled} compiled, {self.mib:6.0f} MiB{refused}")

    def complaint(self, name, mode, expected):
        if self.code != 0 or self.stats is None:
            return f"exit code {self.code}: {self.message}"
        if self.result != expected:
            return f"the result is {self.result}, and {expected} in the interpreter"
        if name in COMPILED and mode != "auto" and self.stats["functions_refused"]:
            return f"it is refused: {self.stats['refusals']}"
        if self.longest_s() > LIMIT_COMPILE_S:
            return f"a compilation of {self.longest_s():.2f} s, allowed are {LIMIT_COMPILE_S}"
        if self.mib > LIMIT_MIB:
            return f"{self.mib:.0f} MiB of memory, allowed are {LIMIT_MIB}"
        if mode == "auto" and self.exit_s > LIMIT_EXIT_S:
            return f"the process ended {self.exit_s:.2f} s after its guest, allowed are {LIMIT_EXIT_S}"
        return None


def main():
    airwasm = sys.argv[1]
    wanted = sys.argv[2] if len(sys.argv) > 2 else ""
    modes = sys.argv[3].split(",") if len(sys.argv) > 3 else ["jit", "osr", "auto"]
    complaints = []
    count = 0
    for case in cases():
        if wanted not in case.name:
            continue
        with tempfile.NamedTemporaryFile(suffix=".wasm") as file:
            file.write(case.module())
            file.flush()
            reference = Run(airwasm, file.name, "interp")
            if reference.code != 0:
                complaints.append(f"{case.name}: interp: {reference}")
                continue
            for mode in modes:
                count += 1
                run = Run(airwasm, file.name, mode)
                print(f"{case.name:56} {mode:4} {run}", flush=True)
                complaint = run.complaint(case.name, mode, reference.result)
                if complaint:
                    complaints.append(f"{case.name}: {mode}: {complaint}")
    for complaint in complaints:
        print("FAILED", complaint)
    print(f"{count} runs, {len(complaints)} complaints")
    return 1 if complaints or not count else 0


sys.exit(main())
