// The interfaces of WASI 0.2 in the text format, as far as TestGuest calls them.
#include "wasi/p2/test_guest.h"

namespace airwasm::wasi::p2 {
namespace {

#define FILE_RESULT "(result (result (error $error-code)))"
#define STREAM_RESULT "(result (result (error $stream-error)))"
#define STREAM_U64 "(result (result u64 (error $stream-error)))"
#define IN "(param \"self\" (borrow $input-stream))"
#define OUT "(param \"self\" (borrow $output-stream))"
#define SELF "(param \"self\" (borrow $descriptor))"
#define PATH_FLAGS "(param \"path-flags\" $path-flags)"
#define PATH "(param \"path\" string)"
#define TIMES                                        \
  "(param \"data-access-timestamp\" $new-timestamp)" \
  "(param \"data-modification-timestamp\" $new-timestamp)"

TestInterface Streams() {
  return {
      "wasi:io/streams",
      {{"error", "use"},
       {"pollable", "use"},
       {"input-stream", ""},
       {"output-stream", ""},
       {"stream-error",
        "(variant (case \"last-operation-failed\" (own $error)) (case \"closed\"))"}},
      {
          {"[method]input-stream.read",
           IN "(param \"len\" u64) (result (result (list u8) (error $stream-error)))", "bI:r"},
          {"[method]input-stream.blocking-read",
           IN "(param \"len\" u64) (result (result (list u8) (error $stream-error)))", "bI:r"},
          {"[method]input-stream.skip", IN "(param \"len\" u64)" STREAM_U64, "bI:r"},
          {"[method]input-stream.blocking-skip", IN "(param \"len\" u64)" STREAM_U64, "bI:r"},
          {"[method]input-stream.subscribe", IN "(result (own $pollable))", "b:i"},
          {"[method]output-stream.check-write", OUT STREAM_U64, "b:r"},
          {"[method]output-stream.write", OUT "(param \"contents\" (list u8))" STREAM_RESULT,
           "bii:r"},
          {"[method]output-stream.blocking-write-and-flush",
           OUT "(param \"contents\" (list u8))" STREAM_RESULT, "bii:r"},
          {"[method]output-stream.flush", OUT STREAM_RESULT, "b:r"},
          {"[method]output-stream.blocking-flush", OUT STREAM_RESULT, "b:r"},
          {"[method]output-stream.subscribe", OUT "(result (own $pollable))", "b:i"},
          {"[method]output-stream.write-zeroes", OUT "(param \"len\" u64)" STREAM_RESULT, "bI:r"},
          {"[method]output-stream.blocking-write-zeroes-and-flush",
           OUT "(param \"len\" u64)" STREAM_RESULT, "bI:r"},
          {"[method]output-stream.splice",
           OUT "(param \"src\" (borrow $input-stream)) (param \"len\" u64)" STREAM_U64, "bbI:r"},
          {"[method]output-stream.blocking-splice",
           OUT "(param \"src\" (borrow $input-stream)) (param \"len\" u64)" STREAM_U64, "bbI:r"},
      }};
}

std::vector<TestType> FileTypes() {
  return {
      {"input-stream", "use"},
      {"output-stream", "use"},
      {"error", "use"},
      {"datetime", "use"},
      {"descriptor", ""},
      {"directory-entry-stream", ""},
      {"descriptor-type",
       "(enum \"unknown\" \"block-device\" \"character-device\" \"directory\" \"fifo\" "
       "\"symbolic-link\" \"regular-file\" \"socket\")"},
      {"descriptor-flags",
       "(flags \"read\" \"write\" \"file-integrity-sync\" \"data-integrity-sync\" "
       "\"requested-write-sync\" \"mutate-directory\")"},
      {"path-flags", "(flags \"symlink-follow\")"},
      {"open-flags", "(flags \"create\" \"directory\" \"exclusive\" \"truncate\")"},
      {"new-timestamp",
       "(variant (case \"no-change\") (case \"now\") (case \"timestamp\" $datetime))"},
      {"directory-entry", "(record (field \"type\" $descriptor-type) (field \"name\" string))"},
      {"descriptor-stat",
       "(record (field \"type\" $descriptor-type) (field \"link-count\" u64) (field \"size\" u64)"
       "(field \"data-access-timestamp\" (option $datetime))"
       "(field \"data-modification-timestamp\" (option $datetime))"
       "(field \"status-change-timestamp\" (option $datetime)))"},
      {"error-code",
       "(enum \"access\" \"would-block\" \"already\" \"bad-descriptor\" \"busy\" \"deadlock\" "
       "\"quota\" \"exist\" \"file-too-large\" \"illegal-byte-sequence\" \"in-progress\" "
       "\"interrupted\" \"invalid\" \"io\" \"is-directory\" \"loop\" \"too-many-links\" "
       "\"message-size\" \"name-too-long\" \"no-device\" \"no-entry\" \"no-lock\" "
       "\"insufficient-memory\" \"insufficient-space\" \"not-directory\" \"not-empty\" "
       "\"not-recoverable\" \"unsupported\" \"no-tty\" \"no-such-device\" \"overflow\" "
       "\"not-permitted\" \"pipe\" \"read-only\" \"invalid-seek\" \"text-file-busy\" "
       "\"cross-device\")"},
      {"advice",
       "(enum \"normal\" \"sequential\" \"random\" \"will-need\" \"dont-need\" \"no-reuse\")"},
      {"metadata-hash-value", "(record (field \"lower\" u64) (field \"upper\" u64))"},
  };
}

std::vector<TestFunc> FileFuncs() {
  return {
      {"[method]descriptor.read-via-stream",
       SELF "(param \"offset\" u64) (result (result (own $input-stream) (error $error-code)))",
       "bI:r"},
      {"[method]descriptor.write-via-stream",
       SELF "(param \"offset\" u64) (result (result (own $output-stream) (error $error-code)))",
       "bI:r"},
      {"[method]descriptor.append-via-stream",
       SELF "(result (result (own $output-stream) (error $error-code)))", "b:r"},
      {"[method]descriptor.advise",
       SELF "(param \"offset\" u64) (param \"length\" u64) (param \"advice\" $advice)" FILE_RESULT,
       "bIIi:r"},
      {"[method]descriptor.sync-data", SELF FILE_RESULT, "b:r"},
      {"[method]descriptor.sync", SELF FILE_RESULT, "b:r"},
      {"[method]descriptor.get-flags",
       SELF "(result (result $descriptor-flags (error $error-code)))", "b:r"},
      {"[method]descriptor.get-type", SELF "(result (result $descriptor-type (error $error-code)))",
       "b:r"},
      {"[method]descriptor.set-size", SELF "(param \"size\" u64)" FILE_RESULT, "bI:r"},
      {"[method]descriptor.set-times", SELF TIMES FILE_RESULT, "biIiiIi:r"},
      {"[method]descriptor.read",
       SELF "(param \"length\" u64) (param \"offset\" u64)"
            "(result (result (tuple (list u8) bool) (error $error-code)))",
       "bII:r"},
      {"[method]descriptor.write",
       SELF "(param \"buffer\" (list u8)) (param \"offset\" u64)"
            "(result (result u64 (error $error-code)))",
       "biiI:r"},
      {"[method]descriptor.read-directory",
       SELF "(result (result (own $directory-entry-stream) (error $error-code)))", "b:r"},
      {"[method]descriptor.create-directory-at", SELF PATH FILE_RESULT, "bii:r"},
      {"[method]descriptor.stat", SELF "(result (result $descriptor-stat (error $error-code)))",
       "b:r"},
      {"[method]descriptor.stat-at",
       SELF PATH_FLAGS PATH "(result (result $descriptor-stat (error $error-code)))", "biii:r"},
      {"[method]descriptor.set-times-at", SELF PATH_FLAGS PATH TIMES FILE_RESULT, "biiiiIiiIi:r"},
      {"[method]descriptor.link-at",
       SELF
       "(param \"old-path-flags\" $path-flags) (param \"old-path\" string)"
       "(param \"new-descriptor\" (borrow $descriptor)) (param \"new-path\" string)" FILE_RESULT,
       "biiibii:r"},
      {"[method]descriptor.open-at",
       SELF PATH_FLAGS PATH "(param \"open-flags\" $open-flags) (param \"flags\" $descriptor-flags)"
                            "(result (result (own $descriptor) (error $error-code)))",
       "biiiii:r"},
      {"[method]descriptor.readlink-at", SELF PATH "(result (result string (error $error-code)))",
       "bii:r"},
      {"[method]descriptor.remove-directory-at", SELF PATH FILE_RESULT, "bii:r"},
      {"[method]descriptor.rename-at",
       SELF "(param \"old-path\" string) (param \"new-descriptor\" (borrow $descriptor))"
            "(param \"new-path\" string)" FILE_RESULT,
       "biibii:r"},
      {"[method]descriptor.symlink-at",
       SELF "(param \"old-path\" string) (param \"new-path\" string)" FILE_RESULT, "biiii:r"},
      {"[method]descriptor.unlink-file-at", SELF PATH FILE_RESULT, "bii:r"},
      {"[method]descriptor.is-same-object",
       SELF "(param \"other\" (borrow $descriptor)) (result bool)", "bb:i"},
      {"[method]descriptor.metadata-hash",
       SELF "(result (result $metadata-hash-value (error $error-code)))", "b:r"},
      {"[method]descriptor.metadata-hash-at",
       SELF PATH_FLAGS PATH "(result (result $metadata-hash-value (error $error-code)))", "biii:r"},
      {"[method]directory-entry-stream.read-directory-entry",
       "(param \"self\" (borrow $directory-entry-stream))"
       "(result (result (option $directory-entry) (error $error-code)))",
       "b:r"},
      {"filesystem-error-code", "(param \"err\" (borrow $error)) (result (option $error-code))",
       "b:r"},
  };
}

std::vector<TestInterface> Make() {
  return {
      {"wasi:io/error",
       {{"error", ""}},
       {{"[method]error.to-debug-string", "(param \"self\" (borrow $error)) (result string)",
         "b:r"}}},
      {"wasi:io/poll",
       {{"pollable", ""}},
       {{"[method]pollable.ready", "(param \"self\" (borrow $pollable)) (result bool)", "b:i"},
        {"[method]pollable.block", "(param \"self\" (borrow $pollable))", "b:"},
        {"poll", "(param \"in\" (list (borrow $pollable))) (result (list u32))", "ll:r"}}},
      Streams(),
      {"wasi:clocks/monotonic-clock",
       {{"pollable", "use"}},
       {{"now", "(result u64)", ":I"},
        {"resolution", "(result u64)", ":I"},
        {"subscribe-instant", "(param \"when\" u64) (result (own $pollable))", "I:i"},
        {"subscribe-duration", "(param \"when\" u64) (result (own $pollable))", "I:i"}}},
      {"wasi:clocks/wall-clock",
       {{"datetime", "(record (field \"seconds\" u64) (field \"nanoseconds\" u32))"}},
       {}},
      {"wasi:random/random",
       {},
       {{"get-random-bytes", "(param \"len\" u64) (result (list u8))", "I:r"},
        {"get-random-u64", "(result u64)", ":I"}}},
      {"wasi:random/insecure-seed", {}, {{"insecure-seed", "(result (tuple u64 u64))", ":r"}}},
      {"wasi:cli/environment",
       {},
       {{"get-environment", "(result (list (tuple string string)))", ":r"},
        {"get-arguments", "(result (list string))", ":r"},
        {"initial-cwd", "(result (option string))", ":r"}}},
      {"wasi:cli/exit", {}, {{"exit", "(param \"status\" (result))", "i:"}}},
      {"wasi:cli/stdin",
       {{"input-stream", "use"}},
       {{"get-stdin", "(result (own $input-stream))", ":i"}}},
      {"wasi:cli/stdout",
       {{"output-stream", "use"}},
       {{"get-stdout", "(result (own $output-stream))", ":i"}}},
      {"wasi:cli/terminal-output", {{"terminal-output", ""}}, {}},
      {"wasi:cli/terminal-stdout",
       {{"terminal-output", "use"}},
       {{"get-terminal-stdout", "(result (option (own $terminal-output)))", ":r"}}},
      {"wasi:filesystem/types", FileTypes(), FileFuncs()},
      {"wasi:filesystem/preopens",
       {{"descriptor", "use"}},
       {{"get-directories", "(result (list (tuple (own $descriptor) string)))", ":r"}}},
  };
}

}  // namespace

const std::vector<TestInterface>& WasiInterfaces() {
  static const auto* const kInterfaces = new std::vector<TestInterface>(Make());
  return *kInterfaces;
}

}  // namespace airwasm::wasi::p2
