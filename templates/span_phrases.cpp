#include "templates/span_phrases.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "schema/stem.h"
#include "templates/span_moments.h"
#include "templates/verbs.h"

namespace toomai::templates {

std::string UnitOfTime(const std::string& word) {
  static constexpr std::pair<std::string_view, std::string_view> kUnits[] = {
      {"day", "day"},       {"night", "day"},  {"week", "week"},   {"hour", "hour"},  {"hr", "hour"},
      {"minute", "minute"}, {"min", "minute"}, {"month", "month"}, {"year", "year"},  {"天", "day"},
      {"日", "day"},        {"日間", "day"},   {"泊", "day"},      {"晚", "day"},     {"周", "week"},
      {"星期", "week"},     {"週間", "week"},  {"小时", "hour"},   {"小時", "hour"},  {"時間", "hour"},
      {"分钟", "minute"},   {"分", "minute"},  {"个月", "month"},  {"ヶ月", "month"}, {"か月", "month"},
      {"カ月", "month"},    {"年", "year"},    {"年間", "year"}};
  std::string_view bare = word;
  if (bare.size() > 3 && bare.ends_with('s')) bare.remove_suffix(1);
  for (const auto& [said, unit] : kUnits) {
    if (bare == said) return std::string(unit);
  }
  return "";
}

namespace {

using Row = std::vector<Mention>;

template <std::size_t N>
bool OneOf(std::string_view word, const std::string_view (&words)[N]) {
  return std::find(std::begin(words), std::end(words), word) != std::end(words);
}

bool AsksLong(const Mention& m) {
  return m.norm == "how long";
}
bool Takes(const Mention& m) {
  static constexpr std::string_view kWords[] = {"take",  "takes",  "took",   "taken", "taking",  "need",
                                                "needs", "needed", "elapse", "pass",  "elapses", "elapsed"};
  return OneOf(m.norm, kWords);
}
// "time", "delay": the head of a noun phrase that tells how long.
bool SaysTime(const Mention& m) {
  static constexpr std::string_view kWords[] = {"time",   "times",    "duration", "durations", "interval",
                                                "gap",    "delay",    "lag",      "period",    "lead time",
                                                "length", "timespan", "span",     "turnaround"};
  return OneOf(m.norm, kWords) || !UnitOfTime(m.norm).empty();
}
bool Little(const Mention& m) {  // adds nothing between a verb and what it is said of
  return m.tag == Tag::kFiller || m.tag == Tag::kBe || m.tag == Tag::kTheir || m.tag == Tag::kDo ||
         (m.Unknown() && (m.norm == "they" || m.norm == "being" || m.norm == "getting" || m.norm == "got"));
}
Mention Word(Tag tag, int arg = 0) {
  Mention m;
  m.tag = tag;
  m.arg = arg;
  return m;
}

class SpanReader {
 public:
  SpanReader(const Context& context, Row* row) : x_(context), row_(*row), moments_(context, *row) {}

  bool Run() {
    return AboutTime() && (Between() || TakesToDo() || TakesSoLong() || SoLongAfter() || TakesLongest() || TimeToDo() ||
                           MeanOfMoment() || WholeLength());
  }

 private:
  std::size_t Size() const { return row_.size(); }
  bool Norm(std::size_t i, std::string_view word) const { return i < Size() && row_[i].norm == word; }
  Tag TagAt(std::size_t i) const { return i < Size() ? row_[i].tag : Tag::kStop; }

  // Cheap: does some word make a question about a duration possible?
  bool AboutTime() const {
    bool averaged = false, moment = false, said = false;
    for (const Mention& m : row_) {
      averaged |= m.tag == Tag::kAverage;
      moment |= m.numeric;
      said |= AsksLong(m) || Takes(m) || SaysTime(m) || m.norm == "stay" || m.norm == "stays" || m.norm == "stayed";
    }
    return said || (averaged && moment);
  }

  std::size_t SkipLittle(std::size_t i) const {
    while (i < Size() && Little(row_[i])) ++i;
    return i;
  }

