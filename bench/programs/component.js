// quickjs.js as a component: `count` and `print` come from WASI 0.2. collect.py puts the script where the last comment is.
import { getArguments } from 'wasi:cli/environment@0.2.12';
import { getStdout } from 'wasi:cli/stdout@0.2.12';

function script(count, print) {
  // SCRIPT
}

export const run = {
  run() {
    const stdout = getStdout();
    const utf8 = new TextEncoder();
    script(Number(getArguments()[1] ?? 1), (line) => stdout.blockingWriteAndFlush(utf8.encode(line + '\n')));
  },
};
