#!/usr/bin/env python3
"""What deterministic mode promises: of all instructions that may make NaNs and of all relaxed ones, the very bits, in every tier.

Usage: deterministic.py AIRWASM OPCODES_DEF MODE    (MODE: interp, baseline, osr or jit)

The instructions are the rows of opcodes.def with kMakesNan: each gets NaNs with payloads, with signs and signaling ones, in each of its
operands, as parameters and as constants, inside a loop that compiled code can be entered at. Each relaxed instruction gets operands for
which the specification leaves its result open. What comes out is written down here, not taken from an engine.
"""
import re
import subprocess
import sys
import tempfile

MODES = {
    "interp": ["--tier", "interp"],
    "baseline": ["--tier", "baseline"],
    "osr": ["--tier", "auto", "-O", "eager-tiering=y"],
    "jit": ["--tier", "jit"],
}

NANS = {
    "F32": [0x7FC00000, 0xFFC00000, 0x7FC12345, 0xFFFFFFFF, 0x7F800001, 0xFFA00000],
    "F64": [0x7FF8 << 48, 0xFFF8 << 48, 0x7FF8000000012345, 0xFFFFFFFFFFFFFFFF, 0x7FF0000000000001, 0xFFF4 << 48],
}
ONE = {"F32": 0x3F800000, "F64": 0x3FF0 << 48}
INF = {"F32": 0x7F800000, "F64": 0x7FF0 << 48}
MINUS = {"F32": 0x80000000, "F64": 1 << 63}
CANONICAL = {"F32": 0x7FC00000, "F64": 0x7FF8 << 48}
BITS = {"F32": 32, "F64": 64}


def rows(path):
    """(enumerator, text, lanes' type of operands, lanes' type of results, is a vector, number of operands)"""
    with open(path, encoding="utf-8") as file:
        for line in file:
            match = re.match(r'AIRWASM_OP\((\w+), "([^"]+)", \w+, \w+, None, (\w+), \w+, (.*)\)$', line)
            if not match or "kMakesNan" not in match[4]:
                continue
            name, text, signature = match[1], match[2], match[3]
            operands = signature.split("_to_")[0].split("_")
            result = text[:3].upper()
            source = re.search(r"_(f32|f64)(x\d)?(_zero)?$", text)
            yield name, text, source[1].upper() if source else result, result, "V128" in operands, len(operands)


def vector(lane, bits):
    """A v128 with these bits in every lane, as two i64."""
    half = bits | bits << 32 if lane == "F32" else bits
    return [half, half]


class Script:
    """Functions, and what they are to return: all through i32 and i64, which move bits unchanged."""

    def __init__(self):
        self.functions = []
        self.asserts = []

    def add(self, expression, params, args, results, expected, wanted):
        """`expression` of operands {0}, {1}, ...; params: how each is made of the integers that `args` has for it."""
        for is_constant in (False, True):
            name = f"f{len(self.functions)}"
            declared, operands, values = [], [], []
            for kind, value in zip(params, args):
                def integer(type_, bits):
                    values.append((type_, bits))
                    if is_constant:
                        return f"({type_}.const {bits:#x})"
                    declared.append(type_)
                    return f"(local.get {len(declared) - 1})"
                if kind == "V128":
                    low, high = integer("i64", value[0]), integer("i64", value[1])
                    operands.append(f"(i64x2.replace_lane 1 (i64x2.splat {low}) {high})")
                else:
                    type_ = "i" + kind[1:]
                    operands.append(f"({kind.lower()}.reinterpret_{type_} {integer(type_, value)})")
            body = "(" + expression + " " + " ".join(operands) + ")"
            if results == "V128":
                types, local = "i64 i64", "(local $v v128)"
                tail = "(i64x2.extract_lane 0 (local.get $v)) (i64x2.extract_lane 1 (local.get $v))"
                set_ = f"(local.set $v {body})"
            else:
                types, local = "i" + results[1:], ""
                tail, set_ = f"(i{results[1:]}.reinterpret_{results.lower()} {body})", ""
            self.functions.append(
                f'(func (export "{name}") (param {" ".join(declared)}) (result {types}) {local} (loop (result {types}) {set_} {tail}))')
            passed = "" if is_constant else " ".join(f"({type_}.const {bits:#x})" for type_, bits in values)
            answer = expected if results == "V128" else [expected]
            answer_type = "i64" if results == "V128" else "i" + results[1:]
            self.asserts.append(
                f'(assert_return (invoke "{name}" {passed}) {" ".join(f"({answer_type}.const {x:#x})" for x in answer)}) ;; {wanted}')

    def text(self):
        return "(module\n" + "\n".join(self.functions) + ")\n" + "\n".join(self.asserts) + "\n"


