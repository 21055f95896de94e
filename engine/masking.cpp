#include "engine/masking.h"

#include <utility>

#include "base/sha256.h"
#include "base/text.h"

namespace toomai::engine {

Masker::Method Masker::ParseMethod(std::string_view word) {
  if (word == "hash") return Method::kHash;
  if (word == "last4") return Method::kLast4;
  if (word == "null") return Method::kNull;
  return Method::kRedact;  // also for a word that configuration should have refused
}

Masker::Masker(const MaskScope& scope, const validator::StatementFacts& facts, std::string salt)
    : salt_(std::move(salt)) {
  if (scope.empty()) return;
  for (const validator::OutputColumn& output : facts.outputs) {
    Method method = Method::kNone;
    for (const validator::ColumnRef& column : output.lineage) {
      const std::string_view word = scope.MethodFor(column);
      if (!word.empty()) method = output.is_plain ? ParseMethod(word) : Method::kRedact;
    }
    methods_.push_back(method);
    active_ = active_ || method != Method::kNone;
  }
  // A masked column that is only filtered or sorted by leaves no mark on the outputs, but keeps the mask "active", so
  // that a result which does not fit the facts is closed.
  for (const validator::ColumnRef& column : facts.columns) active_ = active_ || !scope.MethodFor(column).empty();
}

void Masker::Begin(std::vector<ResultColumn>* columns) {
  if (!active_) return;
  if (methods_.size() != columns->size()) methods_.assign(columns->size(), Method::kRedact);
  for (std::size_t i = 0; i < columns->size(); ++i) {
    if (methods_[i] == Method::kNone) continue;
    (*columns)[i].masked = true;
    (*columns)[i].type = "text";
    (*columns)[i].type_oid = 25;
  }
}

void Masker::Apply(std::vector<Cell>* row) const {
  if (!active_) return;
  for (std::size_t i = 0; i < row->size() && i < methods_.size(); ++i) {
    Cell& cell = (*row)[i];
    if (!cell) continue;
    switch (methods_[i]) {
      case Method::kNone:
        break;
      case Method::kHash:
        cell = Hash(*cell);
        break;
      case Method::kLast4: {
        // A short value has no last four that would hide anything.
        const std::size_t length = CountCodePoints(*cell);
        if (length < 8) {
          cell = std::string(kRedacted);
          break;
        }
        std::size_t offset = 0;
        for (std::size_t k = 0; k + 4 < length; ++k) NextCodePoint(*cell, &offset);
        cell = "…" + cell->substr(offset);
        break;
      }
      case Method::kNull:
        cell = std::nullopt;
        break;
      case Method::kRedact:
        cell = std::string(kRedacted);
        break;
    }
  }
}

std::string Masker::Hash(const std::string& value) const {
  return "#" + Sha256Hex(salt_ + '\0' + value + '\0' + salt_).substr(0, 16);
}

}  // namespace toomai::engine
