// Definitions that types of imports depend on, copied out of embedded components; and interface
// types merged into one.
#include "component/compose/composer.h"

namespace airwasm::component::compose {

using syntax::Sort;
using syntax::SortIdx;

uint32_t Composer::Ensure(Embedded& e, Sort sort, uint32_t index) {
  auto& copied = e.copied[static_cast<size_t>(sort)];
  if (const auto found = copied.find(index); found != copied.end()) return found->second;
  if (!ok()) return 0;
  if (++depth_ > kMaxDepth)
    return Fail(absl::ResourceExhaustedError(
        Concat({e.name, ": types of imports depend on each other too deeply"})));
  const SortIdx copy = CopyDefinition(e, sort, index);
  --depth_;
  copied.emplace(index, copy.index);
  return copy.index;
}

TypeCopier Composer::CopierOf(Embedded& e) {
  return TypeCopier(
      [this, &e](Sort sort, uint32_t index, uint32_t) { return Ensure(e, sort, index); }, 0);
}

SortIdx Composer::CopyDefinition(Embedded& e, Sort sort, uint32_t index) {
  const syntax::Definition& definition = e.spaces->At(sort, index);
  if (const auto* const import = std::get_if<syntax::Import>(&definition.what))
    return Satisfy(e, *import);
  // A name for what is there already.
  if (const auto* const x = std::get_if<syntax::Export>(&definition.what))
    return {sort, Ensure(e, x->item.sort, x->item.index)};
  if (const auto* const alias = std::get_if<syntax::Alias>(&definition.what)) {
    if (alias->target == syntax::Alias::Target::kOuter)
      return {sort, Ensure(e, alias->sort, alias->outer_index)};
    if (alias->target == syntax::Alias::Target::kExport) {
      const uint32_t instance = Ensure(e, Sort::kInstance, alias->instance);
      return {sort, ok() ? AliasExport(instance, sort, alias->name) : 0};
    }
  }
  const auto* const type = std::get_if<syntax::Type>(&definition.what);
  const bool is_resource =
      type != nullptr && std::holds_alternative<syntax::ResourceType>(type->type);
  if ((type != nullptr && !is_resource) ||
      std::holds_alternative<syntax::CoreType>(definition.what)) {
    syntax::Definition copy = CopierOf(e).Copy(definition, 0);
    if (!ok()) return {};
    if (auto* const core = std::get_if<syntax::CoreType>(&copy.what))
      return {sort, Append(std::move(*core))};
    return {sort, Append(std::move(std::get<syntax::Type>(copy.what)))};
  }
  // In a valid component no type of an import leads here.
  return {sort, Fail(absl::InvalidArgumentError(Concat(
                    {e.name, ": the type of an import depends on what the component defines"})))};
}

const syntax::InstanceType* Composer::InstanceTypeOf(const ImportOf& import) {
  // Types under other names are followed to where they stand.
  Sort sort = Sort::kType;
  uint32_t index = import.import->type.index;
  for (uint32_t step = 0; step < kMaxDepth; ++step) {
    const syntax::Definition& d = import.embedded->spaces->At(sort, index);
    if (const auto* const type = std::get_if<syntax::Type>(&d.what)) {
      if (const auto* const instance = std::get_if<syntax::InstanceType>(&type->type))
        return instance;
      break;
    }
    if (const auto* const x = std::get_if<syntax::Export>(&d.what)) {
      index = x->item.index;
    } else if (const auto* const i = std::get_if<syntax::Import>(&d.what)) {
      index = i->type.index;
    } else {
      break;
    }
  }
  Fail(absl::InvalidArgumentError(
      Concat({import.embedded->name, ": the type of the import `", import.import->name.name,
              "` cannot be merged with that of another component"})));
  return nullptr;
}

void Composer::MergeInto(Merged& merged, Embedded& e, const syntax::InstanceType& type) {
  // Indices within `type`, in order, and what they are within `merged`.
  std::array<std::vector<uint32_t>, kSortCount> local;
  const TypeCopier copier(
      [&](Sort sort, uint32_t index, uint32_t level) -> uint32_t {
        return level == 0 ? Ensure(e, sort, index) : local[static_cast<size_t>(sort)][index];
      },
      1);
  for (const syntax::Definition& d : type.declarators) {
    Sort sort = Sort::kFunc;
    if (!SortOfDefinition(d, &sort)) continue;
    const auto* const x = std::get_if<syntax::Export>(&d.what);
    std::vector<uint32_t>& indices = local[static_cast<size_t>(sort)];
    if (x != nullptr) {
      const auto found = merged.exports.find(x->name.name);
      if (found != merged.exports.end()) {
        if (found->second.sort != sort)
          Fail(absl::InvalidArgumentError(Concat({"`", x->name.name,
                                                  "` is exported as things of different kinds "
                                                  "by versions of one interface"})));
        indices.push_back(found->second.index);
        continue;
      }
    }
    syntax::Definition copy = copier.Copy(d, 1);
    if (!ok()) return;
    const uint32_t index = merged.counts[static_cast<size_t>(sort)]++;
    indices.push_back(index);
    if (x != nullptr) merged.exports.emplace(x->name.name, SortIdx{sort, index});
    merged.type.declarators.push_back(std::move(copy));
  }
}

}  // namespace airwasm::component::compose
