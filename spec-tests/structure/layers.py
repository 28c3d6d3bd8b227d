#!/usr/bin/env python3
"""Checks that no folder includes a header of a folder above it, and that no two folders lean on each other.

The layers below are the drawing in ARCHITECTURE.md. An include between folders of one layer is allowed in one direction.

  layers.py ROOT          checks the tree; prints each offence as file:line
  layers.py --self-test   checks the checker on a small tree with known offences
"""
import os
import re
import sys
import tempfile

# Lowest first. A folder may include from its own layer and from those before it.
LAYERS = [
    ["engine/base"],
    ["security/include"],
    ["security/base"],
    ["security/policy", "security/audit", "security/sign"],
    ["security/guard", "security/isolate"],
    ["engine/instr", "engine/types"],
    ["engine/syntax", "engine/numeric"],
    ["engine/binary", "engine/text", "engine/valid"],
    ["engine/gc"],
    ["engine/runtime"],
    ["engine/interp"],
    ["engine/tier"],
    ["jit"],
    ["engine/include", "engine/api"],
    ["component/syntax"],
    ["component/types"],
    ["component/binary", "component/text", "component/valid", "component/wit"],
    ["component/bindgen"],
    ["component/canon"],
    ["component/wave"],
    ["component/link"],
    ["component/wrap"],
    ["component/include", "component/api"],
    ["component/c_api"],
    ["component/compose"],
    ["wasi/include"],
    ["wasi/include", "wasi/host"],
    ["wasi/net"],
    ["wasi/http"],
    ["wasi/keyvalue"],
    ["wasi/p1", "wasi/p2"],
    ["wasi/c_api"],
    ["wasi/adapter"],
    ["tools", "spec-tests", "bench", "examples"],
]
RANK = {folder: rank for rank, folders in enumerate(LAYERS) for folder in folders}
# Reached through an interface of a lower folder only: nothing includes from these.
CLOSED = {"jit"}
INCLUDE = re.compile(r'^\s*#\s*include\s+["<]([^">]+)[">]')
# What is installed under these names lies in engine/include, or in component/include or wasi/include if it is there.
PUBLIC = re.compile(r"^(airwasm/.*|wasm|wasi|airwasm|airwasm_component|airwasm_security)\.h$|^airwasm/")
# Plain values that the public face and the inside share: each includes nothing of ours but the others of this list, and
# so lies below every layer.
PLAIN = {"airwasm/host_call.h", "airwasm/trap_kind.h", "airwasm/traps.def", "airwasm/features.h", "airwasm/features.def",
         "airwasm/value_type.h", "airwasm/types.h", "airwasm/component_features.h", "airwasm/component_features.def",
         "airwasm/component_val.h", "airwasm/component_host_call.h", "airwasm/component_shape.h"}
INCLUDE_FOLDERS = ["security/include", "engine/include", "component/include", "wasi/include"]


def folder_of(path):
    """The layered folder a path belongs to, or None."""
    parts = path.split("/")
    for length in (2, 1):
        name = "/".join(parts[:length])
        if name in RANK and len(parts) > length:
            return name
    return None


def public_name(path):
    """How a header of a public folder is included; other paths stay."""
    for folder in INCLUDE_FOLDERS:
        path = path.removeprefix(folder + "/")
    return path


def sources(root):
    for top in sorted({folder.split("/")[0] for folder in RANK}):
        for where, folders, files in os.walk(os.path.join(root, top)):
            folders.sort()
            for name in sorted(files):
                if name.endswith((".h", ".cc", ".c", ".def", ".inc")):
                    yield os.path.relpath(os.path.join(where, name), root)


