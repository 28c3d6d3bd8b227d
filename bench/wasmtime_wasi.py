#!/usr/bin/env python3
"""Runs a WASI 0.1 command in wasmtime as PyPI has it, for where the wasmtime command is not installed.

wasmtime_wasi.py FILE [args] | --version | --load; the last only loads Python and the package: run.py takes that time off.
"""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, "build", "peers", "python"))
import wasmtime  # noqa: E402  (the path above comes first)


def run(argv):
    config = wasmtime.Config()
    config.wasm_function_references = config.wasm_gc = config.wasm_exceptions = True
    engine = wasmtime.Engine(config)
    linker = wasmtime.Linker(engine)
    linker.define_wasi()
    store = wasmtime.Store(engine)
    wasi = wasmtime.WasiConfig()
    wasi.argv = argv
    wasi.inherit_stdout()
    wasi.inherit_stderr()
    store.set_wasi(wasi)
    with open(argv[0], "rb") as file:
        instance = linker.instantiate(store, wasmtime.Module(engine, file.read()))
    try:
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
