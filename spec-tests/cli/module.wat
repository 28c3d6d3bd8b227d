;; A core module that a component imports.
(module (func (export "f") (result i32) (i32.const 11)))
