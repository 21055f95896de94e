#include "validator/functions.h"

#include <algorithm>
#include <iterator>
#include <vector>

#include "validator/name_table.h"

namespace toomai::validator {
namespace {

constexpr std::string_view kNames[] = {
#define FUNCTION(name, category, kinds, result, columns) std::string_view(name),
#include "validator/functions.def"
#undef FUNCTION
};

const NameTable& Table() {
  static const NameTable table(kNames);
  return table;
}

constexpr FunctionCategory kCategories[] = {
#define FUNCTION(name, category, kinds, result, columns) FunctionCategory::category,
#include "validator/functions.def"
#undef FUNCTION
};

constexpr char kKinds[][4] = {
#define FUNCTION(name, category, kinds, result, columns) kinds,
#include "validator/functions.def"
#undef FUNCTION
};
constexpr std::string_view kResults[] = {
#define FUNCTION(name, category, kinds, result, columns) result,
#include "validator/functions.def"
#undef FUNCTION
};

constexpr std::string_view kColumns[] = {
#define FUNCTION(name, category, kinds, result, columns) columns,
#include "validator/functions.def"
#undef FUNCTION
};

}  // namespace

bool FindBuiltinFunction(std::string_view name, FunctionCategory* category) {
  const int i = Table().Find(name);
  if (i < 0) return false;
  *category = kCategories[i];
  return true;
}

bool FindBuiltinFunction(std::string_view name, FunctionInfo* info) {
  const int i = Table().Find(name);
  if (i < 0) return false;
  const std::string_view kinds = kKinds[i];
  const auto has = [&](char kind) { return kinds.find(kind) != std::string_view::npos; };
  *info = {Table().Name(static_cast<std::size_t>(i)),
           kCategories[i],
           has('s'),
           has('a'),
           has('w'),
           kResults[i],
           kColumns[i]};
  return true;
}

bool IsPrintedForSyntax(std::string_view name) {
  return name == "like_escape" || name == "similar_to_escape";
}

bool IsAllowedSince(std::string_view name, int server_version) {
  struct Newer {
    std::string_view name;
    int since;
  };
  // Looked at one by one in the release notes; what takes the names of types or tells of the server is not among them.
  constexpr Newer kNewer[] = {{"any_value", 16},
                              {"array_sample", 16},
                              {"array_shuffle", 16},
                              {"date_add", 16},
                              {"date_subtract", 16},
                              {"erf", 16},
                              {"erfc", 16},
                              {"random_normal", 16},
                              {"to_bin", 17},
                              {"to_oct", 17},
                              {"unicode_assigned", 17},
                              {"uuid_extract_timestamp", 17},
                              {"uuid_extract_version", 17},
                              {"xmltext", 17},
                              {"array_reverse", 18},
                              {"array_sort", 18},
                              {"casefold", 18},
                              {"crc32", 18},
                              {"crc32c", 18},
                              {"gamma", 18},
                              {"lgamma", 18},
                              {"uuidv4", 18},
                              {"uuidv7", 18}};
  return std::ranges::any_of(kNewer, [&](const Newer& one) { return one.name == name && one.since <= server_version; });
}

std::string_view Reason(FunctionCategory category) {
  switch (category) {
    case FunctionCategory::kSafe:
    case FunctionCategory::kSafeVolatile:
      return "the policy denies it";
    case FunctionCategory::kInternal:
      return "it is an internal support function";
    case FunctionCategory::kOperatorImpl:
      return "it is the inside of an operator; write the operator instead";
    case FunctionCategory::kCatalogInfo:
      return "it reveals the system catalogs";
    case FunctionCategory::kServerInfo:
      return "it reveals the state of the server or of other sessions";
    case FunctionCategory::kWalReplication:
      return "it controls the write-ahead log, replication or backups";
    case FunctionCategory::kXidSnapshot:
      return "it assigns or reveals transaction ids";
    case FunctionCategory::kMaintenance:
      return "it does maintenance work on the server";
    case FunctionCategory::kFileIo:
      return "it reads or lists files of the server";
    case FunctionCategory::kExecSql:
      return "it runs SQL, or reads tables, given to it as text";
    case FunctionCategory::kLargeObject:
      return "it reads or writes large objects, even in a read-only transaction";
    case FunctionCategory::kLock:
      return "it takes or releases advisory locks that outlive the statement";
    case FunctionCategory::kStatsAdmin:
      return "it resets statistics";
    case FunctionCategory::kSignal:
      return "it signals other sessions or the server";
    case FunctionCategory::kSequence:
      return "it reads or advances a sequence";
    case FunctionCategory::kSleep:
      return "it holds the connection without doing anything";
    case FunctionCategory::kNotify:
      return "it sends or inspects notifications";
    case FunctionCategory::kGucRead:
      return "it reads settings of the server";
    case FunctionCategory::kGucWrite:
      return "it changes settings of the session";
    case FunctionCategory::kSessionState:
      return "it changes the state of the session";
    case FunctionCategory::kVolatileOther:
      return "it has side effects";
  }
  return "";
}

std::string_view AllowedFunctionName(std::size_t i) {
  static const std::vector<std::string_view> allowed = [] {
    std::vector<std::string_view> out;
    for (std::size_t k = 0; k < std::size(kNames); ++k) {
      if (IsAllowed(kCategories[k])) out.push_back(kNames[k]);
    }
    return out;
  }();
  return i < allowed.size() ? allowed[i] : std::string_view();
}

}  // namespace toomai::validator
