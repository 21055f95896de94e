#include "templates/cjk_order.h"

#include <algorithm>
#include <iterator>
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

constexpr int kThanBefore = 1;  // of kYori: what is compared with follows

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
    if (TagAt(i) == Tag::kYori && At(i).arg == kThanBefore) {
      ThanBefore(i);
      return;
    }
    if (k < 0) return;
    switch (TagAt(i)) {
      case Tag::kCountAfter:
        if (Noun(At(k))) {
          At(i).tag = Tag::kCount;
          Move(i, k);
        } else if (!At(k).values.empty()) {
          At(i).tag = Tag::kHowMany;  // モデレーターの人数
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
        if (TagAt(i - 1) == Tag::kDe && In(i + 1) && Property(At(i + 1)) && (!Thing(At(k)) || EachBefore(k)))
          break;  // 每个职位的最高工资
        if (Noun(At(k))) Superlative(i, k);
        break;
      case Tag::kTop:
        RankedBy(i, k);
        break;
      case Tag::kYori:
        Than(i, k);
        break;
      case Tag::kContainsAfter:
        ContainsAfter(i, k);
        break;
      case Tag::kNotAfter:
        At(i).tag = Tag::kNot;
        while (k > 0 && TagAt(k) == Tag::kRelative) k = Before(k);  // 送信したことのない
        if (k < 0) break;
        if (Noun(At(k)) || !At(k).values.empty()) {
          At(k).closes = true;
          const bool neither = At(i).arg == 1 || (In(k + 1) && At(k + 1).norm == "も");  // メールも電話もない
          Move(i, k);
          if (neither) AlsoNot(k);
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

  // 每个类别商品, カテゴリごとの商品: directly grouped.
  bool EachBefore(int k) {
    return std::any_of(row_.begin(), row_.begin() + k,
                       [](const Mention& m) { return m.tag == Tag::kEach || m.tag == Tag::kEachAfter; });
  }

  // 売上の最大値、最小値、平均値: aggregates said after their column.
  void ValueWord(int i, int k) {
    const bool after = At(i).norm.ends_with("値") || At(i).norm.ends_with("值") || At(i).norm.ends_with("額");
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
    constexpr std::string_view kThan = "より";
    const bool named = !At(k).values.empty() && !Noun(At(k)) && !At(k).is_number && !At(k).is_date;
    if (named && At(i).norm.starts_with(kThan)) {  // Kettleより安い
      Mention adjective = Word(Tag::kAdjAfter, At(i).arg % 128);
      adjective.norm = At(i).norm.substr(kThan.size());
      At(i) = Comparison(adjective, At(k));
      At(k).closes = true;
      Move(i, k);
      return;
    }
    const bool about_time = At(i).arg >= 128;
    const int op = At(i).arg % 128;
    At(i).tag = about_time ? Tag::kCompareAdjective : Tag::kCompare;
    At(i).arg = about_time ? op + 16 * 8 : op;
    At(i).norm.clear();
    if (Property(At(k)) && At(k).numeric && In(k - 1) && At(k - 1).is_number && At(k - 1).to == At(k).from) {
      Move(k, k - 1);  // 40岁以上
      At(k).closes = true;
      Move(i, k);
      return;
    }
    if (At(k).is_number || At(k).is_date) {
      const bool measured = In(Before(k)) && Property(At(Before(k))) && At(Before(k)).numeric;
      if (!about_time && !measured && TagAt(i + 1) == Tag::kDe && In(i + 3) && Thing(At(i + 2)) &&
          TagAt(i + 3) == Tag::kDe) {
        row_.erase(row_.begin() + i + 1);  // 10个以上的活动的城市
        At(i + 1).closes = true;
        Move(i, k);
        return;
      }
      const bool so_many = !about_time && In(i + 1) && Thing(At(i + 1)) &&
                           (TagAt(i + 2) == Tag::kRelative || k < i - 1) && TagAt(i + 2) == Tag::kRelative;
      if (so_many)
        At(i + 1).closes = true;  // 10件以上投稿した
      else
        At(k).closes = true;
      Move(i, k);
      if (!about_time) CountedBefore(k, Before(k));
    } else if (Noun(At(k)) || Aggregate(At(k))) {
      const int from = Noun(At(k)) ? StartOf(k) : k;
      At(k).closes = true;
      Move(i, from);
    }
  }

  // 以A开头, Aで始まる, 「Tea」を含む
  void ContainsAfter(int i, int k) {
    At(i).tag = At(i).arg == 1 ? Tag::kStarts : At(i).arg == 2 ? Tag::kEnds : Tag::kContains;
    if (In(i - 1) && At(i - 1).text.size() == 1 && At(i - 1).tag == Tag::kFiller) {
      k = i - 1;  // a letter, not an article
      At(k).tag = Tag::kNone;
      At(k).quoted = true;
    }
    At(k).closes = true;
    Move(i, k);
  }

  // 日本でも中国でもない: neither.
  void AlsoNot(int k) {
    if (!In(k - 1) || At(k - 1).tag != Tag::kFiller || (At(k - 1).norm != "も" && At(k - 1).norm != "でも")) return;
    const int p = Before(k);
    if (!In(p) || !(Noun(At(p)) || !At(p).values.empty())) return;
    At(p).closes = true;
    Insert(p, Word(Tag::kNot));
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
      const int place = At(i).arg / kOrdinalArg * kOrdinalArg;
      if (TagAt(i) == Tag::kMostOf) At(i) = Word(Tag::kSuperMax, 4 + place);
      if (TagAt(i) == Tag::kLeastOf) At(i) = Word(Tag::kSuperMin, 4 + place);
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
    const Mention adjective = std::move(At(i + 1));
    row_.erase(row_.begin() + i + 1);
    At(i) = Comparison(adjective, At(k));
    At(k).closes = true;
    Move(i, Noun(At(k)) ? StartOf(k) : k);
  }

  // 比Kettle便宜: the adjective behind what it compares with.
  void ThanBefore(int i) {
    const int with = After(i);
    const bool compares = In(with) && TagAt(with + 1) == Tag::kAdjAfter && !At(with).values.empty();
    if (!compares) {
      At(i).tag = Tag::kFiller;
      return;
    }
    At(i) = Comparison(At(with + 1), At(with));
    At(with).closes = true;
    row_.erase(row_.begin() + with + 1);
  }

  // Of a named thing the adjective says what is compared: 安い its price.
  static Mention Comparison(const Mention& adjective, const Mention& with) {
    static constexpr std::pair<std::string_view, int> kConcepts[] = {
        {"安い", 7}, {"便宜", 7}, {"贵", 7}, {"重い", 5},   {"重", 5},   {"軽い", 5},   {"轻", 5}, {"長い", 3},
        {"长", 3},   {"短い", 3}, {"短", 3}, {"大きい", 2}, {"大", 2},   {"小さい", 2}, {"小", 2}, {"高い", 4},
        {"高", 4},   {"低い", 4}, {"低", 4}, {"新しい", 8}, {"早い", 8}, {"晚", 8},     {"早", 8}};
    const auto* known = std::find_if(std::begin(kConcepts), std::end(kConcepts),
                                     [&](const auto& c) { return c.first == adjective.norm; });
    const bool thing = !with.values.empty() && !Noun(with) && known != std::end(kConcepts);
    return thing ? Word(Tag::kCompareAdjective, adjective.arg + 16 * known->second)
                 : Word(Tag::kCompare, adjective.arg);
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

// 2番目に価格が高い, 最も給与が高い: the place is said before the measure, the direction after it.
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

// 平均有多少帖子: an average of counts.
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

// 预算占总预算的百分比, 予算は予算合計の何パーセント: a share of the whole says the whole again.
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

// 姓と名, 商品及其价格: a word between two nouns joins them.
void JoinNouns(Row* row) {
  for (std::size_t i = 1; i + 1 < row->size(); ++i) {
    Mention& m = (*row)[i];
    const bool joins = m.norm == "と" || m.norm == "や" || m.norm == "和" || m.norm == "与" || m.norm == "及其";
    auto joined = [](const Mention& part) { return Noun(part) || !part.values.empty(); };
    if (joins && m.tag != Tag::kAnd && joined((*row)[i - 1]) && joined((*row)[i + 1])) m.tag = Tag::kAnd;
  }
}

// 5つの商品, 五种商品: a number directly before what is wanted says how many of them.
void LimitWanted(Row* row) {
  std::size_t wanted = row->size();
  for (std::size_t i = row->size(); i-- > 0;) {
    if (Joint((*row)[i]) && wanted < row->size()) break;
    if (Thing((*row)[i])) wanted = i;
  }
  for (std::size_t i = row->size(); wanted >= row->size() && i-- > 0;) {  // 三个国家: an attribute by itself
    if (Joint((*row)[i])) break;
    if (Property((*row)[i]) && !(*row)[i].numeric && (*row)[i].values.empty()) wanted = i;
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

// 哪些客户下过至少10个订单: what is asked for stands first; put behind what is said of it.
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

// 先週注文した顧客, 2023年下过订单的客户: when something was done goes behind what was done.
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

// 日本客户一共消费了多少: the amount itself is asked for, not how many.
void HowMuchSpent(Row* row) {
  const bool sums = std::any_of(row->begin(), row->end(), [](const Mention& m) { return m.sums; });
  while (!row->empty() && (row->back().tag == Tag::kStop || row->back().tag == Tag::kFiller)) row->pop_back();
  const bool asked = !row->empty() && (row->back().tag == Tag::kHowMany || row->back().tag == Tag::kHowManyAfter);
  if (sums && asked) row->pop_back();
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

// 上周下过单的客户, 先週注文した顧客: when it happened goes with what happened.
Row TakeHappened(Row* row) {
  Row happened;
  for (std::size_t i = row->size(); i-- > 0;) {
    if (!(*row)[i].happened) continue;
    happened.push_back(std::move((*row)[i]));
    row->erase(row->begin() + static_cast<long>(i));
    std::size_t when = i;
    while (when > 0 && Passed((*row)[when - 1])) --when;
    if (when == 0 || !(*row)[when - 1].is_date) continue;
    happened.push_back(std::move((*row)[when - 1]));
    row->erase(row->begin() + static_cast<long>(when) - 1);
  }
  return happened;
}

// 每个客户有多少销售订单, 部门有多少女员工: the thing counted and what describes it, taken out as "how many …".
Row TakeCounted(Row* row) {
  for (std::size_t i = 1; i + 1 < row->size(); ++i) {
    if ((*row)[i].tag != Tag::kHowManyAfter || !(*row)[i].norm.starts_with("有")) continue;
    std::size_t k = i + 1;
    auto describes = [](const Mention& m) {
      return m.tag == Tag::kFiller || (m.tag == Tag::kNone && !m.values.empty()) || m.boolean_like || m.state;
    };
    while (k < row->size() && describes((*row)[k]) && !Thing((*row)[k])) ++k;
    const bool last = k + 1 == row->size() || (k + 2 == row->size() && (*row)[k + 1].tag == Tag::kStop);
    if (k >= row->size() || !Thing((*row)[k]) || !last) return {};
    Row counted = {Word(Tag::kHowMany)};
    for (std::size_t m = i + 1; m <= k; ++m) {
      if ((*row)[m].tag != Tag::kFiller) counted.push_back(std::move((*row)[m]));
    }
    row->erase(row->begin() + static_cast<long>(i), row->begin() + static_cast<long>(k) + 1);
    return counted;
  }
  return {};
}

// 顧客5人, 商品を3つ挙げて: a number with a counter behind what is wanted says how many of it.
void LimitBehind(Row* row) {
  static constexpr std::string_view kCounters[] = {"人", "名", "個", "つ", "件", "社", "台", "冊", "枚", "点", "店"};
  for (std::size_t i = 1; i + 1 < row->size(); ++i) {
    Mention& number = (*row)[i];
    const bool counter =
        std::find(std::begin(kCounters), std::end(kCounters), (*row)[i + 1].norm) != std::end(kCounters);
    if (!number.is_number || !counter || number.number < 1 || number.number > 1000) continue;
    const bool compared =
        i + 2 < row->size() && ((*row)[i + 2].tag == Tag::kCompareAfter || (*row)[i + 2].tag == Tag::kCompare);
    std::size_t thing = i - 1;
    while (thing > 0 && (*row)[thing].norm == "を") --thing;
    if (compared || !Thing((*row)[thing])) continue;
    Mention said = std::move(number);
    row->erase(row->begin() + static_cast<long>(i), row->begin() + static_cast<long>(i) + 2);
    row->insert(row->begin() + static_cast<long>(thing), std::move(said));
    row->insert(row->begin() + static_cast<long>(thing), Word(Tag::kTop));
    return;
  }
}

// 定員が50を超えるか参加費が0の: か after a predicate means "or".
void OrAfterClause(Row* row) {
  for (std::size_t i = 1; i + 1 < row->size(); ++i) {
    const Tag before = (*row)[i - 1].tag;
    const bool predicate = before == Tag::kCompareAfter || before == Tag::kCompare || before == Tag::kNotAfter ||
                           !(*row)[i - 1].values.empty() || (*row)[i - 1].is_number;
    if ((*row)[i].norm == "か" && (*row)[i].tag == Tag::kFiller && predicate && Noun((*row)[i + 1]))
      (*row)[i].tag = Tag::kOr;
  }
}

// 部署を予算の高い順に: the measure and its direction, behind what is listed.
Row TakeOrderBehind(Row* row) {
  for (std::size_t i = 3; i < row->size(); ++i) {
    const bool directed = ((*row)[i].tag == Tag::kAscending || (*row)[i].tag == Tag::kDescending) &&
                          (*row)[i].norm.find("順") != std::string::npos;
    std::size_t by = i - 1;
    if ((*row)[by].tag == Tag::kDe || (*row)[by].norm == "が") --by;
    if (!directed || by == i - 1 || !Property((*row)[by]) || (*row)[by - 1].norm != "を") continue;
    Row order = {Word(Tag::kOrder), std::move((*row)[by]), std::move((*row)[i])};
    order[0].norm = "order by";
    row->erase(row->begin() + static_cast<long>(by) - 1, row->begin() + static_cast<long>(i) + 1);
    return order;
  }
  return {};
}

// 按名称升序, 按价格从高到低排列: taken out, as "order … ascending".
Row TakeOrder(Row* row) {
  for (std::size_t i = 0; i + 2 < row->size(); ++i) {
    const std::string& by = (*row)[i].norm;
    if ((*row)[i].tag != Tag::kEach || (!by.starts_with("按") && by != "根据")) continue;
    std::size_t k = i + 1;
    while (k < row->size() && ((*row)[k].tag == Tag::kDe || (*row)[k].tag == Tag::kFiller || Noun((*row)[k]))) ++k;
    const bool directed =
        k > i + 1 && k < row->size() && ((*row)[k].tag == Tag::kAscending || (*row)[k].tag == Tag::kDescending);
    if (!directed) continue;
    Row order = {Word(Tag::kOrder)};
    order[0].norm = "order by";
    for (std::size_t m = i + 1; m <= k; ++m) {
      if (Noun((*row)[m]) || m == k) order.push_back(std::move((*row)[m]));
    }
    std::size_t end = k + 1;
    if (end < row->size() && (*row)[end].tag == Tag::kOrder) ++end;
    row->erase(row->begin() + static_cast<long>(i), row->begin() + static_cast<long>(end));
    return order;
  }
  return TakeOrderBehind(row);
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
  WhichFirst(&row);
  OrAfterClause(&row);
  DateBehindDeed(&row);
  HowMuchSpent(&row);
  RankBefore(&row);
  AverageCount(&row);
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
