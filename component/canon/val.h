// See airwasm/component_val.h.
#pragma once

#include "airwasm/component_val.h"
