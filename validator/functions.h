// What the validator knows of pg_catalog's functions: by name, whether a statement may call them, and why not.
//
// The table functions.def has every name of PostgreSQL 15; a name that is not in it is not allowed either. It is an
// allow-list on purpose: harmful functions are also STABLE, and each release adds names.
#pragma once

#include <cstdint>
#include <string_view>

namespace toomai::validator {

enum class FunctionCategory : std::uint8_t {
  kSafe,
  kSafeVolatile,  // random(), clock_timestamp(): harmless though volatile
  // Everything below is refused.
  kInternal,
  kOperatorImpl,
  kCatalogInfo,
  kServerInfo,
  kWalReplication,
  kXidSnapshot,
  kMaintenance,
  kFileIo,
  kExecSql,
  kLargeObject,
  kLock,
  kStatsAdmin,
  kSignal,
  kSequence,
  kSleep,
  kNotify,
  kGucRead,
  kGucWrite,
  kSessionState,
  kVolatileOther,
};

struct FunctionInfo {
  std::string_view name;
  FunctionCategory category;
  bool returns_set, is_aggregate, is_window;
  // A type name; "?" for one of several built-in types, "*" when it follows from the arguments, "" for refused
  // functions.
  std::string_view result;
  // "key text,value jsonb": what the function offers in FROM; empty when it is one column.
  std::string_view columns;
};

inline bool IsAllowed(FunctionCategory category) {
  return category <= FunctionCategory::kSafeVolatile;
}

// False when pg_catalog has no function of that name (in PostgreSQL 15).
bool FindBuiltinFunction(std::string_view name, FunctionInfo* info);
// Only whether it is there and its category: the quick way.
bool FindBuiltinFunction(std::string_view name, FunctionCategory* category);

// What PostgreSQL prints for LIKE … ESCAPE and SIMILAR TO in the definitions it stores.
bool IsPrintedForSyntax(std::string_view name);

// Harmless functions that later versions added; on a server of that version they may be called.
bool IsAllowedSince(std::string_view name, int server_version);

// "it reads or lists files of the server": why a category is refused.
std::string_view Reason(FunctionCategory category);

// The i-th allowed name, for suggestions; "" at the end.
std::string_view AllowedFunctionName(std::size_t i);

}  // namespace toomai::validator
