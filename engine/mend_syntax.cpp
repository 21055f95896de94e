// What PostgreSQL's grammar does not read at all: other systems' quotes, operators and clauses.
#include <algorithm>
#include <array>
#include <unordered_set>

#include "base/text.h"
#include "engine/mend_rules.h"
#include "engine/rough_tokens.h"

namespace toomai::engine::mend {
namespace {

using Kind = RoughToken::Kind;
using Tokens = std::vector<RoughToken>;

constexpr std::size_t kMaxTokens = 6000;  // some rules look at pairs of them

bool Is(const Tokens& tokens, std::size_t at, std::string_view word) {
  return at < tokens.size() && (tokens[at].kind == Kind::kWord || tokens[at].kind == Kind::kSymbol) &&
         tokens[at].lower == word;
}

bool IsAny(const Tokens& tokens, std::size_t at, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(), [&](std::string_view word) { return Is(tokens, at, word); });
}

std::string Slice(std::string_view sql, const Tokens& tokens, std::size_t first, std::size_t end) {
  if (first >= end) return {};
  return std::string(sql.substr(tokens[first].begin, tokens[end - 1].end - tokens[first].begin));
}

void ForeignQuotes(const Tokens& tokens, const MendContext& context, Edits* edits) {
  for (const RoughToken& token : tokens) {
    if (token.kind != Kind::kBacktick && token.kind != Kind::kBracketed) continue;
    // `project.dataset.table` is BigQuery's way to quote the whole path.
    std::vector<std::string> parts;
    for (const std::string& part : Split(token.lower, '.')) {
      const std::string known = CatalogSpelling(*context.schema, part);
      parts.push_back(schema::QuoteIdentifier(known.empty() ? AsciiLower(part) : known));
    }
    edits->Replace(token.begin, token.end, Join(parts, "."), "quote-identifier");
  }
}

void Operators(const Tokens& tokens, Edits* edits) {
  struct Row {
    std::string_view from, to;
  };
  static constexpr std::array<Row, 3> kRows = {{{"==", "="}, {"&&", "AND"}, {"minus", "EXCEPT"}}};
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    for (const Row& row : kRows) {
      if (Is(tokens, i, row.from) && (row.from != "minus" || IsAny(tokens, i + 1, {"select", "("}))) {
        edits->Replace(tokens[i].begin, tokens[i].end, std::string(row.to), "operator");
      }
    }
    if (i > 0 && IsAny(tokens, i, {"regexp", "rlike"}) && !Is(tokens, i + 1, "(")) {
      const bool negated = Is(tokens, i - 1, "not");
      edits->Replace(tokens[negated ? i - 1 : i].begin, tokens[i].end, negated ? "!~*" : "~*", "regexp-operator");
    }
    if (i > 0 && Is(tokens, i, "div") && !Is(tokens, i + 1, "("))
      edits->Replace(tokens[i].begin, tokens[i].end, "/", "operator");
    if (i > 0 && Is(tokens, i, "mod") && !Is(tokens, i + 1, "("))
      edits->Replace(tokens[i].begin, tokens[i].end, "%", "operator");
    if (Is(tokens, i, "like") && Is(tokens, i + 1, "binary"))
      edits->Replace(tokens[i + 1].begin, tokens[i + 1].end, "", "like-binary");
    if (Is(tokens, i, "collate") && Is(tokens, i + 1, "nocase")) {
      edits->Replace(tokens[i].begin, tokens[i + 1].end, "", "collate-nocase", true);
    }
    if (i > 0 && Is(tokens, i, "not") && Is(tokens, i + 1, "null") && tokens[i - 1].kind == Kind::kWord &&
        !Is(tokens, i - 1, "is")) {
      edits->Insert(tokens[i].begin, "IS ", "not-null-test");
    }
  }
}

