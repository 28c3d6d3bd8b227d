// The whole C++ interface.
#pragma once

#include "airwasm/engine.h"
#include "airwasm/externs.h"
#include "airwasm/func.h"
#include "airwasm/gc_objects.h"
#include "airwasm/linker.h"
#include "airwasm/module.h"
#include "airwasm/store.h"
#include "airwasm/trap.h"
#include "airwasm/value.h"
