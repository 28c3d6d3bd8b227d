(func $f (param $x i32) (result i32) block $a (result i32) local.get $x if (result i32) i32.const 1 else i32.const 2 end br_if $a (i32.const 3) end)
(table funcref (elem $f)) (memory (data "a")) (data $d "b") (func memory.init $d data.drop 0 table.copy)
