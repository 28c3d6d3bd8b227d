;; The smallest program: `tools/dev run examples/hello.wat` prints one line.
;;
;; It speaks WASI 0.1: fd_write(1, ...) writes the bytes that an array of {pointer, length} pairs names to standard output.
(module
  (import "wasi_snapshot_preview1" "fd_write"
    (func $fd_write (param $fd i32) (param $iovs i32) (param $iovs_len i32) (param $nwritten i32) (result i32)))

  (memory (export "memory") 1)
  (data (i32.const 0) "\10\00\00\00" "\18\00\00\00")  ;; one pair: 24 bytes at address 16
  (data (i32.const 16) "Hello from WebAssembly!\n")

  (func (export "_start")
    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))
