#include "templates/cjk_order.h"

#include <algorithm>
#include <utility>

namespace toomai::templates {
namespace {

using Row = std::vector<Mention>;

bool Noun(const Mention& m) {
  return !m.names.empty() && m.tag == Tag::kNone;
}
bool Thing(const Mention& m) {  // names rows rather than one property of them
  return Noun(m) && m.BestTable() > 0 && m.BestTable() >= m.BestColumn() - 0.001f;
}
bool Property(const Mention& m) {
  return Noun(m) && !Thing(m);
}
bool Aggregate(const Mention& m) {
  return m.tag == Tag::kAverage || m.tag == Tag::kSum || m.tag == Tag::kMax || m.tag == Tag::kMin;
}
bool Ranks(const Mention& m) {
  return m.tag == Tag::kSuperMax || m.tag == Tag::kSuperMin || m.tag == Tag::kMostOf || m.tag == Tag::kLeastOf;
}
bool Joint(const Mention& m) {
  return m.tag == Tag::kDe || m.tag == Tag::kRelative;
}
bool Passed(const Mention& m) {
  return m.tag == Tag::kFiller || m.tag == Tag::kTopic || m.tag == Tag::kDe;
}

Mention Word(Tag tag, int arg = 0) {
  Mention m;
  m.tag = tag;
  m.arg = arg;
  return m;
}

// Words that come after what they are about, put in front of it, one after the other.
class InFront {
 public:
  explicit InFront(Row* row) : row_(*row) {}

  void Run() {
    for (int i = 0; i < Size(); ++i) Step(i);
  }

 private:
  int Size() const { return static_cast<int>(row_.size()); }
  bool In(int i) const { return i >= 0 && i < Size(); }
  Mention& At(int i) { return row_[static_cast<std::size_t>(i)]; }
  Tag TagAt(int i) { return In(i) ? At(i).tag : Tag::kStop; }

  // The nearest noun, number, value or date before `i`, over particles; -1: none.
  int Before(int i) {
    for (int k = i - 1; k >= 0; --k) {
      if (!Passed(At(k))) return k;
    }
    return -1;
  }
  int After(int i) {
    for (int k = i + 1; k < Size(); ++k) {
      if (!Passed(At(k))) return k;
    }
    return -1;
  }

  void Move(int from, int to) {
    Mention m = std::move(At(from));
    row_.erase(row_.begin() + from);
    row_.insert(row_.begin() + to, std::move(m));
  }
  void Insert(int at, Mention m) { row_.insert(row_.begin() + at, std::move(m)); }

  // Where the aggregates directly before `k` begin: 平均 給与, 总 销售额.
  int StartOf(int k) {
    while (k > 0 && (Aggregate(At(k - 1)) || TagAt(k - 1) == Tag::kCount)) --k;
    return k;
  }

  void Step(int i) {
    int k = Before(i);
    if (TagAt(i) == Tag::kSumAfter && In(i + 1) && Property(At(i + 1)) && (k < 0 || !Property(At(k)))) {
      At(i).tag = Tag::kSum;  // 合計購入額
      return;
    }
    if (k < 0) return;
    switch (TagAt(i)) {
      case Tag::kCountAfter:
        if (Noun(At(k))) {
          At(i).tag = Tag::kCount;
          Move(i, k);
        }
        break;
      case Tag::kSumAfter:
        At(i).tag = Tag::kSum;
        if (Noun(At(k))) Move(i, k);
        break;
      case Tag::kMax:
      case Tag::kMin:
      case Tag::kAverage:
        ValueWord(i, k);
        break;
      case Tag::kEachAfter:
        if (Noun(At(k))) {
          At(i).tag = Tag::kEach;
          Move(i, k);
        }
        break;
      case Tag::kCompareAfter:
        CompareAfter(i, k);
        break;
      case Tag::kSuperMax:
      case Tag::kSuperMin:
      case Tag::kMostOf:
      case Tag::kLeastOf:
        if (Noun(At(k))) Superlative(i, k);
        break;
      case Tag::kTop:
        RankedBy(i, k);
        break;
      case Tag::kYori:
        Than(i, k);
        break;
      case Tag::kContainsAfter:
        At(i).tag = Tag::kContains;
        At(k).closes = true;
        Move(i, k);
        break;
      case Tag::kNotAfter:
        At(i).tag = Tag::kNot;
        while (k > 0 && TagAt(k) == Tag::kRelative) k = Before(k);  // 送信したことのない
        if (k < 0) break;
        if (Noun(At(k)) || !At(k).values.empty()) {
          At(k).closes = true;
          Move(i, k);
        }
        break;
      case Tag::kHaveAfter:
        HaveAfter(i, k);
        break;
      case Tag::kRelative:
      case Tag::kDe:
        DoneBy(i);
        break;
      case Tag::kCompare:
        CountedBefore(i, k);
        break;
      case Tag::kBetweenTo:
      case Tag::kBetweenEnd:
        Between(i);
        break;
      default:
        break;
    }
  }

