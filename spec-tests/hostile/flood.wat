;; A handler of HTTP requests that uses up what it can; how is in the path:
;;   /spin      never ends
;;   /recurse   calls itself for ever
;;   /memory    grows its memory until that fails, then answers
;;   /fields    a million headers
;;   /new       keeps making resources
;;   /output    keeps writing to standard output
;;   /body      reads its request to the end
;;   anything else: "hello\n"
;; Strings and lists that come in lie behind 4096 and are forgotten with each request; results of functions at 16.
(module
  (import "wasi:io/streams@0.2.0" "[method]input-stream.blocking-read" (func $read (param i32 i64 i32)))
  (import "wasi:io/streams@0.2.0" "[method]output-stream.blocking-write-and-flush" (func $write (param i32 i32 i32 i32)))
  (import "wasi:io/streams@0.2.0" "[resource-drop]output-stream" (func $drop-output (param i32)))
  (import "wasi:cli/stdout@0.2.0" "get-stdout" (func $stdout (result i32)))
  (import "wasi:http/types@0.2.0" "[constructor]fields" (func $fields (result i32)))
  (import "wasi:http/types@0.2.0" "[method]fields.append" (func $append (param i32 i32 i32 i32 i32 i32)))
  (import "wasi:http/types@0.2.0" "[method]incoming-request.path-with-query" (func $path (param i32 i32)))
  (import "wasi:http/types@0.2.0" "[method]incoming-request.consume" (func $consume (param i32 i32)))
  (import "wasi:http/types@0.2.0" "[resource-drop]incoming-request" (func $drop-request (param i32)))
  (import "wasi:http/types@0.2.0" "[constructor]outgoing-response" (func $response (param i32) (result i32)))
  (import "wasi:http/types@0.2.0" "[method]outgoing-response.body" (func $body (param i32 i32)))
  (import "wasi:http/types@0.2.0" "[static]response-outparam.set"
    (func $set (param i32 i32 i32 i32 i64 i32 i32 i32 i32)))
  (import "wasi:http/types@0.2.0" "[method]outgoing-body.write" (func $body-stream (param i32 i32)))
  (import "wasi:http/types@0.2.0" "[static]outgoing-body.finish" (func $finish (param i32 i32 i32 i32)))
  (import "wasi:http/types@0.2.0" "[method]incoming-body.stream" (func $stream (param i32 i32)))

  (memory (export "memory") 4)
  (data (i32.const 1024) "hello\n")
  (global $top (mut i32) (i32.const 4096))

  (func (export "cabi_realloc") (param $old i32) (param $old-size i32) (param $align i32) (param $size i32) (result i32)
    (global.set $top
      (i32.and (i32.add (global.get $top) (i32.sub (local.get $align) (i32.const 1)))
               (i32.sub (i32.const 0) (local.get $align))))
    (global.get $top)
    (global.set $top (i32.add (global.get $top) (local.get $size)))
    (if (i32.gt_u (global.get $top) (i32.const 0x40000)) (then unreachable)))

  ;; The payload of a `result` at 16 whose case has to be `ok`.
  (func $ok (result i32)
    (if (i32.load8_u (i32.const 16)) (then unreachable))
    (i32.load (i32.const 20)))

  (func $hello (param $outparam i32)
    (local $response i32) (local $body i32) (local $stream i32)
    (local.set $response (call $response (call $fields)))
    (call $body (local.get $response) (i32.const 16))
    (local.set $body (call $ok))
    (call $set (local.get $outparam) (i32.const 0) (local.get $response) (i32.const 0) (i64.const 0)
               (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0))
    (call $body-stream (local.get $body) (i32.const 16))
    (local.set $stream (call $ok))
    (call $write (local.get $stream) (i32.const 1024) (i32.const 6) (i32.const 16))
    (call $drop-output (local.get $stream))
    (call $finish (local.get $body) (i32.const 0) (i32.const 0) (i32.const 16)))

  (func $recurse (call $recurse))

  ;; In a thousand messages: one may have no more than 1,024.
  (func $headers
    (local $fields i32) (local $left i32)
    (local.set $left (i32.const 1000000))
    (loop $more
      (if (i32.eqz (i32.rem_u (local.get $left) (i32.const 1000))) (then (local.set $fields (call $fields))))
      (call $append (local.get $fields) (i32.const 1024) (i32.const 5) (i32.const 1024) (i32.const 5) (i32.const 16))
      (br_if $more (local.tee $left (i32.sub (local.get $left) (i32.const 1))))))

  (func $flood
    (local $stdout i32)
    (local.set $stdout (call $stdout))
    (loop $more
      (call $write (local.get $stdout) (i32.const 0) (i32.const 4096) (i32.const 16))
      (br $more)))

  (func $read-all (param $request i32)
    (local $in i32)
    (call $consume (local.get $request) (i32.const 16))
    (call $stream (call $ok) (i32.const 16))
    (local.set $in (call $ok))
    (loop $more
      (global.set $top (i32.const 4096))
      (call $read (local.get $in) (i64.const 4096) (i32.const 16))
      (br_if $more (i32.eqz (i32.load8_u (i32.const 16))))))

  ;; The second letter of the path tells its cases apart.
  (func (export "wasi:http/incoming-handler@0.2.0#handle") (param $request i32) (param $outparam i32)
    (local $letter i32)
    (global.set $top (i32.const 4096))
    (call $path (local.get $request) (i32.const 16))
    (if (i32.ge_u (i32.load (i32.const 24)) (i32.const 2))
      (then (local.set $letter (i32.load8_u offset=1 (i32.load (i32.const 20))))))
    (if (i32.eq (local.get $letter) (i32.const 0x73)) (then (loop $spin (br $spin)))) ;; s
    (if (i32.eq (local.get $letter) (i32.const 0x72)) (then (call $recurse))) ;; r
    (if (i32.eq (local.get $letter) (i32.const 0x6d)) ;; m
      (then (loop $grow (br_if $grow (i32.ne (memory.grow (i32.const 1)) (i32.const -1))))))
    (if (i32.eq (local.get $letter) (i32.const 0x66)) (then (call $headers))) ;; f
    (if (i32.eq (local.get $letter) (i32.const 0x6e)) ;; n
      (then (loop $more (drop (call $fields)) (br $more))))
    (if (i32.eq (local.get $letter) (i32.const 0x6f)) (then (call $flood))) ;; o
    (if (i32.eq (local.get $letter) (i32.const 0x62)) (then (call $read-all (local.get $request)))) ;; b
    (call $hello (local.get $outparam))
    (call $drop-request (local.get $request))))
