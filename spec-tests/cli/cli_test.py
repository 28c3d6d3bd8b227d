#!/usr/bin/env python3
"""What the airwasm command does with components: output, messages and exit codes, word for word.

  cli_test.py AIRWASM [NAME...]    runs all cases, or those of the names
"""
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ECHO = ("func(x: record { name: string, size: u32, extra: option<u8> }) -> "
        "record { name: string, size: u32, extra: option<u8> }")

MISSING_G = """    {
      "kind": "missing",
      "import": "g",
      "path": [
        "g"
      ],
      "expected": "func() -> u32",
      "found": null,
      "provider": null,
      "nearest": null,
      "available_versions": []
    }
"""
INSPECTED_G = """imports_g.wat: component, 58 bytes

sections
  type                                  5 bytes at 0xa
  import                                6 bytes at 0x11
  export                                9 bytes at 0x19
  custom "component-name"              22 bytes at 0x24

modules

canonical definitions

imports
  func      "g"  func() -> u32

exports
  func      "sum"  func() -> u32

this host
  missing import `g`: expected func() -> u32, found nothing
"""

# name, command line, exit code, stdout, stderr. {tmp} is a folder that all cases share, in order. A text that is None is not
# compared; a stderr that ends in "..." has to begin so.
CASES = [
    ("command", "command.wat", 0, "", ""),
    ("command_fails", "command.wat nothing", 1, "", ""),
    ("command_exits", "command.wat exit", 0, "", ""),
    ("command_traps", "command.wat trap", 134, "", "airwasm: trap: unreachable\n..."),
    ("command_out_of_fuel", "run -W fuel=5 command.wat nothing", 134, "", "airwasm: trap: all fuel consumed..."),
    ("no_command", "handler.wat", 1, "",
     "airwasm: error: handler.wat: it exports no wasi:cli/run; --invoke calls a function of its exports:\n"
     "  my:app/one@1.0.0\n  my:app/one@1.2.0\n  my:app/two@1.0.0\n"),
    ("preload", "run --preload a=module.wat command.wat", 1, "",
     "airwasm: error: --preload is for modules; a component takes --plug [NAME=]FILE\n"),

    ("invoke", ["run", "--invoke", "add(2, 3)", "math.wat"], 0, "5\n", ""),
    ("invoke_args", "run --invoke add math.wat 2 3", 0, "5\n", ""),
    ("invoke_interface", ["run", "--invoke", 'my:app/api.echo({name: "h\u00e9", size: 3})', "math.wat"], 0,
     '{name: "h\u00e9", size: 3, extra: none}\n', ""),
    ("invoke_version", ["run", "--invoke", 'my:app/api@1.0.0#echo({extra: 5, name: "x", size: 3})', "math.wat"], 0,
     '{name: "x", size: 3, extra: some(5)}\n', ""),
    ("invoke_short", ["run", "--invoke", "echo", "math.wat", '{size: 1, name: ""}'], 0, '{name: "", size: 1, extra: none}\n', ""),
    ("invoke_trap", "run --invoke boom() math.wat", 134, "", "airwasm: trap: unreachable\n..."),
    ("invoke_bad_value", ["run", "--invoke", 'my:app/api@1.0.0#echo({name: "x", size: -3})', "math.wat"], 1, "",
     'airwasm: error: --invoke my:app/api@1.0.0#echo({name: "x", size: -3}): 1:41: -3 is out of the range of u32\n'
     "  my:app/api@1.2.0#echo: " + ECHO + "\n"),
    ("invoke_bad_argument", ["run", "--invoke", "api.echo", "math.wat", '{name: "x"}'], 1, "",
     "airwasm: error: --invoke: argument 'x' of my:app/api@1.2.0#echo: 1:12: the field 'size' is missing\n"),
    ("invoke_count", "run --invoke add math.wat 1", 1, "",
     "airwasm: error: --invoke: add takes 2 arguments, got 1\n  add: func(a: u32, b: u32) -> u32\n"),
    ("invoke_missing", "run --invoke sub(1) math.wat", 1, "",
     "airwasm: error: --invoke: no exported function is named 'sub'; there are\n"
     "  add: func(a: u32, b: u32) -> u32\n  boom: func()\n  my:app/api@1.2.0#echo: " + ECHO + "\n"),
    ("invoke_ambiguous", "run --invoke f() handler.wat", 1, "",
     "airwasm: error: --invoke: 'f' may be one of\n  my:app/one@1.2.0#f: func()\n  my:app/two@1.0.0#f: func()\n"),
    ("invoke_newest", "run --invoke one.f() handler.wat", 0, "", ""),

    ("lacks", "lacks.wat", 1, "",
     "airwasm: error: lacks.wat: it cannot be linked\n"
     "missing import `my:app/api@1.0.0`: expected an instance, found nothing\n"
     "missing import `wasi:io/poll@0.3.0`: expected an instance, found nothing (available versions: 0.2.12)\n"
     "missing import `wasi:cli/environment@0.2.0#get-argument`: expected func() -> list<string>, found nothing in "
     "`wasi:cli/environment@0.2.12` (did you mean `get-arguments`?)\n"
     "mistyped import `wasi:cli/environment@0.2.0#initial-cwd`: expected func() -> string, found a host function of another "
     "type: ...",),
    ("lacks_json", "run --json --invoke sum() imports_g.wat", 1, '{\n  "errors": [\n' + MISSING_G + "  ]\n}\n", ""),
    ("inspect", "inspect imports_g.wat", 0, INSPECTED_G, ""),
    ("inspect_runs_here", "inspect command.wat", 0, None, ""),
    ("unknown_imports_trap", "run --unknown-imports-trap --invoke sum() imports_g.wat", 134, "",
     "airwasm: trap: unknown import `g` has been called\n"),

    ("plug", "run --plug math.wat --invoke double(21) uses_math.wat", 0, "42\n", ""),
    ("plug_module", "run --plug m=module.wat --invoke f() imports_module.wat", 0, "11\n", ""),
    ("plug_component", "run --plug c=math.wat --invoke add(1,2) imports_component.wat", 0, "3\n", ""),
    ("component_not_plugged", "run --invoke add(1,2) imports_component.wat", 1, "",
     "airwasm: error: imports_component.wat: ..."),
    ("plug_module_without_name", "run --plug module.wat --invoke f() imports_module.wat", 1, "",
     "airwasm: error: --plug module.wat: a module takes NAME=FILE, the import that it is\n"),

    ("compose", "compose uses_math.wat --plug math.wat -o {tmp}/whole.wasm", 0, "", ""),
    ("composed_runs", "run --invoke double(21) {tmp}/whole.wasm", 0, "42\n", ""),
    ("composed_is_valid", "validate {tmp}/whole.wasm", 0, None, ""),
    ("deny", "compose uses_math.wat --plug math.wat --deny my:app/api -o {tmp}/denied.wasm", 0, "", ""),
    ("denied_traps", ["run", "--invoke", 'api.echo({name: "x", size: 1})', "{tmp}/denied.wasm"], 134, "",
     "airwasm: trap: unreachable\n    0:     0x8f  denied!my:app/api@1.0.0#echo\n"),
    ("virtualize", "compose uses_math.wat --virtualize my:app/api=math.wat -o {tmp}/half.wasm", 0, "", ""),
    ("virtualized_runs", "run --plug math.wat --invoke double(2) {tmp}/half.wasm", 0, "4\n", ""),
    ("compose_unused", "compose math.wat --plug handler.wat -o {tmp}/x.wasm", 1, "",
     "airwasm: error: handler.wat: nothing imports what it exports\n"),
    ("compose_module", "compose math.wat --plug module.wat -o {tmp}/x.wasm", 1, "",
     "airwasm: error: module.wat: expected a component\n"),

    ("grants", "run -S nothing command.wat", 1, "", "airwasm: error: -S nothing: there is no such option (`-S help` lists them)\n"),
    ("grants_config", "run -S config=,keyvalue command.wat", 1, "", "airwasm: error: -S config takes NAME=VALUE, not ''\n"),
    ("grants_stores", "run -S config=a=b,config-var=c=d=e,keyvalue,keyvalue=notes={tmp}/notes.db command.wat", 0, "", ""),
    ("grants_value", "run -S tcp=maybe command.wat", 1, "", "airwasm: error: -S tcp takes y|n, not 'maybe'\n"),
]


def run(airwasm, line, tmp):
    words = line.split() if isinstance(line, str) else line
    return subprocess.run([airwasm] + [word.replace("{tmp}", tmp) for word in words], cwd=HERE, capture_output=True, text=True,
                          timeout=300)


def agrees(expected, found):
    if expected is None:
        return True
    return found.startswith(expected[:-3]) if expected.endswith("...") else found == expected


def main(cases):
    airwasm, wanted = os.path.abspath(sys.argv[1]), set(sys.argv[2:])
    failed = 0
    with tempfile.TemporaryDirectory() as tmp:
        for name, line, code, out, err in cases:
            if wanted and name not in wanted:
                continue
            done = run(airwasm, line, tmp)
            if done.returncode == code and agrees(out, done.stdout) and agrees(err, done.stderr):
                continue
            failed += 1
            print(f"--- {name}: {line}")
            print(f"exit code {done.returncode}, expected {code}")
            print(f"stdout {done.stdout!r}\nexpected {out!r}\nstderr {done.stderr!r}\nexpected {err!r}")
    print(f"{len(cases)} cases, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(CASES))
