#!/usr/bin/env python3
"""What the airwasm command keeps of compiled code: the cache, files of `airwasm compile`, and what it refuses.

  cache_test.py AIRWASM [NAME...]    runs all cases, or those of the names

That no compiler is loaded is seen by pointing to one that does not exist: --tier jit then fails where it would need one.
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
AIRWASM = os.path.abspath(sys.argv[1])
HOT = os.path.join(HERE, "hot.wat")
NO_COMPILER = "there is no compiler: /nonexistent/libairwasm-jit.so: no such file"
CALLS = [["sum", "1000"], ["catch", "7"], ["catch", "8"], ["indirect", "0", "21"], ["indirect", "1", "21"], ["trap"], ["nothing"]]


def environment(tmp, compiler=True):
    env = dict(os.environ, XDG_CACHE_HOME=os.path.join(tmp, "xdg"))
    if not compiler:
        env["AIRWASM_JIT"] = "/nonexistent/libairwasm-jit.so"
    return env


def run(tmp, *words, compiler=True):
    done = subprocess.run([AIRWASM, *words], cwd=tmp, env=environment(tmp, compiler), capture_output=True, timeout=300)
    return done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")


def call(tmp, options, words, file=HOT, compiler=True):
    return run(tmp, "run", *options, "--invoke", words[0], file, *words[1:], compiler=compiler)


def check(found, expected, what):
    if found != expected:
        raise AssertionError(f"{what}\n  found    {found!r}\n  expected {expected!r}")


def check_begins(found, code, stderr):
    if found[0] != code or found[1] != "" or not found[2].startswith(stderr):
        raise AssertionError(f"found    {found!r}\n  expected {(code, '', stderr + '...')!r}")


def interpreted(tmp):
    return [call(tmp, ["--tier", "interp"], words) for words in CALLS]


def entries(folder):
    return sorted(os.path.join(folder, name) for name in os.listdir(folder)) if os.path.isdir(folder) else []


def warm_needs_no_compiler(tmp):
    expected = interpreted(tmp)
    jit = ["--tier", "jit", "--cache", "cache"]
    check_begins(call(tmp, jit, CALLS[0], compiler=False), 1, "airwasm: error: " + NO_COMPILER)
    check([call(tmp, jit, words) for words in CALLS], expected, "cold")
    check([call(tmp, jit, words, compiler=False) for words in CALLS], expected, "warm, backtraces and all")
    check(len(entries(os.path.join(tmp, "cache"))), 1, "files")
    # Other options are another key.
    for other in (["-W", "simd=n"], ["-O", "signals-based-traps=n"], ["-W", "fuel=100000000"]):
        check_begins(call(tmp, jit + other, CALLS[0], compiler=False), 1, "airwasm: error: " + NO_COMPILER)
        check(call(tmp, jit + other, CALLS[0]), expected[0], other)
        check(call(tmp, jit + other, CALLS[0], compiler=False), expected[0], other)
    check(len(entries(os.path.join(tmp, "cache"))), 4, "files")
    # Another module as well, though it differs in one constant only.
    with open(HOT) as hot, open(os.path.join(tmp, "other.wat"), "w") as other:
        other.write(hot.read().replace("(i32.mul (local.get 0) (i32.const 2))", "(i32.mul (local.get 0) (i32.const 3))"))
    check(call(tmp, jit, ["indirect", "0", "21"], file="other.wat"), (0, "63\n", ""), "another module")


def auto_runs_what_was_compiled(tmp):
    def timed(options, compiler=True):
        start = time.monotonic()
        code, out, err = call(tmp, [*options, "--stats=json"], ["sum", "300000000"], compiler=compiler)
        check(code, 0, err)
        return out, json.loads(err), time.monotonic() - start

    expected, stats, interp_seconds = timed(["--tier", "interp"])
    out, stats, _ = timed(["--tier", "auto"])
    check((out, stats["images_loaded"], stats["compile_ns"] > 0), (expected, 0, True), "cold")
    check(len(entries(os.path.join(tmp, "xdg", "airwasm"))), 1, "files")
    out, stats, warm_seconds = timed(["--tier", "auto"], compiler=False)
    check((out, stats["images_loaded"] > 0, stats["compile_ns"]), (expected, True, 0), "warm")
    # Compiled, this is ten times as fast; as baseline code, four times.
    if warm_seconds > interp_seconds / 2:
        raise AssertionError(f"{warm_seconds:.3f} s without a compiler, {interp_seconds:.3f} s interpreted: nothing came from the cache")


def cache_is_where_it_was_asked_for(tmp):
    xdg = os.path.join(tmp, "xdg")
    check(call(tmp, ["--tier", "jit", "--cache", "off"], CALLS[0])[0], 0, "off")
    for tier in ("interp", "baseline"):
        check(call(tmp, ["--tier", tier], CALLS[0])[0], 0, tier)
    check(call(tmp, ["--tier", "jit", "--cache", "here/and/there"], CALLS[0])[0], 0, "a directory")
    check(os.path.exists(xdg), False, "nothing in the default place")
    check(len(entries(os.path.join(tmp, "here", "and", "there"))), 1, "files")
    check(call(tmp, ["--tier", "jit"], CALLS[0])[0], 0, "default")
    check(len(entries(os.path.join(xdg, "airwasm"))), 1, "files in the default place")
    check(os.stat(os.path.join(xdg, "airwasm")).st_mode & 0o777, 0o700, "mode")


def unsafe_directories_are_refused(tmp):
    os.makedirs(os.path.join(tmp, "open"))
    os.chmod(os.path.join(tmp, "open"), 0o777)
    check(call(tmp, ["--tier", "jit", "--cache", "open"], CALLS[0]),
          (2, "", "airwasm: error: --cache: open: other users can write to it (chmod go-w makes it safe)\n"), "open to all")
    # The default one is left alone, and everything works without.
    os.makedirs(os.path.join(tmp, "xdg", "airwasm"))
    os.chmod(os.path.join(tmp, "xdg", "airwasm"), 0o777)
    check(call(tmp, ["--tier", "jit"], CALLS[3]), (0, "42\n", ""), "open default")
    check(entries(os.path.join(tmp, "xdg", "airwasm")), [], "files")


def damage_is_noticed(tmp):
    jit = ["--tier", "jit", "--cache", "cache"]
    expected = interpreted(tmp)
    check(call(tmp, jit, CALLS[0]), expected[0], "cold")
    (path,) = entries(os.path.join(tmp, "cache"))
    with open(path, "rb") as file:
        whole = file.read()
    step = max(len(whole) // 12, 1)
    for position in list(range(0, len(whole), step)) + [len(whole) - 1]:
        bent = bytearray(whole)
        bent[position] ^= 0x10
        with open(path, "wb") as file:
            file.write(bent)
        check_begins(call(tmp, jit, CALLS[0], compiler=False), 1, "airwasm: error: " + NO_COMPILER)
        with open(path, "wb") as file:
            file.write(bent)
        for words, result in zip(CALLS, expected):
            check(call(tmp, jit, words), result, f"byte {position}")
        check(call(tmp, jit, CALLS[0], compiler=False), expected[0], f"byte {position}, repaired")
    for size in (0, 1, 47, 48, 60, len(whole) // 2, len(whole) - 1):
        with open(path, "wb") as file:
            file.write(whole[:size])
        check(call(tmp, jit, CALLS[0]), expected[0], f"cut to {size}")
        check(call(tmp, jit, CALLS[0], compiler=False), expected[0], f"cut to {size}, repaired")


def several_at_once(tmp):
    expected = call(tmp, ["--tier", "interp"], ["sum", "3000000"])
    for tier in ("auto", "jit"):
        words = [AIRWASM, "run", "--tier", tier, "--cache", "cache", "--invoke", "sum", HOT, "3000000"]
        started = [subprocess.Popen(words, cwd=tmp, env=environment(tmp), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
                   for _ in range(6)]
        for process in started:
            out, err = process.communicate(timeout=300)
            check((process.returncode, out, err), expected, tier)
    check(call(tmp, ["--tier", "jit", "--cache", "cache"], CALLS[3], compiler=False), (0, "42\n", ""), "afterwards")


def components_are_cached(tmp):
    words = ["run", "--tier", "jit", "--cache", "cache", "--invoke", "add(1, 2)", os.path.join(HERE, "math.wat")]
    check_begins(run(tmp, *words, compiler=False), 1, "airwasm: error: " + NO_COMPILER)
    check(run(tmp, *words), (0, "3\n", ""), "cold")
    check(run(tmp, *words, compiler=False), (0, "3\n", ""), "warm")


def compiled_files_run(tmp):
    expected = interpreted(tmp)
    check(run(tmp, "compile", HOT, compiler=False)[0], 1, "without a compiler")
    check(run(tmp, "compile", HOT), (0, "", ""), "compile")
    check(os.path.exists(os.path.join(tmp, "hot.cwasm")), True, "the default name")
    check(run(tmp, "compile", HOT, "--target", "native", "-o", "named.cwasm"), (0, "", ""), "compile -o")
    for options in ([], ["--tier", "jit"], ["--tier", "auto"]):
        for words, result in zip(CALLS, expected):
            check(call(tmp, ["--allow-precompiled", *options], words, file="named.cwasm", compiler=False), result, options)
    check(call(tmp, ["--allow-precompiled", "--preload", "m=named.cwasm"], CALLS[0], file="named.cwasm", compiler=False),
          expected[0], "preload")
    check(os.path.exists(os.path.join(tmp, "xdg")), False, "nothing is cached of it")


def compiled_files_are_refused(tmp):
    check(run(tmp, "compile", HOT, "-o", "hot.cwasm"), (0, "", ""), "compile")
    not_allowed = ("hot.cwasm: it holds machine code, which nothing can check: whoever made the file can do all that you can. "
                   "If you made it, or trust who did, run it with --allow-precompiled\n")
    check(call(tmp, [], CALLS[0], file="hot.cwasm"), (1, "", "airwasm: error: " + not_allowed), "not allowed")
    check(call(tmp, ["--preload", "m=hot.cwasm"], CALLS[0]),
          (1, "", "airwasm: error: m=hot.cwasm: " + not_allowed), "not allowed in --preload")
    for tier in ("interp", "baseline"):
        check(call(tmp, ["--allow-precompiled", "--tier", tier], CALLS[0], file="hot.cwasm"),
              (2, "", f"airwasm: error: hot.cwasm: --tier {tier} runs no compiled code, and this file is for that\n"), tier)
    check_begins(call(tmp, ["--allow-precompiled", "-W", "simd=n"], CALLS[0], file="hot.cwasm"), 1,
                 "airwasm: error: hot.cwasm: it was compiled with other options (features=")
    with open(os.path.join(tmp, "hot.cwasm"), "rb") as file:
        whole = file.read()
    for position in (16, 47, 48, 60, len(whole) // 2, len(whole) - 1):
        bent = bytearray(whole)
        bent[position] ^= 1
        with open(os.path.join(tmp, "bent.cwasm"), "wb") as file:
            file.write(bent)
        check(call(tmp, ["--allow-precompiled"], CALLS[0], file="bent.cwasm"),
              (1, "", "airwasm: error: bent.cwasm: it is damaged: its contents do not match their checksum\n"), position)
    check(run(tmp, "compile", os.path.join(HERE, "math.wat"), "-o", "x"),
          (1, "", f"airwasm: error: {HERE}/math.wat: components cannot be compiled ahead; `airwasm run --tier auto` keeps their "
           "compiled code in the cache\n"), "a component")
    check(run(tmp, "compile", "hot.cwasm", "-o", "x"), (1, "", "airwasm: error: hot.cwasm: it is precompiled already\n"), "twice")
    check_begins(run(tmp, "compile", HOT, "--target", "sparc"), 2, "airwasm: error: --target: ")
    check(os.path.exists(os.path.join(tmp, "x")), False, "no file")


def forms_are_printed(tmp):
    for form, needed, compiler in (("regcode", "i32.rotl", False), ("ir", "define ", True), ("optimized-ir", "define ", True),
                                   ("asm", "rol", True)):
        code, out, err = run(tmp, "compile", HOT, "--emit", form, "--func", "mix", compiler=compiler)
        check((code, err, needed in out), (0, "", True), (form, out))
        check(run(tmp, "compile", HOT, "--emit", form, "--func", "2", "-o", f"{form}.txt", compiler=compiler), (0, "", ""), form)
        with open(os.path.join(tmp, f"{form}.txt")) as file:
            check(file.read(), out, f"{form} of an index, in a file")
        code, whole, err = run(tmp, "compile", HOT, "--emit", form, compiler=compiler)
        check((code, err, len(whole) > 2 * len(out)), (0, "", True), f"{form} of the whole module")
    check(run(tmp, "compile", HOT, "--emit", "ir", "--func", "nobody"),
          (1, "", f"airwasm: error: {HOT}: it has no function 'nobody'\n"), "no such function")
    check(run(tmp, "compile", HOT, "--func", "sum"),
          (2, "", "airwasm: error: --func goes with --emit: a .cwasm file holds the whole module\n"), "--func alone")
    check_begins(run(tmp, "compile", HOT, "--emit", "ir", compiler=False), 1, f"airwasm: error: {HOT}: " + NO_COMPILER)


CASES = [warm_needs_no_compiler, auto_runs_what_was_compiled, cache_is_where_it_was_asked_for, unsafe_directories_are_refused,
         damage_is_noticed, several_at_once, components_are_cached, compiled_files_run, compiled_files_are_refused,
         forms_are_printed]


def main():
    wanted = set(sys.argv[2:])
    failed = 0
    for case in CASES:
        if wanted and case.__name__ not in wanted:
            continue
        tmp = tempfile.mkdtemp()
        try:
            case(tmp)
        except AssertionError as error:
            failed += 1
            print(f"--- {case.__name__}: {error}")
        finally:
            shutil.rmtree(tmp)
    print(f"{len(CASES)} cases, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
