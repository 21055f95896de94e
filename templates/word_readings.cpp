#include "templates/word_readings.h"

#include <string>

namespace toomai::templates {
namespace {

// The job of a word, as its rule is called; empty: it adds nothing.
const char* JobOf(Tag tag) {
  switch (tag) {
    case Tag::kHowMany:
    case Tag::kCount:
    case Tag::kHowManyAfter:
    case Tag::kCountAfter:
      return "count";
    case Tag::kHowMuch:
    case Tag::kHowMuchAfter:
      return "measure";
    case Tag::kAverage:
      return "average";
    case Tag::kSum:
    case Tag::kSumAfter:
    case Tag::kTotal:
      return "sum";
    case Tag::kMax:
    case Tag::kMin:
      return "extreme value";
    case Tag::kSuperMax:
    case Tag::kSuperMin:
    case Tag::kMostOf:
    case Tag::kLeastOf:
    case Tag::kTop:
    case Tag::kBottom:
    case Tag::kCommon:
      return "superlative";
    case Tag::kCompare:
    case Tag::kCompareAdjective:
    case Tag::kCompareAfter:
    case Tag::kAdjAfter:
    case Tag::kYori:
    case Tag::kThan:
      return "comparison";
    case Tag::kBetween:
    case Tag::kBetweenTo:
    case Tag::kBetweenEnd:
      return "range";
    case Tag::kNot:
    case Tag::kNotAfter:
    case Tag::kWithout:
    case Tag::kExcept:
    case Tag::kNeither:
      return "negation";
    case Tag::kEach:
    case Tag::kEachAfter:
      return "group";
    case Tag::kBucket:
      return "period";
    case Tag::kOrder:
    case Tag::kOrderAfter:
    case Tag::kAscending:
    case Tag::kDescending:
      return "order";
    case Tag::kDistinct:
      return "distinct";
    case Tag::kRatio:
    case Tag::kPercent:
    case Tag::kPercentAfter:
    case Tag::kShare:
      return "ratio";
    case Tag::kDifference:
      return "difference";
    case Tag::kCumulative:
      return "running total";
    case Tag::kStarts:
    case Tag::kEnds:
    case Tag::kContains:
    case Tag::kContainsAfter:
      return "pattern";
    case Tag::kNull:
    case Tag::kNotNull:
      return "missing value";
    case Tag::kBoth:
    case Tag::kEither:
    case Tag::kOr:
      return "alternative";
    default:
      return "";
  }
}

std::string NameOf(const Context& x, const schema::NameHit& hit) {
  const std::string& table = x.schema->tables[static_cast<std::size_t>(hit.table)].name;
  return hit.column < 0 ? "table " + table : "column " + table + "." + x.Column(hit.table, hit.column).name;
}

std::string MeaningOf(const Context& x, const Mention& m) {
  if (m.is_date) return "date";
  if (m.is_number) return "number " + m.digits;
  if (const char* job = JobOf(m.tag); *job != '\0') return job;
  if (!m.values.empty() && (m.names.empty() || m.quoted)) {
    const schema::ValueHit& hit = m.values.front();
    return "value " + x.schema->tables[static_cast<std::size_t>(hit.table)].name + "." +
           x.Column(hit.table, hit.column).name + " = '" + std::string(hit.value) + "'";
  }
  if (!m.names.empty() && m.tag == Tag::kNone) return NameOf(x, m.names.front());
  if (m.quoted) return "text";
  return m.Unknown() && !m.soft ? "not known here" : "";
}

}  // namespace

std::vector<WordReading> ReadWords(const Context& context, const std::vector<schema::Token>& tokens,
                                   const std::vector<Mention>& mentions) {
  std::vector<WordReading> words;
  for (const Mention& m : mentions) {
    std::string meaning = MeaningOf(context, m);
    if (meaning.empty() || m.from >= m.to || m.to > tokens.size()) continue;
    words.push_back({tokens[m.from].begin, tokens[m.to - 1].end, m.text, std::move(meaning)});
  }
  return words;
}

}  // namespace toomai::templates
