// Durations in Chinese and Japanese: 订单从下单到发货平均需要几天, 下单后3天内发货的订单, 発送までに何日かかるか.
#include <algorithm>
#include <optional>
#include <utility>

#include "templates/cjk_row.h"
#include "templates/span_moments.h"
#include "templates/span_phrases.h"

namespace toomai::templates {
namespace {

using cjk::Row;
using cjk::Word;

bool Lasts(const Mention& m, int what) {
  return m.tag == Tag::kLasting && m.arg == what;
}

// 几天, 多少小时, 何日間: the unit asked for; empty: none is.
std::string UnitAsked(const std::string& word) {
  for (std::string_view unit : {"小时", "分钟", "个月", "時間", "週間", "か月", "ヶ月", "天", "周", "日", "分"}) {
    if (word.find(unit) != std::string::npos) return UnitOfTime(std::string(unit));
  }
  return "";
}

class IdeographSpans {
 public:
  IdeographSpans(const Context& context, Row* row) : row_(*row), moments_(context, *row) {
    gone_.assign(row->size(), false);
  }

  bool Run() {
    const bool asks = Any([](const Mention& m) { return m.tag == Tag::kLasting && m.arg != kJoinsMoments; });
    FindLength();
    const bool numbers =
        Any([](const Mention& m) { return m.tag == Tag::kAverage || m.tag == Tag::kRank || cjk::Ranks(m); });
    if (!asks && !numbers && number_ == row_.size()) return false;
    if (!FindMoments() && !(asks && (FindEnd() || FindStay()))) return false;
    Build();
    return true;
  }

 private:
  template <typename Is>
  bool Any(Is is) const {
    return std::any_of(row_.begin(), row_.end(), is);
  }
  bool Within(std::size_t i) const { return i < row_.size(); }
  Tag TagAt(std::size_t i) const { return Within(i) ? row_[i].tag : Tag::kStop; }

  // 超过3天, 3日以上, 3天内
  void FindLength() {
    number_ = row_.size();
    for (std::size_t i = 0; i + 1 < row_.size(); ++i) {
      if (!row_[i].is_number) continue;
      const Mention& next = row_[i + 1];
      const bool within = Lasts(next, kWithinTime);
      const std::string unit = within ? UnitAsked(next.norm) : UnitOfTime(next.norm);
      if (unit.empty() || next.from != row_[i].to) continue;
      number_ = i;
      unit_ = unit;
      gone_[i] = gone_[i + 1] = true;
      op_ = within ? kLessEqual : kEqual;
      if (i > 0 && row_[i - 1].tag == Tag::kCompare) {
        op_ = row_[i - 1].arg;
        gone_[i - 1] = true;
      } else if (TagAt(i + 2) == Tag::kCompareAfter) {
        op_ = row_[i + 2].arg % 128;
        gone_[i + 2] = true;
      }
      return;
    }
  }

  // What may stand between two moments, and a length of time.
  bool Joins(std::size_t i) const {
    const Mention& m = row_[i];
    const bool particle = m.tag == Tag::kFiller || m.tag == Tag::kBetweenTo || m.tag == Tag::kAnd ||
                          m.tag == Tag::kTopic || m.tag == Tag::kDe || m.tag == Tag::kLasting ||
                          m.tag == Tag::kBetweenEnd || m.tag == Tag::kCompareAfter || m.tag == Tag::kAverage;
    return gone_[i] || (particle && m.names.empty()) || (m.tag == Tag::kRelative && m.names.empty());
  }

  // 到, から: from the one to the other.
  bool Leads(const Mention& m) const {
    static constexpr std::string_view kWords[] = {"到", "至", "から", "后", "之后", "後", "後に", "后的"};
    return std::find(std::begin(kWords), std::end(kWords), m.norm) != std::end(kWords) || m.tag == Tag::kBetweenTo;
  }

  bool FindMoments() {
    for (std::size_t from = 0; from < row_.size(); ++from) {
      if (row_[from].names.empty() || row_[from].tag != Tag::kNone) continue;
      std::size_t to = from + 1;
      while (Within(to) && Joins(to)) ++to;
      if (!Within(to) || row_[to].names.empty()) continue;
      const auto first = row_.begin() + static_cast<long>(from) + 1, last = row_.begin() + static_cast<long>(to);
      if (std::none_of(first, last, [&](const Mention& m) { return Leads(m); }) && !Lasting(to)) continue;
      span_ = moments_.Between(from, from + 1, to, to + 1);
      if (!span_.Valid()) continue;
      Take(from, to);
      return true;
    }
    return false;
  }

  // 下单与发货之间的间隔: said behind both.
  bool Lasting(std::size_t to) const {
    for (std::size_t i = to + 1; i < row_.size() && (row_[i].names.empty() || row_[i].tag != Tag::kNone); ++i) {
      if (row_[i].tag == Tag::kBetweenEnd || Lasts(row_[i], kTimeHead)) return true;
    }
    return false;
  }

