#!/usr/bin/env python3
"""Compares lifting and lowering with the canonical ABI's own executable definition.

  differential_test.py PROGRAM [--definitions PATH] [--cases N] [--seed N]

PROGRAM is built from differential_main.cc. PATH is `definitions.py` of the component model's repository
(design/mvp/canonical-abi); without it, and without AIRWASM_CANONICAL_ABI in the environment, nothing is compared
and a line says so. Random types get random values, some of them spoilt; flat values, memory and the calls of realloc
must agree, and so must whether it traps.
"""
import argparse
import importlib.util
import os
import random
import struct
import subprocess
import sys

SHOWN = 8192
PAGE = 65536


def load(path):
    spec = importlib.util.spec_from_file_location("definitions", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["definitions"] = module
    spec.loader.exec_module(module)
    return module


class Skip(Exception):
    pass


PRIMS = {"bool": "BoolType", "s8": "S8Type", "u8": "U8Type", "s16": "S16Type", "u16": "U16Type", "s32": "S32Type",
         "u32": "U32Type", "s64": "S64Type", "u64": "U64Type", "f32": "F32Type", "f64": "F64Type", "char": "CharType",
         "string": "StringType"}
RANGES = {"s8": (-2**7, 2**7 - 1), "u8": (0, 2**8 - 1), "s16": (-2**15, 2**15 - 1), "u16": (0, 2**16 - 1),
          "s32": (-2**31, 2**31 - 1), "u32": (0, 2**32 - 1), "s64": (-2**63, 2**63 - 1), "u64": (0, 2**64 - 1)}


def random_type(rng, depth):
    """The text of a type."""
    if depth == 0 or rng.random() < 0.3:
        return rng.choice(list(PRIMS))
    sub = lambda: random_type(rng, depth - 1)
    maybe = lambda: "_" if rng.random() < 0.3 else sub()
    kind = rng.choice(["list", "listn", "record", "tuple", "variant", "option", "result", "enum", "flags", "map"])
    if kind == "list":
        return f"list({sub()})"
    if kind == "listn":
        return f"list{rng.randint(1, 5)}({sub()})"
    if kind in ("record", "tuple"):
        return f"{kind}({','.join(sub() for _ in range(rng.randint(1, 5)))})"
    if kind == "variant":
        return f"variant({','.join(maybe() for _ in range(rng.randint(1, 5)))})"
    if kind == "option":
        return f"option({sub()})"
    if kind == "result":
        return f"result({maybe()},{maybe()})"
    if kind == "enum":
        return f"enum({rng.choice([1, 2, 3, 256, 257, 300])})"
    if kind == "flags":
        return f"flags({rng.choice([1, 7, 8, 9, 16, 17, 31, 32])})"
    return f"map({rng.choice(['u8', 'u32', 'string', 'char'])},{sub()})"


class Reader:
    """From the text of a type to the definitions' type."""

    def __init__(self, d, text):
        self.d, self.text, self.at = d, text, 0

    def word(self):
        start = self.at
        while self.at < len(self.text) and self.text[self.at].isalnum():
            self.at += 1
        return self.text[start:self.at]

    def read(self):
        d, name = self.d, self.word()
        if name in PRIMS:
            return getattr(d, PRIMS[name])()
        self.at += 1
        if name in ("enum", "flags"):
            labels = [f"n{i}" for i in range(int(self.word()), 0, -1)]
            self.at += 1
            return d.EnumType(labels) if name == "enum" else d.FlagsType(labels)
        parts = []
        while self.text[self.at] != ")":
            if self.text[self.at] == ",":
                self.at += 1
            if self.text[self.at] == "_":
                self.at += 1
                parts.append(None)
            else:
                parts.append(self.read())
        self.at += 1
        if name == "option":
            return d.OptionType(parts[0])
        if name == "result":
            return d.ResultType(parts[0], parts[1])
        if name == "map":
            return d.MapType(parts[0], parts[1])
        if name == "list":
            return d.ListType(parts[0])
        if name.startswith("list"):
            return d.ListType(parts[0], int(name[4:]))
        if name == "variant":
            return d.VariantType([d.CaseType(f"c{i}", t) for i, t in enumerate(parts)])
        if name == "record":
            return d.RecordType([d.FieldType(f"f{i}", t) for i, t in enumerate(parts)])
        return d.TupleType(parts)


def random_char(rng):
    return chr(rng.choice([rng.randrange(0x80), rng.randrange(0x100), rng.randrange(0xD800),
                           rng.randrange(0xE000, 0x10000), rng.randrange(0x10000, 0x110000)]))


def random_string(rng, encoding):
    n = rng.choice([0, 1, 2, 5, 20, 70])
    if rng.random() < 0.5:
        s = "".join(chr(rng.randrange(0x20, 0x7F)) for _ in range(n))
    elif rng.random() < 0.5:
        s = "".join(chr(rng.randrange(0x20, 0x100)) for _ in range(n))
    else:
        s = "".join(random_char(rng) for _ in range(n))
    if encoding == "utf8":
        return (s, "utf8", len(s.encode("utf-8")))
    if encoding == "utf16":
        return (s, "utf16", len(s.encode("utf-16-le")) // 2)
    if all(ord(c) < 256 for c in s):
        return (s, "latin1+utf16", len(s))
    return (s, "latin1+utf16", len(s.encode("utf-16-le")) // 2 | 1 << 31)


def random_value(d, rng, t, encoding):
    t = d.despecialize(t)
    for name, cls in PRIMS.items():
        if isinstance(t, getattr(d, cls)):
            if name in RANGES:
                low, high = RANGES[name]
                return rng.choice([low, high, rng.randint(low, high), rng.randint(0, 100)])
            if name == "bool":
                return rng.random() < 0.5
            if name == "char":
                return random_char(rng)
            if name == "string":
                return random_string(rng, encoding)
            value = rng.choice([0.0, -1.5, 1e30, float("inf"), rng.random()])
            return struct.unpack("<f", struct.pack("<f", value))[0] if name == "f32" else value
    if isinstance(t, d.ListType):
        n = t.l if t.l is not None else rng.choice([0, 1, 2, 3, 10])
        return [random_value(d, rng, t.t, encoding) for _ in range(n)]
    if isinstance(t, d.RecordType):
        return {f.label: random_value(d, rng, f.t, encoding) for f in t.fields}
    if isinstance(t, d.VariantType):
        case = rng.choice(t.cases)
        return {case.label: None if case.t is None else random_value(d, rng, case.t, encoding)}
    return {label: rng.random() < 0.5 for label in t.labels}


def make_side(d, encoding):
    """A context with a memory and the same realloc as the program's."""

    class Context(d.LiftLowerContext):
        def reallocate(self, old, old_bytes, alignment, new_bytes):
            self.calls.append(f"{old} {old_bytes} {alignment} {new_bytes}")
            if old != 0 and new_bytes <= old_bytes:
                return old
            at = (self.next + alignment - 1) // alignment * alignment
            self.next = at + new_bytes
            memory = self.opts.memory.bytes
            if self.next <= PAGE:
                memory[at:at + old_bytes] = memory[old:old + old_bytes]
            return at

    context = Context(d.LiftLowerOptions(encoding, d.MemInst(bytearray(PAGE), "i32")), None)
    context.calls, context.next = [], 4096
    return context


def bits(value):
    if isinstance(value, float):
        raise AssertionError("flat floats are converted where their type is known")
    return int(value)


def flat_bits(d, types, values):
    out = []
    for t, v in zip(types, values):
        if t == "f32":
            out.append(struct.unpack("<I", struct.pack("<f", v))[0])
        elif t == "f64":
            out.append(struct.unpack("<Q", struct.pack("<d", v))[0])
        else:
            out.append(int(v))
    return out


def flat_values(types, numbers):
    out = []
    for t, v in zip(types, numbers):
        if t == "f32":
            out.append(struct.unpack("<f", struct.pack("<I", v & 0xFFFFFFFF))[0])
        elif t == "f64":
            out.append(struct.unpack("<d", struct.pack("<Q", v))[0])
        else:
            out.append(v)
    return out


class Case:
    def __init__(self, d, rng):
        self.d = d
        self.kind = rng.choice("pr")
        self.lower, self.lift = rng.choice(ENCODINGS), rng.choice(ENCODINGS)
        self.text = random_type(rng, rng.randint(1, 3))
        t = Reader(d, self.text).read()
        self.from_encoding = self.lower if self.kind == "p" else self.lift
        to_encoding = self.lift if self.kind == "p" else self.lower
        max_flat = d.MAX_FLAT_PARAMS if self.kind == "p" else d.MAX_FLAT_RESULTS
        source = make_side(d, self.from_encoding)
        value = random_value(d, rng, t, self.from_encoding)
        flat_types = d.flatten_types([t], source.opts)
        spilled = len(flat_types) > max_flat
        if spilled:
            flat_types = ["i32"]
        flat = flat_bits(d, flat_types, d.lower_flat_values(source, max_flat, [value], [t]))
        memory = source.opts.memory.bytes
        if source.next > SHOWN:
            raise Skip()
        if rng.random() < 0.4:  # spoil something
            if rng.random() < 0.5 and flat:
                i = rng.randrange(len(flat))
                flat[i] ^= 1 << rng.randrange(32 if flat_types[i] in ("i32", "f32") else 64)
            else:
                memory[rng.randrange(4096, max(source.next, 4097))] ^= 1 << rng.randrange(8)
        self.place = rng.choice([64, 64, 64, 68, 65, PAGE - 8]) if spilled else 64
        self.flat, self.memory = flat, bytes(memory[:SHOWN])
        self.expect(t, max_flat, flat_types, source, to_encoding, spilled)

    def expect(self, t, max_flat, flat_types, source, to_encoding, spilled):
        d = self.d
        target = make_side(d, to_encoding)
        out_types = ["i32"] if spilled else flat_types
        try:
            values = d.lift_flat_values(source, max_flat, d.CoreValueIter(flat_values(flat_types, self.flat)), [t])
            if self.kind == "r" and spilled:
                out = d.lower_flat_values(target, max_flat, values, [t], d.CoreValueIter([self.place]))
            else:
                out = d.lower_flat_values(target, max_flat, values, [t])
            if target.next > SHOWN:
                raise Skip()
            flat = "".join(f"{v:x}," for v in flat_bits(d, out_types, out))
            if self.kind == "r" and spilled:
                flat = None  # nothing is returned
            self.want = ("ok", flat, "".join(c + ";" for c in target.calls), target.opts.memory.bytes[:SHOWN].hex())
        except d.Trap:
            self.want = ("trap",)

    def line(self):
        flat = ",".join(f"{v:x}" for v in self.flat) or "-"
        return f"{self.kind} {self.lower} {self.lift} {self.text} {flat} {self.place} {self.memory.hex()}"

    def agrees(self, answer):
        if answer.startswith("trap"):
            return self.want[0] == "trap"
        if self.want[0] == "trap":
            return False
        _, flat, calls, memory = answer.split("|")
        return (self.want[1] in (None, flat)) and calls == self.want[2] and memory == self.want[3]


ENCODINGS = ["utf8", "utf16", "latin1+utf16"]
WAYS = 3


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--definitions", default=os.environ.get("AIRWASM_CANONICAL_ABI"))
    parser.add_argument("--cases", type=int, default=1500)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    if not args.definitions:
        print("skipped: no path to definitions.py is given (AIRWASM_CANONICAL_ABI)")
        return 0
    d = load(args.definitions)

    def no_nan(f):  # a NaN's bits are not fixed
        if f != f:
            raise Skip()
        return f
    d.canonicalize_nan32 = d.canonicalize_nan64 = no_nan

    rng = random.Random(args.seed)
    cases = []
    while len(cases) < args.cases:
        try:
            cases.append(Case(d, rng))
        except (Skip, OverflowError):
            pass
    done = subprocess.run([args.program], input="\n".join(c.line() for c in cases) + "\n", text=True,
                          stdout=subprocess.PIPE, check=False)
    answers = done.stdout.splitlines()
    if done.returncode != 0 or len(answers) != WAYS * len(cases):
        print(f"the program ended with {done.returncode} after {len(answers)} answers of {WAYS * len(cases)}")
        if len(answers) // WAYS < len(cases):
            print(cases[len(answers) // WAYS].line()[:400])
        return 1
    failed = 0
    modules = 0
    for i, case in enumerate(cases):
        # The host's strings are UTF-8, so a value that goes through Val asks realloc for other sizes.
        fused, through_val, by_module = answers[WAYS * i:WAYS * (i + 1)]
        ways = [("fused", fused)]
        if case.from_encoding == "utf8":
            ways.append(("through Val", through_val))
        if by_module != "none":
            ways.append(("by an adapter module", by_module))
            modules += 1
            if by_module.startswith("trap") and by_module != fused:
                failed += 1
                print(f"another trap: {case.text}: {fused!r} {by_module!r}")
        for way, answer in ways:
            if not case.agrees(answer):
                failed += 1
                if failed <= 5:
                    print(f"differs, {way}: {case.kind} {case.lower} {case.lift} {case.text} flat {case.flat}")
                    print("  wanted", [str(w)[:200] for w in case.want[:3]], "got", answer[:300])
    traps = sum(case.want[0] == "trap" for case in cases)
    print(f"{len(cases) - failed} passed, {failed} failed ({traps} of the cases trap, {modules} have an adapter module)")
    return 1 if failed or not modules else 0


if __name__ == "__main__":
    sys.exit(main())
