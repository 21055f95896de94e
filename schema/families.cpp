#include "schema/families.h"

#include <algorithm>
#include <map>
#include <unordered_set>

namespace toomai::schema {
namespace {

// Each run of digits becomes '#'; empty when there is none.
std::string Pattern(const Table& table) {
  std::string out;
  bool any = false;
  for (char c : table.name) {
    const bool digit = c >= '0' && c <= '9';
    if (!digit)
      out += c;
    else if (out.empty() || out.back() != '#')
      out += '#';
    any = any || digit;
  }
  return any ? table.schema + "." + out : std::string();
}

bool Alike(const Table& a, const Table& b) {
  std::unordered_set<std::string> names;
  for (const Column& column : a.columns) names.insert(column.name);
  std::size_t shared = 0;
  for (const Column& column : b.columns) shared += names.count(column.name);
  return static_cast<double>(shared) >=
         kSharedColumns * static_cast<double>(std::max(a.columns.size(), b.columns.size()));
}

}  // namespace

std::vector<Family> FindFamilies(const Schema& schema) {
  std::map<std::string, std::vector<int>> by_pattern;
  for (std::size_t i = 0; i < schema.tables.size(); ++i) {
    std::string pattern = Pattern(schema.tables[i]);
    if (!pattern.empty()) by_pattern[std::move(pattern)].push_back(static_cast<int>(i));
  }
  std::vector<Family> families;
  for (auto& [pattern, tables] : by_pattern) {
    if (tables.size() < static_cast<std::size_t>(kMinFamilyMembers)) continue;
    Family family;
    family.pattern = pattern.substr(pattern.find('.') + 1);
    for (int table : tables) {
      if (Alike(schema.tables[tables.front()], schema.tables[table])) family.members.push_back(table);
    }
    if (family.members.size() >= static_cast<std::size_t>(kMinFamilyMembers)) families.push_back(std::move(family));
  }
  return families;
}

}  // namespace toomai::schema
