#include "templates/cjk_in_front.h"

#include <algorithm>
#include <utility>

namespace toomai::templates::cjk {
namespace {

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
        if ((TagAt(i) == Tag::kSuperMax || TagAt(i) == Tag::kSuperMin) && Thing(At(k)) && In(k - 1) &&
            !At(k - 1).values.empty() && !Noun(At(k - 1)) && DescribesThing(i))
          break;  // 手机类别里最贵的商品: of the thing, not of its kind
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

  // A thing follows, over particles.
  bool DescribesThing(int i) {
    const int next = After(i);
    return In(next) && Thing(At(next));
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
      const bool so_many =
          !about_time && In(i + 1) && Thing(At(i + 1)) && (TagAt(i + 2) == Tag::kRelative || HasBefore(k));
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

  // 有3个以上账户的客户: so many are had.
  bool HasBefore(int k) {
    return In(k - 1) && At(k - 1).norm == "有" &&
           std::any_of(row_.begin() + k, row_.end(), [](const Mention& m) { return m.tag == Tag::kDe; });
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

}  // namespace

void PutInFront(Row* row) {
  InFront(row).Run();
}

}  // namespace toomai::templates::cjk
