(component $c
  (core module $m (memory (export "m") 1) (func (export "f") (param i32 i32)) (func (export "r") (param i32 i32 i32 i32) (result i32) i32.const 0))
  (core instance $i (instantiate $m (with "a" (instance (export "f" (func $i0 "g"))))))
  (type $r (resource (rep i32) (dtor (core func $i "f"))))
  (type $t (record (field "a" bool) (field "b" (list (tuple string u8 3)))))
  (import "x" (implements "a:b/c@1.0.0") (external-id "y") (instance $j (export "t" (type (sub resource))) (export "f" (func async (param "p" (own 0)) (result (result u8 (error string)))))))
)
