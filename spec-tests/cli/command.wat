;; A command of WASI 0.2 that ends as its first argument says.
(component
  (import "wasi:cli/environment@0.2.0" (instance $environment
    (export "get-arguments" (func (result (list string))))))
  (import "wasi:cli/exit@0.2.0" (instance $exit
    (type $status (result))
    (export "exit" (func (param "status" $status)))))
  (core module $memory
    (memory (export "memory") 1)
    (global $top (mut i32) (i32.const 1024))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (local $p i32)
      (local.set $p (i32.and (i32.add (global.get $top) (i32.const 7)) (i32.const -8)))
      (global.set $top (i32.add (local.get $p) (local.get 3)))
      (local.get $p)))
  (core instance $memory (instantiate $memory))
  (core func $args (canon lower (func $environment "get-arguments")
    (memory $memory "memory") (realloc (func $memory "realloc"))))
  (core func $exit (canon lower (func $exit "exit")))
  (core module $m
    (import "memory" "memory" (memory 1))
    (import "wasi" "args" (func $args (param i32)))
    (import "wasi" "exit" (func $exit (param i32)))
    ;; Without arguments: success. "trap": a trap. "exit": by the function `exit`. Else: failure.
    (func (export "run") (result i32)
      (local $list i32)
      (local $size i32)
      (call $args (i32.const 16))
      (if (i32.lt_u (i32.load (i32.const 20)) (i32.const 2)) (then (return (i32.const 0))))
      (local.set $list (i32.load (i32.const 16)))
      (if (i32.eq (i32.load (i32.load offset=8 (local.get $list))) (i32.const 0x70617274))
        (then unreachable))
      (if (i32.eq (i32.load (i32.load offset=8 (local.get $list))) (i32.const 0x74697865))
        (then (call $exit (i32.const 0))))
      (i32.const 1)))
  (core instance $m (instantiate $m
    (with "memory" (instance $memory))
    (with "wasi" (instance (export "args" (func $args)) (export "exit" (func $exit))))))
  (func $run (result (result)) (canon lift (core func $m "run")))
  (instance $run (export "run" (func $run)))
  (export "wasi:cli/run@0.2.3" (instance $run)))
