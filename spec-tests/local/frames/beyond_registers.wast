;; Shows: an i32 argument that finds no register reaches an interpreted callee as an i32, whatever stood in its place before.
(module
  (type $ints (func (param i32 i32 i32 i32 i32 i32 i32)))
  (type $longs (func (param i64 i64 i64 i64 i64 i64 i64)))
  (memory 1)
  (data (i32.const 16) "\01\02\03\04")
  (func $copy (type $ints) (memory.copy (local.get 4) (local.get 5) (local.get 6)))
  (func $ones (type $longs))
  ;; What nobody can know in advance, so that no compiler takes it into the loop.
  (global $ints (mut (ref null $ints)) (ref.func $copy))
  (global $longs (mut (ref null $longs)) (ref.func $ones))
  ;; Compiled when it loops; what it calls is not.
  (func (export "run") (result i32)
    (local $i i32)
    (loop $again
      (call_ref $longs
        (i64.const -1) (i64.const -1) (i64.const -1) (i64.const -1) (i64.const -1) (i64.const -1) (i64.const -1)
        (global.get $longs))
      (call_ref $ints
        (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 32) (i32.const 16) (i32.const 4)
        (global.get $ints))
      (br_if $again (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 3))))
    (i32.load (i32.const 32))))
(assert_return (invoke "run") (i32.const 0x04030201))
