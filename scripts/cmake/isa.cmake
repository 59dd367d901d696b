# Instruction-set flags: the only place in the project that passes -m options.
#
# vernier_isa_sources(<target> <isa> <files...>) adds the files to the target, <isa> being generic, avx2, avx2_vnni,
# avx512, avx512_vnni or avx512_vbmi. They hold kernels for one instruction set: on another architecture they are left
# out. Each must define nothing but its exported kernels (scripts/check_isa_symbols.py), so that no inline function
# compiled with these flags can be picked by the linker for code that runs on an older processor. Kernels are optimised
# in every build type; contraction of a*b+c stays off, so that only written-out FMAs fuse.
#
# VERNIER_BUILD_AVX2 and VERNIER_BUILD_AVX512 are 0 or 1 for every file of the project.

set(VERNIER_ISA_OPTIONS_generic "")
set(VERNIER_ISA_OPTIONS_avx2 -mavx2 -mfma -mf16c)
set(VERNIER_ISA_OPTIONS_avx512
    -mavx512f -mavx512bw -mavx512vl -mavx512dq -mfma -mf16c -mprefer-vector-width=512)
set(VERNIER_ISA_OPTIONS_avx2_vnni ${VERNIER_ISA_OPTIONS_avx2} -mavxvnni)
set(VERNIER_ISA_OPTIONS_avx512_vnni ${VERNIER_ISA_OPTIONS_avx512} -mavx512vnni)
set(VERNIER_ISA_OPTIONS_avx512_vbmi ${VERNIER_ISA_OPTIONS_avx512} -mavx512vbmi)

set(VERNIER_ISA_X86 0)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64)$")
  set(VERNIER_ISA_X86 1)
endif()
add_compile_definitions(VERNIER_BUILD_AVX2=${VERNIER_ISA_X86} VERNIER_BUILD_AVX512=${VERNIER_ISA_X86})

function(vernier_isa_sources target isa)
  if(NOT DEFINED VERNIER_ISA_OPTIONS_${isa})
    message(FATAL_ERROR "vernier_isa_sources: unknown instruction set '${isa}'")
  endif()
  if(NOT isa STREQUAL "generic" AND NOT VERNIER_ISA_X86)
    return()
  endif()
  set(options ${VERNIER_ISA_OPTIONS_${isa}} -O3 -fno-lto -ffp-contract=off)
  if(isa MATCHES "^avx512" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # GCC's own AVX-512 headers read an undefined source operand on purpose (GCC bug 105593).
    list(APPEND options -Wno-maybe-uninitialized -Wno-uninitialized)
  endif()
  list(TRANSFORM ARGN PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/ OUTPUT_VARIABLE files)
  target_sources(${target} PRIVATE ${files})
  set_source_files_properties(${files} PROPERTIES COMPILE_OPTIONS "${options}")
  set_property(GLOBAL APPEND PROPERTY VERNIER_ISA_SOURCES ${files})
endfunction()
