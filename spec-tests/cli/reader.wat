;; Prints the first 9 bytes of policy.toml in the directory that it is given, and tries to make another one in there.
(module
  (import "wasi_snapshot_preview1" "path_open"
    (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_create_directory" (func $make (param i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "policy.toml")
  (data (i32.const 16) "made")
  (data (i32.const 32) "\40\00\00\00\09\00\00\00") ;; 9 bytes at 64
  (func $must (param $error i32) (if (local.get $error) (then unreachable)))
  (func (export "_start")
    (call $must (call $open (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 11) (i32.const 0) (i64.const 2) (i64.const 0)
                            (i32.const 0) (i32.const 48)))
    (call $must (call $read (i32.load (i32.const 48)) (i32.const 32) (i32.const 1) (i32.const 52)))
    (call $must (call $write (i32.const 1) (i32.const 32) (i32.const 1) (i32.const 52)))
    (if (i32.eqz (call $make (i32.const 3) (i32.const 16) (i32.const 4))) (then unreachable))))
