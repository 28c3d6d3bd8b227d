#pragma once
#include "airwasm/features.h"
