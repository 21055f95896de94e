#include "engine/masking.h"

#include <utility>

#include "base/sha256.h"
#include "base/text.h"

namespace toomai::engine {
namespace {

constexpr std::size_t kLeastForLast4 = 8;  // characters: a shorter value has no last four that would hide anything
constexpr std::size_t kLongName = 60;

}  // namespace

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
    names_.push_back(output.is_plain ? output.name : std::string());
    active_ = active_ || method != Method::kNone;
  }
  // A masked column that is only filtered or sorted by leaves no mark on the outputs, but keeps the mask "active", so
  // that a result which does not fit the facts is closed.
  for (const validator::ColumnRef& column : facts.columns) active_ = active_ || !scope.MethodFor(column).empty();
}

bool Masker::Fits(const std::vector<ResultColumn>& columns) const {
  if (methods_.size() != columns.size()) return false;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    // The server cuts names at 63 bytes.
    const std::string& sent = columns[i].name;
    const bool cut = sent.size() >= kLongName && names_[i].starts_with(sent);
    if (!names_[i].empty() && names_[i] != sent && !cut) return false;
  }
  return true;
}

void Masker::Begin(std::vector<ResultColumn>* columns) {
  if (!active_) return;
  if (!Fits(*columns)) methods_.assign(columns->size(), Method::kRedact);
  for (std::size_t i = 0; i < columns->size(); ++i) {
    if (methods_[i] == Method::kNone) continue;
    (*columns)[i].masked = true;
    (*columns)[i].type = "text";
    (*columns)[i].type_oid = 25;
  }
}

void Masker::Apply(pg::CellViews* row) {
  if (!active_) return;
  shown_.clear();
  for (std::size_t i = 0; i < row->size(); ++i) {
    std::optional<std::string_view>& cell = (*row)[i];
    const Method method = i < methods_.size() ? methods_[i] : Method::kRedact;
    if (!cell || method == Method::kNone) continue;
    auto masked = Masked(method, *cell);
    cell.reset();
    if (masked) cell = shown_.emplace_back(std::move(*masked));
  }
}

std::optional<std::string> Masker::Masked(Method method, std::string_view value) const {
  switch (method) {
    case Method::kNull:
      return std::nullopt;
    case Method::kHash:
      return "#" + Sha256Hex(salt_ + '\0' + std::string(value) + '\0' + salt_).substr(0, 16);
    case Method::kLast4: {
      const std::size_t length = CountCodePoints(value);
      if (length < kLeastForLast4) break;
      std::size_t offset = 0;
      for (std::size_t k = 0; k + 4 < length; ++k) NextCodePoint(value, &offset);
      return "…" + std::string(value.substr(offset));
    }
    case Method::kNone:
    case Method::kRedact:
      break;
  }
  return std::string(kRedacted);
}

}  // namespace toomai::engine