  Mention Long(const Span& span, std::size_t first, std::size_t last, std::string unit) const {
    Mention m;
    m.from = row_[first].from;
    m.to = row_[last - 1].to;
    m.names = {{span.table, span.column, 1.f, false}};
    m.numeric = true;
    m.unit = std::move(unit);
    for (std::size_t i = first; i < last; ++i) m.text += (i > first ? " " : "") + row_[i].text;
    m.norm = m.text;
    return m;
  }

  void Replace(std::size_t first, std::size_t last, Row with) {
    row_.erase(row_.begin() + static_cast<long>(first), row_.begin() + static_cast<long>(last));
    row_.insert(row_.begin() + static_cast<long>(first), std::make_move_iterator(with.begin()),
                std::make_move_iterator(with.end()));
  }

  // The head before `i`: "time", "number of days", "how many hours", "how long"; where it begins, or `i`.
  std::size_t HeadBefore(std::size_t i, std::string* unit, bool* asked) const {
    std::size_t head = i;
    while (head > 0 && Little(row_[head - 1])) --head;
    if (head == 0) return i;
    const Mention& m = row_[head - 1];
    if (AsksLong(m)) {
      *asked = true;
      return head - 1;
    }
    if (!SaysTime(m)) return i;
    *unit = UnitOfTime(m.norm);
    --head;
    if (head > 0 && (row_[head - 1].tag == Tag::kCount || row_[head - 1].tag == Tag::kHowMany)) {
      *asked = row_[head - 1].tag == Tag::kHowMany;
      return head - 1;
    }
    return head;
  }

  // Of all rows that are meant, where the question does not say that it wants each of them.
  bool Aggregated() const {
    return std::any_of(row_.begin(), row_.end(), [](const Mention& m) {
      return m.tag == Tag::kAverage || m.tag == Tag::kSum || m.tag == Tag::kMax || m.tag == Tag::kMin ||
             m.tag == Tag::kSuperMax || m.tag == Tag::kSuperMin || m.row_key;
    });
  }

  // "time between ordering and shipping", "from order to delivery"
  bool Between() {
    for (std::size_t i = 0; i + 3 < Size(); ++i) {
      if (row_[i].tag != Tag::kBetween && row_[i].norm != "from") continue;
      const std::size_t from = i + 1;
      for (std::size_t join = from + 1; join + 1 < Size() && join <= from + 4; ++join) {
        const bool joins = row_[i].tag == Tag::kBetween
                               ? row_[join].tag == Tag::kAnd
                               : row_[join].tag == Tag::kTo || row_[join].norm == "until" || row_[join].norm == "till";
        if (!joins) continue;
        std::size_t to = SkipLittle(join + 1);
        if (to >= Size()) break;
        const Span span = moments_.Between(from, join, to, to + 1);
        if (!span.Valid()) continue;
        std::string unit;
        bool asked = false;
        std::size_t head = HeadBefore(i, &unit, &asked);
        if (head == i && !AsksHowLong(&head, i, &unit)) return false;
        Row said = {Long(span, head, to + 1, unit)};
        OfRows(to + 1, &said);
        if (!Aggregated() || MeanBehind(head)) said.insert(said.begin(), Word(Tag::kAverage));
        Replace(head, to + 1, std::move(said));
        DropMeans(head + 1);
        return true;
      }
    }
    return false;
  }

  // "… of the orders", "… a message": the rows that are meant.
  void OfRows(std::size_t next, Row* said) const {
    next = SkipLittle(next);
    if (next < Size() && row_[next].tag == Tag::kNone && row_[next].BestTable() > 0.5f) said->push_back(Word(Tag::kOf));
  }

  // "… on average", said after what it is about.
  bool MeanBehind(std::size_t head) const {
    return std::any_of(row_.begin() + static_cast<long>(head), row_.end(),
                       [](const Mention& m) { return m.tag == Tag::kAverage; });
  }
  void DropMeans(std::size_t from) {
    row_.erase(std::remove_if(row_.begin() + static_cast<long>(std::min(from, Size())), row_.end(),
                              [](const Mention& m) { return m.tag == Tag::kAverage; }),
               row_.end());
  }

