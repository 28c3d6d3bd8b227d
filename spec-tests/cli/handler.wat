;; Exports an interface and no command.
(component
  (core module $m (func (export "f")))
  (core instance $i (instantiate $m))
  (func $f (canon lift (core func $i "f")))
  (instance $n (export "f" (func $f)))
  (export "my:app/one@1.0.0" (instance $n))
  (export "my:app/one@1.2.0" (instance $n))
  (export "my:app/two@1.0.0" (instance $n)))
