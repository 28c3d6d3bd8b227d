// What a JavaScript engine does for a living: objects with methods, closures, maps, text, regular expressions, JSON, sorts and
// a little arithmetic. Uses nothing of a host but `print` and `count`, how many times all of it is done.
'use strict';

let seed = 42;
function random(below) {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return Math.floor(seed / 4294967296 * below);
}

function checksum(text) {
  let hash = 2166136261;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 16777619);
  return (hash >>> 0).toString(16);
}

// Tasks that send each other packets, and a scheduler that picks the next one that can run.
class Packet {
  constructor(kind, value) {
    this.kind = kind;
    this.value = value;
    this.link = null;
  }
}

class Task {
  constructor(scheduler, id, priority) {
    this.scheduler = scheduler;
    this.id = id;
    this.priority = priority;
    this.queue = null;
    this.done = 0;
  }
  receive(packet) {
    packet.link = null;
    if (this.queue === null) {
      this.queue = packet;
      return;
    }
    let last = this.queue;
    while (last.link !== null) last = last.link;
    last.link = packet;
  }
  take() {
    const packet = this.queue;
    this.queue = packet.link;
    this.done++;
    return packet;
  }
  get ready() { return this.queue !== null; }
}

class Worker extends Task {
  step() {
    const packet = this.take();
    packet.value = (packet.value * 31 + this.id) % 65521;
    this.scheduler.send(packet.value % this.scheduler.tasks.length, packet);
  }
}

class Device extends Task {
  step() {
    const packet = this.take();
    packet.kind = packet.kind === 'work' ? 'device' : 'work';
    packet.value ^= 21;
    this.scheduler.send((this.id + 1) % this.scheduler.tasks.length, packet);
  }
}

class Scheduler {
  constructor() {
    this.tasks = [];
    this.sent = 0;
  }
  add(Kind) {
    this.tasks.push(new Kind(this, this.tasks.length, random(10)));
  }
  send(id, packet) {
    this.sent++;
    this.tasks[id].receive(packet);
  }
  run(steps) {
    for (let i = 0; i < steps; i++) {
      let best = null;
      for (const task of this.tasks) {
        if (task.ready && (best === null || task.priority - task.done % 7 > best.priority - best.done % 7)) best = task;
      }
      best.step();
    }
    return this.tasks.map((task) => task.done).join() + ' ' + this.sent;
  }
}

function tasks() {
  const scheduler = new Scheduler();
  for (let i = 0; i < 8; i++) scheduler.add(i % 3 === 2 ? Device : Worker);
  for (let i = 0; i < 12; i++) scheduler.send(i % 8, new Packet('work', random(65521)));
  return scheduler.run(6000);
}

// A splay tree whose nodes come and go.
class Node {
  constructor(key, value) {
    this.key = key;
    this.value = value;
    this.left = this.right = null;
  }
}

class SplayTree {
  constructor() { this.root = null; }
  splay(key) {
    if (this.root === null) return;
    const head = new Node(null, null);
    let left = head, right = head, current = this.root;
    for (;;) {
      if (key < current.key) {
        if (current.left === null) break;
        if (key < current.left.key) {
          const next = current.left;
          current.left = next.right;
          next.right = current;
          current = next;
          if (current.left === null) break;
        }
        right.left = current;
        right = current;
        current = current.left;
      } else if (key > current.key) {
        if (current.right === null) break;
        if (key > current.right.key) {
          const next = current.right;
          current.right = next.left;
          next.left = current;
          current = next;
          if (current.right === null) break;
        }
        left.right = current;
        left = current;
        current = current.right;
      } else {
        break;
      }
    }
    left.right = current.left;
    right.left = current.right;
    current.left = head.right;
    current.right = head.left;
    this.root = current;
  }
  insert(key, value) {
    const node = new Node(key, value);
    if (this.root !== null) {
      this.splay(key);
      if (this.root.key === key) return;
      if (key > this.root.key) {
        node.left = this.root;
        node.right = this.root.right;
        this.root.right = null;
      } else {
        node.right = this.root;
        node.left = this.root.left;
        this.root.left = null;
      }
    }
    this.root = node;
  }
  remove(key) {
    this.splay(key);
    if (this.root === null || this.root.key !== key) return;
    const right = this.root.right;
    if (this.root.left === null) {
      this.root = right;
    } else {
      this.root = this.root.left;
      this.splay(key);
      this.root.right = right;
    }
  }
  *keys(node = this.root) {
    if (node === null) return;
    yield* this.keys(node.left);
    yield node.key;
    yield* this.keys(node.right);
  }
}

