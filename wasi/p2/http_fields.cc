// wasi:http/types: fields.
#include <span>
#include <tuple>

#include "wasi/p2/http.h"

namespace airwasm::wasi::p2 {
namespace {

using http::FieldProblem;
using Self = Borrow<HttpFields>;
using Value = std::vector<uint8_t>;
using ValueView = std::span<const uint8_t>;
using Changed = WitResult<std::monostate, HeaderError>;

std::string_view Text(ValueView value) {
  return {reinterpret_cast<const char*>(value.data()), value.size()};
}
Value Bytes(const std::string& text) {
  return Value(text.begin(), text.end());
}

HeaderError ToWit(FieldProblem problem) {
  switch (problem) {
    case FieldProblem::kInvalidSyntax:
      return HeaderError(std::in_place_index<0>);
    case FieldProblem::kForbidden:
      return HeaderError(std::in_place_index<1>);
    case FieldProblem::kImmutable:
      return HeaderError(std::in_place_index<2>);
  }
  return {};
}

// May a field be set? A forbidden name may be deleted, which does nothing.
std::optional<FieldProblem> Check(std::string_view name) {
  if (!http::IsToken(name)) return FieldProblem::kInvalidSyntax;
  if (http::IsForbidden(name)) return FieldProblem::kForbidden;
  return std::nullopt;
}
std::optional<FieldProblem> Check(std::string_view name, ValueView value) {
  if (const auto problem = Check(name)) return problem;
  if (!http::IsFieldValue(Text(value))) return FieldProblem::kInvalidSyntax;
  return std::nullopt;
}

absl::Status TooMuch() {
  return absl::ResourceExhaustedError("fields: more names and values than a message may have");
}

uint64_t Cost(std::string_view name, ValueView value) {
  return http::CostOf(name, value.size());
}

// The account goes with the fields, into a message that may outlive the guest.
absl::StatusOr<Own<HttpFields>> AddMutable(Context& context, http::Fields fields,
                                           std::shared_ptr<security::HeldBytes> held) {
  auto resource = std::make_unique<HttpFields>(With(std::move(fields), held), false);
  resource->held = std::move(held);
  return context.Add(std::move(resource));
}

absl::StatusOr<WitResult<Own<HttpFields>, HeaderError>> FromList(
    HostCall& call, const std::vector<std::tuple<std::string, ValueView>>& entries) {
  using Result = WitResult<Own<HttpFields>, HeaderError>;
  http::Fields fields;
  Context& context = Context::Of(call);
  const auto held = Account(context);
  for (const auto& [name, value] : entries) {
    if (const auto problem = Check(name, value)) return Result::Err(ToWit(*problem));
    if (!held->Add(Cost(name, value))) return context.EndsGuestForQuota();
    if (!fields.Append(name, Text(value))) return TooMuch();
  }
  auto handle = AddMutable(context, std::move(fields), held);
  if (!handle.ok()) return handle.status();
  return Result::Ok(*handle);
}

// The fields that a call is about, which its record says.
HttpFields& Used(HostCall& call, Self handle) {
  HttpFields& self = Context::Get(handle);
  if (security::Guard* const guard = Context::Of(call).guard(); guard != nullptr && self.by != 0)
    guard->Describe(self.by, {});
  return self;
}

absl::StatusOr<Changed> Set(HostCall& call, Self handle, std::string_view name,
                            const std::vector<ValueView>& values) {
  HttpFields& self = Used(call, handle);
  if (self.immutable) return Changed::Err(ToWit(FieldProblem::kImmutable));
  std::optional<FieldProblem> problem = Check(name);
  for (const ValueView value : values) {
    if (!problem) problem = Check(name, value);
  }
  if (problem) return Changed::Err(ToWit(*problem));
  self.fields->Delete(name);
  for (const ValueView value : values) {
    if (self.held != nullptr && !self.held->Add(Cost(name, value))) return TooMuch();
    if (!self.fields->Append(name, Text(value))) return TooMuch();
  }
  return Changed::Ok();
}

absl::StatusOr<Changed> Append(HostCall& call, Self handle, std::string_view name,
                               ValueView value) {
  HttpFields& self = Used(call, handle);
  if (self.immutable) return Changed::Err(ToWit(FieldProblem::kImmutable));
  if (const auto problem = Check(name, value)) return Changed::Err(ToWit(*problem));
  if (self.held != nullptr && !self.held->Add(Cost(name, value))) return TooMuch();
  if (!self.fields->Append(name, Text(value))) return TooMuch();
  return Changed::Ok();
}

Changed Delete(HostCall& call, Self handle, std::string_view name) {
  HttpFields& self = Used(call, handle);
  if (self.immutable) return Changed::Err(ToWit(FieldProblem::kImmutable));
  if (const auto problem = Check(name)) return Changed::Err(ToWit(*problem));
  self.fields->Delete(name);
  return Changed::Ok();
}

}  // namespace

std::shared_ptr<security::HeldBytes> Account(const Context& context) {
  return std::make_shared<security::HeldBytes>(context.config().meter);
}

std::shared_ptr<http::Fields> With(http::Fields fields, std::shared_ptr<security::HeldBytes> held) {
  struct Accounted {
    http::Fields fields;
    std::shared_ptr<security::HeldBytes> held;
  };
  auto both = std::make_shared<Accounted>(Accounted{std::move(fields), std::move(held)});
  return std::shared_ptr<http::Fields>(both, &both->fields);
}

std::shared_ptr<http::Fields> ChargedCopy(const Context& context, const http::Fields& fields,
                                          uint64_t more) {
  auto held = Account(context);
  if (!held->Add(fields.cost() + more)) return nullptr;
  return With(fields, std::move(held));
}

absl::StatusOr<Own<HttpFields>> AddHeaders(Context& context,
                                           const std::shared_ptr<http::Fields>& fields,
                                           security::CapabilitySet by) {
  return context.Add(std::make_unique<HttpFields>(fields, true, by));
}

std::shared_ptr<http::Fields> TakeFields(Own<HttpFields> handle) {
  const std::unique_ptr<HttpFields> taken = Context::Take(handle);
  // What is immutable is another message's.
  return taken->immutable ? std::make_shared<http::Fields>(*taken->fields) : taken->fields;
}

void DefineHttpFields(Interface& types) {
  types.Resource<HttpFields>("fields")
      .Fits(0)
      .Func("[constructor]fields",
            [](HostCall& call) {
              Context& context = Context::Of(call);
              return AddMutable(context, {}, Account(context));
            })
      .Func("[static]fields.from-list",
            [](HostCall& call, const std::vector<std::tuple<std::string, ValueView>>& entries) {
              return FromList(call, entries);
            })
      .Func("[method]fields.get",
            [](HostCall& call, Self self, std::string_view name) {
              std::vector<Value> values;
              for (const http::Field& field : Used(call, self).fields->entries()) {
                if (http::EqualNames(field.name, name)) values.push_back(Bytes(field.value));
              }
              return values;
            })
      .Func("[method]fields.has",
            [](HostCall& call, Self self, std::string_view name) {
              return Used(call, self).fields->Has(name);
            })
      .Func("[method]fields.set",
            [](HostCall& call, Self self, std::string_view name,
               const std::vector<ValueView>& values) { return Set(call, self, name, values); })
      .Func("[method]fields.delete", [](HostCall& call, Self self,
                                        std::string_view name) { return Delete(call, self, name); })
      .Func("[method]fields.append",
            [](HostCall& call, Self self, std::string_view name, ValueView value) {
              return Append(call, self, name, value);
            })
      .Func("[method]fields.entries",
            [](HostCall& call, Self self) {
              std::vector<std::tuple<std::string, Value>> entries;
              for (const http::Field& field : Used(call, self).fields->entries())
                entries.emplace_back(field.name, Bytes(field.value));
              return entries;
            })
      .Func("[method]fields.clone", [](HostCall& call, Self self) {
        Context& context = Context::Of(call);
        const http::Fields& fields = *Used(call, self).fields;
        auto held = Account(context);
        if (!held->Add(fields.cost()))
          return absl::StatusOr<Own<HttpFields>>(context.EndsGuestForQuota());
        return AddMutable(context, fields, std::move(held));
      });
}

}  // namespace airwasm::wasi::p2