  // 平均签收时长: until the one moment that is said.
  bool FindEnd() {
    for (std::size_t to = row_.size(); to-- > 0;) {
      if (row_[to].names.empty() || row_[to].tag != Tag::kNone || row_[to].BestTable() > row_[to].BestColumn())
        continue;
      span_ = moments_.Between(to, to, to, to + 1);
      if (!span_.Valid()) continue;
      Take(to, to);
      return true;
    }
    return false;
  }

  // 宿泊日数, 住院时长: from the beginning to the end.
  bool FindStay() {
    static constexpr std::string_view kStays[] = {"宿泊", "滞在", "入住", "住院", "入院",
                                                  "在院", "借阅", "租赁", "停留"};
    for (std::size_t i = 0; i < row_.size(); ++i) {
      if (std::find(std::begin(kStays), std::end(kStays), row_[i].norm) == std::end(kStays)) continue;
      span_ = moments_.Whole(true);
      if (!span_.Valid()) return false;
      Take(i, i);
      return true;
    }
    return false;
  }

  // The moments, what joins them, and the words around them that say no more than that a time passed.
  void Take(std::size_t from, std::size_t to) {
    for (std::size_t i = from; i <= to; ++i) gone_[i] = true;
    if (from > 0 && Lasts(row_[from - 1], kJoinsMoments)) gone_[--from] = true;
    at_ = from;
    for (std::size_t i = to + 1; i < row_.size() && Tail(i); ++i) gone_[i] = true;
    for (std::size_t i = 0; i < row_.size(); ++i) {
      if (Lasts(row_[i], kAsksHowLong)) {
        asked_ = true;
        unit_ = UnitAsked(row_[i].norm);
      }
      gone_[i] = gone_[i] || row_[i].tag == Tag::kLasting;
      if (row_[i].tag == Tag::kAverage) gone_[i] = averaged_ = true;
    }
    if (number_ < row_.size()) at_ = std::min(at_, number_);
  }

  // まで, 之间, 的 before 时间: belongs to the moments.
  bool Tail(std::size_t i) const {
    const Mention& m = row_[i];
    if (gone_[i] || m.tag == Tag::kLasting || m.tag == Tag::kBetweenEnd) return true;
    const bool particle = m.tag == Tag::kFiller || m.tag == Tag::kTopic || m.tag == Tag::kAverage;
    const bool of = m.tag == Tag::kDe || m.tag == Tag::kRelative;
    if (!particle && !of) return false;
    std::size_t next = i + 1;
    while (Within(next) && (row_[next].tag == Tag::kFiller || row_[next].tag == Tag::kAverage)) ++next;
    return Within(next) && (row_[next].tag == Tag::kLasting || row_[next].tag == Tag::kBetweenEnd || gone_[next]);
  }

  Mention Long() const {
    Mention m;
    m.from = row_[at_].from;
    m.to = row_[at_].to;
    m.names = {{span_.table, span_.column, 1.f, false}};
    m.numeric = true;
    m.unit = unit_;
    m.text = m.norm = row_[at_].text;
    return m;
  }

  Row Said() const {
    const bool ranked = Any([](const Mention& m) { return cjk::Ranks(m) || m.tag == Tag::kRank; });
    const bool compared = number_ < row_.size();
    Row said = {Long()};
    if (compared) {
      said.push_back(Word(Tag::kCompare, op_));
      said.back().norm = "than";
      said.push_back(row_[number_]);
      said.back().unit = unit_;
    } else if ((averaged_ || asked_) && !ranked) {
      said.insert(said.begin(), Word(Tag::kAverage));
      said.front().norm = "平均";
    }
    return said;
  }

  void Build() {
    Row out, said = Said();
    for (std::size_t i = 0; i < row_.size(); ++i) {
      if (i == at_) {
        for (Mention& m : said) out.push_back(std::move(m));
      }
      if (gone_[i]) continue;
      const bool clause = number_ < row_.size() && !out.empty() && out.back().is_number && cjk::Thing(row_[i]);
      if (clause) out.push_back(Word(Tag::kDe));  // 3日以上かかった 注文
      out.push_back(std::move(row_[i]));
    }
    row_ = std::move(out);
  }

  Row& row_;
  SpanMoments moments_;
  std::vector<bool> gone_;
  std::size_t number_ = 0, at_ = 0;
  int op_ = kEqual;
  std::string unit_;
  bool asked_ = false, averaged_ = false;
  Span span_;
};

}  // namespace

bool FindSpansInIdeographs(const Context& context, std::vector<Mention>* mentions) {
  return IdeographSpans(context, mentions).Run();
}

}  // namespace toomai::templates
