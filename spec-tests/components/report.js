// Prints how often each word of its arguments occurs; the counting is done by counter.py.
import { count } from 'airwasm:programs/words';
import { getArguments } from 'wasi:cli/environment@0.2.12';
import { getStdout } from 'wasi:cli/stdout@0.2.12';

export const run = {
  run() {
    const out = getStdout();
    for (const { word, times } of count(getArguments().slice(1).join(' '))) {
      out.blockingWriteAndFlush(new TextEncoder().encode(`${times} ${word}\n`));
    }
  },
};
