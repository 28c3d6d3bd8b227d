;; Imports a component, and instantiates it itself.
(component
  (import "c" (component $c
    (export "add" (func (param "a" u32) (param "b" u32) (result u32)))))
  (instance $i (instantiate $c))
  (export "add" (func $i "add")))
