;; Shows: operands that lie on the stack below a loop are those of the current round of the loop around it, also when compiled code
;; was entered in the inner loop.
(module
  (func (export "sum") (param i32) (result i32) (local i32 i32 i32)
    (loop $outer
      (local.get 1)
      (local.set 3 (i32.const 0))
      (loop $inner
        (br_if $inner (i32.lt_s (local.tee 3 (i32.add (local.get 3) (i32.const 1))) (i32.const 4))))
      (local.set 1 (i32.add (local.get 0)))
      (br_if $outer (i32.lt_s (local.tee 2 (i32.add (local.get 2) (i32.const 1))) (i32.const 5))))
    (local.get 1))
  (func (export "operands and parameters") (param i64) (result i64) (local i64 i64)
    (loop $outer
      (i64.mul (local.get 1) (i64.const 3))
      (i64.const 3)
      (loop $inner (param i64) (result i64)
        (local.tee 2 (i64.sub (i64.const 1)))
        (br_if $inner (i64.ne (local.get 2) (i64.const 0))))
      (local.set 1 (i64.add (i64.add) (i64.const 1)))
      (br_if $outer (i32.wrap_i64 (local.tee 0 (i64.sub (local.get 0) (i64.const 1))))))
    (local.get 1))
  (func $inlined (param i32) (result i32) (local i32)
    (local.set 1 (i32.mul (local.get 0) (local.get 0))) (i32.add (local.get 1) (i32.const 1)))
  (func (export "below an inlined call") (param i32) (result i32) (local i32 i32 i32)
    (loop $outer
      (call $inlined (local.get 2))
      (local.set 3 (i32.const 0))
      (loop $inner
        (br_if $inner (i32.lt_s (local.tee 3 (i32.add (local.get 3) (i32.const 1))) (i32.const 4))))
      (local.set 1 (i32.add (local.get 1)))
      (br_if $outer (i32.lt_s (local.tee 2 (i32.add (local.get 2) (i32.const 1))) (local.get 0))))
    (local.get 1))
  ;; The loop stands in one arm; the operand is used behind both.
  (func (export "in an arm") (param i32) (result i32) (local i32 i32 i32)
    (loop $outer
      (i32.add (local.get 1) (local.get 2))
      (if (i32.and (local.get 2) (i32.const 1))
        (then
          (local.set 3 (i32.const 0))
          (loop $inner
            (br_if $inner (i32.lt_s (local.tee 3 (i32.add (local.get 3) (i32.const 1))) (i32.const 4)))))
        (else (local.set 1 (i32.mul (local.get 1) (i32.const 2)))))
      (local.set 1 (i32.add (local.get 1)))
      (br_if $outer (i32.lt_s (local.tee 2 (i32.add (local.get 2) (i32.const 1))) (local.get 0))))
    (local.get 1))
  ;; The loop stands in a clause or in front of one, and the operands are used in and behind it.
  (tag $e (param i32))
  (func (export "with clauses") (param i32) (result i32) (local i32 i32 i32)
    (loop $outer
      (i32.add (local.get 1) (local.get 2))
      (try (result i32)
        (do
          (local.set 3 (i32.const 0))
          (loop $inner
            (br_if $inner (i32.lt_s (local.tee 3 (i32.add (local.get 3) (i32.const 1))) (i32.const 4))))
          (if (i32.and (local.get 2) (i32.const 1)) (then (throw $e (local.get 2))))
          (i32.const 100))
        (catch $e
          (loop $inner
            (br_if $inner (i32.lt_s (local.tee 3 (i32.add (local.get 3) (i32.const 1))) (i32.const 9))))
          (i32.add (local.get 3))))
      (local.set 1 (i32.add))
      (br_if $outer (i32.lt_s (local.tee 2 (i32.add (local.get 2) (i32.const 1))) (local.get 0))))
    (local.get 1))
  (func (export "with try_table") (param i32) (result i32) (local i32 i32 i32)
    (loop $outer
      (i32.add (local.get 1) (local.get 2))
      (block $caught (result i32)
        (try_table (catch $e $caught)
          (local.set 3 (i32.const 0))
          (loop $inner
            (br_if $inner (i32.lt_s (local.tee 3 (i32.add (local.get 3) (i32.const 1))) (i32.const 4))))
          (if (i32.and (local.get 2) (i32.const 1)) (then (throw $e (local.get 2)))))
        (i32.const 100))
      (local.set 1 (i32.add))
      (br_if $outer (i32.lt_s (local.tee 2 (i32.add (local.get 2) (i32.const 1))) (local.get 0))))
    (local.get 1))
  ;; Behind the loop other operands of other types lie where those below it lay, and blocks open and end above them.
  (func (export "others behind") (param i32) (result i32) (local i32 v128 f32)
    (loop $outer
      (i32x4.splat (local.get 1))
      (local.get 3)
      (local.set 1 (i32.const 0))
      (loop $inner
        (br_if $inner (i32.lt_s (local.tee 1 (i32.add (local.get 1) (i32.const 1))) (i32.const 4))))
      (local.set 3 (f32.add (f32.const 1)))
      (local.set 2)
      (i32x4.extract_lane 2 (local.get 2))
      (f64.convert_i32_s (local.get 1))
      (block $b (result i32)
        (drop (br_if $b (i32.const 5) (local.get 1)))
        (i32.const 6))
      (i32.add (i32.trunc_f64_s (f64.add (f64.convert_i32_s))))
      (local.set 1)
      (br_if $outer (f32.lt (local.get 3) (f32.const 4))))
    (local.get 1))
)
(assert_return (invoke "others behind" (i32.const 0)) (i32.const 36))
(assert_return (invoke "in an arm" (i32.const 6)) (i32.const 91))
(assert_return (invoke "with clauses" (i32.const 4)) (i32.const 228))
(assert_return (invoke "with try_table" (i32.const 4)) (i32.const 210))
(assert_return (invoke "sum" (i32.const 3)) (i32.const 15))
(assert_return (invoke "operands and parameters" (i64.const 6)) (i64.const 364))
(assert_return (invoke "below an inlined call" (i32.const 5)) (i32.const 35))
