#!/usr/bin/env python3
"""Disassembles the interpreter's hot handlers and checks that none has a stack frame.

A handler that pushes, calls or moves the stack pointer pays for it at every instruction that it executes, and a fault inside
it could not be turned into a trap by jumping to the landing. The handlers are the code of the section airwasm_handlers.

  frames.py PROGRAM SOURCE_DIR [OBJDUMP]     exit status 77 where there is no objdump
"""
import re
import shutil
import subprocess
import sys

# Handlers of instructions that do have a frame, and why. The list is exact: one that loses its frame must leave it.
KNOWN = {
    # Byte by byte where the machine that the build is for has no pshufb; they access no memory but their operands.
    "i8x16.shuffle",
    "i8x16.swizzle",
    "i8x16.relaxed_swizzle",
}
# The one way out of register code into native code.
LEAVES = re.compile(r"6interp3reg4Exit")
FRAME = re.compile(r"\s(?:pushq?|callq?|retq?|enter)\b|\s(?:subq?|addq?|andq?|leaq?)\s.*,\s*%rsp$|\s(?:stp|bl|blr)\s|\ssub\s+sp,")
SYMBOL = re.compile(r"^[0-9a-f]+ <(.*)>:$")
OF_OP = re.compile(r"LNS_2OpE(\d+)E")


def main():
    program, source_dir = sys.argv[1:3]
    objdump = sys.argv[3] if len(sys.argv) > 3 else "llvm-objdump-22"
    if not shutil.which(objdump):
        print(f"skipped: there is no {objdump} (llvm-22)")
        return 77
    with open(f"{source_dir}/engine/instr/opcodes.def", encoding="utf-8") as file:
        texts = re.findall(r'^AIRWASM_OP\(\w+,\s*"([^"]+)"', file.read(), re.MULTILINE)
    listing = subprocess.run([objdump, "-d", "--no-show-raw-insn", "--section=airwasm_handlers", program],
                             capture_output=True, text=True, check=True).stdout
    handlers, known_found, offences, current = 0, set(), [], None
    reported = set()
    for line in listing.splitlines():
        symbol = SYMBOL.match(line)
        if symbol:
            current = symbol.group(1)
            handlers += 1
        elif current and current not in reported and FRAME.search(line) and not LEAVES.search(current):
            reported.add(current)
            op = OF_OP.search(current)
            text = texts[int(op.group(1))] if op else None
            if text in KNOWN:
                known_found.add(text)
            else:
                offences.append(f"{text or current}: {line.strip()}   in {current}")
    for text in sorted(KNOWN - known_found):
        offences.append(f"{text}: has no frame any more; take it off the list of spec-tests/structure/frames.py")
    if handlers < len(texts):
        offences.append(f"only {handlers} handlers for {len(texts)} instructions: is airwasm_handlers the right section?")
    print("\n".join(offences) if offences else f"{handlers} handlers, {len(known_found)} of them with a frame, as listed")
    return 1 if offences else 0


if __name__ == "__main__":
    sys.exit(main())
