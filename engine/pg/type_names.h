// Type oids of result columns -> the names people know: "numeric(12,2)", "public.mood". Filled by one query that
// travels with the first statement. Thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/pg/connection.h"
#include "engine/types.h"

namespace toomai::engine::pg {

// The modifier as format_type prints it: "character varying" + 14 -> "character varying(10)".
std::string WithModifier(const std::string& name, std::uint32_t type_oid, int modifier);

class TypeNames {
 public:
  using Names = std::unordered_map<std::uint32_t, std::string>;

  // True until the names are known, or when a type was met that is newer than they are.
  bool stale() const;
  // To be sent before the statement; fills `collected`, which must live until the batch is done.
  static Statement Query(Names* collected);
  void Adopt(Names names);

  // Types that are not known are called "unknown", and make the names stale.
  std::vector<ResultColumn> Columns(const std::vector<Field>& fields, const Names* fresh = nullptr) const;

 private:
  mutable std::mutex mutex_;
  mutable bool stale_ = true;
  std::shared_ptr<const Names> names_ = std::make_shared<const Names>();
};

}  // namespace toomai::engine::pg
