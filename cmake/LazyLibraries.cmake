# toomai_lazy_libraries(TARGET LIBRARY...): the target does not load these shared libraries when it starts, but each when one of its
# functions is first called. TARGET gets a small stub for every function that the library exports; those that nobody calls are
# dropped by the linker. The first call of a stub finds the real function (app/lazy_libraries.cpp), later ones jump there.
#
# A client starts the server, often twice, and waits for it: loading and relocating what libpq, libcurl and OpenSSL bring
# along takes several times as long as everything else before the first answer.
#
# Stubs are written for x86-64; elsewhere, and under sanitizers, the libraries are linked as usual.
function(toomai_lazy_libraries target)
  if(NOT CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64" OR NOT CMAKE_EXECUTABLE_FORMAT STREQUAL "ELF" OR TOOMAI_SANITIZE)
    return()
  endif()
  set(stubs "// Written by cmake/LazyLibraries.cmake.\n#include \"${CMAKE_SOURCE_DIR}/app/lazy_stub.inc\"\n")
  set(known "")
  foreach(library ${ARGN})
    toomai_soname(${library} soname)
    toomai_exported_functions(${library} functions)
    list(REMOVE_ITEM functions ${known})
    list(APPEND known ${functions})
    foreach(function ${functions})
      string(APPEND stubs "lazy_stub ${function}, \"${soname}\"\n")
    endforeach()
    list(APPEND sonames ${soname})
  endforeach()
  file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/lazy_stubs.S CONTENT "@stubs@" @ONLY)
  list(JOIN sonames "\n" lines)
  file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/lazy_libraries.txt CONTENT "@lines@\n" @ONLY)  # for scripts/package.sh
  target_sources(${target} PRIVATE ${CMAKE_CURRENT_BINARY_DIR}/lazy_stubs.S)
  target_link_options(${target} PRIVATE -Wl,--gc-sections)
endfunction()

# The name under which the dynamic loader knows a library, e.g. libpq.so.5.
function(toomai_soname library result)
  execute_process(COMMAND ${CMAKE_OBJDUMP} -p ${library} OUTPUT_VARIABLE dump COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX MATCH "SONAME +([^\n ]+)" line "${dump}")
  set(${result} ${CMAKE_MATCH_1} PARENT_SCOPE)
endfunction()

function(toomai_exported_functions library result)
  execute_process(COMMAND ${CMAKE_NM} -D --defined-only ${library} OUTPUT_VARIABLE dump COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX MATCHALL " [Ti] [A-Za-z0-9_]+" lines "${dump}")
  list(TRANSFORM lines REPLACE " . " "")
  list(REMOVE_DUPLICATES lines)
  list(REMOVE_ITEM lines _init _fini)
  set(${result} ${lines} PARENT_SCOPE)
endfunction()
