# Compiler cache: several build directories share objects because paths are taken relative to the source tree.
find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 CCACHE_IGNOREOPTIONS=-Werror
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${CCACHE})
endif()

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo)
endif()
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -g1")
set(CMAKE_CXX_FLAGS_DEBUG "-O1 -g1 -D_GLIBCXX_ASSERTIONS")

find_program(LLD ld.lld)
if(LLD)
  add_link_options(-fuse-ld=lld)
endif()
add_link_options(-Wl,--as-needed -Wl,-z,relro,-z,now)
option(TOOMAI_COVERAGE "instrument for gcov, or with clang for llvm-cov" OFF)
if(TOOMAI_SANITIZE OR TOOMAI_COVERAGE)
  set(FORTIFY 0)  # sanitizers do better, and it wants optimised code
else()
  set(FORTIFY 2)
endif()
add_compile_options(-fstack-protector-strong -D_FORTIFY_SOURCE=${FORTIFY})

add_library(toomai_warnings INTERFACE)
target_compile_options(toomai_warnings INTERFACE
  -Wall -Wextra
  -Wshadow            # a name that hides another is read wrongly
  -Wnon-virtual-dtor  # deleting through the base would leak
  -Woverloaded-virtual
  -Wimplicit-fallthrough
  -Wswitch            # a new enum value must be handled everywhere
  -Wundef
  -Wno-missing-field-initializers  # designated initialisers leave fields at their defaults on purpose
  $<$<BOOL:${TOOMAI_WERROR}>:-Werror>)

if(TOOMAI_SANITIZE)
  add_compile_options(-fsanitize=${TOOMAI_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${TOOMAI_SANITIZE})
endif()
if(TOOMAI_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
if(TOOMAI_COVERAGE AND CMAKE_CXX_COMPILER_ID STREQUAL "Clang")  # counts the conditions of the source
  add_compile_options(-fprofile-instr-generate -fcoverage-mapping)
  add_link_options(-fprofile-instr-generate)
elseif(TOOMAI_COVERAGE)
  add_compile_options(--coverage -fprofile-update=atomic)
  add_link_options(--coverage)
endif()
