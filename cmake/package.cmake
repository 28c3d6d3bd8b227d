# Installation: one libairwasm.a and one libairwasm.so made of every folder's objects, the public headers,
# find_package(airwasm) and a pkg-config file.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

get_property(parts GLOBAL PROPERTY AIRWASM_INSTALLED_LIBRARIES)
if(NOT parts)
  return()
endif()
set(objects)
foreach(part IN LISTS parts)
  list(APPEND objects $<TARGET_OBJECTS:${part}>)
endforeach()

add_library(airwasm_static STATIC ${objects})
add_library(airwasm_shared SHARED ${objects})
set_target_properties(airwasm_static PROPERTIES OUTPUT_NAME airwasm EXPORT_NAME static LINKER_LANGUAGE CXX)
set_target_properties(airwasm_shared PROPERTIES OUTPUT_NAME airwasm EXPORT_NAME shared LINKER_LANGUAGE CXX
                      VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR})
# Calls inside the library bind at link time; undefined symbols are an error here, not in the embedder.
target_link_options(airwasm_shared PRIVATE -Wl,-Bsymbolic-functions)
if(NOT AIRWASM_SANITIZE)
  target_link_options(airwasm_shared PRIVATE -Wl,-z,defs)
endif()

# The public headers speak absl::Status and absl::StatusOr; the rest is what the folders' own lists name.
set(externals absl::status absl::statusor absl::strings Threads::Threads)
foreach(part IN LISTS parts)
  get_property(more GLOBAL PROPERTY AIRWASM_EXTERNAL_OF_${part})
  list(APPEND externals ${more})
endforeach()
list(REMOVE_DUPLICATES externals)
# Headers do not speak of OpenSSL, libseccomp and libsodium: they are linked into the shared library, and named to users of the static one.
set(hidden ${externals})
list(FILTER hidden INCLUDE REGEX "^(OpenSSL|seccomp|sodium)::")
set(seen ${externals})
list(FILTER seen EXCLUDE REGEX "^(OpenSSL|seccomp|sodium)::")
set(pc_hidden "-lsodium")
if(hidden MATCHES "seccomp::")
  string(PREPEND pc_hidden "-lseccomp ")
endif()
if(hidden MATCHES "OpenSSL::")
  string(PREPEND pc_hidden "-lssl -lcrypto ")
endif()
foreach(lib IN ITEMS airwasm_static airwasm_shared)
  target_include_directories(${lib} INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>
                                              $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/engine/include>
                                              $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/security/include>
                                              $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/component/include>
                                              $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/wasi/include>)
  target_compile_features(${lib} INTERFACE cxx_std_20)
endforeach()
target_link_libraries(airwasm_static PUBLIC ${externals} ${CMAKE_DL_LIBS})
# Here CMake's Abseil targets are archives (options.cmake), which are no part of a shared library; what is installed says absl::*.
# libsodium's archive is not position-independent, so the shared library takes the shared one.
set(hidden_shared ${hidden})
list(TRANSFORM hidden_shared REPLACE "^sodium::sodium$" "${AIRWASM_SODIUM_SHARED}")
list(TRANSFORM hidden_shared REPLACE "^seccomp::seccomp$" "${AIRWASM_SECCOMP_SHARED}")
target_link_libraries(airwasm_shared
  PRIVATE -Wl,--push-state,--as-needed ${AIRWASM_ABSL_SHARED} -Wl,--pop-state ${hidden_shared} Threads::Threads ${CMAKE_DL_LIBS}
  INTERFACE ${seen})

install(TARGETS airwasm_static airwasm_shared EXPORT airwasmTargets
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(EXPORT airwasmTargets NAMESPACE airwasm:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/airwasm)
foreach(storey IN ITEMS security engine component wasi)
  install(DIRECTORY "${PROJECT_SOURCE_DIR}/${storey}/include/" DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
          FILES_MATCHING PATTERN "*.h" PATTERN "*.def")
endforeach()

configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/airwasmConfig.cmake.in"
                              "${PROJECT_BINARY_DIR}/airwasmConfig.cmake"
                              INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/airwasm)
write_basic_package_version_file("${PROJECT_BINARY_DIR}/airwasmConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/airwasmConfig.cmake" "${PROJECT_BINARY_DIR}/airwasmConfigVersion.cmake"
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/airwasm)

# absl::str_format -> absl_str_format; what is not Abseil's has no pkg-config file of its own.
set(pc_absl ${externals})
list(FILTER pc_absl INCLUDE REGEX "^absl::")
list(TRANSFORM pc_absl REPLACE "^absl::" "absl_")
list(JOIN pc_absl " " pc_absl)
configure_file("${PROJECT_SOURCE_DIR}/cmake/airwasm.pc.in" "${PROJECT_BINARY_DIR}/airwasm.pc" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/airwasm.pc" DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION ${CMAKE_INSTALL_DOCDIR})