def add_nans(script, row):
    name, text, source, result, is_vector, count = row
    canonical = vector(result, CANONICAL[result]) if is_vector else CANONICAL[result]
    if text == "f32x4.demote_f64x2_zero":
        canonical = [CANONICAL["F32"] * (1 + (1 << 32)), 0]
    def operand(bits):
        return vector(source, bits) if is_vector else bits
    for nan in NANS[source]:
        for where in range(count):
            args = [operand(nan if i == where else ONE[source]) for i in range(count)]
            script.add(text, ["V128" if is_vector else source] * count, args, "V128" if is_vector else result, canonical, name)
    # NaNs out of none.
    one, inf, zero, minus = ONE[source], INF[source], 0, MINUS[source]
    made = {"Sqrt": [one | minus], "Add": [inf, inf | minus], "Sub": [inf, inf], "Mul": [zero, inf | minus], "Div": [zero, zero],
            "RelaxedMadd": [zero, inf, one], "RelaxedNmadd": [inf, one, inf]}
    operation = re.sub(r"^F(32|64)(x\d)?", "", name)
    if operation in made:
        script.add(text, ["V128" if is_vector else source] * count, [operand(bits) for bits in made[operation]],
                   "V128" if is_vector else result, canonical, name + " of numbers")


def bytes_of(*values):
    data = bytes(value & 0xFF for value in values)
    return [int.from_bytes(data[:8], "little"), int.from_bytes(data[8:], "little")]


def f32x4(bits):
    return vector("F32", bits)


def f64x2(bits):
    return vector("F64", bits)


