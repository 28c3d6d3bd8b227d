"""Tells the official WASI suite's runner how to run a test with airwasm.

The runner loads this file as a module and calls the functions below. The command comes from the environment variable
AIRWASM, with options of `airwasm run` if there are any; without it, `airwasm` is looked for in PATH.
"""
import os
import shlex
import subprocess

COMMAND = shlex.split(os.environ.get("AIRWASM", "airwasm"))


def get_name():
    return "airwasm"


def get_version():
    answer = subprocess.run([COMMAND[0], "--version"], capture_output=True, check=True, text=True)
    words = answer.stdout.split()
    return words[-1] if words else "unknown"


def get_wasi_versions():
    return ["wasm32-wasip1"]


def get_wasi_worlds():
    return ["wasi:cli/command"]


def compute_argv(test_path, args_env_root, proposals, wasi_world, wasi_version):
    args, env, root = args_env_root
    argv = COMMAND[:1] + ["run"] + COMMAND[1:]
    for name, value in env.items():
        argv += ["--env", f"{name}={value}"]
    if root:
        argv += ["--dir", f"{root}::/"]
    return argv + [test_path] + args
