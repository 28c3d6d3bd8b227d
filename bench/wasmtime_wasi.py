#!/usr/bin/env python3
"""Runs a command of WASI 0.1 or 0.2 in wasmtime as PyPI has it, for where the wasmtime command is not installed.

wasmtime_wasi.py [--cache FILE] PROGRAM [args]: FILE is a configuration of wasmtime's cache
wasmtime_wasi.py --version | --load: the last only loads Python and the package, which is taken off wasmtime's times
"""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, "build", "peers", "python"))
import wasmtime  # noqa: E402  (the path above comes first)
from wasmtime import component  # noqa: E402

# What the first bytes of a component say after the magic, and the version of WASI 0.2 that its command exports.
COMPONENT = bytes([0x0D, 0, 1, 0])
WASI_0_2 = "0.2.12"


def run(argv):
    config = wasmtime.Config()
    config.wasm_function_references = config.wasm_gc = config.wasm_exceptions = True
    if argv[0] == "--cache":
        config.cache = argv[1]
        argv = argv[2:]
    engine = wasmtime.Engine(config)
    store = wasmtime.Store(engine)
    wasi = wasmtime.WasiConfig()
    wasi.argv = argv
    wasi.inherit_stdout()
    wasi.inherit_stderr()
    store.set_wasi(wasi)
    with open(argv[0], "rb") as file:
        program = file.read()
    try:
        if program[4:8] == COMPONENT:
            linker = component.Linker(engine)
            linker.add_wasip2()
            instance = linker.instantiate(store, component.Component(engine, program))
            command = instance.get_export_index(store, "wasi:cli/run@" + WASI_0_2)
            instance.get_func(store, instance.get_export_index(store, "run", command))(store)
        else:
            linker = wasmtime.Linker(engine)
            linker.define_wasi()
            instance = linker.instantiate(store, wasmtime.Module(engine, program))
            instance.exports(store)["_start"](store)
    except wasmtime.ExitTrap as exit_trap:
        return exit_trap.code
    return 0


if __name__ == "__main__":
    if sys.argv[1] == "--version":
        import importlib.metadata
        print("wasmtime", importlib.metadata.version("wasmtime"), "(PyPI)")
    elif sys.argv[1] != "--load":
        sys.exit(run(sys.argv[1:]))
