// Edits of a text: what to replace, by what, and by which rule.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/types.h"

namespace toomai::engine {

struct Edit {
  std::size_t begin = 0, end = 0;  // bytes replaced; equal for an insertion
  std::string text;
  std::string rule;
  bool risky = false;  // may not be what was meant: "please check"
};

class Edits {
 public:
  // An edit that overlaps an earlier one is dropped; its turn comes in the next round.
  void Replace(std::size_t begin, std::size_t end, std::string text, std::string rule, bool risky = false);
  void Insert(std::size_t at, std::string text, std::string rule, bool risky = false) {
    Replace(at, at, std::move(text), std::move(rule), risky);
  }
  bool empty() const { return edits_.empty(); }
  // The edited text; a Repair for each edit is added to `repairs`.
  std::string Apply(std::string_view text, std::vector<Repair>* repairs) const;

 private:
  std::vector<Edit> edits_;
};

}  // namespace toomai::engine
