#!/bin/sh
# Runs the official core suite: core_suite.sh AIRWASM MODE
# The suite is $AIRWASM_SPEC_DIR/core, else ../shared/spec/core beside the checkout, else a clone of WebAssembly/testsuite at the commit below.
set -eu
airwasm=$1
mode=$2
commit=193e551
top=$(cd "$(dirname "$0")/../.." && pwd)
suite=${AIRWASM_SPEC_DIR:-$top/../shared/spec}/core
if [ ! -d "$suite" ]; then
  suite=$top/build/testsuite
  if [ ! -d "$suite/.git" ] && ! git clone -q https://github.com/WebAssembly/testsuite "$suite"; then
    echo "SKIPPED: the official core suite is neither at AIRWASM_SPEC_DIR nor to be had by git clone"
    exit 77
  fi
  git -C "$suite" checkout -q "$commit"
fi
case $mode in
  plain) set -- --tier interp ;;
  no-signals) set -- --tier interp -O signals-based-traps=n ;;
  gc-stress) set -- --tier interp -O gc-stress=y ;;
  fuel) set -- --tier interp -W fuel=9000000000000000000 ;;
  deterministic) set -- --tier interp -W deterministic=y ;;
  baseline) set -- --tier baseline ;;
  baseline-no-signals) set -- --tier baseline -O signals-based-traps=n ;;
  baseline-gc-stress) set -- --tier baseline -O gc-stress=y ;;
  baseline-fuel) set -- --tier baseline -W fuel=9000000000000000000 ;;
  auto) set -- --tier auto ;;
  jit) set -- --tier jit ;;
  jit-no-signals) set -- --tier jit -O signals-based-traps=n ;;
  jit-gc-stress) set -- --tier jit -O gc-stress=y ;;
  jit-fuel) set -- --tier jit -W fuel=9000000000000000000 ;;
  jit-deterministic) set -- --tier jit -W deterministic=y ;;
  jit-cached) # everything is in the cache the second time: there is no compiler then, and the report is the same
    cache=$(mktemp -d)
    trap 'rm -r "$cache"' EXIT
    "$airwasm" wast --tier jit --cache "$cache/code" "$suite" >"$cache/cold" || { cat "$cache/cold"; exit 1; }
    AIRWASM_JIT=/nonexistent "$airwasm" wast --tier jit --cache "$cache/code" "$suite" >"$cache/warm" || { cat "$cache/warm"; exit 1; }
    diff "$cache/cold" "$cache/warm"
    tail -n 1 "$cache/warm"
    exit 0 ;;
  osr) set -- --tier auto -O eager-tiering=y ;;
  *) echo "unknown mode $mode" >&2; exit 2 ;;
esac
exec "$airwasm" wast --quiet "$@" "$suite"