// LIMIT offset, count; SELECT TOP n.
void Limits(std::string_view sql, const Tokens& tokens, Edits* edits) {
  for (std::size_t i = 0; i + 3 < tokens.size(); ++i) {
    if (!Is(tokens, i, "limit") || tokens[i + 1].kind != Kind::kNumber || !Is(tokens, i + 2, ",") ||
        tokens[i + 3].kind != Kind::kNumber)
      continue;
    edits->Replace(tokens[i + 1].begin, tokens[i + 3].end, tokens[i + 3].lower + " OFFSET " + tokens[i + 1].lower,
                   "limit-offset");
  }
  if (Is(tokens, 0, "select") && Is(tokens, 1, "top")) {
    std::size_t number = 2;
    const bool parens = Is(tokens, 2, "(");
    if (parens) ++number;
    const std::size_t last = parens ? number + 1 : number;
    if (last >= tokens.size() || tokens[number].kind != Kind::kNumber) return;
    std::size_t end = sql.size();
    while (end > 0 && (sql[end - 1] == ';' || sql[end - 1] == ' ' || sql[end - 1] == '\n')) --end;
    edits->Replace(tokens[1].begin, tokens[last].end, "", "top");
    edits->Insert(end, " LIMIT " + tokens[number].lower, "top");
  }
}

// GROUP BY x DESC LIMIT 1: elsewhere groups come in an order that may be turned round.
void GroupsInOrder(std::string_view sql, const Tokens& tokens, Edits* edits) {
  for (std::size_t i = 1; i < tokens.size(); ++i) {
    if (!IsAny(tokens, i, {"asc", "desc"})) continue;
    if (i + 1 < tokens.size() && !IsAny(tokens, i + 1, {"limit", ")", ";"})) continue;
    std::size_t first = i;
    while (first > 0 && (tokens[first - 1].depth > tokens[i].depth || !IsAny(tokens, first - 1, {",", "by"}))) --first;
    std::size_t by = first;
    while (by > 0 && !(Is(tokens, by - 1, "by") && tokens[by - 1].depth == tokens[i].depth)) --by;
    if (by < 2 || !Is(tokens, by - 2, "group")) continue;
    edits->Insert(tokens[i].begin, "ORDER BY " + Slice(sql, tokens, first, i) + " ", "groups-in-order");
  }
}

// AS 'label' -> AS "label"; CAST(x AS SIGNED) -> … AS bigint.
void Labels(const Tokens& tokens, Edits* edits) {
  struct Row {
    std::string_view from, to;
  };
  static constexpr Row kTypes[] = {{"signed", "bigint"},
                                   {"unsigned", "bigint"},
                                   {"double", "double precision"},
                                   {"datetime", "timestamp"},
                                   {"string", "text"},
                                   {"int64", "bigint"},
                                   {"float64", "double precision"},
                                   {"number", "numeric"},
                                   {"tinyint", "smallint"},
                                   {"nvarchar", "text"},
                                   {"long", "bigint"},
                                   {"bignumeric", "numeric"},
                                   {"mediumtext", "text"},
                                   {"longtext", "text"},
                                   {"int32", "integer"}};
  for (std::size_t i = 0; i + 1 < tokens.size(); ++i) {
    if (!Is(tokens, i, "as") && !Is(tokens, i, "::")) continue;
    const RoughToken& next = tokens[i + 1];
    if (next.kind == Kind::kString) {
      std::string label;
      for (char c : next.lower) label += c == '"' ? std::string("\"\"") : std::string(1, c);
      edits->Replace(next.begin, next.end, "\"" + label + "\"", "label-quotes");
    }
    if (next.kind != Kind::kWord) continue;
    const bool in_cast =
        Is(tokens, i, "::") || Is(tokens, i + 2, ")") || (Is(tokens, i + 2, "integer") && Is(tokens, i + 3, ")"));
    for (const Row& row : kTypes) {
      if (!in_cast || next.lower != row.from || Is(tokens, i + 2, "precision")) continue;
      const std::size_t last = Is(tokens, i + 2, "integer") ? i + 2 : i + 1;
      edits->Replace(next.begin, tokens[last].end, std::string(row.to), "type-name");
    }
  }
}