function trees() {
  const tree = new SplayTree();
  const keys = [];
  for (let i = 0; i < 1500; i++) {
    const key = random(1000000);
    keys.push(key);
    tree.insert(key, {name: 'key ' + key, parts: [key, key + 1]});
    if (i >= 200) tree.remove(keys[i - 200]);
  }
  return checksum([...tree.keys()].join());
}

const words = 'the quick brown fox jumps over the lazy dog and runs into a river of words that nobody has ever read'.split(' ');

function text() {
  let out = '';
  for (let i = 0; i < 600; i++) out += `${words[random(words.length)]}${random(10) === 0 ? '. ' : ' '}`;
  const counts = new Map();
  for (const [word] of out.matchAll(/\b[a-z]+\b/g)) counts.set(word, (counts.get(word) ?? 0) + 1);
  const sorted = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  const changed = out.replace(/(\w)(\w*)\. (\w)/g, (all, first, rest, next) => first.toUpperCase() + rest + '; ' + next)
                     .replace(/o(?=[a-z])/g, '0').split(/[;\s]+/).reverse().join(' ');
  const dates = 'on 2024-02-29 and 1999-12-31, not 20-1-1'.replace(/(\d{4})-(\d\d)-(\d\d)/g, '$3.$2.$1');
  return checksum(sorted.join() + changed + dates);
}

function json() {
  const people = [];
  for (let i = 0; i < 120; i++) {
    people.push({id: i, name: words[random(words.length)], tags: [words[i % 7], words[i % 11]], score: random(1000) / 8,
                 nested: {a: null, b: true, c: [i, {d: '\u00fc"\\'}]}});
  }
  const out = JSON.stringify(people, (key, value) => key === 'c' ? [...value, value.length] : value, 1);
  const back = JSON.parse(out).filter((person) => person.score > 30).map(({name, ...rest}) => ({...rest, key: name + rest.id}));
  return checksum(JSON.stringify(back));
}

function sorts() {
  const numbers = Array.from({length: 1500}, () => random(1000000));
  const typed = Float64Array.from(numbers, (n) => n / 4);
  typed.sort();
  const byText = numbers.map(String).sort();
  numbers.sort((a, b) => a - b);
  return checksum(numbers.join() + typed.join() + byText.join());
}

function numbers() {
  let sum = 0;
  const grid = new Float64Array(32 * 32);
  for (let round = 0; round < 4; round++) {
    for (let y = 0; y < 32; y++) {
      for (let x = 0; x < 32; x++) {
        let re = 0, im = 0, n = 0;
        const cr = x / 16 - 1.5, ci = y / 16 - 1;
        while (n < 20 && re * re + im * im < 4) [re, im, n] = [re * re - im * im + cr, 2 * re * im + ci, n + 1];
        grid[y * 32 + x] += n;
        sum += n;
      }
    }
  }
  let big = 1n;
  for (let i = 1n; i <= 120n; i++) big *= i;
  return sum + ' ' + grid.reduce((a, b) => a + b) + ' ' + checksum(big.toString());
}

function closures() {
  const compose = (...fs) => (x) => fs.reduce((value, f) => f(value), x);
  const adders = Array.from({length: 10}, (_, i) => (x) => (x + i) % 1000);
  const all = compose(...adders, (x) => x * 3 % 997);
  let value = 1;
  for (let i = 0; i < 1500; i++) {
    try {
      value = all(value);
      if (value % 50 === 0) throw new RangeError(String(value));
    } catch (error) {
      value += error.message.length;
    }
  }
  return value;
}

const parts = {tasks, trees, text, json, sorts, numbers, closures};
const results = Object.fromEntries(Object.keys(parts).map((name) => [name, '']));
for (let i = 0; i < count; i++) {
  for (const [name, part] of Object.entries(parts)) results[name] = checksum(results[name] + part());
}
for (const [name, result] of Object.entries(results)) print(`${name}: ${result}`);
