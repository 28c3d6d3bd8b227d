;; GC: trees of structs whose nodes are told apart by casts, beside one tree that lives throughout and an array of the
;; roots of the last rounds. Prints "trees CHECKSUM" like the kernels in C.
(module
  (import "wasi_snapshot_preview1" "args_sizes_get" (func $args_sizes_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_get" (func $args_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "trees 00000000\n")

  (rec
    (type $tree (sub (struct (field $value i32))))
    (type $leaf (sub final $tree (struct (field i32))))
    (type $pair (sub final $tree (struct (field i32) (field $left (ref $tree)) (field $right (ref $tree))))))
  (type $roots (array (mut (ref null $tree))))

  (func $build (param $depth i32) (param $value i32) (result (ref $tree))
    (if (i32.eqz (local.get $depth)) (then (return (struct.new $leaf (local.get $value)))))
    (struct.new $pair
      (local.get $value)
      (call $build (i32.sub (local.get $depth) (i32.const 1)) (i32.add (local.get $value) (i32.const 1)))
      (call $build (i32.sub (local.get $depth) (i32.const 1)) (i32.mul (local.get $value) (i32.const 3)))))

  (func $sum (param $tree (ref $tree)) (result i32)
    (local $pair (ref null $pair))
    (block $is_leaf (result (ref $tree))
      (br_on_cast_fail $is_leaf (ref $tree) (ref $pair) (local.get $tree))
      (local.set $pair)
      (return
        (i32.add
          (struct.get $pair 0 (local.get $pair))
          (i32.add (call $sum (struct.get $pair $left (local.get $pair)))
                   (call $sum (struct.get $pair $right (local.get $pair)))))))
    (struct.get $leaf 0 (ref.cast (ref $leaf))))

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
    (local $kept (ref null $tree)) (local $roots (ref null $roots)) (local $round i32) (local $rounds i32)
    (local $checksum i32)
    (local.set $rounds (call $iterations (i32.const 2000)))
    (local.set $kept (call $build (i32.const 14) (i32.const 1)))
    (local.set $roots (array.new_default $roots (i32.const 16)))
    (loop $again
      (array.set $roots (local.get $roots) (i32.and (local.get $round) (i32.const 15))
        (call $build (i32.const 10) (local.get $round)))
      (local.set $checksum
        (i32.add (i32.mul (local.get $checksum) (i32.const 31))
          (call $sum
            (ref.as_non_null (array.get $roots (local.get $roots)
              (i32.and (i32.mul (local.get $round) (i32.const 7)) (i32.and (local.get $round) (i32.const 15))))))))
      (br_if $again
        (i32.lt_u (local.tee $round (i32.add (local.get $round) (i32.const 1))) (local.get $rounds))))
    (call $report
      (i32.xor (local.get $checksum) (call $sum (ref.as_non_null (local.get $kept)))))))
