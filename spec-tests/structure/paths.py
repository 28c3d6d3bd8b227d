#!/usr/bin/env python3
"""Checks that every path named in backticks in the given documents exists.

A word in backticks is taken for a path when it contains a slash and has the shape of one: `engine/base/limits.h`,
`engine/interp/`, `engine/api/engine.{h,cc}`. Words with spaces, wildcards, placeholders or `::`, options, includes as the
compiler sees them (`airwasm/...`), and what a build makes (`build/...`) are not.

  paths.py ROOT DOCUMENT...
"""
import os
import re
import sys

WORD = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
PATH = re.compile(r"^[A-Za-z0-9_.][A-Za-z0-9_.\-]*(/[A-Za-z0-9_.\-{},]+)+/?$")
NOT_OURS = ("build/", "../", "airwasm/", "absl/", "wasi/host's")


def expand(word):
    """a/b.{h,cc} -> a/b.h, a/b.cc"""
    match = re.search(r"\{([^{}]*)\}", word)
    if not match:
        return [word]
    return [e for part in match.group(1).split(",") for e in expand(word[:match.start()] + part + word[match.end():])]


def main():
    if len(sys.argv) < 3:
        print(__doc__)
        return 2
    root, missing, count = sys.argv[1], [], 0
    for document in sys.argv[2:]:
        fenced = False
        with open(os.path.join(root, document), encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                if line.lstrip().startswith("```"):
                    fenced = not fenced
                if fenced:
                    continue
                for word in WORD.findall(line):
                    if not PATH.match(word) or word.startswith(NOT_OURS):
                        continue
                    for path in expand(word):
                        count += 1
                        if not os.path.exists(os.path.join(root, path)):
                            missing.append(f"{document}:{number}: {path} does not exist")
    print("\n".join(missing) if missing else f"{count} paths exist")
    # A document without a single path means that this test reads the wrong file.
    return 1 if missing or count == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