  // "how long does it take from order to delivery", "how many days pass between …": the head at the start.
  bool AsksHowLong(std::size_t* head, std::size_t end, std::string* unit, bool of_rows = false) const {
    for (std::size_t i = 0; i < end; ++i) {
      const bool many = row_[i].tag == Tag::kHowMany && i + 1 < end && !UnitOfTime(row_[i + 1].norm).empty();
      if (!AsksLong(row_[i]) && !many) continue;
      for (std::size_t k = i + 1; k < end; ++k) {
        const bool known = !row_[k].names.empty() || !row_[k].values.empty();
        if (known && !of_rows && !Takes(row_[k]) && UnitOfTime(row_[k].norm).empty()) return false;
      }
      *unit = many ? UnitOfTime(row_[i + 1].norm) : "";
      *head = i;
      return true;
    }
    return false;
  }

  // "how long does it take to ship an order", "how many days do orders need to be delivered", "how long until …"
  bool TakesToDo() {
    std::size_t head = 0;
    while (head < Size() && !AsksLong(row_[head]) && row_[head].tag != Tag::kHowMany) ++head;
    if (head >= Size()) return false;
    const bool many = row_[head].tag == Tag::kHowMany;
    const std::string unit = many && head + 1 < Size() ? UnitOfTime(row_[head + 1].norm) : "";
    if (many && unit.empty()) return false;
    const bool takes = std::any_of(row_.begin() + static_cast<long>(head), row_.end(), [](const Mention& m) {
      return Takes(m) || m.norm == "until" || m.norm == "before";
    });
    if (!takes) return false;
    for (std::size_t i = Size(); i-- > head + 1;) {
      const bool value = !row_[i].values.empty() && !IsParticiple(row_[i].norm);
      if (i <= head + (many ? 1u : 0u) || Takes(row_[i]) || value) continue;
      const std::size_t from =
          i + 1 < Size() && (row_[i + 1].norm == "after" || row_[i + 1].norm == "from") ? i + 2 : i;
      const std::size_t from_last = from == i ? i : std::min(Size(), from + 1);
      const bool verb = row_[i - 1].tag == Tag::kTo || row_[i - 1].norm == "to be" || Little(row_[i - 1]);
      const Span span = verb ? moments_.Between(from, from_last, i, i + 1) : Span{};
      if (!span.Valid()) continue;
      Row rest;
      for (std::size_t k = 0; k < Size(); ++k) {
        const bool said = (k >= head && k <= head + (many ? 1u : 0u)) || k == i || (k >= i + 1 && k < from_last) ||
                          Takes(row_[k]) || Little(row_[k]) || row_[k].tag == Tag::kTo || row_[k].norm == "to be" ||
                          row_[k].norm == "until" || row_[k].norm == "before" || row_[k].norm == "it" ||
                          row_[k].tag == Tag::kAverage;
        if (!said) rest.push_back(row_[k]);
      }
      while (!rest.empty() && (rest[0].tag == Tag::kFor || rest[0].tag == Tag::kOf)) rest.erase(rest.begin());
      Row all = {Word(Tag::kAverage), Long(span, head, head + 1, unit)};
      if (!rest.empty() && rest[0].tag != Tag::kStop && rest[0].tag != Tag::kEach && rest[0].tag != Tag::kIn)
        all.push_back(Word(Tag::kOf));
      for (Mention& m : rest) all.push_back(std::move(m));
      row_ = std::move(all);
      return true;
    }
    return false;
  }

  // Some name holds the word itself, rather than one that is near it ("stay" and stars).
  bool Named(const Mention& m) const {
    const std::string stem = schema::Stem(m.norm);
    return std::any_of(m.names.begin(), m.names.end(), [&](const schema::NameHit& hit) {
      const auto& words =
          hit.column < 0 ? x_.lexicon.TableWords(hit.table) : x_.lexicon.NameOf(hit.table, hit.column).words;
      return std::find(words.begin(), words.end(), stem) != words.end();
    });
  }

