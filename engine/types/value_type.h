#pragma once
#include "airwasm/value_type.h"
