# toomai_layer(NAME [LINK target...]): a static library from every *.cpp in this folder and its sub-folders.
function(toomai_layer name)
  cmake_parse_arguments(ARG "" "" "LINK;PRIVATE" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS *.cpp)
  list(FILTER sources EXCLUDE REGEX "/main\\.cpp$")
  if(NOT sources)
    add_library(toomai_${name} INTERFACE)
    target_include_directories(toomai_${name} INTERFACE ${CMAKE_SOURCE_DIR})
    target_link_libraries(toomai_${name} INTERFACE ${ARG_LINK} ${ARG_PRIVATE})
    return()
  endif()
  add_library(toomai_${name} STATIC ${sources})
  target_include_directories(toomai_${name} PUBLIC ${CMAKE_SOURCE_DIR})
  target_link_libraries(toomai_${name} PUBLIC ${ARG_LINK} PRIVATE ${ARG_PRIVATE} toomai_warnings)
endfunction()

# toomai_tests(FOLDER LINK target... [LABELS label...]): one GoogleTest program from tests/FOLDER/*_test.cpp and helpers.
# It is one ctest entry; ./run test adds up the single tests from the XML that each program writes.
function(toomai_tests folder)
  cmake_parse_arguments(ARG "" "" "LINK;LABELS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${folder}/*.cpp)
  if(NOT sources)
    return()
  endif()
  add_executable(test_${folder} ${sources})
  target_link_libraries(test_${folder} PRIVATE ${ARG_LINK} GTest::gmock GTest::gtest GTest::gtest_main toomai_warnings)
  # Paths are relative to the source tree, where tests run: so every checkout shares the compiler cache.
  file(RELATIVE_PATH build ${CMAKE_SOURCE_DIR} ${CMAKE_BINARY_DIR})
  target_compile_definitions(test_${folder} PRIVATE TOOMAI_SOURCE_DIR="." TOOMAI_BINARY="${build}/toomai")
  if("toomai_test_support" IN_LIST ARG_LINK)  # these start the binary
    add_dependencies(test_${folder} toomai)
  endif()
  add_test(NAME ${folder} COMMAND test_${folder} --gtest_brief=1 WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  set_tests_properties(${folder} PROPERTIES TIMEOUT 900 LABELS "${ARG_LABELS}"
    ENVIRONMENT "GTEST_OUTPUT=xml:${CMAKE_BINARY_DIR}/test-results/${folder}.xml")
endfunction()
