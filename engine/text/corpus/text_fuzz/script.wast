(module $m (func (export "f") (param v128 externref) (result f32) (f32.const nan:0x1)))
(assert_return (invoke $m "f" (v128.const i16x8 1 2 3 4 5 6 7 8) (ref.extern 1)) (either (f32.const nan:canonical) (f32.const 0x1p-3)))
(assert_malformed (module quote "(func (i32.const 0x))") "unknown operator")
