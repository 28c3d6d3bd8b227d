(component
  (import "g" (func $g (result u32)))
  (export "sum" (func $g)))