// INTERVAL 1 DAY, INTERVAL '1' DAY, INTERVAL n DAY -> something PostgreSQL reads.
void Intervals(const Tokens& tokens, Edits* edits) {
  for (std::size_t i = 0; i + 2 < tokens.size(); ++i) {
    if (!Is(tokens, i, "interval")) continue;
    std::size_t number = i + 1;
    const bool negative = Is(tokens, number, "-");
    if (negative) ++number;
    if (number + 1 >= tokens.size() || tokens[number + 1].kind != Kind::kWord) continue;
    const std::string& unit = tokens[number + 1].lower;
    static const std::unordered_set<std::string> kUnits = {"second", "minute", "hour",    "day",
                                                           "week",   "month",  "quarter", "year"};
    if (!kUnits.count(unit)) continue;
    if (tokens[number].kind == Kind::kNumber) {
      const bool quarter = unit == "quarter";
      const std::string count =
          quarter ? std::to_string(3 * std::atol(tokens[number].lower.c_str())) : tokens[number].lower;
      edits->Replace(tokens[i + 1].begin, tokens[number + 1].end,
                     "'" + std::string(negative ? "-" : "") + count + " " + (quarter ? "month" : unit) + "'",
                     "interval");
    }
  }
}

// GROUP_CONCAT([DISTINCT] x [ORDER BY …] [SEPARATOR s]).
void GroupConcat(std::string_view sql, const Tokens& tokens, Edits* edits) {
  for (std::size_t i = 0; i + 1 < tokens.size(); ++i) {
    if (!Is(tokens, i, "group_concat") || !Is(tokens, i + 1, "(")) continue;
    const std::size_t close = ClosingParen(tokens, i + 1);
    if (close >= tokens.size()) continue;
    std::size_t at = i + 2, order = close, separator = close;
    const bool distinct = Is(tokens, at, "distinct");
    if (distinct) ++at;
    for (std::size_t j = at; j < close; ++j) {
      if (tokens[j].depth != tokens[i].depth + 1) continue;
      if (Is(tokens, j, "order") && order == close) order = j;
      if (Is(tokens, j, "separator")) separator = j;
    }
    if (order == close && separator == close) continue;  // a plain call parses and is mended as a function
    const std::string value = Slice(sql, tokens, at, std::min(order, separator));
    const std::string by = order < separator ? " " + Slice(sql, tokens, order, separator) : "";
    const std::string glue = separator < close ? Slice(sql, tokens, separator + 1, close) : "','";
    edits->Replace(
        tokens[i].begin, tokens[close].end,
        "string_agg(" + std::string(distinct ? "DISTINCT " : "") + "(" + value + ")::text, " + glue + by + ")",
        "function");
  }
}

bool EndsFromItem(const Tokens& tokens, std::size_t at) {
  return at >= tokens.size() ||
         IsAny(tokens, at, {"on",     "using",  "where", "group",  "order", "having",  "limit", "join",
                            "left",   "right",  "inner", "full",   "cross", "natural", "union", "intersect",
                            "except", "offset", "fetch", "window", "for",   ")",       ",",     ";"});
}

// FROM (SELECT …) without a name.
void SubqueryNames(const Tokens& tokens, Edits* edits) {
  std::vector<bool> in_from(1, false);
  int number = 0;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const std::size_t depth = static_cast<std::size_t>(tokens[i].depth);
    if (in_from.size() <= depth + 1) in_from.resize(depth + 2, false);
    if (IsAny(tokens, i, {"from", "join"})) in_from[depth] = true;
    if (IsAny(tokens, i,
              {"where", "group", "order", "having", "limit", "select", "on", "union", "intersect", "except"}))
      in_from[depth] = false;
    if (!Is(tokens, i, "(") || i == 0) continue;
    in_from[depth + 1] = false;
    const bool from_item = IsAny(tokens, i - 1, {"from", "join"}) || (Is(tokens, i - 1, ",") && in_from[depth]);
    if (!from_item || !IsAny(tokens, i + 1, {"select", "with", "values"})) continue;
    const std::size_t close = ClosingParen(tokens, i);
    if (close < tokens.size() && EndsFromItem(tokens, close + 1)) {
      edits->Insert(tokens[close].end, " AS sub" + std::to_string(++number), "subquery-alias");
    }
  }
}

