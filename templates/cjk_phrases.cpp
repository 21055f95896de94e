#include "templates/cjk_phrases.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace toomai::templates::cjk {
namespace {

bool Clause(const Mention& m) {  // says something about a thing, rather than naming one
  switch (m.tag) {
    case Tag::kCompare:
    case Tag::kCompareAfter:
    case Tag::kSuperMax:
    case Tag::kSuperMin:
    case Tag::kMostOf:
    case Tag::kLeastOf:
    case Tag::kRank:
    case Tag::kNot:
    case Tag::kNotAfter:
    case Tag::kWithout:
    case Tag::kYori:
    case Tag::kHaveAfter:
    case Tag::kBetween:
    case Tag::kBetweenEnd:
      return true;
    default:
      return m.is_number || m.state || m.negative || m.happened || m.boolean_like || !m.values.empty();
  }
}

}  // namespace

void RankBefore(Row* row) {
  for (std::size_t i = 0; i < row->size(); ++i) {
    if ((*row)[i].tag != Tag::kRank) continue;
    for (std::size_t k = i + 1; k < row->size() && k <= i + 5; ++k) {
      if ((*row)[k].tag != Tag::kAdjAfter) continue;
      const bool most = (*row)[k].arg == kGreater;
      const bool counts = (*row)[k].norm == "多い" || (*row)[k].norm == "少ない";
      const int place = (*row)[i].arg * kOrdinalArg;
      (*row)[k].tag = counts ? (most ? Tag::kMostOf : Tag::kLeastOf) : (most ? Tag::kSuperMax : Tag::kSuperMin);
      (*row)[k].arg = place + (counts ? 1 : 4);
      row->erase(row->begin() + static_cast<long>(i));
      break;
    }
  }
  std::erase_if(*row, [](const Mention& m) { return m.tag == Tag::kRank; });
}

void AverageCount(Row* row) {
  // 平均每个群组有多少成员
  for (std::size_t i = 0; i + 2 < row->size(); ++i) {
    if ((*row)[i].tag != Tag::kAverage || (*row)[i + 1].tag != Tag::kEach) continue;
    const auto many = std::find_if(row->begin() + static_cast<long>(i), row->end(), [](const Mention& m) {
      return m.tag == Tag::kHowManyAfter || m.tag == Tag::kHowMany;
    });
    if (many == row->end()) return;
    many->tag = Tag::kCount;
    many->norm = "number of";
    std::rotate(row->begin() + static_cast<long>(i), row->begin() + static_cast<long>(i) + 1, many);
    return;
  }
  for (std::size_t i = 0; i + 1 < row->size(); ++i) {
    const Tag next = (*row)[i + 1].tag;
    if ((*row)[i].tag == Tag::kAverage && (next == Tag::kHowManyAfter || next == Tag::kHowMany)) {
      (*row)[i + 1].tag = Tag::kCount;
      (*row)[i + 1].norm = "number of";
    }
  }
}

namespace {

// 比平均工资高: as 工资高于平均工资.
void ThanAverage(Row* row) {
  for (std::size_t i = 0; i + 3 < row->size(); ++i) {
    const bool than = (*row)[i].tag == Tag::kYori && (*row)[i].arg == kThanBefore &&
                      (*row)[i + 1].tag == Tag::kAverage && Property((*row)[i + 2]) &&
                      (*row)[i + 3].tag == Tag::kAdjAfter;
    if (!than) continue;
    Mention compare = Word(Tag::kCompare, (*row)[i + 3].arg);
    Mention measure = (*row)[i + 2];
    (*row)[i] = std::move(compare);
    (*row)[i + 2].closes = true;
    row->erase(row->begin() + static_cast<long>(i) + 3);
    row->insert(row->begin() + static_cast<long>(i), std::move(measure));
    return;
  }
}

}  // namespace

void ComparedFirst(Row* row) {
  ThanAverage(row);
  for (std::size_t i = 0; i + 3 < row->size(); ++i) {
    if ((*row)[i].tag != Tag::kAverage) continue;
    std::size_t than = i + 1;
    while (than < row->size() && (Property((*row)[than]) || (*row)[than].tag == Tag::kFiller)) ++than;
    if (than + 2 >= row->size() || (*row)[than].tag != Tag::kYori || (*row)[than].arg == kThanBefore) continue;
    std::size_t measure = than + 1;
    while (measure < row->size() && Passed((*row)[measure])) ++measure;
    if (measure + 1 >= row->size() || !Property((*row)[measure]) || !(*row)[measure].numeric) continue;
    std::size_t adjective = measure + 1;
    while (adjective < row->size() && Passed((*row)[adjective])) ++adjective;
    if (adjective >= row->size() || (*row)[adjective].tag != Tag::kAdjAfter) continue;
    row->erase(row->begin() + static_cast<long>(measure) + 1, row->begin() + static_cast<long>(adjective));
    std::rotate(row->begin() + static_cast<long>(i), row->begin() + static_cast<long>(measure),
                row->begin() + static_cast<long>(measure) + 1);
    return;
  }
}

void ShareOfWhole(Row* row) {
  auto percent = std::find_if(row->begin(), row->end(), [](const Mention& m) { return m.tag == Tag::kPercentAfter; });
  if (percent == row->end()) return;
  for (auto at = row->begin(); at != percent; ++at) {
    const bool divides = at->tag == Tag::kFiller && (at->norm == "占" || at->norm == "は");
    if (!divides || at + 1 == percent) continue;
    const bool whole = std::any_of(at + 1, percent, [](const Mention& m) {
      return m.tag == Tag::kSum || m.tag == Tag::kSumAfter || m.norm.starts_with("全");
    });
    const bool plain =
        std::none_of(at + 1, percent, [](const Mention& m) { return !m.values.empty() || m.is_number || m.is_date; });
    if (!whole || !plain) continue;
    row->erase(at, percent);
    return;
  }
}

