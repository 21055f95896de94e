#include "shop.h"

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "schema/json_io.h"

namespace toomai::validator::test {
namespace {

template <typename T>
T Need(Expected<T> value) {
  if (value) return std::move(*value);
  std::cerr << value.error().message << "\n";
  std::exit(2);
}

std::string Unescape(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) {
      const char c = text[++i];
      if (c == 'x') {
        out.push_back(static_cast<char>(std::stoi(text.substr(i + 1, 2), nullptr, 16)));
        i += 2;
      } else {
        out.push_back(c == 'n' ? '\n' : c == 'r' ? '\r' : c == 't' ? '\t' : c == 'f' ? '\f' : c == '0' ? '\0' : c);
      }
    } else if (text.compare(i, 2, "@{") == 0) {
      const std::size_t close = text.find("}{", i), end = text.find('}', close + 2);
      const std::string piece = text.substr(i + 2, close - i - 2);
      for (int n = std::stoi(text.substr(close + 2)); n > 0; --n) out += piece;
      i = end;
    } else {
      out.push_back(text[i]);
    }
  }
  return out;
}

}  // namespace

std::string SourcePath(std::string_view relative) {
  return std::string(TOOMAI_SOURCE_DIR) + "/" + std::string(relative);
}

std::string ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return std::move(text).str();
}

schema::SchemaPtr ReadSchema(const std::string& path) {
  schema::Schema schema = Need(schema::FromJson(ReadFile(path)));
  schema.Finish();
  return std::make_shared<const schema::Schema>(std::move(schema));
}

Policy ReadPolicy(const std::string& path) {
  const auto json = nlohmann::json::parse(ReadFile(path));
  Policy read;
  const auto list = [&](const char* key, std::vector<std::string>* out) {
    if (json.contains(key)) json.at(key).get_to(*out);
  };
  list("denied_relations", &read.denied_relations);
  list("denied_columns", &read.denied_columns);
  list("allowed_user_functions", &read.allowed_user_functions);
  list("search_path", &read.search_path);
  if (json.contains("limits")) {
    json.at("limits").at("statement_bytes").get_to(read.limits.statement_bytes);
    json.at("limits").at("nesting").get_to(read.limits.nesting);
  }
  return read;
}

const schema::CatalogView& ShopCatalog() {
  static const schema::CatalogView catalog(ReadSchema(SourcePath("fixtures/validator/schema.json")));
  return catalog;
}

const Policy& ShopPolicy() {
  static const Policy policy = ReadPolicy(SourcePath("fixtures/validator/policy.json"));
  return policy;
}

const Checker& ShopChecker() {
  static const Checker checker(&ShopCatalog(), ShopPolicy());
  return checker;
}

std::string RuleFor(std::string_view sql, const Checker& checker) {
  const Verdict verdict = Validate(sql, checker);
  return verdict.allowed ? std::string() : verdict.findings.front().rule;
}
std::string RuleFor(std::string_view sql) {
  return RuleFor(sql, ShopChecker());
}

std::vector<Case> ReadCases(const std::string& path) {
  std::vector<Case> cases;
  std::ifstream in(path);
  int number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    const std::size_t colon = line.find(": ");
    if (line.empty() || line[0] == '#' || colon == std::string::npos) continue;
    cases.push_back({line.substr(0, colon), Unescape(line.substr(colon + 2)), number});
  }
  return cases;
}

std::vector<Case> ReadStatements(const std::string& path) {
  std::vector<Case> statements;
  std::ifstream in(path);
  int number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (!line.empty() && !line.starts_with("-- ")) statements.push_back({"", line, number});
  }
  return statements;
}

}  // namespace toomai::validator::test
