// Buffers of megabytes come in huge pages where the system offers them on request.
//
// A statement, a result or a document that large is written once into fresh memory, and each 4 KiB page of that is a
// fault: some 2,500 of them for 10 MB, which on a virtual machine cost more time than all that is done with the bytes.
// glibc can ask for huge pages itself, but only by an environment variable that is read before main().
#include <sys/mman.h>

#include <cstdlib>
#include <new>

#include "base/sanitized.h"

#if !TOOMAI_SANITIZED  // the sanitizers bring their own

namespace {

constexpr std::size_t kHugePage = std::size_t{2} << 20;
constexpr std::size_t kLarge = 2 * kHugePage;  // the last page is at worst a third of the whole

void* Allocate(std::size_t size) {
  if (size < kLarge) return std::malloc(size != 0 ? size : 1);
  const std::size_t whole = (size + kHugePage - 1) / kHugePage * kHugePage;
  if (whole < size) return nullptr;
  void* const memory = std::aligned_alloc(kHugePage, whole);
  if (memory != nullptr) madvise(memory, whole, MADV_HUGEPAGE);  // refused: small pages, as ever
  return memory;
}

}  // namespace

void* operator new(std::size_t size) {
  for (;;) {
    if (void* const memory = Allocate(size)) return memory;
    const std::new_handler handler = std::get_new_handler();
    if (handler == nullptr) throw std::bad_alloc();
    handler();
  }
}

void operator delete(void* memory) noexcept {
  std::free(memory);
}

void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

#endif
