(module
  (memory 1)
  ;; The comparison fuses with the branch, the sum goes to the local, the index is scaled in the load.
  (func $sum (param $count i32) (result i32) (local $i i32) (local $total i32)
    (loop $next
      (local.set $total (i32.add (local.get $total)
        (i32.load (i32.add (i32.const 1024) (i32.shl (local.get $i) (i32.const 2))))))
      (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $count))))
    (local.get $total))
  ;; eqz turns the comparison around; a float comparison branches on the opposite outcome.
  (func $while (param $x f64) (result i32) (local $n i32)
    (block $done
      (loop $again
        (br_if $done (i32.eqz (f64.gt (local.get $x) (f64.const 1))))
        (local.set $x (f64.mul (local.get $x) (f64.const 0.5)))
        (local.set $n (i32.add (local.get $n) (i32.const 1)))
        (br $again)))
    (local.get $n)))
