(module
  (type $binary (func (param i32 i32) (result i32)))
  (import "env" "log" (func $log (param i32)))
  (table 2 funcref)
  ;; The argument is computed into the outgoing area; the result is read from the accumulator.
  (func $fib (param $n i32) (result i32)
    (if (i32.lt_u (local.get $n) (i32.const 2)) (then (return (local.get $n))))
    (i32.add (call $fib (i32.sub (local.get $n) (i32.const 1))) (call $fib (i32.sub (local.get $n) (i32.const 2)))))
  (func $indirect (param i32) (result i32)
    (call $log (i32.const 3))
    (call_indirect (type $binary) (i32.const 1) (local.get 0) (local.get 0)))
  (func $swap (param i32 i32) (result i32)
    (return_call_indirect (type $binary) (local.get 1) (local.get 0) (i32.const 1))))
