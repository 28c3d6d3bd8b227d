#!/bin/sh
# Runs the official component suite: component_suite.sh AIRWASM MODE
# The suite is $AIRWASM_SPEC_DIR/component-model/test, else ../shared/spec/component-model/test beside the checkout, else
# test/ of a clone of WebAssembly/component-model at the commit below.
set -eu
airwasm=$1
mode=$2
commit=6d28164
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
suite=${AIRWASM_SPEC_DIR:-$top/../shared/spec}/component-model/test
if [ ! -d "$suite" ]; then
  clone=$top/build/component-model
  if [ ! -d "$clone/.git" ] && ! git clone -q https://github.com/WebAssembly/component-model "$clone"; then
    echo "SKIPPED: the official component suite is neither at AIRWASM_SPEC_DIR nor to be had by git clone"
    exit 77
  fi
  git -C "$clone" checkout -q "$commit"
  suite=$clone/test
fi
case $mode in
  plain) set -- ;;
  no-signals) set -- -O signals-based-traps=n ;;
  gc-stress) set -- -O gc-stress=y ;;
  fuel) set -- -W fuel=9000000000000000000 ;;
  *) echo "unknown mode $mode" >&2; exit 2 ;;
esac
exec "$airwasm" wast --quiet --strict-indices --expected-failures "$here/expected_failures.txt" "$@" "$suite"
