// Values of scripts: from script to engine, and whether a result is what a script wants.
#pragma once

#include <span>
#include <string>

#include "airwasm/airwasm.h"
#include "engine/text/script.h"
#include "engine/types/type_registry.h"

namespace airwasm::wast {

Value ToValue(Store& store, const text::ScriptValue& value);
bool Matches(const TypeRegistry& types, const Value& value, const text::ResultPattern& pattern);

std::string PatternText(const text::ResultPattern& pattern);
std::string ValuesText(std::span<const Value> values);

}  // namespace airwasm::wast
