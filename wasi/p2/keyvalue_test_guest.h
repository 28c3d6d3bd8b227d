// wasi:keyvalue as a guest of these tests imports it.
#pragma once

#include <vector>

#include "wasi/p2/test_guest.h"

namespace airwasm::wasi::p2 {

#define BUCKET "(param \"bucket\" (borrow $bucket))"
#define SELF "(param \"self\" (borrow $bucket))"
#define KEY "(param \"key\" string)"

inline std::vector<TestInterface> KeyValueInterfaces() {
  return {
      {"wasi:keyvalue/store",
       {{"bucket", ""},
        {"error",
         "(variant (case \"no-such-store\") (case \"access-denied\") (case \"other\" string))"},
        {"key-response",
         "(record (field \"keys\" (list string)) (field \"cursor\" (option u64)))"}},
       {{"open", "(param \"identifier\" string) (result (result (own $bucket) (error $error)))",
         "ii:r"},
        {"[method]bucket.get", SELF KEY "(result (result (option (list u8)) (error $error)))",
         "bii:r"},
        {"[method]bucket.set",
         SELF KEY "(param \"value\" (list u8)) (result (result (error $error)))", "biiii:r"},
        {"[method]bucket.delete", SELF KEY "(result (result (error $error)))", "bii:r"},
        {"[method]bucket.exists", SELF KEY "(result (result bool (error $error)))", "bii:r"},
        {"[method]bucket.list-keys",
         SELF "(param \"cursor\" (option u64)) (result (result $key-response (error $error)))",
         "biI:r"}}},
      {"wasi:keyvalue/atomics",
       {{"bucket", "use"}, {"error", "use"}},
       {{"increment", BUCKET KEY "(param \"delta\" u64) (result (result u64 (error $error)))",
         "biiI:r"}}},
      {"wasi:keyvalue/batch",
       {{"bucket", "use"}, {"error", "use"}},
       {{"get-many",
         BUCKET "(param \"keys\" (list string))"
                "(result (result (list (option (tuple string (list u8)))) (error $error)))",
         "bii:r"},
        {"set-many",
         BUCKET "(param \"key-values\" (list (tuple string (list u8))))"
                "(result (result (error $error)))",
         "bii:r"},
        {"delete-many", BUCKET "(param \"keys\" (list string)) (result (result (error $error)))",
         "bii:r"}}},
  };
}

#undef BUCKET
#undef SELF
#undef KEY

}  // namespace airwasm::wasi::p2
