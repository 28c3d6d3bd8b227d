// Spec: canonical ABI, "canonopt Validation".
#include "component/valid/canon_options.h"

#include "component/syntax/canon_table.h"

namespace airwasm::component::valid {
namespace {

using Kind = syntax::CanonOpt::Kind;

const char* EncodingText(Kind kind) {
  if (kind == Kind::kUtf8) return "utf8";
  return kind == Kind::kUtf16 ? "utf16" : "latin1-utf16";
}

std::string Quoted(std::string_view option) {
  return "canonical option `" + std::string(option) + "`";
}

}  // namespace

Expected<ComponentValidator::CanonOptions> ComponentValidator::ReadOptions(
    const std::vector<syntax::CanonOpt>& opts, OptionsOf of) {
  if (opts.size() > limits::kCanonOptions) {
    return FailLimit("canonical options count", limits::kCanonOptions);
  }
  CanonOptions options;
  std::optional<Kind> encoding;
  std::optional<airwasm::TypeId> realloc;
  std::optional<airwasm::TypeId> callback;
  const auto twice = [this](std::string_view option) {
    return Fail(Quoted(option) + " is specified more than once: `" + std::string(option) +
                "` is specified more than once");
  };
  for (const syntax::CanonOpt& opt : opts) {
    switch (opt.kind) {
      case Kind::kUtf8:
      case Kind::kUtf16:
      case Kind::kLatin1Utf16:
        if (encoding) {
          return Fail("canonical encoding option `" + std::string(EncodingText(*encoding)) +
                      "` conflicts with option `" + EncodingText(opt.kind) + "`");
        }
        encoding = opt.kind;
        break;
      case Kind::kMemory: {
        if (options.has_memory) return twice("memory");
        ASSIGN_OR_RETURN(const MemoryType memory, CoreMemoryAt(opt.index));
        if (memory.is_64) {
          RETURN_IF_ERROR(Require(ComponentFeature::kMemory64, "64-bit memories"));
        }
        if (memory.shared) return Fail(Quoted("memory") + " cannot be a shared memory");
        if (memory.page_size_log2 != 16) {
          return Fail(Quoted("memory") + " cannot have a custom page size");
        }
        options.has_memory = true;
        options.memory64 = memory.is_64;
        break;
      }
      case Kind::kRealloc: {
        if (realloc) return twice("realloc");
        ASSIGN_OR_RETURN(realloc, CoreFuncAt(opt.index));
        break;
      }
      case Kind::kPostReturn: {
        if (options.post_return) return twice("post-return");
        ASSIGN_OR_RETURN(options.post_return, CoreFuncAt(opt.index));
        break;
      }
      case Kind::kAsync:
        if (options.async) return twice("async");
        RETURN_IF_ERROR(Require(ComponentFeature::kAsync, Quoted("async")));
        options.async = true;
        break;
      case Kind::kCallback: {
        if (callback) return twice("callback");
        RETURN_IF_ERROR(Require(ComponentFeature::kAsync, Quoted("callback")));
        ASSIGN_OR_RETURN(callback, CoreFuncAt(opt.index));
        break;
      }
    }
  }
  if (options.post_return && of != OptionsOf::kLift) {
    return Fail(Quoted("post-return") + " cannot be specified for lowerings");
  }
  if (callback && of != OptionsOf::kLift) {
    return Fail(Quoted("callback") + " cannot be specified for lowerings");
  }
  if (of == OptionsOf::kTaskReturn && (realloc || options.async)) {
    return Fail("cannot specify " + Quoted(realloc ? "realloc" : "async") + " on `task.return`");
  }
  if (of == OptionsOf::kErrorContext && options.async) {
    return Fail("cannot specify " + Quoted("async") + " on error contexts");
  }
  if (callback && !options.async) {
    return Fail("cannot specify " + Quoted("callback") + " without `async`");
  }
  if (options.post_return && options.async) {
    return Fail("cannot specify " + Quoted("post-return") + " together with `async`");
  }
  if (realloc) {
    if (!options.has_memory) {
      return Fail(Quoted("realloc") + " requires `memory` to also be specified");
    }
    const airwasm::ValType a = options.address();
    if (*realloc != registry_.InternFunc({{a, a, a, a}, {a}})) {
      return Fail(Quoted("realloc") + " uses a core function with an incorrect signature");
    }
    options.has_realloc = true;
  }
  if (callback) {
    if (*callback != registry_.InternFunc({{kI32, kI32, kI32}, {kI32}})) {
      return Fail(Quoted("callback") + " uses a core function with an incorrect signature");
    }
    options.has_callback = true;
  }
  return options;
}

// Values that are lifted out of the guest's memory need the memory, values that are lowered into it
// need its allocator too.
Checked ComponentValidator::RequireOptions(const CanonOptions& options,
                                           std::span<const ValType> out_of_guest,
                                           std::span<const ValType> into_guest) const {
  const auto any_pointer = [this](std::span<const ValType> list) {
    for (ValType type : list) {
      if (types_.values().Facts(type).has_pointer) return true;
    }
    return false;
  };
  const bool into = any_pointer(into_guest);
  if (into || any_pointer(out_of_guest)) RETURN_IF_ERROR(RequireMemory(options));
  if (into) RETURN_IF_ERROR(RequireRealloc(options));
  return Ok();
}

Checked ComponentValidator::RequireMemory(const CanonOptions& options) const {
  if (options.has_memory) return Ok();
  return Fail(Quoted("memory") + " is required");
}

Checked ComponentValidator::RequireRealloc(const CanonOptions& options) const {
  if (options.has_realloc) return Ok();
  return Fail(Quoted("realloc") + " is required");
}

}  // namespace airwasm::component::valid
