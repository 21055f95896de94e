// "Did you mean …?", only when it is likely: a wrong guess is worse than none.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace toomai::validator {

// Collects names near to a wanted one; the nearest first, at most kMost.
class Suggestions {
 public:
  static constexpr std::size_t kMost = 5;

  explicit Suggestions(std::string_view wanted);
  // `shown` is what the candidate list will say, e.g. "c.name" for a candidate "name"; empty: the name itself.
  void Offer(std::string_view name, std::string_view shown = {});
  std::vector<std::string> Take();

 private:
  struct Candidate {
    std::size_t distance;
    std::string shown;
  };
  std::string wanted_;
  std::vector<Candidate> best_;
};

// Insertions, deletions, substitutions and swaps of neighbours; limit + 1 when there are more than `limit`.
std::size_t NameDistance(std::string_view a, std::string_view b, std::size_t limit);

}  // namespace toomai::validator