def check(root):
    offences, edges, count = [], {}, 0
    for path in sources(root):
        count += 1
        here = folder_of(path)
        if here is None:
            offences.append(f"{path}:1: lies in no folder of the drawing; give it a layer in spec-tests/structure/layers.py")
            continue
        with open(os.path.join(root, path), encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                match = INCLUDE.match(line)
                if not match:
                    continue
                target = match.group(1)
                if target in PLAIN:
                    continue
                if public_name(path) in PLAIN and (folder_of(target) or PUBLIC.match(target)):
                    offences.append(f"{path}:{number}: a plain header includes {target}")
                    continue
                there = folder_of(target)
                if here in INCLUDE_FOLDERS and there:
                    offences.append(f"{path}:{number}: a public header includes {target}, which is not installed")
                    continue
                if PUBLIC.match(target):
                    there = next((folder for folder in reversed(INCLUDE_FOLDERS)
                                  if os.path.exists(os.path.join(root, folder, target))), "engine/include")
                if there is None or there == here:
                    continue
                if there in CLOSED:
                    offences.append(f"{path}:{number}: {here} includes {target}, which only {there} may")
                elif RANK[there] > RANK[here]:
                    offences.append(f"{path}:{number}: {here} includes {target}, which is above it")
                elif not os.path.exists(os.path.join(root, target)) and there not in INCLUDE_FOLDERS:
                    offences.append(f"{path}:{number}: {target} does not exist")
                elif RANK[there] == RANK[here] and not path.endswith("_test.cc"):
                    edges.setdefault((here, there), f"{path}:{number}")
    for (here, there), where in sorted(edges.items()):
        # The C++ face and its implementation are one thing in two folders.
        if (there, here) in edges and here < there and not {here, there} & set(INCLUDE_FOLDERS):
            offences.append(f"{where}: {here} and {there} include each other (see {edges[(there, here)]})")
    return offences, count


def self_test():
    files = {
        "engine/base/a.h": "",
        "engine/gc/heap.h": '#include "engine/base/a.h"\n',
        "engine/base/up.cc": '// one\n#include "engine/gc/heap.h"\n',
        "engine/text/t.h": '#include "engine/binary/b.h"\n',
        "engine/binary/b.h": '#include "engine/text/t.h"\n',
        "engine/valid/v.cc": '#include "airwasm/engine.h"\n#include "engine/base/gone.h"\n',
        "engine/new/n.cc": '#include "airwasm/trap_kind.h"\n',
        "engine/include/airwasm/trap_kind.h": '#include <string>\n#include "engine/base/a.h"\n',
        "component/include/airwasm/c.h": '#include "airwasm/trap_kind.h"\n#include "engine/gc/heap.h"\n',
        "jit/j.cc": '#include "engine/base/a.h"\n#include "jit/j.h"\n#include "airwasm/engine.h"\n',
        "jit/j.h": "",
        "tools/t.cc": '#include "jit/j.h"\n',
        "wasi/p1/w.cc": '#include "airwasm/engine.h"\n#include <vector>\n',
    }
    expected = [
        "component/include/airwasm/c.h:2: a public header includes engine/gc/heap.h, which is not installed",
        "engine/base/up.cc:2: engine/base includes engine/gc/heap.h, which is above it",
        "engine/include/airwasm/trap_kind.h:2: a plain header includes engine/base/a.h",
        "engine/new/n.cc:1: lies in no folder",
        "engine/valid/v.cc:1: engine/valid includes airwasm/engine.h, which is above it",
        "engine/valid/v.cc:2: engine/base/gone.h does not exist",
        "jit/j.cc:3: jit includes airwasm/engine.h, which is above it",
        "tools/t.cc:1: tools includes jit/j.h, which only jit may",
        "engine/binary/b.h:1: engine/binary and engine/text include each other",
    ]
    with tempfile.TemporaryDirectory() as root:
        for path, text in files.items():
            os.makedirs(os.path.dirname(os.path.join(root, path)), exist_ok=True)
            with open(os.path.join(root, path), "w") as file:
                file.write(text)
        offences, _ = check(root)
    if len(offences) != len(expected) or not all(o.startswith(e) for o, e in zip(offences, expected)):
        print("self-test: expected\n  " + "\n  ".join(expected) + "\nbut found\n  " + "\n  ".join(offences))
        return 1
    print("self-test: every planted offence was found")
    return 0


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    if len(sys.argv) != 2:
        print(__doc__)
        return 2
    offences, count = check(sys.argv[1])
    print("\n".join(offences) if offences else f"{count} files keep to the layers")
    return 1 if offences or count == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
