#pragma once
#include "airwasm/trap_kind.h"
