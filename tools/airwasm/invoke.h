// Calls of a component's exports by name, with values as text.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "airwasm/component_instance.h"
#include "airwasm/meter.h"

namespace airwasm::tools {

// `call` is "NAME(ARGUMENTS)", or NAME with the texts of the arguments in `args`. NAME is that of
// an exported function, or of one in an exported interface: "pkg:iface/name.f",
// "pkg:iface/name@1.2.0#f". What leaves no doubt may be left out: the version, the package, the
// interface. Prints the result on stdout and returns the exit code. `meter`: as ReportTrap.
int InvokeExport(const ComponentInstance& instance, std::string_view call,
                 std::span<const std::string> args, security::Meter* meter);

}  // namespace airwasm::tools
