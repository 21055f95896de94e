#include "tests/differential/judge.h"

#include <pg_query.h>

#include <nlohmann/json.hpp>
#include <string>

namespace toomai::differential {
namespace {

bool IsDigitOrMinus(char c) {
  return c == '-' || (c >= '0' && c <= '9');
}

// Removes every ,"key":number and "key":number, whose key is one of the position fields. Quotes inside JSON strings are
// escaped, so a field name with its quotes cannot be met inside one.
std::string WithoutPositions(std::string_view json) {
  static constexpr std::string_view kFields[] = {"\"location\":", "\"stmt_location\":", "\"stmt_len\":"};
  std::string out;
  out.reserve(json.size());
  for (std::size_t i = 0; i < json.size();) {
    bool removed = false;
    if (json[i] == '"' && (i == 0 || json[i - 1] != '\\')) {
      for (const std::string_view field : kFields) {
        if (json.substr(i, field.size()) != field) continue;
        i += field.size();
        while (i < json.size() && IsDigitOrMinus(json[i])) ++i;
        if (i < json.size() && json[i] == ',') {
          ++i;
        } else if (!out.empty() && out.back() == ',') {
          out.pop_back();
        }
        removed = true;
        break;
      }
    }
    if (!removed) out += json[i++];
  }
  return out;
}

std::size_t CountOf(std::string_view text, std::string_view what) {
  std::size_t count = 0;
  for (std::size_t at = text.find(what); at != std::string_view::npos; at = text.find(what, at + 1)) ++count;
  return count;
}

// The library has the grammar of PostgreSQL 13. Later ones take substring(a SIMILAR b ESCAPE c), and a LIMIT around
// parentheses that hold an OFFSET.
bool OnlyTheJudgeRefuses(const std::string& error) {
  const auto says = [&](const char* text) { return error.find(text) != std::string::npos; };
  return says("stack depth") || says("multiple limit options not allowed") || says("at or near \"SIMILAR\"");
}

}  // namespace

Judgement Judge(std::string_view sql) {
  Judgement judgement;
  if (sql.find('\0') != std::string_view::npos) return {Ruling::kUndecided, "NUL byte", ""};
  const std::string text(sql);
  const PgQueryParseResult result = pg_query_parse(text.c_str());
  if (result.error != nullptr) {
    judgement.error = result.error->message;
    if (OnlyTheJudgeRefuses(judgement.error)) judgement.ruling = Ruling::kUndecided;
  } else {
    judgement.tree = WithoutPositions(result.parse_tree);
    const std::string_view tree = judgement.tree;
    const bool one_query = tree.find("\"stmts\":[{\"stmt\":{\"SelectStmt\":") != std::string_view::npos &&
                           CountOf(tree, "{\"stmt\":{") == 1;
    bool writes = false;
    for (const std::string_view what : {"\"intoClause\":{", "\"lockingClause\":[", "\"InsertStmt\":{",
                                        "\"UpdateStmt\":{", "\"DeleteStmt\":{", "\"MergeStmt\":{"}) {
      writes |= tree.find(what) != std::string_view::npos;
    }
    judgement.ruling = one_query && !writes ? Ruling::kQuery : Ruling::kOther;
  }
  pg_query_free_parse_result(result);
  return judgement;
}

std::string WithoutLimit(const std::string& tree) {
  auto json = nlohmann::json::parse(tree);
  auto& query = json["stmts"][0]["stmt"]["SelectStmt"];
  query.erase("limitCount");
  query.erase("limitOption");
  return json.dump();
}

std::string JudgeFingerprint(std::string_view sql) {
  const std::string text(sql);
  const PgQueryFingerprintResult result = pg_query_fingerprint(text.c_str());
  std::string fingerprint = result.error == nullptr ? result.fingerprint_str : "";
  pg_query_free_fingerprint_result(result);
  return fingerprint;
}

}  // namespace toomai::differential
