#include "templates/cjk_order.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "templates/cjk_in_front.h"
#include "templates/cjk_phrases.h"
#include "templates/cjk_row.h"
#include "templates/cjk_takes.h"

namespace toomai::templates {
namespace {

using namespace cjk;

// 哪些年份, 年はいつですか: the period itself is asked for. Its unit; 0: none.
int AskedPeriod(Row* row) {
  static const std::pair<std::string_view, int> kUnits[] = {{"年", 3},   {"年份", 3},   {"月", 2}, {"月份", 2},
                                                            {"季度", 4}, {"四半期", 4}, {"周", 5}, {"週", 5},
                                                            {"日", 1},   {"天", 1}};
  for (std::size_t i = 0; i < row->size(); ++i) {
    const Mention& m = (*row)[i];
    const auto* unit =
        std::find_if(std::begin(kUnits), std::end(kUnits), [&](const auto& u) { return u.first == m.norm; });
    if (unit == std::end(kUnits) || m.is_date || m.BestColumn() > 0.9f) continue;
    const bool before = i > 0 && (*row)[i - 1].tag == Tag::kWhich;
    const bool after = i + 1 < row->size() && ((*row)[i + 1].tag == Tag::kWhich || (*row)[i + 1].tag == Tag::kWhen) &&
                       (*row)[i + 1].norm.find("いつ") != std::string::npos;
    const bool which = i > 0 && (*row)[i - 1].norm == "どの";
    if (!before && !after && !which) continue;
    row->erase(row->begin() + static_cast<long>(i));
    return unit->second;
  }
  return 0;
}

// Where a second sentence begins that names what to list: 工资最高的员工是谁？显示姓和名。 The row's size: there is
// none.
std::size_t SecondSentence(const Row& row) {
  for (std::size_t i = 1; i + 1 < row.size(); ++i) {
    if (row[i].tag != Tag::kStop) continue;
    const auto rest = row.begin() + static_cast<long>(i);
    if (std::any_of(rest, row.end(), Noun) && std::any_of(row.begin(), rest, Noun)) return i;
  }
  return row.size();
}

// 已取消的订单和已送达的订单的比率: where the second of two things begins; 0: there are not two.
std::size_t RatioBetween(const Row& row) {
  const bool ratio = std::any_of(row.begin(), row.end(), [](const Mention& m) {
    return m.tag == Tag::kPercentAfter &&
           (m.norm.find("比率") != std::string::npos || m.norm.find("比例") != std::string::npos);
  });
  if (!ratio) return 0;
  for (std::size_t i = 1; i + 1 < row.size(); ++i) {
    const std::string& norm = row[i].norm;
    if (norm != "和" && norm != "与" && norm != "と" && norm != "对" && norm != "跟") continue;
    const bool after = std::any_of(row.begin() + static_cast<long>(i), row.end(), Thing);
    if (Thing(row[i - 1]) && after) return i;
  }
  return 0;
}

// 每个国家已认证用户: what each row stands for, behind what is asked of it.
void EachLast(Row* part) {
  if (part->size() < 3 || (*part)[0].tag != Tag::kEach || !Noun((*part)[1])) return;
  const bool things =
      std::any_of(part->begin() + 2, part->end(), [](const Mention& m) { return Thing(m) || m.boolean_like; });
  if (!things || (Property((*part)[2]) && !(*part)[2].boolean_like)) return;
  std::rotate(part->begin(), part->begin() + 2, part->end());
}

bool Dropped(Tag tag) {
  switch (tag) {
    case Tag::kHowMuchAfter:
    case Tag::kTopic:
    case Tag::kStop:
    case Tag::kOrderAfter:
    case Tag::kBetweenTo:
    case Tag::kWhich:
    case Tag::kFiller:
    case Tag::kBe:
    case Tag::kAdjAfter:
      return true;
    default:
      return false;
  }
}

// Parts joined by 的, の or a clause's verb: the last is what is wanted.
std::vector<Row> Parts(Row row) {
  std::vector<Row> parts(1);
  for (std::size_t i = 0; i < row.size(); ++i) {
    const bool more = i + 1 < row.size();
    if (Joint(row[i])) {
      if (!parts.back().empty() && more) parts.emplace_back();
      continue;
    }
    const Tag next = more ? row[i + 1].tag : Tag::kStop;
    const bool closes = row[i].closes && more && !Joint(row[i + 1]) && next != Tag::kAnd && next != Tag::kOr;
    parts.back().push_back(std::move(row[i]));
    if (closes) parts.emplace_back();
  }
  if (parts.size() > 1 && parts.back().empty()) parts.pop_back();
  return parts;
}

// 平均価格と最高価格, 最高价格和最低价格: numbers side by side, not the row that has the largest.
void ExtremesAmongNumbers(Row* row) {
  auto before_number = [&](std::size_t i) {
    return Ranks((*row)[i]) && i + 1 < row->size() && Property((*row)[i + 1]) && (*row)[i + 1].numeric &&
           (*row)[i].arg < kOrdinalArg;
  };
  std::size_t numbers = 0, extremes = 0;
  for (std::size_t i = 0; i < row->size(); ++i) {
    const Tag tag = (*row)[i].tag;
    numbers += Aggregate((*row)[i]) || tag == Tag::kSumAfter || tag == Tag::kCountAfter ? 1 : 0;
    extremes += before_number(i) ? 1 : 0;
  }
  if (extremes == 0 || numbers + extremes < 2) return;
  for (std::size_t i = 0; i < row->size(); ++i) {
    if (!before_number(i)) continue;
    Mention& m = (*row)[i];
    m.tag = m.tag == Tag::kSuperMax || m.tag == Tag::kMostOf ? Tag::kMax : Tag::kMin;
  }
}

// "show me 2024年 的 sales by 国家": one row for each.
void ByEach(Row* row) {
  const bool ranks = std::any_of(row->begin(), row->end(), [](const Mention& m) { return m.tag == Tag::kTop; });
  for (std::size_t i = 0; i + 1 < row->size(); ++i) {
    Mention& by = (*row)[i];
    if (by.tag == Tag::kBy && by.norm == "by" && !ranks && Noun((*row)[i + 1])) by.tag = Tag::kEach;
  }
}

}  // namespace

std::vector<Mention> InEnglishOrder(std::vector<Mention> row) {
  if (const std::size_t second = SecondSentence(row); second < row.size()) {
    const auto at = row.begin() + static_cast<long>(second);
    Row list(std::make_move_iterator(at + 1), std::make_move_iterator(row.end()));
    row.erase(at, row.end());
    Row out = InEnglishOrder(std::move(row));
    out.push_back(Word(Tag::kStop));
    out.push_back(Word(Tag::kList));
    std::erase_if(list, [](const Mention& m) { return m.tag == Tag::kList; });
    for (Mention& m : InEnglishOrder(std::move(list))) out.push_back(std::move(m));
    return out;
  }
  ByEach(&row);
  WhichFirst(&row);
  OrAfterClause(&row);
  DateBehindDeed(&row);
  HowMuchSpent(&row);
  RankBefore(&row);
  AverageCount(&row);
  ComparedFirst(&row);
  ShareOfWhole(&row);
  Row order = TakeOrder(&row);
  bool difference = false;
  for (const Mention& m : row) difference |= m.tag == Tag::kDifference;
  std::erase_if(row, [](const Mention& m) { return m.tag == Tag::kDifference; });
  if (difference) {
    for (Mention& m : row) {
      if (m.tag == Tag::kSuperMax) m.tag = Tag::kMax;
      if (m.tag == Tag::kSuperMin) m.tag = Tag::kMin;
      if (m.norm == "和" || m.norm == "与" || m.norm == "と" || m.norm == "跟") m.tag = Tag::kAnd;
    }
  }
  ExtremesAmongNumbers(&row);
  if (const std::size_t between = RatioBetween(row); between > 0) {
    Row out = {Word(Tag::kRatio)};
    Row first(std::make_move_iterator(row.begin()), std::make_move_iterator(row.begin() + static_cast<long>(between)));
    Row second(std::make_move_iterator(row.begin() + static_cast<long>(between) + 1),
               std::make_move_iterator(row.end()));
    std::erase_if(second, [](const Mention& m) { return m.tag == Tag::kPercentAfter; });
    for (Mention& m : InEnglishOrder(std::move(first))) out.push_back(std::move(m));
    out.push_back(Word(Tag::kTo));
    for (Mention& m : InEnglishOrder(std::move(second))) out.push_back(std::move(m));
    return out;
  }
  Row happened = TakeHappened(&row);
  const int period = AskedPeriod(&row);
  JoinNouns(&row);
  HaveBefore(&row);
  CountOfWhom(&row);
  Row counted = TakeCounted(&row);
  LimitBehind(&row);
  PutInFront(&row);
  LimitWanted(&row);
  bool how_many = false, percent = false;
  Row kept;
  for (Mention& m : row) {
    how_many |= m.tag == Tag::kHowManyAfter;
    percent |= m.tag == Tag::kPercentAfter;
    if (m.tag != Tag::kHowManyAfter && m.tag != Tag::kPercentAfter && !Dropped(m.tag)) kept.push_back(std::move(m));
  }
  SaidOf(&kept);
  std::vector<Row> parts = Parts(std::move(kept));
  const bool averaged =
      std::any_of(parts.back().begin(), parts.back().end(), [](const Mention& m) { return m.tag == Tag::kAverage; });
  if (percent || averaged) EachLast(&parts.back());
  // 每个职位的最高工资, 最高工资: the value itself, when no thing is asked for.
  Row& asked = parts.back();
  const bool thing = std::any_of(asked.begin(), asked.end(), Thing);
  const bool each =
      std::any_of(asked.begin(), asked.end(), [](const Mention& m) { return m.tag == Tag::kEach; }) ||
      (parts.size() > 1 && !parts[parts.size() - 2].empty() && parts[parts.size() - 2][0].tag == Tag::kEach);
  for (std::size_t i = 0; !thing && each && i + 1 < asked.size(); ++i) {
    if (!Property(asked[i + 1]) || asked[i].arg >= kOrdinalArg) continue;
    if (asked[i].tag == Tag::kSuperMax) asked[i].tag = Tag::kMax;
    if (asked[i].tag == Tag::kSuperMin) asked[i].tag = Tag::kMin;
  }
  Row out = std::move(counted);
  const bool asked_first = !out.empty();
  if (difference) out.push_back(Word(Tag::kDifference));
  if (period > 0) out.push_back(Word(Tag::kAsksPeriod, period));
  if (percent) out.push_back(Word(Tag::kPercent));
  const bool counts = std::any_of(parts.back().begin(), parts.back().end(), [](const Mention& m) {
    return m.tag == Tag::kCount || m.tag == Tag::kHowMany || m.tag == Tag::kSum || m.tag == Tag::kAverage;
  });
  if (how_many && !counts) out.push_back(Word(Tag::kHowMany));
  for (std::size_t p = parts.size(); p-- > 0;) {
    const bool last = p + 1 == parts.size();
    const bool of = parts[p].size() == 1 && Noun(parts[p][0]) && !parts[p][0].state && !parts[p][0].negative;
    const bool group = !parts[p].empty() && parts[p][0].tag == Tag::kEach;
    if (!last || (asked_first && !group)) out.push_back(Word(of ? Tag::kOf : Tag::kThat));
    // Within the wanted part, what comes before its last noun modifies it unless it is a job of its own.
    for (Mention& m : parts[p]) out.push_back(std::move(m));
  }
  for (Mention& m : order) out.push_back(std::move(m));
  for (Mention& m : happened) {
    if (!m.is_date) out.push_back(Word(Tag::kThat));
    out.push_back(std::move(m));
  }
  return out;
}

}  // namespace toomai::templates
