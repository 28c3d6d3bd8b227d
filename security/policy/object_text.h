// Objects from text: of the audit log (Object::ToString) and of the command line.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "airwasm/capability.h"
#include "security/base/object.h"

namespace airwasm::security {

// An object that owns its text.
class OwnedObject {
 public:
  // "/srv/a"; "TZ"; "tcp:db.internal:5432 (10.0.0.7)", where protocol (tcp) and the address that a
  // name was found to be may be left out; "GET https://h/p", where the method (GET) may be. A name
  // without an address stands for one that nothing is known of.
  // "" is the class as a whole.
  // Errors: INVALID_ARGUMENT
  static absl::StatusOr<OwnedObject> Parse(Capability c, std::string_view text);

  const Object& object() const { return object_; }

 private:
  OwnedObject() : text_(std::make_unique<std::string>()) {}

  std::unique_ptr<std::string> text_;  // what the object's views point into, wherever this is moved
  Object object_;
};

struct Action {
  Capability capability;
  OwnedObject object;
};
// "fs.read:/srv/data/x", "net.connect:db.internal:5432", "http.out:GET https://h/p", "exit".
// Errors: INVALID_ARGUMENT
absl::StatusOr<Action> ParseAction(std::string_view text);

}  // namespace airwasm::security
