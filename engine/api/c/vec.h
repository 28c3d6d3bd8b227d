// The vectors of wasm.h, for every element type.
//
// Element arrays are calloc'ed, so that "uninitialized" elements are zero and deleting a
// half-filled vector is harmless. A vector that finds no memory is empty. The C functions are made
// by macros, since C linkage knows no templates; all they do is name one template each.
#pragma once

#include <cstdlib>
#include <cstring>
#include <type_traits>

#include "wasm.h"

namespace airwasm::capi {

// The element type of a vector as it lies in the array: a value, or a pointer to a handle.
template <typename Vec>
using ElementOf = std::remove_pointer_t<decltype(Vec::data)>;

template <typename Vec>
void VecNewUninitialized(Vec* out, size_t size) {
  out->data =
      size == 0 ? nullptr : static_cast<ElementOf<Vec>*>(std::calloc(size, sizeof(ElementOf<Vec>)));
  out->size = out->data == nullptr ? 0 : size;
}

template <typename Vec>
void VecNew(Vec* out, size_t size, const ElementOf<Vec>* elements) {
  VecNewUninitialized(out, size);
  if (out->size != 0) std::memcpy(out->data, elements, out->size * sizeof(ElementOf<Vec>));
}

// `copy` makes one element of another.
template <typename Vec, typename Copy>
void VecCopy(Vec* out, const Vec* in, Copy copy) {
  Vec made;  // `out` may be `in`
  VecNewUninitialized(&made, in->size);
  for (size_t i = 0; i < made.size; ++i) made.data[i] = copy(in->data[i]);
  *out = made;
}

template <typename Vec, typename Delete>
void VecDelete(Vec* vec, Delete drop) {
  if (vec == nullptr) return;
  for (size_t i = 0; i < vec->size; ++i) drop(vec->data[i]);
  std::free(vec->data);
  vec->data = nullptr;
  vec->size = 0;
}

// Defines the functions of a vector of handles.
#define AIRWASM_DEFINE_HANDLE_VEC(name)                                                  \
  void wasm_##name##_vec_new_empty(wasm_##name##_vec_t* out) {                           \
    airwasm::capi::VecNewUninitialized(out, 0);                                          \
  }                                                                                      \
  void wasm_##name##_vec_new_uninitialized(wasm_##name##_vec_t* out, size_t size) {      \
    airwasm::capi::VecNewUninitialized(out, size);                                       \
  }                                                                                      \
  void wasm_##name##_vec_new(wasm_##name##_vec_t* out, size_t size,                      \
                             wasm_##name##_t* const elements[]) {                        \
    airwasm::capi::VecNew(out, size, elements);                                          \
  }                                                                                      \
  void wasm_##name##_vec_copy(wasm_##name##_vec_t* out, const wasm_##name##_vec_t* in) { \
    airwasm::capi::VecCopy(out, in, [](const wasm_##name##_t* e) {                       \
      return e == nullptr ? nullptr : wasm_##name##_copy(e);                             \
    });                                                                                  \
  }                                                                                      \
  void wasm_##name##_vec_delete(wasm_##name##_vec_t* vec) {                              \
    airwasm::capi::VecDelete(vec, &wasm_##name##_delete);                                \
  }

}  // namespace airwasm::capi