// a JOIN b JOIN c ON …: a join without a condition is a cross join elsewhere.
void JoinsWithoutCondition(const Tokens& tokens, Edits* edits) {
  for (std::size_t i = 1; i < tokens.size(); ++i) {
    if (!Is(tokens, i, "join") || IsAny(tokens, i - 1, {"cross", "natural"})) continue;
    const int depth = tokens[i].depth;
    std::size_t end = i + 1;
    bool condition = false;
    for (; end < tokens.size(); ++end) {
      if (tokens[end].depth < depth || (tokens[end].lower == ")" && tokens[end].depth == depth &&
                                        tokens[end].kind == Kind::kSymbol && tokens[end].depth < depth))
        break;
      if (tokens[end].depth != depth) continue;
      if (IsAny(tokens, end, {"on", "using"})) {
        condition = true;
        break;
      }
      if (IsAny(tokens, end,
                {"join", "where", "group", "order", "having", "limit", "union", "intersect", "except", ";"}))
        break;
    }
    if (condition) continue;
    std::size_t first = i;
    while (first > 0 && IsAny(tokens, first - 1, {"inner", "left", "right", "outer", "full"})) --first;
    edits->Replace(tokens[first].begin, tokens[i].end, "CROSS JOIN", "cross-join");
  }
}

// SELECT … ORDER BY … LIMIT 1 UNION SELECT …: the arm needs parentheses.
void ArmsWithOrder(std::string_view sql, const Tokens& tokens, Edits* edits) {
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (!IsAny(tokens, i, {"union", "intersect", "except"})) continue;
    std::size_t start = i;
    bool ordered = false;
    while (start > 0 && tokens[start - 1].depth >= tokens[i].depth &&
           !(Is(tokens, start - 1, "(") && tokens[start - 1].depth < tokens[i].depth)) {
      --start;
      if (tokens[start].depth != tokens[i].depth) continue;
      if (IsAny(tokens, start, {"order", "limit"})) ordered = true;
      if (Is(tokens, start, "select")) break;
    }
    if (!ordered || !Is(tokens, start, "select")) continue;
    edits->Replace(tokens[start].begin, tokens[i - 1].end, "(" + Slice(sql, tokens, start, i) + ")",
                   "set-operation-arm");
  }
}

// A column or table called like a reserved word, at the place where the parser stopped.
void ReservedNames(const Tokens& tokens, const validator::ParseError& error, const MendContext& context, Edits* edits) {
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const bool here =
        tokens[i].begin == error.finding.begin || (i + 1 < tokens.size() && tokens[i + 1].begin == error.finding.begin);
    if (!here || tokens[i].kind != Kind::kWord) continue;
    const validator::Keyword keyword = validator::FindKeyword(tokens[i].lower);
    if (keyword == validator::Keyword::kNotAKeyword ||
        validator::InfoOf(keyword).category == validator::KeywordCategory::kUnreserved)
      continue;
    const std::string name = CatalogSpelling(*context.schema, tokens[i].lower);
    if (!name.empty()) edits->Replace(tokens[i].begin, tokens[i].end, schema::QuoteIdentifier(name), "reserved-word");
  }
}

}  // namespace

void Syntax(std::string_view sql, const validator::ParseError& error, const MendContext& context, Edits* edits) {
  const Tokens tokens = RoughTokens(sql);
  if (tokens.empty() || tokens.size() > kMaxTokens) return;
  if (tokens.size() > 1 && Is(tokens, 0, "select") && Is(tokens, 1, "select")) {
    edits->Replace(tokens[0].begin, tokens[1].begin, "", "doubled-word");
    return;
  }
  ForeignQuotes(tokens, context, edits);
  Operators(tokens, edits);
  Limits(sql, tokens, edits);
  GroupsInOrder(sql, tokens, edits);
  Labels(tokens, edits);
  Intervals(tokens, edits);
  GroupConcat(sql, tokens, edits);
  if (!edits->empty()) return;
  // What follows guesses more, so it waits until the plain spellings are right.
  SubqueryNames(tokens, edits);
  if (!edits->empty()) return;
  ReservedNames(tokens, error, context, edits);
  if (!edits->empty()) return;
  JoinsWithoutCondition(tokens, edits);
  if (!edits->empty()) return;
  ArmsWithOrder(sql, tokens, edits);
}

}  // namespace toomai::engine::mend
