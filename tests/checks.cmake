# Tests that are scripts: include directions, ISA symbols, format, lint, documents, installation.
find_program(VERNIER_PYTHON3 NAMES python3 REQUIRED)

function(vernier_script_test name)
  cmake_parse_arguments(ARG "" "TIMEOUT" "COMMAND" ${ARGN})
  add_test(NAME ${name} COMMAND ${ARG_COMMAND} COMMAND_EXPAND_LISTS
           WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties(${name} PROPERTIES LABELS check)
  if(ARG_TIMEOUT)
    set_tests_properties(${name} PROPERTIES TIMEOUT ${ARG_TIMEOUT})
  endif()
endfunction()

vernier_script_test(check_layers COMMAND ${VERNIER_PYTHON3} scripts/check_layers.py
                    ${PROJECT_SOURCE_DIR})
vernier_script_test(check_layers_itself COMMAND ${VERNIER_PYTHON3} tests/checks/check_layers_test.py)
vernier_script_test(check_types COMMAND ${VERNIER_PYTHON3} scripts/check_types.py
                    ${PROJECT_SOURCE_DIR})
vernier_script_test(check_types_itself COMMAND ${VERNIER_PYTHON3} tests/checks/check_types_test.py)
vernier_script_test(count_tests_itself COMMAND ${VERNIER_PYTHON3} tests/checks/count_tests_test.py)
vernier_script_test(check_format COMMAND scripts/check_format TIMEOUT 900)
vernier_script_test(check_tidy COMMAND scripts/check_tidy ${PROJECT_BINARY_DIR} TIMEOUT 1200)
vernier_script_test(check_docs COMMAND ${VERNIER_PYTHON3} tests/checks/check_docs.py
                    ${PROJECT_SOURCE_DIR} $<TARGET_FILE:vernier_program>)
vernier_script_test(results_index_itself COMMAND ${VERNIER_PYTHON3}
                    tests/checks/index_results_test.py)
vernier_script_test(results_index COMMAND ${VERNIER_PYTHON3} scripts/py/index_results.py --check)

vernier_script_test(ci_example_steps COMMAND scripts/ci-example --list)

# The program against ONNX Runtime, on every model that scripts/get-models has made.
vernier_script_test(model_recipes COMMAND tests/checks/with_python --python models/lib/selftest.py)
vernier_script_test(parity COMMAND tests/checks/with_python scripts/parity --quick
                    --vernier $<TARGET_FILE:vernier_program> TIMEOUT 1200)
# Every engine that is installed, over the worker protocol; the others are skipped with a reason.
vernier_script_test(workers COMMAND tests/checks/with_python --python tests/engine/workers_test.py
                    ${PROJECT_BINARY_DIR}/share/vernier/workers docs/examples TIMEOUT 600)
vernier_script_test(fashion_accuracy COMMAND tests/checks/with_python scripts/fashion-accuracy
                    --vernier $<TARGET_FILE:vernier_program> TIMEOUT 600)

if(NOT VERNIER_SANITIZE)
  # Sanitizers add symbols of their own to every object, and installed programs cannot preload them.
  vernier_script_test(check_isa_symbols COMMAND ${VERNIER_PYTHON3} scripts/check_isa_symbols.py
    "$<FILTER:$<TARGET_OBJECTS:vernier_cpu_kernels>,INCLUDE,/(generic|avx2|avx512|amx)[a-z0-9_]*\\.cpp\\.o$>")
  if(VERNIER_INSTALL)
    vernier_script_test(install COMMAND tests/install/check_install ${PROJECT_BINARY_DIR}
      ${PROJECT_SOURCE_DIR}/models/fashion_mnist/fashion_mnist.onnx TIMEOUT 300)
  endif()
endif()
