#include "engine/tier/helpers.h"

namespace airwasm::tier {

const void* const kNativeHelpers[runtime::kNumHelpers] = {
#define AIRWASM_HELPER(name, ...) reinterpret_cast<const void*>(&Helper##name),
#include "engine/runtime/native_helpers.def"
#undef AIRWASM_HELPER
};

}  // namespace airwasm::tier
