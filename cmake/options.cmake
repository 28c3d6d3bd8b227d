# Rules that hold for every target: language level, warnings, sanitizers, linker, packages.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_STANDARD 11)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
# Every object may end in libairwasm.so as well as in libairwasm.a, so all of them are position independent.
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_LINK_DEPENDS_NO_SHARED ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin")
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/lib")
set(CMAKE_ARCHIVE_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/lib")

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Release, Debug or RelWithDebInfo" FORCE)
endif()
# Line tables only: enough for backtraces and perf, a fraction of the link time.
foreach(lang IN ITEMS C CXX)
  set(CMAKE_${lang}_FLAGS_RELEASE "-O2 -DNDEBUG -g1")
endforeach()

if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang" OR CMAKE_CXX_COMPILER_VERSION VERSION_LESS 19)
  message(FATAL_ERROR "airwasm needs clang 19 or newer (clang-22 is what is tested): the interpreter relies on "
                      "[[clang::musttail]] and preserve_none. Found ${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}.")
endif()

find_program(AIRWASM_CCACHE ccache)
if(AIRWASM_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_C_COMPILER_LAUNCHER "${AIRWASM_CCACHE}")
  set(CMAKE_CXX_COMPILER_LAUNCHER "${AIRWASM_CCACHE}")
endif()

add_compile_options(
  -Wall -Wextra -Werror
  # A switch over an enum names every case and has no default, so that a new enumerator stops the build.
  -Wswitch -Wcovered-switch-default -Wimplicit-fallthrough
  # Option structs and table rows are written with the fields that matter: {.trap = kind}.
  -Wno-missing-field-initializers
  -fno-semantic-interposition
  -fdiagnostics-color=always)
add_link_options(-fuse-ld=lld)

if(AIRWASM_SANITIZE)
  add_compile_options(-fsanitize=${AIRWASM_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${AIRWASM_SANITIZE})
  add_compile_definitions(AIRWASM_SANITIZED=1)
endif()
if(AIRWASM_COUNT_DISPATCHES)
  add_compile_definitions(AIRWASM_COUNT_DISPATCHES=1)
endif()
if(AIRWASM_LIBFUZZER)
  add_compile_options(-fsanitize=fuzzer-no-link)
  add_link_options(-fsanitize=fuzzer-no-link)
endif()

find_package(Threads REQUIRED)
find_package(absl REQUIRED)
# HTTP stands on OpenSSL and on Boost's Asio and Beast, which are headers; without them it is left out (wasi/http).
set(OPENSSL_USE_STATIC_LIBS ON)  # for the command, which is linked without shared libraries
set(CMAKE_FIND_PACKAGE_TARGETS_GLOBAL ON)
find_package(OpenSSL 3 QUIET)
set(CMAKE_FIND_PACKAGE_TARGETS_GLOBAL OFF)
# The audit log's chain of hashes (security/audit): the archive for programs, the shared library for libairwasm.so.
find_path(AIRWASM_SODIUM_INCLUDE sodium.h REQUIRED)
find_library(AIRWASM_SODIUM_SHARED sodium REQUIRED)
find_library(AIRWASM_SODIUM NAMES libsodium.a sodium REQUIRED)
add_library(sodium::sodium UNKNOWN IMPORTED GLOBAL)
set_target_properties(sodium::sodium PROPERTIES IMPORTED_LOCATION "${AIRWASM_SODIUM}"
                                                INTERFACE_INCLUDE_DIRECTORIES "${AIRWASM_SODIUM_INCLUDE}")
# Debian's Abseil targets name shared libraries, some thirty for us, whose loading takes longer than a small guest's whole run. Its
# package has the archives too, so programs link those; AIRWASM_ABSL_SHARED keeps the shared ones for libairwasm.so.
set(AIRWASM_ABSL_SHARED)
get_property(imported DIRECTORY PROPERTY IMPORTED_TARGETS)
foreach(target IN LISTS imported)
  get_target_property(location ${target} IMPORTED_LOCATION_NONE)
  if(target MATCHES "^absl::" AND location MATCHES "\\.so")
    list(APPEND AIRWASM_ABSL_SHARED "${location}")
    string(REGEX REPLACE "\\.so.*" ".a" archive "${location}")
    if(EXISTS "${archive}")
      set_property(TARGET ${target} PROPERTY IMPORTED_LOCATION_NONE "${archive}")
    endif()
  endif()
endforeach()
if(AIRWASM_BUILD_TESTS)
  find_package(GTest REQUIRED)
  find_package(Python3 COMPONENTS Interpreter)
endif()
if(AIRWASM_BUILD_TESTS OR AIRWASM_BUILD_SUITES)
  enable_testing()
  # No test reads or fills the object cache of whoever runs it.
  file(CONFIGURE OUTPUT "${PROJECT_BINARY_DIR}/test_environment.cmake"
       CONTENT "set(ENV{XDG_CACHE_HOME} \"${PROJECT_BINARY_DIR}/test-cache\")\n")
  set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES "${PROJECT_BINARY_DIR}/test_environment.cmake")
endif()
if(AIRWASM_BUILD_BENCH)
  find_package(benchmark QUIET)
endif()
