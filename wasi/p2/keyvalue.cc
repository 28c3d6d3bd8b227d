// wasi:keyvalue: store, atomics and batch, on wasi/keyvalue.
//
// A guest opens the stores that it was given, by their identifiers; no others exist for it.
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "wasi/keyvalue/store.h"
#include "wasi/p2/interface.h"

namespace airwasm::wasi::p2 {

// variant error { no-such-store, access-denied, other(string) }
using StoreError = std::variant<std::monostate, std::monostate, std::string>;
template <>
struct DenialError<StoreError> {
  static StoreError Make(Context&) { return StoreError(std::in_place_index<1>); }
};

namespace {

using Value = keyvalue::Store::Value;

// What batches may be answered with. Spec: canonical ABI, MAX_LIST_BYTE_LENGTH.
constexpr size_t kMaxAnswerBytes = (size_t{1} << 28) - 1;

// resource bucket
struct Bucket : Resource {
  Bucket(std::shared_ptr<keyvalue::Store> s, std::string id)
      : store(std::move(s)), identifier(std::move(id)) {}
  std::shared_ptr<keyvalue::Store> store;
  const std::string identifier;
  security::Permit reads;
  security::Permit writes;
};

template <typename T>
using Outcome = absl::StatusOr<WitResult<T, StoreError>>;

// record key-response
struct KeyResponse {
  std::vector<std::string> keys;
  std::optional<uint64_t> cursor;
};
AIRWASM_RECORD(KeyResponse, keys, cursor);

template <typename T>
Outcome<T> Fail(HostCall& call, const absl::Status& status) {
  if (absl::IsAborted(status)) {
    if (const host::Error e = Context::Of(call).waiter().Check(); !e.ok())
      return Context::EndsGuest(e);
  }
  if (absl::IsPermissionDenied(status))
    return WitResult<T, StoreError>::Err(StoreError(std::in_place_index<1>));
  return WitResult<T, StoreError>::Err(
      StoreError(std::in_place_index<2>, std::string(status.message())));
}
template <typename T>
Outcome<T> Finish(HostCall& call, absl::StatusOr<T> result) {
  if (!result.ok()) return Fail<T>(call, result.status());
  return WitResult<T, StoreError>::Ok(*std::move(result));
}
Outcome<std::monostate> Finish(HostCall& call, const absl::Status& status) {
  if (!status.ok()) return Fail<std::monostate>(call, status);
  return WitResult<std::monostate, StoreError>::Ok();
}

// The store behind a bucket, if the guest's guard lets it be read, or changed.
absl::StatusOr<keyvalue::Store*> StoreOf(HostCall& call, Borrow<Bucket> handle,
                                         security::CapabilitySet asked) {
  Bucket& bucket = Context::Get(handle);
  security::Guard* const guard = Context::Of(call).guard();
  security::Permit& permit = asked == asks::kKvRead ? bucket.reads : bucket.writes;
  if (guard != nullptr && !guard->Allow(asked, security::Object::Name(bucket.identifier), permit))
    return absl::PermissionDeniedError("the guest may not use this store");
  return bucket.store.get();
}

// What a function of a bucket does with its store.
template <typename Body>
auto With(HostCall& call, Borrow<Bucket> bucket, security::CapabilitySet asked, const Body& body) {
  using Ret = decltype(body(std::declval<keyvalue::Store&>()));
  absl::StatusOr<keyvalue::Store*> store = StoreOf(call, bucket, asked);
  return Finish(call, store.ok() ? body(**store) : Ret(store.status()));
}

Outcome<Own<Bucket>> Open(HostCall& call, std::string_view identifier) {
  Context& context = Context::Of(call);
  if (context.guard() != nullptr &&
      !context.guard()->Allow(asks::kKeyValue, security::Object::Name(identifier)))
    return WitResult<Own<Bucket>, StoreError>::Err(StoreError(std::in_place_index<1>));
  const std::vector<KeyValueStore>& named = context.config().key_value_stores;
  for (size_t i = 0; i < named.size(); ++i) {
    if (named[i].identifier != identifier) continue;
    if (!context.key_value_stores()[i]->ChargeKept()) return context.EndsGuestForQuota();
    absl::StatusOr<Own<Bucket>> bucket = context.Add(
        std::make_unique<Bucket>(context.key_value_stores()[i], std::string(identifier)));
    if (!bucket.ok()) return bucket.status();
    return WitResult<Own<Bucket>, StoreError>::Ok(*bucket);
  }
  return WitResult<Own<Bucket>, StoreError>::Err(StoreError(std::in_place_index<0>));
}

absl::StatusOr<KeyResponse> ListKeys(keyvalue::Store& store, std::optional<uint64_t> cursor,
                                     const keyvalue::Store::Charge& charge) {
  absl::StatusOr<keyvalue::Store::Keys> keys = store.List(cursor, charge);
  if (!keys.ok()) return keys.status();
  return KeyResponse{std::move(keys->keys), keys->cursor};
}

using Pair = std::tuple<std::string, Value>;
using Pairs = std::vector<std::optional<Pair>>;

absl::StatusOr<Pairs> GetMany(keyvalue::Store& store, const std::vector<std::string>& keys,
                              const keyvalue::Store::Charge& charge) {
  Pairs pairs;
  size_t bytes = 0;
  for (const std::string& key : keys) {
    if (!charge(sizeof(Pairs::value_type) + key.size()))
      return absl::ResourceExhaustedError("get-many: too many keys");
    absl::StatusOr<std::optional<Value>> value = store.Get(key, charge);
    if (!value.ok()) return value.status();
    pairs.emplace_back();
    if (!*value) continue;
    bytes += (*value)->size() + key.size();
    if (bytes > kMaxAnswerBytes)
      return absl::ResourceExhaustedError("get-many: the values are too large together");
    pairs.back().emplace(key, **std::move(value));
  }
  return pairs;
}

// All or nothing, which costs one write to the disk instead of many.
template <typename List, typename Change>
absl::Status ChangeAll(keyvalue::Store& store, const List& list, Change change) {
  absl::Status status = store.Begin();
  if (!status.ok()) return status;
  for (const auto& item : list) {
    status = change(item);
    if (!status.ok()) break;
  }
  return store.End(status);
}

void DefineStore(ComponentLinker& linker, absl::Status* status) {
  Interface(linker, "wasi:keyvalue/store", asks::kKvRead, status, kKeyValueVersion)
      .Resource<Bucket>("bucket")
      .Func("open", asks::kKeyValue,
            [](HostCall& call, std::string_view identifier) { return Open(call, identifier); })
      .Func("[method]bucket.get",
            [](HostCall& call, Borrow<Bucket> self, std::string_view key) {
              security::HeldBytes held(Context::Of(call).config().meter);
              return With(call, self, asks::kKvRead, [&](keyvalue::Store& store) {
                return store.Get(key, [&](uint64_t bytes) { return held.Add(bytes); });
              });
            })
      .Func("[method]bucket.set", asks::kKvWrite,
            [](HostCall& call, Borrow<Bucket> self, std::string_view key,
               std::span<const uint8_t> value) {
              return With(call, self, asks::kKvWrite,
                          [&](keyvalue::Store& store) { return store.Set(key, value); });
            })
      .Func("[method]bucket.delete", asks::kKvWrite,
            [](HostCall& call, Borrow<Bucket> self, std::string_view key) {
              return With(call, self, asks::kKvWrite,
                          [&](keyvalue::Store& store) { return store.Delete(key); });
            })
      .Func("[method]bucket.exists",
            [](HostCall& call, Borrow<Bucket> self, std::string_view key) {
              return With(call, self, asks::kKvRead,
                          [&](keyvalue::Store& store) { return store.Exists(key); });
            })
      .Func("[method]bucket.list-keys",
            [](HostCall& call, Borrow<Bucket> self, std::optional<uint64_t> cursor) {
              security::HeldBytes held(Context::Of(call).config().meter);
              return With(call, self, asks::kKvRead, [&](keyvalue::Store& store) {
                return ListKeys(store, cursor, [&](uint64_t bytes) { return held.Add(bytes); });
              });
            });
}

void DefineAtomicsAndBatch(ComponentLinker& linker, absl::Status* status) {
  Interface(linker, "wasi:keyvalue/atomics", asks::kKvWrite, status, kKeyValueVersion)
      .Use("bucket", "wasi:keyvalue/store", kKeyValueVersion)
      .Func("increment",
            [](HostCall& call, Borrow<Bucket> bucket, std::string_view key, uint64_t delta) {
              return With(call, bucket, asks::kKvWrite,
                          [&](keyvalue::Store& store) { return store.Increment(key, delta); });
            });
  Interface(linker, "wasi:keyvalue/batch", asks::kKvWrite, status, kKeyValueVersion)
      .Use("bucket", "wasi:keyvalue/store", kKeyValueVersion)
      .Func("get-many", asks::kKvRead,
            [](HostCall& call, Borrow<Bucket> bucket, const std::vector<std::string>& keys) {
              security::HeldBytes held(Context::Of(call).config().meter);
              return With(call, bucket, asks::kKvRead, [&](keyvalue::Store& store) {
                return GetMany(store, keys, [&](uint64_t bytes) { return held.Add(bytes); });
              });
            })
      .Func("set-many",
            [](HostCall& call, Borrow<Bucket> bucket, const std::vector<Pair>& pairs) {
              return With(call, bucket, asks::kKvWrite, [&](keyvalue::Store& store) {
                return ChangeAll(store, pairs, [&](const Pair& pair) {
                  return store.Set(std::get<0>(pair), std::get<1>(pair));
                });
              });
            })
      .Func("delete-many", [](HostCall& call, Borrow<Bucket> bucket,
                              const std::vector<std::string>& keys) {
        return With(call, bucket, asks::kKvWrite, [&](keyvalue::Store& store) {
          return ChangeAll(store, keys, [&](const std::string& key) { return store.Delete(key); });
        });
      });
}

}  // namespace

absl::Status DefineKeyValue(ComponentLinker& linker) {
  absl::Status status;
  DefineStore(linker, &status);
  DefineAtomicsAndBatch(linker, &status);
  return status;
}

absl::Status OpenKeyValueStores(Context& context) {
  for (const KeyValueStore& named : context.config().key_value_stores) {
    auto store = keyvalue::Store::Open(named, context.waiter(), context.config().meter);
    if (!store.ok()) return store.status();
    context.key_value_stores().push_back(*std::move(store));
  }
  return absl::OkStatus();
}

}  // namespace airwasm::wasi::p2
