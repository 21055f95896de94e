// Rules for a table hold for its relatives too. The rows of a partition or of a table that INHERITS are read with its
// parent's, and the parent's are kept in its children: who may not read one must not get the same rows through another.
// So a rule that names a table is extended to everything above and below it; tables beside it stay as they are.
// Pure; any thread.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/options.h"
#include "schema/schema.h"
#include "validator/policy.h"

namespace toomai::engine {

using Relation = std::pair<std::string, std::string>;  // schema, name

class FamilyTree {
 public:
  explicit FamilyTree(const schema::Schema& schema);

  bool empty() const { return all_.empty(); }
  // Everything above and below the relations that the pattern names ("public.orders", "public.*"), without these.
  std::set<Relation> RelativesOf(std::string_view pattern) const;
  std::set<Relation> RelativesOf(const Relation& relation) const;

 private:
  std::multimap<Relation, Relation> children_, parents_;
  std::set<Relation> all_;
};

// denied_relations and denied_columns, extended.
validator::Policy WithRelatives(validator::Policy policy, const schema::Schema& schema);
// The same for masks. The rules as written come first.
std::vector<MaskRule> WithRelatives(std::vector<MaskRule> rules, const schema::Schema& schema);

}  // namespace toomai::engine
