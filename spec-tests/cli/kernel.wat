;; A loop and a call that are worth compiling; traps.
(module $kernel
  (memory (export "memory") 2)
  (func $mix (param i32) (result i32)
    (i32.xor (i32.mul (local.get 0) (i32.const 0x9E3779B1)) (i32.shr_u (local.get 0) (i32.const 15))))
  (func $sum (export "sum") (param $n i32) (result i32)
    (local $i i32) (local $s i32)
    (loop $l
      (local.set $s (i32.add (local.get $s) (call $mix (local.get $i))))
      (i32.store (i32.and (local.get $i) (i32.const 0xFFFC)) (local.get $s))
      (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
    (local.get $s))
  (func (export "trap") unreachable)
  ;; Traps below itself.
  (func $outer (export "outer") (param i32) (result i32)
    (if (i32.eqz (local.get 0)) (then unreachable))
    (i32.mul (local.get 0) (call $outer (i32.sub (local.get 0) (i32.const 1))))))