  // A comparison with a length of time at `i`: "more than 3 days", "within 2 weeks", "3 days". Its parts, and its end.
  struct Length {
    Mention compare, number;
    std::size_t end = 0;
    bool starts = false;  // the moment it begins with is said with the unit
    bool Valid() const { return end > 0; }
  };
  Length LengthAt(std::size_t i) const {
    Length length;
    std::size_t k = i;
    length.compare = Word(Tag::kCompare, kEqual);
    if (TagAt(k) == Tag::kCompare) {
      length.compare = row_[k++];
    } else if (TagAt(k) == Tag::kCompareAdjective) {  // "longer than"
      length.compare = Word(Tag::kCompare, row_[k].arg % 16);
      ++k;
    } else if (Norm(k, "within") || Norm(k, "in under") || Norm(k, "in less than")) {
      length.compare = Word(Tag::kCompare, row_[k].norm == "within" ? kLessEqual : kLess);
      ++k;
    }
    if (k < Size() && (row_[k].norm == "a" || row_[k].norm == "an" || row_[k].norm == "one") && k > i) {
      length.number = Word(Tag::kNone);  // "more than a week"
      length.number.is_number = true;
      length.number.number = 1;
      length.number.digits = "1";
    } else {
      while (k < Size() && row_[k].tag == Tag::kFiller) ++k;
      if (k >= Size() || !row_[k].is_number) return {};
      length.number = row_[k];
      length.number.values.clear();
    }
    if (k + 1 >= Size()) return {};
    const std::string& said = row_[k + 1].norm;  // "days", or "days of issue" where a column is called so
    length.number.unit = UnitOfTime(said.substr(0, said.find(' ')));
    if (length.number.unit.empty()) return {};
    length.starts = said.find(" of ") != std::string::npos;
    length.end = k + (length.starts ? 1 : 2);
    if (length.compare.norm.empty()) length.compare.norm = "than";
    if (length.end < Size() && row_[length.end].norm.starts_with("or ")) {  // "3 days or more"
      length.compare = Word(Tag::kCompare, row_[length.end].arg % 16);
      ++length.end;
    }
    return length;
  }

  Row With(const Span& span, Length length, std::size_t first, std::size_t last) const {
    Row with = {Word(Tag::kWith), Long(span, first, last, length.number.unit)};
    with.push_back(std::move(length.compare));
    with.push_back(std::move(length.number));
    return with;
  }

  // "that took more than 3 days to ship"
  bool TakesSoLong() {
    for (std::size_t i = 0; i < Size(); ++i) {
      if (!Takes(row_[i])) continue;
      Length length = LengthAt(SkipLittle(i + 1));
      if (!length.Valid()) continue;
      std::size_t end = length.end;
      Span span;
      if (TagAt(end) == Tag::kTo) {
        const std::size_t verb = SkipLittle(end + 1);
        if (verb < Size()) span = moments_.Between(verb, verb, verb, verb + 1);
        end = verb + 1;
      } else {
        span = moments_.Whole();
      }
      if (!span.Valid()) return false;
      std::size_t first = i;
      while (first > 0 && row_[first - 1].tag == Tag::kThat) --first;
      Replace(first, end, With(span, std::move(length), i, end));
      return true;
    }
    return false;
  }

  // "shipped more than 3 days after they were placed", "shipped within 2 days of the order", "paid 10 days late"
  bool SoLongAfter() {
    for (std::size_t i = 1; i < Size(); ++i) {
      Length length = LengthAt(i);
      if (!length.Valid()) continue;
      const std::size_t after = length.end;
      const bool since = length.starts || Norm(after, "after") || Norm(after, "later than") ||
                         TagAt(after) == Tag::kOf || TagAt(after) == Tag::kFrom || Norm(after, "following");
      std::size_t verb = i - 1;
      while (verb > 0 && Little(row_[verb])) --verb;
      if (since) {
        std::size_t start = length.starts ? after : after + 1;
        while (start < Size() && (Little(row_[start]) || Spoken(start))) ++start;
        if (start >= Size()) continue;
        const Span span = moments_.Between(start, start + 1, verb, verb + 1);
        if (!span.Valid()) continue;
        std::size_t end = start + 1;
        while (end < Size() && (row_[end].norm == "date" || row_[end].norm == "day" || row_[end].norm == "time")) ++end;
        Told(verb, end, span, std::move(length));
        return true;
      }
      const bool within = length.compare.arg == kLessEqual || length.compare.arg == kLess;
      if (!within || (after < Size() && row_[after].tag != Tag::kStop && row_[after].tag != Tag::kAnd)) continue;
      const Span span = moments_.Between(verb, verb, verb, verb + 1);
      if (!span.Valid()) continue;
      Told(verb, after, span, std::move(length));
      return true;
    }
    return false;
  }

