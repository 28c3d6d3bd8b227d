;; Imports what math.wat exports, in another version.
(component
  (import "my:app/api@1.0.0" (instance $api
    (type $r (record (field "name" string) (field "size" u32) (field "extra" (option u8))))
    (export "rec" (type $rec (eq $r)))
    (export "echo" (func (param "x" $rec) (result $rec)))))
  (import "add" (func $add (param "a" u32) (param "b" u32) (result u32)))
  (core func $cadd (canon lower (func $add)))
  (core module $m (import "" "add" (func $add (param i32 i32) (result i32)))
     (func (export "double") (param i32) (result i32) (call $add (local.get 0) (local.get 0))))
  (core instance $i (instantiate $m (with "" (instance (export "add" (func $cadd))))))
  (func (export "double") (param "x" u32) (result u32) (canon lift (core func $i "double")))
  (alias export $api "rec" (type $rec))
  (alias export $api "echo" (func $echo))
  (export "api" (instance $api)))
