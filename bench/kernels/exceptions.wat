;; Exceptions: one that is thrown and caught in one function, one that leaves some frames, one that is caught and thrown
;; again on its way out, and frames with handlers that nothing is thrown through. Prints "exceptions CHECKSUM" like the
;; kernels in C.
(module
  (import "wasi_snapshot_preview1" "args_sizes_get" (func $args_sizes_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_get" (func $args_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "exceptions 00000000\n")

  (tag $found (param i32))
  (tag $failed (param i32 i32))

  (func $random (param $x i32) (result i32)
    (local.set $x (i32.xor (local.get $x) (i32.shl (local.get $x) (i32.const 13))))
    (local.set $x (i32.xor (local.get $x) (i32.shr_u (local.get $x) (i32.const 17))))
    (i32.xor (local.get $x) (i32.shl (local.get $x) (i32.const 5))))

  ;; Throws $found from `depth` frames below.
  (func $dive (param $depth i32) (param $value i32) (result i32)
    (if (i32.eqz (local.get $depth)) (then (throw $found (local.get $value))))
    (i32.add (i32.const 1)
      (call $dive (i32.sub (local.get $depth) (i32.const 1)) (i32.mul (local.get $value) (i32.const 3)))))

  ;; A handler in each frame, which fails with the frames it has passed added up.
  (func $unwind (param $depth i32) (param $value i32) (result i32)
    (if (i32.eqz (local.get $depth)) (then (throw $failed (local.get $value) (i32.const 1))))
    (block $failed (result i32 i32)
      (try_table (catch $failed $failed)
        (drop (call $unwind (i32.sub (local.get $depth) (i32.const 1)) (i32.add (local.get $value) (i32.const 7)))))
      (return (i32.const 0)))
    (throw $failed (i32.add (local.get $depth))))

  ;; Lets whatever comes pass, as the cleanup of a scope does.
  (func $cleanup (param $depth i32) (param $value i32) (result i32)
    (block $any (result exnref)
      (try_table (catch_all_ref $any)
        (return (call $dive (local.get $depth) (local.get $value))))
      (unreachable))
    (throw_ref))

  ;; Throws one time in 32; else returns through a handler that is not needed.
  (func $seldom (param $x i32) (result i32)
    (if (i32.eqz (i32.and (local.get $x) (i32.const 31))) (then (throw $found (i32.shr_u (local.get $x) (i32.const 5)))))
    (i32.xor (local.get $x) (i32.const 0x5555)))

  (func $scan (param $count i32) (param $x i32) (result i32)
    (local $sum i32)
    (loop $again
      (local.set $x (call $random (local.get $x)))
      (local.set $sum
        (i32.add (i32.mul (local.get $sum) (i32.const 31))
          (block $found (result i32)
            (try_table (result i32) (catch $found $found)
              (call $seldom (local.get $x))))))
      (br_if $again (local.tee $count (i32.sub (local.get $count) (i32.const 1)))))
    (local.get $sum))

  ;; Thrown and caught in the same function.
  (func $local (param $count i32) (param $x i32) (result i32)
    (loop $again
      (local.set $x
        (block $found (result i32)
          (try_table (catch $found $found)
            (if (i32.and (local.get $x) (i32.const 4))
              (then (throw $found (i32.mul (local.get $x) (i32.const 5))))))
          (call $random (i32.or (local.get $x) (i32.const 1)))))
      (br_if $again (local.tee $count (i32.sub (local.get $count) (i32.const 1)))))
    (local.get $x))

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

  ;; The checksum as eight hexadecimal digits at 27, last digit first, and the line to standard output.
  (func $report (param $checksum i32)
    (local $digit i32) (local $at i32)
    (local.set $at (i32.const 34))
    (loop $digits
      (local.set $digit (i32.and (local.get $checksum) (i32.const 15)))
      (i32.store8 (local.get $at)
        (i32.add (local.get $digit)
          (select (i32.const 48) (i32.const 87) (i32.lt_u (local.get $digit) (i32.const 10)))))
      (local.set $checksum (i32.shr_u (local.get $checksum) (i32.const 4)))
      (br_if $digits
        (i32.ge_u (local.tee $at (i32.sub (local.get $at) (i32.const 1))) (i32.const 27))))
    (i32.store (i32.const 0) (i32.const 16))
    (i32.store (i32.const 4) (i32.const 20))
    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))))

  (func (export "_start")
    (local $round i32) (local $checksum i32)
    (local.set $round (call $iterations (i32.const 6000)))
    (loop $again
      (local.set $checksum
        (i32.add (local.get $checksum) (call $scan (i32.const 800) (i32.or (local.get $round) (i32.const 1)))))
      (local.set $checksum (call $local (i32.const 50) (i32.xor (local.get $checksum) (local.get $round))))
      (local.set $checksum
        (i32.add (i32.mul (local.get $checksum) (i32.const 31))
          (block $found (result i32)
            (try_table (catch $found $found)
              (drop (call $dive (i32.and (local.get $round) (i32.const 7)) (local.get $checksum))))
            (unreachable))))
      (local.set $checksum
        (i32.add (i32.mul (local.get $checksum) (i32.const 31))
          (block $found (result i32)
            (try_table (catch $found $found)
              (drop (call $cleanup (i32.and (local.get $round) (i32.const 3)) (local.get $checksum))))
            (unreachable))))
      (local.set $checksum
        (i32.xor
          (block $failed (result i32 i32)
            (try_table (catch $failed $failed)
              (drop (call $unwind (i32.const 5) (local.get $checksum))))
            (unreachable))))
      (br_if $again (local.tee $round (i32.sub (local.get $round) (i32.const 1)))))
    (call $report (local.get $checksum))))