  // 売上の最大値、最小値、平均値: aggregates said after their column.
  void ValueWord(int i, int k) {
    const bool after = At(i).norm.ends_with("値") || At(i).norm.ends_with("值");
    if (!after) {  // 商品平均价格: the thing stands between
      const bool each = k > 0 && (TagAt(k - 1) == Tag::kEach || TagAt(k - 1) == Tag::kEachAfter);
      if (In(i + 1) && k == i - 1 && Thing(At(k)) && Property(At(i + 1)) && !each) Move(i, k);
      return;
    }
    int to = k;
    while (to > 0 && (TagAt(to) == Tag::kAnd || TagAt(to) == Tag::kBetweenTo)) --to;
    if (!Noun(At(to)) || TagAt(After(i)) == Tag::kYori || TagAt(After(i)) == Tag::kCompareAfter) return;
    if (to > 0 && TagAt(to - 1) == Tag::kCompare) return;
    if (to > 0 && Thing(At(to - 1)) && Property(At(to))) --to;
    Move(i, to);
  }

  // 数 以上, 平均 より高い; 顧客が20人以上: what is counted stands before its number.
  void CompareAfter(int i, int k) {
    const bool about_time = At(i).arg >= 128;
    const int op = At(i).arg % 128;
    At(i).tag = about_time ? Tag::kCompareAdjective : Tag::kCompare;
    At(i).arg = about_time ? op + 16 * 8 : op;
    At(i).norm.clear();
    if (At(k).is_number || At(k).is_date) {
      At(k).closes = true;
      Move(i, k);
      if (!about_time) CountedBefore(k, Before(k));
    } else if (Noun(At(k)) || Aggregate(At(k))) {
      const int from = Noun(At(k)) ? StartOf(k) : k;
      At(k).closes = true;
      Move(i, from);
    }
  }

  // 注文 > 30 -> > 30 注文: so many of a thing, when the thing is rows.
  void CountedBefore(int compare, int k) {
    if (!In(k) || !Thing(At(k)) || !In(compare + 1) || !At(compare + 1).is_number) return;
    const bool measured = k > 0 && Aggregate(At(k - 1));
    const bool means_measure = k > 0 && (TagAt(k - 1) == Tag::kEach || TagAt(k - 1) == Tag::kCount);
    if (measured || means_measure || At(k).BestColumn() > At(k).BestTable() - 0.02f) return;
    At(compare + 1).closes = false;
    At(k).closes = true;
    Move(k, compare + 1);
  }

  // 注文回数が最も多い, 现有数量总和最多
  void Superlative(int i, int k) {
    const int at = StartOf(k);
    if (at < k && Aggregate(At(at))) {
      if (TagAt(i) == Tag::kMostOf) At(i) = Word(Tag::kSuperMax, 4);
      if (TagAt(i) == Tag::kLeastOf) At(i) = Word(Tag::kSuperMin, 4);
    }
    At(k).closes = true;
    Move(i, at);
  }

  // 売上トップ10の顧客, 売上合計の上位5社: the first so many by what was said before.
  void RankedBy(int i, int k) {
    if (!In(i + 1) || !At(i + 1).is_number || !Property(At(k)) || !At(k).numeric) return;
    for (const Mention& m : row_) {
      if (Ranks(m)) return;
    }
    Mention number = std::move(At(i + 1));
    row_.erase(row_.begin() + i + 1);
    At(i) = Word(Tag::kSuperMax, 4);
    At(k).closes = true;
    const int at = StartOf(k);
    Move(i, at);
    Insert(at + 1, std::move(number));
  }

  // 平均より高い: the adjective that follows compares.
  void Than(int i, int k) {
    if (TagAt(i + 1) != Tag::kAdjAfter) {
      At(i).tag = Tag::kFiller;
      return;
    }
    const int op = At(i + 1).arg;
    row_.erase(row_.begin() + i + 1);
    At(i) = Word(Tag::kCompare, op);
    At(k).closes = true;
    Move(i, Noun(At(k)) ? StartOf(k) : k);
  }

  // website のある プロフィール: it has some; 大阪にある: a verb of place.
  void HaveAfter(int i, int k) {
    At(i).tag = Tag::kRelative;
    if (Property(At(k)) && At(k).values.empty() && !At(k).is_number) Insert(k, Word(Tag::kHave));
  }

  // Alice が紹介した顧客, 由 Alice 推荐的客户: what somebody did, in front of who did it.
  void DoneBy(int i) {
    const int verb = i - 1;
    if (!In(verb) || !At(verb).role || !Property(At(verb)) || !At(verb).values.empty()) return;
    const int who = Before(verb);
    if (!In(who) || At(who).values.empty() || Noun(At(who))) return;
    Move(verb, who);
    At(who + 1).closes = true;
  }

