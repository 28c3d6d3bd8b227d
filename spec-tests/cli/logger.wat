;; A program that logs one message, with a line break in it.
(component
  (import "wasi:logging/logging@0.1.0-draft" (instance $l
    (type $level' (enum "trace" "debug" "info" "warn" "error" "critical"))
    (export "level" (type $level (eq $level')))
    (export "log" (func (param "level" $level) (param "context" string) (param "message" string)))))
  (core module $libc (memory (export "mem") 1) (data (i32.const 0) "shop\0aready")
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024)))
  (core instance $libc (instantiate $libc))
  (alias export $l "log" (func $log))
  (core func $log' (canon lower (func $log) (memory $libc "mem") (realloc (func $libc "realloc"))))
  (core module $m (import "" "log" (func $log (param i32 i32 i32 i32 i32)))
    (func (export "run") (result i32) (call $log (i32.const 2) (i32.const 0) (i32.const 4) (i32.const 0) (i32.const 10)) (i32.const 0)))
  (core instance $m (instantiate $m (with "" (instance (export "log" (func $log'))))))
  (func $run (result (result)) (canon lift (core func $m "run")))
  (instance $r (export "run" (func $run)))
  (export "wasi:cli/run@0.2.0" (instance $r)))
