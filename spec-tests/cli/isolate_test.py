#!/usr/bin/env python3
"""What `airwasm run --isolate` and signatures do: guests of every sort run as they do without, files that are not granted
stay closed to the process itself, and a policy's signers are asked for.

  isolate_test.py AIRWASM [NAME...]    runs all cases, or those of the names

That isolation bites, security_isolate_test shows; here it must not bite what it should not.
"""
import json
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
AIRWASM = os.path.abspath(sys.argv[1]) if len(sys.argv) > 1 else ""
HELLO = os.path.join(HERE, "..", "..", "examples", "hello.wat")
SKIPPED = "skipped"

# path_open of "f" beneath the first directory, with the rights and flags given; its result is the exit code.
OPENS = """(module
  (import "wasi_snapshot_preview1" "path_open"
    (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (import "wasi_snapshot_preview1" "path_unlink_file" (func $unlink (param i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "f")
  (func (export "_start")
    (call $exit (call $open (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 1)
      (i32.const OFLAGS) (i64.const RIGHTS) (i64.const 0) (i32.const 0) (i32.const 8))))
  (func (export "unlink") (result i32) (call $unlink (i32.const 3) (i32.const 0) (i32.const 1))))
"""
ACCES = 2


class Done:
    def __init__(self, words, folder):
        done = subprocess.run([AIRWASM, *words], cwd=folder, capture_output=True, text=True, timeout=120)
        self.code, self.out, self.err = done.returncode, done.stdout, done.stderr

    def expect(self, code, out=None, err=None):
        found = f"exit code {self.code}, stdout {self.out!r}, stderr {self.err!r}"
        assert self.code == code, found
        assert out is None or self.out == out, found
        assert err is None or (err in self.err if err else not self.err), found
        return self


def run(folder, *words):
    return Done(["run", "--isolate=best", *words], folder)


