// Masks: values of chosen columns never leave as they are. A mask follows the column by lineage (through aliases,
// subqueries, views, *, set operations, functions), not by output name. An output that is the plain column is masked by
// the rule's method; an output computed from it is redacted whole, because a function of a secret may be the secret.
//
// What this cannot stop, and docs say: order (ORDER BY a masked column) and existence (WHERE masked = 'x').
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/mask_scope.h"
#include "engine/pg/executor.h"
#include "engine/types.h"
#include "validator/validator.h"

namespace toomai::engine {

class Masker : public pg::RowFilter {
 public:
  // `salt` keys the "hash" method: equal values stay equal within one salt and cannot be looked up elsewhere.
  Masker(const MaskScope& scope, const validator::StatementFacts& facts, std::string salt);

  bool active() const { return active_; }
  // Marks the columns, and closes all of them when the facts do not fit the result (fail closed): another number of
  // columns, or another name where the validator knew it.
  void Begin(std::vector<ResultColumn>* columns) override;
  void Apply(pg::CellViews* row) override;

 private:
  enum class Method { kNone, kHash, kLast4, kNull, kRedact };
  static Method ParseMethod(std::string_view word);
  bool Fits(const std::vector<ResultColumn>& columns) const;
  std::optional<std::string> Masked(Method method, std::string_view value) const;

  bool active_ = false;
  std::vector<Method> methods_;     // per output column
  std::vector<std::string> names_;  // of plain outputs; "" where the server chooses
  std::string salt_;
  std::deque<std::string> shown_;  // what stands for cells of the row at hand
};

inline constexpr std::string_view kRedacted = "[masked]";

}  // namespace toomai::engine
