"""Files, clock, random numbers, environment and streams, in Python. Prints the same lines as command.js."""
import json
import os
import random
import sys
import time

from wit_world import exports


def print_files():
    print("preopen /")
    os.mkdir("/drawer")
    with open("/drawer/note.txt", "x", encoding="utf-8") as file:
        file.write("first line\nzweite Zeile: äöü\n")
    print(f"size {os.stat('/drawer/note.txt').st_size}")
    with open("/drawer/note.txt", encoding="utf-8") as file:
        print(f"content {json.dumps(file.read(), ensure_ascii=False)}")
    os.rename("/drawer/note.txt", "/drawer/kept.txt")
    kinds = [("directory " if entry.is_dir() else "regular-file ") + entry.name for entry in os.scandir("/drawer")]
    print(f"entries {', '.join(sorted(kinds))}")
    for path in ("/../outside", "/etc/passwd", "/absent"):
        try:
            open(path).close()
            print(f"open {path}: opened")
        except OSError as error:
            print(f"open {path}: {error.strerror}")


class Run(exports.Run):
    def run(self):
        print("args " + json.dumps(sys.argv[1:], separators=(",", ":"), ensure_ascii=False))
        for key, value in sorted(os.environ.items()):
            print(f"env {key}={value}")
        print("stdin " + json.dumps(sys.stdin.read(), ensure_ascii=False))
        before = time.monotonic_ns()
        print_files()
        print(f"clock {str(time.monotonic_ns() > before and time.time() > 1700000000).lower()}")
        numbers = os.urandom(32), os.urandom(32)
        print(f"random {len(numbers[0])} {str(numbers[0] != numbers[1] and 0 <= random.random() < 1).lower()}")
        print("done", file=sys.stderr)