  // A noun before the moment that only repeats the rows: "of the order date", "after the order was placed".
  bool Spoken(std::size_t i) const {
    return i + 1 < Size() && row_[i].BestTable() > 0.8f && !row_[i].names.empty() && i + 2 < Size() &&
           (row_[i + 1].tag == Tag::kBe || moments_.SaysMoment(row_[i + 1]));
  }

  void Told(std::size_t verb, std::size_t end, const Span& span, Length length) {
    std::size_t first = verb;
    while (first > 0 && (row_[first - 1].tag == Tag::kThat || row_[first - 1].tag == Tag::kBe)) --first;
    Replace(first, end, With(span, std::move(length), verb, end));
  }

  // "took the longest to ship", "took longest"
  bool TakesLongest() {
    for (std::size_t i = 0; i + 1 < Size(); ++i) {
      if (!Takes(row_[i])) continue;
      const std::size_t super = SkipLittle(i + 1);
      if (TagAt(super) != Tag::kSuperMax && TagAt(super) != Tag::kSuperMin) continue;
      std::size_t end = super + 1;
      if (end < Size() && SaysTime(row_[end])) ++end;
      Span span = moments_.Whole();
      if (TagAt(end) == Tag::kTo) {
        const std::size_t verb = SkipLittle(end + 1);
        if (verb < Size()) span = moments_.Between(verb, verb, verb, verb + 1);
        end = verb + 1;
      }
      if (!span.Valid()) return false;
      std::size_t first = i;
      while (first > 0 && row_[first - 1].tag == Tag::kThat) --first;
      Row with = {Word(Tag::kWith), row_[super], Long(span, super, std::min(end, Size()), "")};
      Replace(first, std::min(end, Size()), std::move(with));
      return true;
    }
    return false;
  }

  // "average time to clear an alert", "time to resolution by severity"
  bool TimeToDo() {
    for (std::size_t i = 0; i + 2 < Size(); ++i) {
      if (!SaysTime(row_[i]) || row_[i + 1].tag != Tag::kTo) continue;
      const std::size_t verb = SkipLittle(i + 2);
      if (verb >= Size()) return false;
      const Span span = moments_.Between(verb, verb, verb, verb + 1);
      if (!span.Valid()) return false;
      Row said = {Long(span, i, verb + 1, UnitOfTime(row_[i].norm))};
      OfRows(verb + 1, &said);
      Replace(i, verb + 1, std::move(said));
      return true;
    }
    return false;
  }

  // "average shipping time", "average days to delivery": a moment has no mean, the time until it has.
  bool MeanOfMoment() {
    for (std::size_t i = 0; i + 1 < Size(); ++i) {
      if (row_[i].tag != Tag::kAverage) continue;
      const std::size_t of = SkipLittle(i + 1);
      if (of >= Size() || row_[of].tag != Tag::kNone || row_[of].names.empty()) return false;
      const schema::NameHit& best = row_[of].names.front();
      const bool moment = best.column >= 0 && best.score > 0.5f &&
                          schema::IsMoment(x_.Column(best.table, best.column).type_class) &&
                          row_[of].BestColumn() > row_[of].BestTable();
      const bool time = of + 1 < Size() && SaysTime(row_[of + 1]);
      if (!moment && !time) return false;
      const Span span = moments_.Between(of, of, of, of + 1);
      if (!span.Valid()) return false;
      Replace(of, of + (time ? 2 : 1), {Long(span, of, of + (time ? 2 : 1), "")});
      return true;
    }
    return false;
  }