def make(folder, name, text):
    path = os.path.join(folder, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        file.write(text)
    return path


def tiers():
    """Those that this build has."""
    done = subprocess.run([AIRWASM, "run", "--cache", "off", "--tier", "jit", HELLO], capture_output=True)
    return ["interp", "auto", "jit"] if done.returncode == 0 else ["interp"]


def hello_on_every_tier(tmp):
    for tier in tiers():
        run(tmp, "--tier", tier, HELLO).expect(0, "Hello from WebAssembly!\n", "")
        run(tmp, "--tier", tier, "--cache", "off", HELLO).expect(0, "Hello from WebAssembly!\n", "")


def hot_code_on_every_tier(tmp):
    kernel = os.path.join(HERE, "kernel.wat")
    for tier in tiers():
        run(tmp, "--tier", tier, "--cache", os.path.join(tmp, "cache"), "--invoke", "sum", kernel, "1000").expect(
            0, "-101394068\n", "")
    if len(tiers()) > 1:  # loaded from the cache, which the process above has filled
        found = run(tmp, "--tier", "jit", "--cache", os.path.join(tmp, "cache"), "--stats=json", "--invoke", "sum", kernel, "1000")
        assert json.loads(found.err)["images_loaded"] > 0, found.err


def components(tmp):
    here = lambda name: os.path.join(HERE, name)
    for tier in tiers():
        run(tmp, "--tier", tier, here("command.wat")).expect(0, "", "")
        run(tmp, "--tier", tier, "--plug", here("math.wat"), "--invoke", "double(21)", here("uses_math.wat")).expect(0, "42\n", "")
    run(tmp, "--plug", "c=" + here("math.wat"), "--invoke", "add(1,2)", here("imports_component.wat")).expect(0, "3\n", "")


def stats(tmp):
    text = json.loads(run(tmp, "--stats=json", HELLO).err)["isolation"]
    assert "seccomp, " in text, text
    assert json.loads(Done(["run", "--stats=json", HELLO], tmp).err)["isolation"] == "none"
    text = json.loads(Done(["run", "--isolate=seccomp", "--stats=json", HELLO], tmp).err)["isolation"]
    assert text.startswith("no landlock; seccomp, "), text


def traps_and_exits(tmp):
    trap = make(tmp, "trap.wat", '(module (func (export "_start") unreachable))')
    run(tmp, trap).expect(134, "", "unreachable")
    loop = make(tmp, "loop.wat", '(module (func (export "_start") (loop (br 0))))')
    for tier in tiers():
        run(tmp, "--tier", tier, "-W", "timeout=100ms", loop).expect(134, "", "interrupt")
    deep = make(tmp, "deep.wat", '(module (func $f (call $f) (call $f)) (export "_start" (func $f)))')
    for tier in tiers():
        run(tmp, "--tier", tier, deep).expect(134, "", "exhausted")
    oob = make(tmp, "oob.wat", '(module (memory 1) (func (export "_start") (drop (i32.load (i32.const 65536)))))')
    for tier in tiers():
        run(tmp, "--tier", tier, oob).expect(134, "", "out of bounds")


def files(tmp):
    read = make(tmp, "read.wat", OPENS.replace("OFLAGS", "0").replace("RIGHTS", "2"))
    create = make(tmp, "create.wat", OPENS.replace("OFLAGS", "1").replace("RIGHTS", "64"))
    make(tmp, "d/f", "text")
    run(tmp, "--dir", "d", read).expect(0, "", "")
    run(tmp, "--dir-ro", "d", read).expect(0, "", "")
    run(tmp, "--allow", f"fs.read:{tmp}/d/**", read).expect(0, "", "")
    run(tmp, "--allow", f"fs.read:{tmp}/d/g", "--dir", "d", "--deny", f"fs.read:{tmp}/d/f", read).expect(ACCES, "", "")
    run(tmp, "--dir", "d", "--invoke", "unlink", read).expect(0, "0\n", "")
    run(tmp, "--dir", "d", create).expect(0, "", "")
    assert os.path.exists(os.path.join(tmp, "d/f"))
    make(tmp, "odd [1]*/f", "text")
    run(tmp, "--dir", "odd [1]*", read).expect(0, "", "")
    os.symlink("d", os.path.join(tmp, "link"))
    run(tmp, "--dir", "link", read).expect(0, "", "")


def audited(tmp):
    log = os.path.join(tmp, "logs", "audit.jsonl")
    os.makedirs(os.path.dirname(log))
    run(tmp, "--audit", log, HELLO).expect(0, None, "")
    run(tmp, "--audit", log, "--audit-rotate", "1kB", HELLO).expect(0, None, "")
    Done(["audit", "verify", log], tmp).expect(0)


def key_value_store(tmp):
    component = os.path.join(HERE, "command.wat")
    run(tmp, "-S", f"keyvalue=a={tmp}/kv.db", component).expect(0)
    assert os.path.exists(os.path.join(tmp, "kv.db"))


def profiles(tmp):
    if len(tiers()) == 1:
        return SKIPPED
    kernel = os.path.join(HERE, "kernel.wat")
    for form in ["perfmap", "jitdump"]:
        run(tmp, "--tier", "jit", f"--profile={form}", "--invoke", "sum", kernel, "1000").expect(0, "-101394068\n", "")
    assert any(name.startswith("jit-") for name in os.listdir(tmp)), os.listdir(tmp)
    return None


def keys(tmp):
    made = Done(["sign", "--generate", "a.key"], tmp).expect(0, None, "")
    assert made.out.startswith("ed25519:") and open(os.path.join(tmp, "a.key.pub")).read() == made.out
    assert os.stat(os.path.join(tmp, "a.key")).st_mode & 0o777 == 0o600
    Done(["sign", "--generate", "a.key"], tmp).expect(1, "", "cannot make 'a.key'")
    return made.out.strip()


def signing(tmp):
    a = keys(tmp)
    b = Done(["sign", "--generate", "b.key"], tmp).out.strip()
    Done(["parse", HELLO, "-o", "h.wasm"], tmp).expect(0)
    Done(["verify", "h.wasm"], tmp).expect(1, "", "h.wasm: it is not signed")
    Done(["sign", "h.wasm", "--key", "a.key", "-o", "s.wasm"], tmp).expect(0, "", "")
    Done(["sign", "s.wasm", "--key", "b.key"], tmp).expect(0, "", "")
    Done(["verify", "s.wasm"], tmp).expect(0, f"signed by {a}\nsigned by {b}\n", "")
    Done(["verify", "s.wasm", "--signer", b], tmp).expect(0)
    Done(["sign", "h.wasm", "--key", "a.key", "-o", "one.wasm"], tmp).expect(0)
    Done(["verify", "one.wasm", "--signer", b], tmp).expect(1, f"signed by {a}\n", "none of the given --signer")
    Done(["validate", "s.wasm"], tmp).expect(0)
    Done(["run", "s.wasm"], tmp).expect(0, "Hello from WebAssembly!\n", "")
    # Text has no place for it.
    text = make(tmp, "t.wat", open(HELLO).read())
    Done(["sign", text, "--key", "a.key"], tmp).expect(1, "", "--detached")
    Done(["sign", text, "--key", "a.key", "--detached"], tmp).expect(0)
    Done(["verify", text, "--signer", a], tmp).expect(0, f"signed by {a}\n", "")
    with open(text, "a") as file:
        file.write(" ")
    Done(["verify", text], tmp).expect(1, "", "does not fit")
    os.chmod(os.path.join(tmp, "a.key"), 0o644)
    Done(["sign", "h.wasm", "--key", "a.key"], tmp).expect(1, "", "others than its owner")
    Done(["sign", "h.wasm"], tmp).expect(2, "", "with which --key?")


def signers_of_a_policy(tmp):
    a = keys(tmp)
    policy = make(tmp, "policy.toml", f"signers = ['{a}']\n[[grant]]\nallow = ['stdio', 'exit']\n")
    Done(["parse", HELLO, "-o", "h.wasm"], tmp).expect(0)
    refused = f"the policy runs only what is signed by {a}: "
    Done(["run", "--policy", policy, "h.wasm"], tmp).expect(1, "", refused + "it is not signed")
    Done(["sign", "h.wasm", "--key", "a.key", "-o", "s.wasm"], tmp).expect(0)
    for more in [[], ["--isolate=best"]]:
        Done(["run", *more, "--policy", policy, "s.wasm"], tmp).expect(0, "Hello from WebAssembly!\n", "")
    # What comes with it has its grants, and so has to be signed too.
    Done(["run", "--policy", policy, "--preload", "x=h.wasm", "s.wasm"], tmp).expect(1, "", refused + "it is not signed")
    component = os.path.join(HERE, "uses_math.wat")
    math = os.path.join(HERE, "math.wat")
    for name, file in [("uses", component), ("math", math)]:
        Done(["parse", file, "-o", name + ".wasm"], tmp).expect(0)
    Done(["sign", "uses.wasm", "--key", "a.key"], tmp).expect(0)
    plugged = ["run", "--policy", policy, "--plug", "math.wasm", "--invoke", "double(21)", "uses.wasm"]
    Done(plugged, tmp).expect(1, "", "math.wasm: " + refused)
    Done(["sign", "math.wasm", "--key", "a.key"], tmp).expect(0)
    Done(plugged, tmp).expect(0, "42\n", "")
    # Signed by someone else; changed; beside the file.
    Done(["sign", "--generate", "b.key"], tmp).expect(0)
    Done(["sign", "h.wasm", "--key", "b.key", "-o", "other.wasm"], tmp).expect(0)
    Done(["run", "--policy", policy, "other.wasm"], tmp).expect(1, "", refused + "it is signed by ed25519:")
    bytes_ = bytearray(open(os.path.join(tmp, "s.wasm"), "rb").read())
    bytes_[bytes_.index(b"Hello")] = ord("J")
    with open(os.path.join(tmp, "s.wasm"), "wb") as file:
        file.write(bytes_)
    Done(["run", "--policy", policy, "s.wasm"], tmp).expect(1, "", "does not fit")
    Done(["sign", "h.wasm", "--key", "a.key", "--detached"], tmp).expect(0)
    Done(["run", "--policy", policy, "h.wasm"], tmp).expect(0, "Hello from WebAssembly!\n", "")


def quotas_of_a_policy(tmp):
    def limited(quota, wat):
        policy = make(tmp, "policy.toml", f"allow = ['exit']\nquota = {{ {quota} }}\n")
        return Done(["run", "--isolate=best", "--policy", policy, make(tmp, "guest.wat", wat)], tmp)
    start = '(module %s (func (export "_start") %s))'
    grow = '(if (i32.ne (i32.const -1) (memory.grow (i32.const 2))) (then unreachable))'
    limited("memory = '128KiB'", start % ("(memory 1)", grow)).expect(0, "", "")
    limited("memory = '64KiB'", start % ("(memory 2)", "")).expect(1, "", "exceeds the limit")
    limited("tables = 10", start % ("(table 11 funcref)", "")).expect(1, "", "exceeds the limit")
    limited("wall-time = '100ms'", start % ("", "(loop (br 0))")).expect(134, "", "quota wall-time of 100ms")
    limited("fuel = 1000", start % ("", "(loop (br 0))")).expect(134, "", "fuel")
    limited("stack = '64KiB'", start % ("(func $f (call $f) (nop))", "(call $f)")).expect(134, "", "exhausted")


CASES = [hello_on_every_tier, hot_code_on_every_tier, components, stats, traps_and_exits, files, audited, key_value_store, profiles, quotas_of_a_policy,
         signing, signers_of_a_policy]


def main():
    failed = 0
    chosen = [case for case in CASES if len(sys.argv) < 3 or case.__name__ in sys.argv[2:]]
    os.environ["XDG_CACHE_HOME"] = tempfile.mkdtemp(prefix="airwasm-isolate-cache-")
    for case in chosen:
        with tempfile.TemporaryDirectory(prefix="airwasm-isolate-") as tmp:
            try:
                if case(os.path.realpath(tmp)) == SKIPPED:
                    print(f"--- {case.__name__}: skipped: there is no compiler")
            except AssertionError as error:
                failed += 1
                print(f"--- {case.__name__}: {error}")
    print(f"{len(chosen)} cases, {failed} failed")
    return 1 if failed or not chosen else 0


if __name__ == "__main__":
    sys.exit(main())
