#include "templates/word_readings.h"

#include <algorithm>
#include <string>
#include <utility>

#include "templates/derived_columns.h"

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

std::string ValueOf(const Context& x, const schema::ValueHit& hit) {
  return "value " + x.schema->tables[static_cast<std::size_t>(hit.table)].name + "." +
         x.Column(hit.table, hit.column).name + " = '" + std::string(hit.value) + "'";
}

const char* RuleOfName(const Context& x, const schema::NameHit& hit) {
  constexpr float kWhole = 0.97f;
  if (hit.column >= 0 && IsDerived(x.Column(hit.table, hit.column))) return "word of the glossary";
  if (hit.synonym) return "another word for the name";
  return hit.score >= kWhole ? "name in the schema" : "part of a name, or its comment";
}

struct Read {
  std::string meaning, rule;
};

// Of several candidates the one that the statement uses.
template <typename Hits>
const typename Hits::value_type& Taken(const Context& x, const Hits& hits, const std::string& sql) {
  const auto used = std::find_if(hits.begin(), hits.end(), [&](const auto& hit) {
    return hit.column >= 0 && sql.find(x.Column(hit.table, hit.column).name) != std::string::npos;
  });
  return used == hits.end() ? hits.front() : *used;
}

Read ReadOf(const Context& x, const Mention& m, const std::string& sql) {
  if (m.is_date) return {"a time", "date"};
  if (m.is_number) return {"number " + m.digits, "number"};
  const bool used_as_name = !sql.empty() && !m.names.empty();
  if (const char* job = JobOf(m.tag); *job != '\0' && !used_as_name) return {job, "grammar"};
  if (!m.values.empty() && (m.names.empty() || m.quoted))
    return {ValueOf(x, Taken(x, m.values, sql)),
            m.partial_value ? "one word of values in the data" : "value in the data"};
  if (!m.names.empty() && (m.tag == Tag::kNone || used_as_name)) {
    const schema::NameHit& hit = Taken(x, m.names, sql);
    return {NameOf(x, hit), RuleOfName(x, hit)};
  }
  if (m.quoted) return {"text", "quoted text"};
  return {m.Unknown() && !m.soft ? "not known here" : "", ""};
}

}  // namespace

std::vector<WordReading> ReadWords(const Context& context, const std::vector<schema::Token>& tokens,
                                   const std::vector<Mention>& mentions, const std::vector<SaidPart>& said) {
  std::vector<WordReading> words;
  for (std::size_t i = 0; i < mentions.size(); ++i) {
    const Mention& m = mentions[i];
    if (m.from >= m.to || m.to > tokens.size()) continue;  // put in by the order of words
    const auto part =
        std::find_if(said.begin(), said.end(), [&](const SaidPart& one) { return one.mention == static_cast<int>(i); });
    const std::string sql = part == said.end() ? std::string() : part->sql;
    Read read = ReadOf(context, m, sql);
    if (read.meaning.empty()) continue;
    if (part != said.end()) read.rule += std::string(", ") + part->rule;
    words.push_back(
        {tokens[m.from].begin, tokens[m.to - 1].end, m.text, std::move(read.meaning), std::move(read.rule), sql});
  }
  std::sort(words.begin(), words.end(), [](const auto& a, const auto& b) { return a.begin < b.begin; });
  return words;
}

}  // namespace toomai::templates
