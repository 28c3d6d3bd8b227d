// Compiles, and that is all: every name in this header is one that C++ has taken or that falls
// together with another.
#include "component/bindgen/golden/names.h.golden"