void JoinNouns(Row* row) {
  for (std::size_t i = 1; i + 1 < row->size(); ++i) {
    Mention& m = (*row)[i];
    const bool joins = m.norm == "と" || m.norm == "や" || m.norm == "和" || m.norm == "与" || m.norm == "及其";
    auto joined = [](const Mention& part) { return Noun(part) || !part.values.empty(); };
    if (joins && m.tag != Tag::kAnd && joined((*row)[i - 1]) && joined((*row)[i + 1])) m.tag = Tag::kAnd;
  }
}

void CountOfWhom(Row* row) {
  auto many = std::find_if(row->begin(), row->end(), [](const Mention& m) { return m.tag == Tag::kHowMany; });
  if (many == row->end() || many == row->begin()) return;
  const bool said_each = std::any_of(row->begin(), many, [](const Mention& m) {
    return m.tag == Tag::kEach || m.tag == Tag::kEachAfter || m.tag == Tag::kBucket || Joint(m);
  });
  const bool one_noun = std::count_if(row->begin(), many, Noun) == 1;
  const bool distinct = std::any_of(many, row->end(), [](const Mention& m) { return m.tag == Tag::kDistinct; });
  auto whom = std::find_if(row->begin(), many, Thing);
  if (said_each || !one_noun || !distinct || whom == many) return;
  Mention of = std::move(*whom);
  row->erase(whom);
  row->push_back(Word(Tag::kOf));
  row->push_back(std::move(of));
}

void HaveBefore(Row* row) {
  for (std::size_t i = 0; i + 2 < row->size(); ++i) {
    const bool has = (*row)[i].norm == "有" || (*row)[i].norm == "填写了";
    const bool filled = (*row)[i].norm == "填写了" && i > 0 && Thing((*row)[i - 1]);
    if (!has || (*row)[i].tag != Tag::kFiller || !Property((*row)[i + 1])) continue;
    if ((*row)[i + 2].tag != Tag::kDe && !filled) continue;
    (*row)[i].tag = Tag::kHave;
    (*row)[i + 1].closes = true;
  }
}

void SaidOf(Row* row) {
  for (std::size_t i = 1; i < row->size(); ++i) {
    if ((*row)[i].boolean_like && Property((*row)[i]) && Thing((*row)[i - 1]))
      row->insert(row->begin() + static_cast<long>(i), Word(Tag::kThat));
  }
}

void WhichFirst(Row* row) {
  for (std::size_t i = 0; i + 2 < row->size(); ++i) {
    const bool which = (*row)[i].tag == Tag::kWhich && (*row)[i].norm.starts_with("哪");
    if (!which || !Noun((*row)[i + 1])) continue;
    std::size_t said = i + 2;
    if ((*row)[said].tag == Tag::kDe) ++said;
    const std::size_t end = row->size() - ((*row).back().tag == Tag::kStop ? 1 : 0);
    const auto from = row->begin() + static_cast<long>(said), to = row->begin() + static_cast<long>(end);
    if (said >= end || std::none_of(from, to, Clause)) return;
    Mention asked = std::move((*row)[i + 1]);
    row->insert(to, Word(Tag::kDe));
    row->insert(row->begin() + static_cast<long>(end) + 1, std::move(asked));
    row->erase(row->begin() + static_cast<long>(i), row->begin() + static_cast<long>(said));
    return;
  }
}

void DateBehindDeed(Row* row) {
  static constexpr std::string_view kDid[] = {"下过", "有过", "买过", "发过", "写过"};
  for (std::size_t i = 0; i + 2 < row->size(); ++i) {
    if (!(*row)[i].is_date) continue;
    std::size_t deed = i + 1;
    bool did = false;
    while (deed + 1 < row->size() && (*row)[deed].tag == Tag::kFiller) {
      did |= std::find(std::begin(kDid), std::end(kDid), (*row)[deed].norm) != std::end(kDid);
      ++deed;
    }
    const bool done = deed == i + 1 && deed + 1 < row->size() && (*row)[deed + 1].tag == Tag::kRelative;
    if (!Thing((*row)[deed]) || !(did || done)) continue;
    std::rotate(row->begin() + static_cast<long>(i), row->begin() + static_cast<long>(i) + 1,
                row->begin() + static_cast<long>(deed) + 1);
  }
}

void HowMuchSpent(Row* row) {
  const bool sums = std::any_of(row->begin(), row->end(), [](const Mention& m) { return m.sums; });
  while (!row->empty() && (row->back().tag == Tag::kStop || row->back().tag == Tag::kFiller)) row->pop_back();
  const bool asked = !row->empty() && (row->back().tag == Tag::kHowMany || row->back().tag == Tag::kHowManyAfter);
  if (sums && asked) row->pop_back();
}

void OrAfterClause(Row* row) {
  for (std::size_t i = 1; i + 1 < row->size(); ++i) {
    const Tag before = (*row)[i - 1].tag;
    const bool predicate = before == Tag::kCompareAfter || before == Tag::kCompare || before == Tag::kNotAfter ||
                           !(*row)[i - 1].values.empty() || (*row)[i - 1].is_number;
    if ((*row)[i].norm == "か" && (*row)[i].tag == Tag::kFiller && predicate && Noun((*row)[i + 1]))
      (*row)[i].tag = Tag::kOr;
  }
}

}  // namespace toomai::templates::cjk
