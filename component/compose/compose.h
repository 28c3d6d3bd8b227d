// Components put together into one: exports of some satisfy imports of others.
//
// The result embeds each of them whole, imports what is left over, and exports what the first one
// exports. Imports of one interface are merged into one, of the highest version on the track, which
// has everything that any of them asks for. Values, and types that mix imports that are left with
// resources of the embedded components, are refused by the validator, not here.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace airwasm::component::compose {

struct Part {
  std::string name;  // for messages: a file's name
  std::vector<uint8_t> bytes;
};

struct Composition {
  Part main;

  // Satisfies imports of `main`, and of plugs and virtualizations that stand before it: those that
  // it exports something for, or, with `import`, the one of that name: an instance by its exports
  // as a whole, a component by itself.
  struct Plug {
    std::string import;
    Part part;
  };
  std::vector<Plug> plugs;

  // Replaces the import `name` of all the others by what `part` exports under that name; before
  // plugs. Without a version `name` means every version.
  struct Virtualization {
    std::string name;
    Part part;
  };
  std::vector<Virtualization> virtualizations;

  // Interfaces that nobody gets: their functions trap, and are imported no more. As
  // Virtualization::name.
  std::vector<std::string> denied;
};

// The bytes of the composed component. It has been validated.
//
// Errors: INVALID_ARGUMENT    a part is malformed or invalid, or the whole would be: types differ
//         FAILED_PRECONDITION a plug, virtualization or denial satisfies nothing, or parts need
//         each
//                             other in a circle
//         RESOURCE_EXHAUSTED  beyond a limit
absl::StatusOr<std::vector<uint8_t>> Compose(const Composition& composition);

}  // namespace airwasm::component::compose
