# Warnings and include path of every own target.
add_library(vernier_common INTERFACE)
target_include_directories(vernier_common INTERFACE
  ${PROJECT_SOURCE_DIR}/lib ${PROJECT_SOURCE_DIR}/lib/include)
target_compile_options(vernier_common INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast -Wundef
  -Wcast-align -Wnon-virtual-dtor -Woverloaded-virtual -Wdouble-promotion -Wimplicit-fallthrough
  -ffp-contract=off)

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # "a" + std::to_string(n) warns without cause (GCC bug 105329).
  target_compile_options(vernier_common INTERFACE -Wno-restrict)
endif()

# vernier_add_layer(<folder> SOURCES ... [LIBS ...]): object library vernier_<folder> of lib/<folder>.
# Every layer is linked into the one shared library by lib/CMakeLists.txt.
function(vernier_add_layer name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LIBS" ${ARGN})
  string(REPLACE "/" "_" target ${name})
  add_library(vernier_${target} OBJECT ${ARG_SOURCES})
  target_link_libraries(vernier_${target} PRIVATE vernier_common ${ARG_LIBS})
  set_property(GLOBAL APPEND PROPERTY VERNIER_LAYERS vernier_${target})
  set_property(GLOBAL APPEND PROPERTY VERNIER_LAYER_LIBS ${ARG_LIBS})
endfunction()
