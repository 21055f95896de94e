// What a mention can be at its place: a noun, a value, a number, or a word with a grammatical job.
#include <algorithm>

#include "templates/sketch/sketch_parser.h"

namespace toomai::templates {

bool SketchParser::TableLike(int i) const {
  if (!Noun(i)) return false;
  float t = M(i).BestTable(), c = M(i).BestColumn();
  return t > 0 && t >= c - 0.001f;
}

// A word that has a grammatical job as well as a name counts as a name only where the job makes no sense.
bool SketchParser::Functional(int i) const {
  switch (M(i).tag) {
    case Tag::kNone:
      return false;
    case Tag::kList:
      return AtStart(i);
    case Tag::kAverage:
    case Tag::kSum:
    case Tag::kMax:
    case Tag::kMin:
    case Tag::kSuperMax:
    case Tag::kSuperMin:
    case Tag::kCount:
    case Tag::kCommon:
    case Tag::kPercent:
    case Tag::kRatio:
    case Tag::kDifference:
    case Tag::kShare: {
      // "highest" as a column only when no noun follows.
      int k = Skip(i + 1);
      bool noun_follows =
          In(k) && (M(k).Names() || T(k) == Tag::kOf || T(k) == Tag::kCount || T(k) == Tag::kAnd ||
                    T(k) == Tag::kComma || T(k) == Tag::kAverage || T(k) == Tag::kMax || T(k) == Tag::kMin);
      return noun_follows || M(i).BestColumn() < 0.9f;
    }
    case Tag::kOrder:
      if (M(i).BestTable() > 0.85f && T(i + 1) != Tag::kBy && T(i + 1) != Tag::kAscending &&
          T(i + 1) != Tag::kDescending && M(i).to == M(i).from + 1)
        return false;
      return M(i).BestColumn() < 0.98f || !M(i).Names();
    case Tag::kContains:
    case Tag::kFrom:
    case Tag::kTo:
      return M(i).BestColumn() < 0.98f || !M(i).Names();
    default:
      return true;
  }
}

bool SketchParser::AtStart(int i) const {
  for (int k = i - 1; k >= 0; --k) {
    if (T(k) == Tag::kFiller) continue;
    if (T(k) == Tag::kStop || T(k) == Tag::kComma) return true;
    return T(k) == Tag::kAnd && !M(i).Names();
  }
  return true;
}

int SketchParser::Skip(int i) const {
  while (In(i) && (T(i) == Tag::kFiller || T(i) == Tag::kTheir)) ++i;
  return i;
}

int SketchParser::SkipMore(int i) const {  // also over little words that may stand between an operator and its operand
  while (In(i) && (T(i) == Tag::kFiller || T(i) == Tag::kTheir || T(i) == Tag::kThan || T(i) == Tag::kOf ||
                   T(i) == Tag::kBe || (M(i).Unknown() && M(i).soft))) {
    ++i;
  }
  return i;
}

int SketchParser::BeforeFillers(int i) const {
  --i;
  while (In(i) && T(i) == Tag::kFiller) --i;
  return i;
}

std::string SketchParser::AggregateOf(Tag tag) {
  switch (tag) {
    case Tag::kAverage:
      return "avg";
    case Tag::kSum:
      return "sum";
    case Tag::kMax:
    case Tag::kSuperMax:
      return "max";
    case Tag::kMin:
    case Tag::kSuperMin:
      return "min";
    default:
      return "";
  }
}

// "volvo" names a value, "country" names a column though some row says 'country'.
bool SketchParser::PreferValue(int i) const {
  const Mention& m = M(i);
  float names = std::max(m.BestTable(), m.BestColumn());
  if (m.quoted) return !m.values.empty();
  const bool sounds_like = !m.values.empty() && m.values.front().exact && !m.names.empty() && m.names.front().synonym;
  return m.capital ? names < 0.99f : names < 0.8f || sounds_like;  // "active" is a status that rows have
}

// "orders placed by phone": a value of the things spoken of, though another table has a column of that name.
bool SketchParser::ValueOfSubject(int i) const {
  const bool told = T(i - 1) == Tag::kBe || T(i - 1) == Tag::kBy || T(i - 1) == Tag::kIn || T(i - 1) == Tag::kThat ||
                    T(i - 1) == Tag::kFrom || (T(i - 1) == Tag::kOf && M(i - 1).to == M(i - 1).from);
  if (!told || s_.entities.empty() || M(i).BestTable() > 0.8f) return false;
  const Mention& subject = M(s_.entities.front().mention);
  if (subject.names.empty()) return false;
  const int table = subject.names.front().table;
  const bool column =
      std::any_of(M(i).names.begin(), M(i).names.end(), [&](const auto& hit) { return hit.table == table; });
  return !column && std::any_of(M(i).values.begin(), M(i).values.end(),
                                [&](const auto& hit) { return hit.table == table && hit.exact; });
}

bool SketchParser::SameTable(int a, int b) const {
  for (const auto& x : M(a).names) {
    for (const auto& y : M(b).names) {
      if (x.table == y.table && x.column >= 0 && y.column >= 0 && x.score > 0.97f && y.score > 0.97f) return true;
    }
  }
  return false;
}

bool SketchParser::SameColumn(int a, int b) const {
  const auto &x = M(a).names.front(), &y = M(b).names.front();
  return x.column >= 0 && x.table == y.table && x.column == y.column;
}

// "car models": two tables side by side; the first only describes the second.
bool SketchParser::Compound(int i) const {
  bool verb = M(i).norm.ends_with('s') && In(i + 1) && !M(i + 1).norm.ends_with('s');  // "authors wrote"
  return !verb && TableLike(i) && In(i + 1) && TableLike(i + 1) && M(i + 1).from == M(i).to && M(i).tag == Tag::kNone &&
         !Value(i + 1);
}

bool SketchParser::SentenceBreak(int a, int b) const {
  for (int k = a + 1; k < b; ++k) {
    if (T(k) == Tag::kStop || T(k) == Tag::kComma || T(k) == Tag::kAnd) return true;
  }
  return false;
}

// The same table was named earlier.
bool SketchParser::SaidBefore(int i) const {
  for (const EntityUse& e : s_.entities) {
    const Mention& other = M(e.mention);
    if (!other.names.empty() && !M(i).names.empty() && other.names[0].table == M(i).names[0].table) return true;
  }
  return false;
}

}  // namespace toomai::templates
