;; A handler of HTTP requests; what it does is in the path:
;;   /echo                 gives the body back
;;   /proxy?HOST:PORT      asks http://HOST:PORT/ and gives its body back; a failure to connect ends in an error
;;   /none                 returns without a response
;;   /trap                 traps
;;   /spin                 never ends
;;   anything else         "hello\n"
;; Strings and lists that come in lie behind 4096 and are forgotten with each request; results of functions at 16.
(module
  (import "wasi:io/poll@0.2.0" "[method]pollable.block" (func $block (param i32)))
  (import "wasi:io/poll@0.2.0" "[resource-drop]pollable" (func $drop-pollable (param i32)))
  (import "wasi:io/streams@0.2.0" "[method]input-stream.blocking-read" (func $read (param i32 i64 i32)))
  (import "wasi:io/streams@0.2.0" "[method]output-stream.blocking-write-and-flush" (func $write (param i32 i32 i32 i32)))
  (import "wasi:io/streams@0.2.0" "[resource-drop]input-stream" (func $drop-input (param i32)))
  (import "wasi:io/streams@0.2.0" "[resource-drop]output-stream" (func $drop-output (param i32)))
  (import "wasi:io/error@0.2.0" "[resource-drop]error" (func $drop-error (param i32)))
  (import "wasi:http/types@0.2.0" "[constructor]fields" (func $fields (result i32)))
  (import "wasi:http/types@0.2.0" "[method]incoming-request.path-with-query" (func $path (param i32 i32)))
  (import "wasi:http/types@0.2.0" "[method]incoming-request.consume" (func $consume-request (param i32 i32)))
  (import "wasi:http/types@0.2.0" "[resource-drop]incoming-request" (func $drop-request (param i32)))
  (import "wasi:http/types@0.2.0" "[resource-drop]response-outparam" (func $drop-outparam (param i32)))
  (import "wasi:http/types@0.2.0" "[constructor]outgoing-response" (func $response (param i32) (result i32)))
  (import "wasi:http/types@0.2.0" "[method]outgoing-response.body" (func $body (param i32 i32)))
  (import "wasi:http/types@0.2.0" "[static]response-outparam.set"
    (func $set (param i32 i32 i32 i32 i64 i32 i32 i32 i32)))
  (import "wasi:http/types@0.2.0" "[method]outgoing-body.write" (func $body-stream (param i32 i32)))
  (import "wasi:http/types@0.2.0" "[static]outgoing-body.finish" (func $finish (param i32 i32 i32 i32)))
  (import "wasi:http/types@0.2.0" "[constructor]outgoing-request" (func $request (param i32) (result i32)))
  (import "wasi:http/types@0.2.0" "[method]outgoing-request.set-scheme"
    (func $set-scheme (param i32 i32 i32 i32 i32) (result i32)))
  (import "wasi:http/types@0.2.0" "[method]outgoing-request.set-authority"
    (func $set-authority (param i32 i32 i32 i32) (result i32)))
  (import "wasi:http/types@0.2.0" "[method]future-incoming-response.subscribe" (func $subscribe (param i32) (result i32)))
  (import "wasi:http/types@0.2.0" "[method]future-incoming-response.get" (func $get (param i32 i32)))
  (import "wasi:http/types@0.2.0" "[resource-drop]future-incoming-response" (func $drop-future (param i32)))
  (import "wasi:http/types@0.2.0" "[method]incoming-response.consume" (func $consume (param i32 i32)))
  (import "wasi:http/types@0.2.0" "[resource-drop]incoming-response" (func $drop-response (param i32)))
  (import "wasi:http/types@0.2.0" "[method]incoming-body.stream" (func $stream (param i32 i32)))
  (import "wasi:http/types@0.2.0" "[resource-drop]incoming-body" (func $drop-body (param i32)))
  (import "wasi:http/outgoing-handler@0.2.0" "handle" (func $send (param i32 i32 i32 i32)))

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

  ;; The second letter of the path tells its cases apart.
  (func $letter (param $path i32) (param $length i32) (result i32)
    (if (result i32) (i32.lt_u (local.get $length) (i32.const 2))
      (then (i32.const 0))
      (else (i32.load8_u offset=1 (local.get $path)))))

  ;; The payload of a `result` at 16 whose case has to be `ok`.
  (func $ok (result i32)
    (if (i32.load8_u (i32.const 16)) (then unreachable))
    (i32.load (i32.const 20)))

  ;; Sets a response with a body, and returns the body.
  (func $respond (param $outparam i32) (result i32)
    (local $response i32) (local $body i32)
    (local.set $response (call $response (call $fields)))
    (call $body (local.get $response) (i32.const 16))
    (local.set $body (call $ok))
    (call $set (local.get $outparam) (i32.const 0) (local.get $response) (i32.const 0) (i64.const 0)
               (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0))
    (local.get $body))

  ;; error-code.internal-error(none)
  (func $fail (param $outparam i32)
    (call $set (local.get $outparam) (i32.const 1) (i32.const 38) (i32.const 0) (i64.const 0)
               (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)))

  (func $done (param $body i32)
    (call $finish (local.get $body) (i32.const 0) (i32.const 0) (i32.const 16))
    (if (i32.load8_u (i32.const 16)) (then unreachable)))

  (func $hello (param $outparam i32)
    (local $body i32) (local $stream i32)
    (local.set $body (call $respond (local.get $outparam)))
    (call $body-stream (local.get $body) (i32.const 16))
    (local.set $stream (call $ok))
    (call $write (local.get $stream) (i32.const 1024) (i32.const 6) (i32.const 16))
    (call $drop-output (local.get $stream))
    (call $done (local.get $body)))

  ;; Answers with what the incoming body has.
  (func $copy (param $from i32) (param $outparam i32)
    (local $in i32) (local $body i32) (local $out i32)
    (call $stream (local.get $from) (i32.const 16))
    (local.set $in (call $ok))
    (local.set $body (call $respond (local.get $outparam)))
    (call $body-stream (local.get $body) (i32.const 16))
    (local.set $out (call $ok))
    (block $end
      (loop $more
        (global.set $top (i32.const 4096))
        (call $read (local.get $in) (i64.const 4096) (i32.const 16))
        (if (i32.load8_u (i32.const 16))
          (then
            ;; last-operation-failed has an error; closed is the end.
            (if (i32.eqz (i32.load8_u (i32.const 20))) (then unreachable))
            (br $end)))
        (call $write (local.get $out) (i32.load (i32.const 20)) (i32.load (i32.const 24)) (i32.const 16))
        (br_if $more (i32.eqz (i32.load8_u (i32.const 16))))
        (unreachable)))
    (call $drop-output (local.get $out))
    (call $drop-input (local.get $in))
    (call $drop-body (local.get $from))
    (call $done (local.get $body)))

  (func $echo (param $request i32) (param $outparam i32)
    (call $consume-request (local.get $request) (i32.const 16))
    (call $copy (call $ok) (local.get $outparam)))

  ;; `$authority` is what follows "/proxy?".
  (func $proxy (param $outparam i32) (param $authority i32) (param $length i32)
    (local $request i32) (local $future i32) (local $pollable i32) (local $response i32)
    (local.set $request (call $request (call $fields)))
    (drop (call $set-scheme (local.get $request) (i32.const 1) (i32.const 0) (i32.const 0) (i32.const 0)))
    (if (call $set-authority (local.get $request) (i32.const 1) (local.get $authority) (local.get $length))
      (then unreachable))
    (call $send (local.get $request) (i32.const 0) (i32.const 0) (i32.const 16))
    (if (i32.load8_u (i32.const 16)) (then (call $fail (local.get $outparam)) (return)))
    (local.set $future (i32.load (i32.const 24)))
    (local.set $pollable (call $subscribe (local.get $future)))
    (call $block (local.get $pollable))
    (call $drop-pollable (local.get $pollable))
    (call $get (local.get $future) (i32.const 16))
    (call $drop-future (local.get $future))
    ;; some(ok(...)) it is now.
    (if (i32.ne (i32.load8_u (i32.const 16)) (i32.const 1)) (then unreachable))
    (if (i32.load8_u (i32.const 24)) (then unreachable))
    (if (i32.load8_u (i32.const 32)) (then (call $fail (local.get $outparam)) (return)))
    (local.set $response (i32.load (i32.const 40)))
    (call $consume (local.get $response) (i32.const 16))
    (call $copy (call $ok) (local.get $outparam))
    (call $drop-response (local.get $response)))

  (func (export "wasi:http/incoming-handler@0.2.0#handle") (param $request i32) (param $outparam i32)
    (local $path i32) (local $length i32) (local $letter i32)
    (global.set $top (i32.const 4096))
    (call $path (local.get $request) (i32.const 16))
    (local.set $path (i32.load (i32.const 20)))
    (local.set $length (i32.load (i32.const 24)))
    (local.set $letter (call $letter (local.get $path) (local.get $length)))
    (block $case
      (if (i32.eq (local.get $letter) (i32.const 0x65)) ;; e
        (then (call $echo (local.get $request) (local.get $outparam)) (br $case)))
      (if (i32.eq (local.get $letter) (i32.const 0x70)) ;; p
        (then
          (call $proxy (local.get $outparam) (i32.add (local.get $path) (i32.const 7))
                       (i32.sub (local.get $length) (i32.const 7)))
          (br $case)))
      (if (i32.eq (local.get $letter) (i32.const 0x6e)) ;; n
        (then (call $drop-outparam (local.get $outparam)) (br $case)))
      (if (i32.eq (local.get $letter) (i32.const 0x74)) (then unreachable)) ;; t
      (if (i32.eq (local.get $letter) (i32.const 0x73)) (then (loop $spin (br $spin)))) ;; s
      (call $hello (local.get $outparam)))
    (call $drop-request (local.get $request))))
