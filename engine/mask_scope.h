// Which base columns are masked, and how: the configured rules, and what follows from them in one schema. A partition
// or a table that INHERITS shares rows with its parent, a generated column is computed from others, a view shows some
// of both: each is masked like what it is made of. Immutable once made; any thread.
//
// Tables that jobs fill are tables of their own: they need rules of their own.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/options.h"
#include "schema/schema.h"
#include "validator/validator.h"

namespace toomai::engine {

class MaskScope {
 public:
  MaskScope() = default;
  explicit MaskScope(std::vector<MaskRule> rules) : rules_(std::move(rules)) {}
  // With relatives, generated columns and views of this schema.
  MaskScope(std::vector<MaskRule> rules, const schema::Schema& schema, const validator::Catalog& catalog);

  bool empty() const { return rules_.empty(); }
  // "hash", "last4", "null", "redact"; empty: not masked.
  std::string_view MethodFor(const validator::ColumnRef& column) const;

 private:
  void AddGenerated(const schema::Schema& schema, const validator::Catalog& catalog);
  void AddViews(const schema::Schema& schema, const validator::Catalog& catalog);

  std::vector<MaskRule> rules_;
  std::map<validator::ColumnRef, std::string> derived_;
};

}  // namespace toomai::engine
