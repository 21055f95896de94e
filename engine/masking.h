// Masks: values of chosen columns never leave as they are. A mask follows the column by lineage (through aliases,
// subqueries, views, *, set operations, functions), not by output name. An output that is the plain column is masked by
// the rule's method; an output computed from it is redacted whole, because a function of a secret may be the secret.
//
// What this cannot stop, and docs say: order (ORDER BY a masked column) and existence (WHERE masked = 'x').
#pragma once

#include <string>
#include <vector>

#include "engine/mask_scope.h"
#include "engine/types.h"
#include "validator/validator.h"

namespace toomai::engine {

class Masker {
 public:
  Masker() = default;
  // `salt` keys the "hash" method: equal values stay equal within one salt and cannot be looked up elsewhere.
  Masker(const MaskScope& scope, const validator::StatementFacts& facts, std::string salt);

  bool active() const { return active_; }
  // Marks the columns, and closes all of them when the facts do not fit the result (fail closed).
  void Begin(std::vector<ResultColumn>* columns);
  void Apply(std::vector<Cell>* row) const;

 private:
  enum class Method { kNone, kHash, kLast4, kNull, kRedact };
  static Method ParseMethod(std::string_view word);
  std::string Hash(const std::string& value) const;

  bool active_ = false;
  std::vector<Method> methods_;  // per output column
  std::string salt_;
};

inline constexpr std::string_view kRedacted = "[masked]";

}  // namespace toomai::engine
