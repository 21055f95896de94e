#include "templates/cjk_best_of_each.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "templates/cjk_row.h"

namespace toomai::templates {
namespace {

using namespace cjk;

// The parts, as places in the row.
struct Best {
  std::size_t group = 0, rank = 0, thing = 0;
  std::optional<std::size_t> measure;
};

bool Adds(const Mention& m) {
  static constexpr std::string_view kOf[] = {"中", "里", "内", "是", "谁", "誰", "だれ", "人"};
  return Passed(m) || m.tag == Tag::kRelative || m.tag == Tag::kBe || m.tag == Tag::kStop || m.tag == Tag::kWhich ||
         m.tag == Tag::kList || m.tag == Tag::kIn || std::find(std::begin(kOf), std::end(kOf), m.norm) != std::end(kOf);
}

std::optional<Best> Find(const Row& row) {
  Best best;
  std::size_t eaches = 0, ranks = 0, each = 0;
  for (std::size_t i = 0; i < row.size(); ++i) {
    const Tag tag = row[i].tag;
    const bool superlative = (tag == Tag::kSuperMax || tag == Tag::kSuperMin) && row[i].arg < kOrdinalArg;
    if (tag == Tag::kEach || tag == Tag::kEachAfter) {
      ++eaches;
      each = i;
    } else if (superlative) {
      ++ranks;
      best.rank = i;
    } else if (!Noun(row[i]) && !Adds(row[i])) {
      return std::nullopt;  // something else is said as well
    }
  }
  if (eaches != 1 || ranks != 1) return std::nullopt;
  const bool after = row[each].tag == Tag::kEachAfter;
  if ((after && each == 0) || (!after && each + 1 >= row.size())) return std::nullopt;
  best.group = after ? each - 1 : each + 1;
  std::vector<std::size_t> others;
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (Noun(row[i]) && i != best.group) others.push_back(i);
  }
  if (!Noun(row[best.group]) || others.empty() || others.size() > 2 || best.group > best.rank) return std::nullopt;
  best.thing = others.back();
  if (!Thing(row[best.thing]) || best.thing < best.rank) return std::nullopt;
  if (others.size() == 2) {
    if (!Property(row[others[0]]) || !row[others[0]].numeric || others[0] > best.rank) return std::nullopt;
    best.measure = others[0];
  }
  return best;
}

}  // namespace

bool BestOfEach(std::vector<Mention>* row) {
  const auto best = Find(*row);
  if (!best) return false;
  Row said;
  if (!best->measure) said.push_back(std::move((*row)[best->rank]));
  said.push_back(std::move((*row)[best->thing]));
  if (best->measure) {
    said.push_back(Word(Tag::kWith));
    said.push_back(std::move((*row)[best->rank]));
    said.push_back(std::move((*row)[*best->measure]));
  }
  said.push_back(Word(Tag::kIn));
  said.push_back(Word(Tag::kEach));
  said.push_back(std::move((*row)[best->group]));
  *row = std::move(said);
  return true;
}

}  // namespace toomai::templates