  // "length of stay", "average duration", "bookings longer than 4 nights", "how long did guests stay"
  bool WholeLength() {
    static constexpr std::string_view kStay[] = {"stay", "stays", "stayed", "duration", "durations", "length"};
    for (std::size_t i = 0; i < Size(); ++i) {
      if (!OneOf(row_[i].norm, kStay) || Named(row_[i])) continue;
      const Span span = moments_.Whole(row_[i].norm.starts_with("stay"));
      if (!span.Valid()) return false;
      std::size_t end = i + 1;
      if (end + 1 < Size() && row_[end].tag == Tag::kOf && OneOf(row_[end + 1].norm, kStay)) end += 2;
      if (end + 1 < Size() && row_[end].tag == Tag::kIn && !UnitOfTime(row_[end + 1].norm).empty()) {
        Replace(i, end + 2, {Long(span, i, end, UnitOfTime(row_[end + 1].norm))});
        return true;
      }
      std::size_t head = 0;
      std::string unit;
      if (AsksHowLong(&head, i, &unit, true)) {
        Replace(i, end, {});
        Row said = {Word(Tag::kAverage), Long(span, head, head + 1, unit), Word(Tag::kOf)};
        Replace(head, head + (unit.empty() ? 1 : 2), std::move(said));
        DropMeans(head + 1);
        return true;
      }
      Length length = LengthAt(end);
      if (length.Valid() && row_[i].BestTable() == 0) {
        const std::size_t last = length.end;
        Replace(i, last, With(span, std::move(length), i, last));
        return true;
      }
      Replace(i, end, {Long(span, i, end, "")});
      return true;
    }
    return LongestRows() || LongerRows();
  }

  // "the 3 longest stays": of rows that have a beginning and an end, and no length.
  bool LongestRows() {
    constexpr int kLength = 3;  // the concept of "long"
    for (std::size_t i = 0; i + 1 < Size(); ++i) {
      const bool longest = (row_[i].tag == Tag::kSuperMax || row_[i].tag == Tag::kSuperMin) && row_[i].arg == kLength &&
                           row_[i + 1].tag == Tag::kNone && row_[i + 1].BestTable() > 0.8f;
      const Span span = longest ? moments_.Whole(true) : Span{};
      if (!span.Valid() || span.table != row_[i + 1].names.front().table) continue;
      Row said = {row_[i + 1], Word(Tag::kWith), row_[i]};
      const bool so_many = i > 0 && row_[i - 1].is_number;
      if (so_many) said.push_back(row_[i - 1]);
      said.push_back(Long(span, i, i + 1, ""));
      Replace(i - (so_many ? 1 : 0), i + 2, std::move(said));
      return true;
    }
    return false;
  }

  bool LongerRows() {
    for (std::size_t i = 1; i < Size(); ++i) {
      const bool longer = row_[i].tag == Tag::kCompareAdjective && row_[i].arg / 16 == 3;  // "longer than"
      const bool lasts = i + 1 < Size() && (Norm(i, "lasting") || Norm(i, "lasted") || Norm(i, "last"));
      if (!longer && !lasts) continue;
      Length length = LengthAt(longer ? i : i + 1);
      const Span span = length.Valid() ? moments_.Whole() : Span{};
      if (!span.Valid()) continue;
      const std::size_t last = length.end;
      std::size_t first = i;
      while (first > 0 && row_[first - 1].tag == Tag::kThat) --first;
      Replace(first, last, With(span, std::move(length), i, last));
      return true;
    }
    return false;
  }

  const Context& x_;
  Row& row_;
  SpanMoments moments_;
};

}  // namespace

void FindSpans(const Context& context, const std::string& language, std::vector<Mention>* mentions) {
  if (language == "en" || !FindSpansInIdeographs(context, mentions)) (void)SpanReader(context, mentions).Run();
}

}  // namespace toomai::templates
