// Finds the functions behind the stubs of cmake/LazyLibraries.cmake. Linked into the program alone, and only where
// stubs are: tests link the libraries as usual.
#include <dlfcn.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstring>
#include <string>

namespace {

[[noreturn]] void EndFor(const std::string& library) {
  const char* why = dlerror();
  std::fprintf(stderr,
               "toomai: a shared library that this needs cannot be used: %s\n  -> install the package that holds %s\n",
               why == nullptr ? "unknown reason" : why, library.c_str());
  _exit(127);
}

}  // namespace

// Called by a stub, with "LIBRARY:FUNCTION" and the stub's slot, in any thread; two at once find the same. What the
// dynamic loader would say of a missing library at the start is said here, when it is first needed.
extern "C" void* toomai_resolve_lazily(const char* name, std::atomic<void*>* slot) {
  const int saved = errno;
  const char* colon = std::strchr(name, ':');
  const std::string library(name, colon);
  void* const handle = dlopen(library.c_str(), RTLD_LAZY | RTLD_LOCAL);  // loaded already: the same handle again
  void* const function = handle == nullptr ? nullptr : dlsym(handle, colon + 1);
  if (function == nullptr) EndFor(library);
  slot->store(function, std::memory_order_release);
  errno = saved;
  return function;
}
