;; Imports that no host has.
(component
  (import "my:app/api@1.0.0" (instance (export "f" (func (param "a" u32) (result u32)))))
  (import "wasi:io/poll@0.3.0" (instance (export "f" (func))))
  (import "wasi:cli/environment@0.2.0" (instance
    (export "get-argument" (func (result (list string))))
    (export "initial-cwd" (func (result string)))))
  (import "g" (func $g (result u32)))
  (export "sum" (func $g)))
