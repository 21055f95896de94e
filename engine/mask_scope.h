// Which base columns are masked, and how: the configured rules, and what follows from them in one schema. A partition
// holds the rows of its parent, a generated column is computed from others, a view shows some of both: each is masked
// like what it is made of.
// Immutable once made; any thread.
//
// Tables that inherit (INHERITS) and tables filled by jobs are tables of their own: they need rules of their own.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/options.h"
#include "schema/schema.h"
#include "validator/validator.h"

namespace toomai::engine {

// "public.customers.email" against "public.*.email": '*' stands for one whole part; two parts mean any schema.
bool MatchesColumn(const std::string& pattern, const validator::ColumnRef& column);

class MaskScope {
 public:
  MaskScope() = default;
  explicit MaskScope(std::vector<MaskRule> rules) : rules_(std::move(rules)) {}
  // With partitions and generated columns of this schema.
  MaskScope(std::vector<MaskRule> rules, const schema::Schema& schema, const validator::Catalog& catalog);

  bool empty() const { return rules_.empty(); }
  // "hash", "last4", "null", "redact"; empty: not masked.
  std::string_view MethodFor(const validator::ColumnRef& column) const;

 private:
  void AddPartitions(const schema::Schema& schema, const validator::Catalog& catalog);
  void AddViews(const schema::Schema& schema, const validator::Catalog& catalog);

  std::vector<MaskRule> rules_;
  std::map<validator::ColumnRef, std::string> derived_;
};

}  // namespace toomai::engine
