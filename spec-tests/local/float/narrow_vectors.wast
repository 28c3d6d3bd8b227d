;; Two floats side by side that are multiplied by one: a signaling NaN becomes quiet, also when a compiler makes a vector of two of them.
(module
  (memory 1)
  (data (i32.const 0) "\01\00\80\7f" "\02\00\a0\ff" "\00\00\80\3f" "\00\00\00\80")
  (func (export "pair") (param $p i32) (result i64)
    (f32.store offset=64 (local.get $p) (f32.mul (f32.load (local.get $p)) (f32.const 1)))
    (f32.store offset=68 (local.get $p) (f32.mul (f32.load offset=4 (local.get $p)) (f32.const 1)))
    (i64.load offset=64 (local.get $p)))
  (func (export "roots") (param $x f32) (param $y f32) (result f32)
    (f32.mul (f32.sqrt (local.get $x)) (f32.sqrt (local.get $y)))))
(assert_return (invoke "pair" (i32.const 0)) (i64.const 0xffe00002_7fc00001))
(assert_return (invoke "pair" (i32.const 8)) (i64.const 0x80000000_3f800000))
(assert_return (invoke "roots" (f32.const 4) (f32.const 9)) (f32.const 6))
(assert_return (invoke "roots" (f32.const -4) (f32.const 9)) (f32.const nan:arithmetic))
