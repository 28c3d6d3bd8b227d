// Files, clock, random numbers, environment and streams, in JavaScript. Prints the same lines as command.py.
import { getArguments, getEnvironment } from 'wasi:cli/environment@0.2.12';
import { getStdin } from 'wasi:cli/stdin@0.2.12';
import { getStderr } from 'wasi:cli/stderr@0.2.12';
import { getStdout } from 'wasi:cli/stdout@0.2.12';
import { now as monotonicNow } from 'wasi:clocks/monotonic-clock@0.2.12';
import { now as wallNow } from 'wasi:clocks/wall-clock@0.2.12';
import { getDirectories } from 'wasi:filesystem/preopens@0.2.12';
import { getRandomBytes } from 'wasi:random/random@0.2.12';

const utf8 = new TextEncoder();
const text = new TextDecoder();

function write(stream, words) {
  stream.blockingWriteAndFlush(utf8.encode(words));
}

function readAll(stream) {
  let all = '';
  try {
    for (;;) all += text.decode(stream.blockingRead(4096n), { stream: true });
  } catch (end) {
    if ((end.payload ?? end).tag !== 'closed') throw end;
  }
  return all;
}

function files(print) {
  const [root, name] = getDirectories()[0];
  print(`preopen ${name}`);
  root.createDirectoryAt('drawer');
  const file = root.openAt({}, 'drawer/note.txt', { create: true, exclusive: true }, { read: true, write: true });
  const out = file.writeViaStream(0n);
  write(out, 'first line\nzweite Zeile: äöü\n');
  out[Symbol.dispose]();
  print(`size ${file.stat().size}`);
  print(`content ${JSON.stringify(readAll(file.readViaStream(0n)))}`);
  root.renameAt('drawer/note.txt', root, 'drawer/kept.txt');
  const names = [];
  const entries = root.openAt({}, 'drawer', { directory: true }, { read: true }).readDirectory();
  for (let entry; (entry = entries.readDirectoryEntry()); ) names.push(`${entry.type} ${entry.name}`);
  print(`entries ${names.sort().join(', ')}`);
  for (const path of ['../outside', '/etc/passwd', 'absent']) {
    try {
      root.openAt({ symlinkFollow: true }, path, {}, { read: true });
      print(`open ${path}: opened`);
    } catch (error) {
      print(`open ${path}: ${error.payload ?? error}`);
    }
  }
}

export const run = {
  run() {
    const stdout = getStdout();
    const print = (line) => write(stdout, line + '\n');
    print(`args ${JSON.stringify(getArguments().slice(1))}`);
    for (const [key, value] of getEnvironment().sort()) print(`env ${key}=${value}`);
    print(`stdin ${JSON.stringify(readAll(getStdin()))}`);
    const before = monotonicNow();
    files(print);
    print(`clock ${monotonicNow() > before && wallNow().seconds > 1700000000n}`);
    const bytes = [getRandomBytes(32n), getRandomBytes(32n)].map(String);
    print(`random ${bytes[0].split(',').length} ${bytes[0] !== bytes[1]}`);
    write(getStderr(), 'done\n');
    console.log('console speaks');
  },
};
