// Runs a WASI 0.1 command in node, so that V8 can be measured beside the others: node node_wasi.js FILE [args].
const fs = require('node:fs');
const {WASI} = require('node:wasi');

const wasi = new WASI({version: 'preview1', args: process.argv.slice(2), env: {}, preopens: {}});
const module_ = new WebAssembly.Module(fs.readFileSync(process.argv[2]));
process.exitCode = wasi.start(new WebAssembly.Instance(module_, wasi.getImportObject()));
