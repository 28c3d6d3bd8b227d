#pragma once
#include "airwasm/types.h"
