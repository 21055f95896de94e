#include "engine/mend_edit.h"

#include <algorithm>

#include "base/text.h"

namespace toomai::engine {
namespace {

constexpr std::size_t kShownBytes = 200;

}  // namespace

void Edits::Replace(std::size_t begin, std::size_t end, std::string text, std::string rule, bool risky) {
  for (const Edit& edit : edits_) {
    const bool apart = end <= edit.begin || begin >= edit.end;
    const bool same_insertion = begin == end && edit.begin == edit.end && begin == edit.begin;
    if ((!apart && !(begin == end && edit.begin == edit.end)) || same_insertion) return;
  }
  edits_.push_back({begin, end, std::move(text), std::move(rule), risky});
}

std::string Edits::Apply(std::string_view text, std::vector<Repair>* repairs) const {
  std::vector<Edit> ordered = edits_;
  std::stable_sort(ordered.begin(), ordered.end(), [](const Edit& a, const Edit& b) { return a.begin < b.begin; });
  std::string out;
  std::size_t done = 0;
  for (const Edit& edit : ordered) {
    out.append(text.substr(done, edit.begin - done));
    out += edit.text;
    done = edit.end;
    repairs->push_back({edit.rule, Ellipsis(text.substr(edit.begin, edit.end - edit.begin), kShownBytes),
                        Ellipsis(Trim(edit.text), kShownBytes), edit.risky});
  }
  out.append(text.substr(done));
  return out;
}

}  // namespace toomai::engine
