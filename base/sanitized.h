// TOOMAI_SANITIZED: 1 in a build with a sanitizer of memory or threads. GCC tells of them by macros, Clang by features.
#pragma once

#if defined(__has_feature)
#define TOOMAI_HAS_FEATURE(name) __has_feature(name)
#else
#define TOOMAI_HAS_FEATURE(name) 0
#endif

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || TOOMAI_HAS_FEATURE(address_sanitizer) || \
    TOOMAI_HAS_FEATURE(thread_sanitizer) || TOOMAI_HAS_FEATURE(memory_sanitizer)
#define TOOMAI_SANITIZED 1
#else
#define TOOMAI_SANITIZED 0
#endif
