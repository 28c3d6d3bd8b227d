;; Chains of tail calls that need no stack, whichever of the functions, or of their loops, are compiled by then.

(module
  ;; Long enough for the tiers to change under it.
  (func $a (export "three") (param i32 i64) (result i64)
    (if (result i64) (i32.eqz (local.get 0))
      (then (local.get 1))
      (else (return_call $b (i32.sub (local.get 0) (i32.const 1)) (i64.add (local.get 1) (i64.const 3))))))
  (func $b (param i32 i64) (result i64)
    (if (result i64) (i32.eqz (local.get 0))
      (then (i64.xor (local.get 1) (i64.const 1)))
      (else (return_call_indirect (type $t)
        (i32.sub (local.get 0) (i32.const 1)) (i64.add (local.get 1) (i64.const 5)) (i32.const 0)))))
  (func $c (param i32 i64) (result i64)
    (if (result i64) (i32.eqz (local.get 0))
      (then (i64.xor (local.get 1) (i64.const 2)))
      (else (return_call_ref $t
        (i32.sub (local.get 0) (i32.const 1)) (i64.add (local.get 1) (i64.const 7)) (ref.func $a)))))
  (type $t (func (param i32 i64) (result i64)))
  (table funcref (elem $c $a))

  ;; Each leaves a loop by a tail call; $pong gets more parameters than there are registers, and two results.
  (func $ping (export "loops") (param $n i32) (param $sum i64) (result i64 i64)
    (local $i i32)
    (loop $again
      (local.set $sum (i64.add (local.get $sum) (i64.extend_i32_u (local.get $i))))
      (br_if $again (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 3))))
    (if (i32.eqz (local.get $n)) (then (return (local.get $sum) (i64.const 1))))
    (return_call $pong (i32.sub (local.get $n) (i32.const 1)) (local.get $sum) (i64.const 1) (i64.const 2) (i64.const 3)
      (i64.const 4) (i64.const 5) (f32.const 6) (f64.const 7)))
  (func $pong (param $n i32) (param $sum i64) (param i64 i64 i64 i64 i64 f32 f64) (result i64 i64)
    (local $i i32)
    (loop $again
      (local.set $sum (i64.add (local.get $sum) (local.get 6)))
      (br_if $again (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 2))))
    (local.set $sum (i64.add (local.get $sum) (i64.trunc_f64_s (local.get 8))))
    (if (i32.eqz (local.get $n)) (then (return (local.get $sum) (i64.const 2))))
    (return_call $ping (i32.sub (local.get $n) (i32.const 1)) (local.get $sum)))
)

(assert_return (invoke "three" (i32.const 0) (i64.const 9)) (i64.const 9))
(assert_return (invoke "three" (i32.const 20000001) (i64.const 0)) (i64.const 100000005))
(assert_return (invoke "three" (i32.const 30000000) (i64.const 0)) (i64.const 150000000))
(assert_return (invoke "loops" (i32.const 1000000) (i64.const 0)) (i64.const 10000003) (i64.const 1))
(assert_return (invoke "loops" (i32.const 1000001) (i64.const 0)) (i64.const 10000020) (i64.const 2))
