// What host functions with C++ types can say beyond a value: that a list lies in the guest's memory
// already, and that the guest ends with a certain trap. airwasm/component_host_call.h declares it.
#pragma once

#include "airwasm/component_host_call.h"
