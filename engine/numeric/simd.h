// All instructions on v128, by topic. Include the topic's header where only one is needed.
#pragma once

#include "engine/numeric/relaxed.h"
#include "engine/numeric/simd_convert.h"
#include "engine/numeric/simd_float.h"
#include "engine/numeric/simd_int.h"
#include "engine/numeric/simd_lane.h"
#include "engine/numeric/v128.h"