def relaxed():
    """(instruction, operands, the result): one at least for each relaxed instruction, which the specification allows others for."""
    nan32, nan64 = 0x7FC12345, 0xFFF8000000012345
    yield "i8x16.relaxed_swizzle", [bytes_of(*range(100, 116)), bytes_of(0, 15, 16, 17, 127, 128, 129, 255, *range(8))], bytes_of(
        100, 115, 0, 0, 0, 0, 0, 0, *range(100, 108))
    big32, big64 = 0x4F800000, 0x41F0 << 48  # 2^32
    small32, small64 = 0xCF800000, 0xC1F0 << 48  # -2^32
    for bits, signed, unsigned in ((big32, 0x7FFFFFFF, 0xFFFFFFFF), (small32, 0x80000000, 0), (nan32, 0, 0)):
        yield "i32x4.relaxed_trunc_f32x4_s", [f32x4(bits)], vector("F32", signed)
        yield "i32x4.relaxed_trunc_f32x4_u", [f32x4(bits)], vector("F32", unsigned)
    for bits, signed, unsigned in ((big64, 0x7FFFFFFF, 0xFFFFFFFF), (small64, 0x80000000, 0), (nan64, 0, 0)):
        yield "i32x4.relaxed_trunc_f64x2_s_zero", [f64x2(bits)], [signed | signed << 32, 0]
        yield "i32x4.relaxed_trunc_f64x2_u_zero", [f64x2(bits)], [unsigned | unsigned << 32, 0]
    # (1 + e)^2 - (1 + 2e) is e^2, and 0 when the product is rounded first; e is the distance to the next float.
    one_e, one_2e = 0x3F800001, 0x3F800002
    yield "f32x4.relaxed_madd", [f32x4(one_e), f32x4(one_e), f32x4(one_2e | MINUS["F32"])], f32x4(0)
    yield "f32x4.relaxed_nmadd", [f32x4(one_e), f32x4(one_e), f32x4(one_2e)], f32x4(0)
    one_e, one_2e = ONE["F64"] + 1, ONE["F64"] + 2
    yield "f64x2.relaxed_madd", [f64x2(one_e), f64x2(one_e), f64x2(one_2e | MINUS["F64"])], f64x2(0)
    yield "f64x2.relaxed_nmadd", [f64x2(one_e), f64x2(one_e), f64x2(one_2e)], f64x2(0)
    mask = 0x00FF0F0F80007F01
    a, b = 0x1111222233334444, 0xAAAABBBBCCCCDDDD
    chosen = (a & mask) | (b & ~mask & (1 << 64) - 1)
    for lanes in ("i8x16", "i16x8", "i32x4", "i64x2"):
        yield f"{lanes}.relaxed_laneselect", [[a, a], [b, b], [mask, mask]], [chosen, chosen]
    for lanes, make, minus in (("f32x4", f32x4, MINUS["F32"]), ("f64x2", f64x2, MINUS["F64"])):
        for first, second in ((0, minus), (minus, 0)):
            yield f"{lanes}.relaxed_min", [make(first), make(second)], make(minus)
            yield f"{lanes}.relaxed_max", [make(first), make(second)], make(0)
    yield "i16x8.relaxed_q15mulr_s", [[0x8000800080008000] * 2, [0x8000800080008000] * 2], [0x7FFF7FFF7FFF7FFF] * 2
    # The second operand is signed: -128 * -128 * 2 wraps.
    yield "i16x8.relaxed_dot_i8x16_i7x16_s", [bytes_of(*[128] * 16), bytes_of(*[128] * 16)], [0x8000800080008000] * 2
    yield "i16x8.relaxed_dot_i8x16_i7x16_s", [bytes_of(*[100] * 16), bytes_of(*[255] * 16)], [0xFF38FF38FF38FF38] * 2
    yield "i32x4.relaxed_dot_i8x16_i7x16_add_s", [bytes_of(*[128] * 16), bytes_of(*[128] * 16), vector("F32", 5)], vector("F32", 0xFFFF0005)


def main():
    airwasm, opcodes, mode = sys.argv[1:]
    script = Script()
    makers = list(rows(opcodes))
    with open(opcodes, encoding="utf-8") as file:
        text = file.read()
    flagged = len(re.findall(r"^AIRWASM_OP\(.*kMakesNan", text, re.M))
    if len(makers) != flagged or not flagged:
        print(f"{flagged} instructions make NaNs, {len(makers)} of them are understood here")
        return 1
    for row in makers:
        add_nans(script, row)
    names = set(re.findall(r'^AIRWASM_OP\(\w+, "(\w+\.relaxed_\w+)"', text, re.M))
    covered = set()
    for name, args, expected in relaxed():
        covered.add(name)
        script.add(name, ["V128"] * len(args), args, "V128", expected, name)
    if names != covered:
        print(f"relaxed instructions that are not tried: {sorted(names - covered)}, that there are not: {sorted(covered - names)}")
        return 1
    with tempfile.NamedTemporaryFile("w", suffix=".wast") as file:
        file.write(script.text())
        file.flush()
        on = subprocess.run([airwasm, "wast", *MODES[mode], "-W", "deterministic=y", file.name], check=False)
        # Without the mode the payloads come through: otherwise this shows nothing.
        off = subprocess.run([airwasm, "wast", *MODES[mode], file.name], check=False, capture_output=True)
    print(f"{mode}: {len(makers)} instructions that make NaNs, {len(covered)} relaxed ones, {len(script.asserts)} assertions")
    if off.returncode == 0:
        print("all of it holds without deterministic mode as well")
        return 1
    return on.returncode


sys.exit(main())
