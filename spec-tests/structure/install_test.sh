#!/usr/bin/env bash
# Installs the build into an empty folder and builds the embedders of examples/ against what lies there: through
# find_package(airwasm) with the shared and the static library, and through pkg-config. Each must print what it says.
#
#   install_test.sh SOURCE_DIR BUILD_DIR C_COMPILER CXX_COMPILER
set -euo pipefail
source_dir="$1" build_dir="$2" cc="$3" cxx="$4"

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
prefix="$work/prefix"

fail() { echo "install_test: $*" >&2; exit 1; }
quietly() { "$@" >"$work/log" 2>&1 || { tail -n 40 "$work/log" >&2; fail "failed: $*"; }; }
expect() {
  local what="$1" wanted="$2" got; shift 2
  got="$("$@")" || fail "$what: exit status $?"
  [[ "$got" == "$wanted" ]] || fail "$what printed '$got', not '$wanted'"
  echo "ok: $what"
}

quietly cmake --install "$build_dir" --prefix "$prefix"
# Nothing of the checkout may be needed any more: what is built below sees the prefix only.
libdir="$(dirname "$(find "$prefix" -name libairwasm.a)")"
[[ -f "$libdir/libairwasm.so" ]] || fail "there is no libairwasm.so beside libairwasm.a"
for header in airwasm/engine.h airwasm/component_linker.h wasm.h airwasm.h airwasm_component.h airwasm_security.h; do
  [[ -f "$prefix/include/$header" ]] || fail "$header is not installed"
done

# The C headers by themselves, by the oldest standards that they are for.
for header in wasm.h airwasm.h airwasm_component.h airwasm_security.h; do
  echo "#include <$header>" >"$work/header.c"
  for language in "$cc -x c -std=c99" "$cc -x c -std=c11" "$cxx -x c++ -std=c++11" "$cxx -x c++ -std=c++20"; do
    quietly $language -Wall -Wextra -Wpedantic -Werror -fsyntax-only -I"$prefix/include" "$work/header.c"
  done
done
echo "ok: C headers as C99, C11, C++11 and C++20"

greeting="2 + 3 = 5"
for example in embed-cpp embed-c embed-component embed-component-c embed-guarded-c; do
  cp -r "$source_dir/examples/$example" "$work/$example"
  for kind in shared static; do
    quietly cmake -S "$work/$example" -B "$work/$example/$kind" -G Ninja -DCMAKE_BUILD_TYPE=Release \
      -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_C_COMPILER="$cc" -DCMAKE_CXX_COMPILER="$cxx" \
      -DAIRWASM_USE_STATIC="$([[ $kind == static ]] && echo ON || echo OFF)"
    quietly cmake --build "$work/$example/$kind"
    expect "$example, find_package, $kind" "$greeting" "$work/$example/$kind/embed"
  done
done

export PKG_CONFIG_PATH="$libdir/pkgconfig${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}"
# The paths above have no spaces, so word splitting is what is wanted.
quietly "$cxx" -std=c++20 "$work/embed-cpp/main.cc" -o "$work/cpp-pc" $(pkg-config --cflags --libs airwasm)
quietly "$cxx" -std=c++20 "$work/embed-component/main.cc" -o "$work/component-pc" $(pkg-config --cflags --libs airwasm)
quietly "$cc" "$work/embed-c/main.c" -o "$work/c-pc" $(pkg-config --cflags --libs airwasm)
export LD_LIBRARY_PATH="$libdir"
expect "embed-cpp, pkg-config" "$greeting" "$work/cpp-pc"
expect "embed-c, pkg-config" "$greeting" "$work/c-pc"
expect "embed-component, pkg-config" "$greeting" "$work/component-pc"