  // A から B まで, 在 A 到 B 之间, 50万から100万の
  void Between(int i) {
    const bool closed = TagAt(i) == Tag::kBetweenEnd;
    for (int b = closed ? i - 1 : i; b > 0 && b >= i - 4; --b) {
      const Tag t = TagAt(b);
      const bool joins = t == Tag::kBetweenTo || (closed && (t == Tag::kAnd || t == Tag::kFiller));
      if (!joins || !At(b - 1).is_number || !In(b + 1) || !At(b + 1).is_number || (closed && b + 1 >= i)) continue;
      if (!closed && (TagAt(b) != Tag::kBetweenTo || TagAt(b + 2) == Tag::kBetweenEnd)) return;
      At(b).tag = Tag::kAnd;
      At(b + 1).closes = true;
      if (closed) {
        At(i).tag = Tag::kBetween;
        Move(i, b - 1);
      } else {
        Insert(b - 1, Word(Tag::kBetween));
      }
      return;
    }
    if (closed) At(i).tag = Tag::kFiller;
  }

  Row& row_;
};

// 姓と名, 商品及其价格: a word between two nouns joins them.
void JoinNouns(Row* row) {
  for (std::size_t i = 1; i + 1 < row->size(); ++i) {
    Mention& m = (*row)[i];
    const bool joins = m.norm == "と" || m.norm == "や" || m.norm == "和" || m.norm == "与" || m.norm == "及其";
    if (joins && m.tag != Tag::kAnd && Noun((*row)[i - 1]) && Noun((*row)[i + 1])) m.tag = Tag::kAnd;
  }
}

// 5つの商品, 五种商品: a number directly before what is wanted says how many of them.
void LimitWanted(Row* row) {
  std::size_t wanted = row->size();
  for (std::size_t i = row->size(); i-- > 0;) {
    if (Joint((*row)[i]) && wanted < row->size()) break;
    if (Thing((*row)[i])) wanted = i;
  }
  if (wanted >= row->size()) return;
  std::size_t at = wanted;
  while (at > 0 && Passed((*row)[at - 1])) --at;
  if (at == 0 || !(*row)[at - 1].is_number || (*row)[at - 1].number > 1000 || (*row)[at - 1].number < 1) return;
  std::size_t earlier = at - 1;
  while (earlier > 0 && Passed((*row)[earlier - 1])) --earlier;
  const Tag before = earlier > 0 ? (*row)[earlier - 1].tag : Tag::kStop;
  if (before == Tag::kTop || before == Tag::kCompare || before == Tag::kAnd || before == Tag::kBetween) return;
  bool counter = at < wanted || (at > 1 && Ranks((*row)[at - 2]));
  if (counter) row->insert(row->begin() + static_cast<long>(at) - 1, Word(Tag::kTop));
}

// 用户来自多少个不同的国家: what is counted, of whom.
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

// 有 of what is filled in: 有邀请人的用户.
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

// 商品已经停售: a yes-or-no property said after the thing is a condition.
void SaidOf(Row* row) {
  for (std::size_t i = 1; i < row->size(); ++i) {
    if ((*row)[i].boolean_like && Property((*row)[i]) && Thing((*row)[i - 1]))
      row->insert(row->begin() + static_cast<long>(i), Word(Tag::kThat));
  }
}

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
    const bool after =
        i + 1 < row->size() && (*row)[i + 1].tag == Tag::kWhich && (*row)[i + 1].norm.find("いつ") != std::string::npos;
    const bool which = i > 0 && (*row)[i - 1].norm == "どの";
    if (!before && !after && !which) continue;
    row->erase(row->begin() + static_cast<long>(i));
    return unit->second;
  }
  return 0;
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

}  // namespace

std::vector<Mention> InEnglishOrder(std::vector<Mention> row) {
  Row happened;
  for (std::size_t i = row.size(); i-- > 0;) {
    if (!row[i].happened) continue;
    happened.push_back(std::move(row[i]));
    row.erase(row.begin() + static_cast<long>(i));
  }
  const int period = AskedPeriod(&row);
  JoinNouns(&row);
  HaveBefore(&row);
  CountOfWhom(&row);
  InFront(&row).Run();
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
  Row out;
  if (period > 0) out.push_back(Word(Tag::kAsksPeriod, period));
  if (percent) out.push_back(Word(Tag::kPercent));
  const bool counts = std::any_of(parts.back().begin(), parts.back().end(), [](const Mention& m) {
    return m.tag == Tag::kCount || m.tag == Tag::kHowMany || m.tag == Tag::kSum || m.tag == Tag::kAverage;
  });
  if (how_many && !counts) out.push_back(Word(Tag::kHowMany));
  for (std::size_t p = parts.size(); p-- > 0;) {
    const bool last = p + 1 == parts.size();
    const bool of = parts[p].size() == 1 && Noun(parts[p][0]) && !parts[p][0].state && !parts[p][0].negative;
    if (!last) out.push_back(Word(of ? Tag::kOf : Tag::kThat));
    // Within the wanted part, what comes before its last noun modifies it unless it is a job of its own.
    for (Mention& m : parts[p]) out.push_back(std::move(m));
  }
  for (Mention& m : happened) {
    out.push_back(Word(Tag::kThat));
    out.push_back(std::move(m));
  }
  return out;
}

}  // namespace toomai::templates
