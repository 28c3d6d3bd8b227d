;; Calls whose target the program chooses: call_indirect through a table, call_ref of a typed reference, and return_call
;; between three functions. Prints "calls CHECKSUM" like the kernels in C.
(module
  (import "wasi_snapshot_preview1" "args_sizes_get" (func $args_sizes_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_get" (func $args_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "calls 00000000\n")

  (type $op (func (param i32 i32) (result i32)))
  (table $ops funcref (elem $add $sub $mul $xor $rotate $least $mix $average))
  (table $typed 8 (ref null $op))

  (func $add (type $op) (i32.add (local.get 0) (local.get 1)))
  (func $sub (type $op) (i32.sub (local.get 0) (local.get 1)))
  (func $mul (type $op) (i32.mul (local.get 0) (i32.or (local.get 1) (i32.const 1))))
  (func $xor (type $op) (i32.xor (local.get 0) (local.get 1)))
  (func $rotate (type $op) (i32.rotl (local.get 0) (local.get 1)))
  (func $least (type $op) (select (local.get 0) (local.get 1) (i32.lt_s (local.get 0) (local.get 1))))
  (func $mix (type $op) (i32.add (i32.shl (local.get 0) (i32.const 5)) (i32.xor (local.get 0) (local.get 1))))
  (func $average (type $op)
    (i32.add (i32.and (local.get 0) (local.get 1)) (i32.shr_u (i32.xor (local.get 0) (local.get 1)) (i32.const 1))))
  (elem declare func $add $mul $xor $mix)

  ;; xorshift32; what is called changes with its bits, so no predictor learns it.
  (func $random (param $x i32) (result i32)
    (local.set $x (i32.xor (local.get $x) (i32.shl (local.get $x) (i32.const 13))))
    (local.set $x (i32.xor (local.get $x) (i32.shr_u (local.get $x) (i32.const 17))))
    (i32.xor (local.get $x) (i32.shl (local.get $x) (i32.const 5))))

  (func $through_table (param $count i32) (param $value i32) (result i32)
    (local $x i32)
    (local.set $x (i32.or (local.get $value) (i32.const 1)))
    (loop $again
      (local.set $x (call $random (local.get $x)))
      (local.set $value
        (call_indirect $ops (type $op) (local.get $value) (local.get $x) (i32.and (local.get $x) (i32.const 7))))
      (br_if $again (local.tee $count (i32.sub (local.get $count) (i32.const 1)))))
    (local.get $value))

  ;; One function for all of the loop, as a callback is.
  (func $through_reference (param $op (ref $op)) (param $count i32) (param $value i32) (result i32)
    (loop $again
      (local.set $value (call_ref $op (local.get $value) (local.get $count) (local.get $op)))
      (br_if $again (local.tee $count (i32.sub (local.get $count) (i32.const 1)))))
    (local.get $value))

  ;; One of four references after the other, as methods are.
  (func $through_references (param $count i32) (param $value i32) (result i32)
    (loop $again
      (local.set $value
        (call_ref $op (local.get $value) (local.get $count)
          (ref.as_non_null (table.get $typed (i32.and (local.get $count) (i32.const 3))))))
      (br_if $again (local.tee $count (i32.sub (local.get $count) (i32.const 1)))))
    (local.get $value))

  ;; A machine of three states, each of which leaves for another.
  (func $even (param $count i32) (param $value i32) (result i32)
    (if (i32.eqz (local.get $count)) (then (return (local.get $value))))
    (local.set $value (i32.add (local.get $value) (local.get $count)))
    (if (i32.and (local.get $value) (i32.const 1))
      (then (return_call $odd (i32.sub (local.get $count) (i32.const 1)) (local.get $value))))
    (return_call $even (i32.sub (local.get $count) (i32.const 1))
      (i32.add (i32.shr_u (local.get $value) (i32.const 1)) (i32.const 0x10001))))
  (func $odd (param $count i32) (param $value i32) (result i32)
    (if (i32.eqz (local.get $count)) (then (return (local.get $value))))
    (if (i32.and (local.get $value) (i32.const 2))
      (then (return_call $high (i32.sub (local.get $count) (i32.const 1)) (i32.mul (local.get $value) (i32.const 5)))))
    (return_call $even (i32.sub (local.get $count) (i32.const 1)) (i32.xor (local.get $value) (local.get $count))))
  (func $high (param $count i32) (param $value i32) (result i32)
    (if (i32.eqz (local.get $count)) (then (return (local.get $value))))
    (return_call $odd (i32.sub (local.get $count) (i32.const 1)) (i32.rotl (local.get $value) (i32.const 7))))

  ;; The first argument as a number, or what the kernel does of itself. Counts at 64, pointers from 128, texts from 256.
  (func $iterations (param $otherwise i32) (result i32)
    (local $at i32) (local $digit i32) (local $count i32)
    (drop (call $args_sizes_get (i32.const 64) (i32.const 68)))
    (if (i32.lt_u (i32.load (i32.const 64)) (i32.const 2)) (then (return (local.get $otherwise))))
    (drop (call $args_get (i32.const 128) (i32.const 256)))
    (local.set $at (i32.load (i32.const 132)))
    (loop $digits
      (local.set $digit (i32.sub (i32.load8_u (local.get $at)) (i32.const 48)))
      (if (i32.lt_u (local.get $digit) (i32.const 10))
        (then
          (local.set $count (i32.add (i32.mul (local.get $count) (i32.const 10)) (local.get $digit)))
          (local.set $at (i32.add (local.get $at) (i32.const 1)))
          (br $digits))))
    (local.get $count))

  ;; The checksum as eight hexadecimal digits at 22, last digit first, and the line to standard output.
  (func $report (param $checksum i32)
    (local $digit i32) (local $at i32)
    (local.set $at (i32.const 29))
    (loop $digits
      (local.set $digit (i32.and (local.get $checksum) (i32.const 15)))
      (i32.store8 (local.get $at)
        (i32.add (local.get $digit)
          (select (i32.const 48) (i32.const 87) (i32.lt_u (local.get $digit) (i32.const 10)))))
      (local.set $checksum (i32.shr_u (local.get $checksum) (i32.const 4)))
      (br_if $digits
        (i32.ge_u (local.tee $at (i32.sub (local.get $at) (i32.const 1))) (i32.const 22))))
    (i32.store (i32.const 0) (i32.const 16))
    (i32.store (i32.const 4) (i32.const 15))
    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))))

  (func (export "_start")
    (local $round i32) (local $checksum i32)
    (table.set $typed (i32.const 0) (ref.func $add))
    (table.set $typed (i32.const 1) (ref.func $mul))
    (table.set $typed (i32.const 2) (ref.func $xor))
    (table.set $typed (i32.const 3) (ref.func $mix))
    (local.set $round (call $iterations (i32.const 4000)))
    (loop $again
      (local.set $checksum (call $through_table (i32.const 1000) (local.get $checksum)))
      (local.set $checksum (call $through_reference (ref.func $mix) (i32.const 1000) (local.get $checksum)))
      (local.set $checksum (call $through_references (i32.const 1000) (local.get $checksum)))
      (local.set $checksum (call $even (i32.const 1000) (local.get $checksum)))
      (br_if $again (local.tee $round (i32.sub (local.get $round) (i32.const 1)))))
    (call $report (local.get $checksum))))
