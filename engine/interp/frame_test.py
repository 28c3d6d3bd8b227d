#!/usr/bin/env python3
"""Disassembles the handlers in files and fails if one of them has a native frame.

A handler without a frame can be left by a bare return from wherever it is: that is how traps and faults end. So none may push, call, or move the stack
pointer; the red zone below it is free to use. The same holds for stencils, which are the handlers in the object files that stencil_maker reads.

Usage: frame_test.py OBJDUMP MINIMUM FILE...    (MINIMUM: of handlers in all files)
"""
import re
import subprocess
import sys

FRAME = re.compile(r"^(push|call|leave|enter)[a-z]*\b|^pop(?!cnt)[a-z]*\b|,\s*%rsp$")


def main():
    objdump, minimum, *files = sys.argv[1:]
    text = subprocess.run([objdump, "-d", "--no-show-raw-insn", "-j", "airwasm_handlers", *files],
                          check=True, capture_output=True, text=True).stdout
    handler, handlers, instructions, failures = None, 0, 0, []
    for line in text.splitlines():
        if line.endswith(">:"):
            handler = line[line.index("<") + 1:-2]
            handlers += 1
            continue
        parts = line.split("\t")
        if handler is None or len(parts) < 2:
            continue
        instructions += 1
        if FRAME.search(" ".join(parts[1:]).split("#")[0].split("<")[0].strip()):
            failures.append(f"{handler}: {' '.join(parts[1:])}")
    for failure in failures[:20]:
        print(failure)
    print(f"{handlers} handlers, {instructions} instructions, {len(failures)} that touch the stack")
    # A pattern that finds no handlers at all proves nothing.
    return 1 if failures or handlers < int(minimum) else 0


if __name__ == "__main__":
    sys.exit(main())
