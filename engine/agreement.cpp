#include "engine/agreement.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <map>

#include "base/text.h"

namespace toomai::engine {
namespace {

using Group = std::vector<const Candidate*>;

int Votes(const Group& group) {
  int votes = 0;
  for (const Candidate* candidate : group) votes += candidate->rules ? 1 : 2;
  return votes;
}

std::string KeyOf(const Candidate& candidate) {
  if (!candidate.key.empty()) return candidate.key;
  return "text " + candidate.sql->fingerprint() + candidate.sql->text();
}

std::vector<Group> GroupsOf(const Group& good) {
  std::vector<Group> groups;
  std::map<std::string, std::size_t> place;
  for (const Candidate* candidate : good) {
    if (candidate->original || (candidate->failed && good.size() > 1)) continue;
    auto [found, made] = place.try_emplace(KeyOf(*candidate), groups.size());
    if (made) groups.emplace_back();
    groups[found->second].push_back(candidate);
  }
  if (groups.empty()) groups.push_back({good.front()});
  return groups;
}

// False when nobody but its original finds what the twin finds.
bool TakePlace(const Candidate* twin, std::vector<Group>* groups) {
  const auto is_original = [&](const Candidate* candidate) { return candidate == twin->original; };
  const auto same = std::find_if(groups->begin(), groups->end(), [&](const Group& group) {
    return !group.empty() && KeyOf(*group.front()) == KeyOf(*twin) &&
           std::none_of(group.begin(), group.end(), is_original);
  });
  if (twin->failed || same == groups->end()) return false;
  same->push_back(twin);
  for (Group& group : *groups) std::erase_if(group, is_original);
  std::erase_if(*groups, [](const Group& group) { return group.empty(); });
  return true;
}

// Numbers in one spelling, so that 1 and 1.0 and 0.3333 and 0.33333333 are equal.
std::string Plain(const Cell& cell) {
  if (!cell) return "\x01";
  const char* text = cell->c_str();
  char* end = nullptr;
  const double number = std::strtod(text, &end);
  if (cell->empty() || *end != '\0' || !std::isfinite(number)) return *cell;
  char out[40];
  std::snprintf(out, sizeof out, "%.6g", number == 0 ? 0.0 : number);
  return out;
}

}  // namespace

std::size_t Doubts(const Candidate& candidate) {
  return static_cast<std::size_t>(std::count_if(candidate.repairs.begin(), candidate.repairs.end(),
                                                [](const Repair& repair) { return repair.risky; }));
}

double Agreement::ShareOf(std::size_t group) const {
  int all = 0;
  for (const Group& one : groups) all += Votes(one);
  return static_cast<double>(Votes(groups[group])) / all;
}

bool Agreement::Confirmed() const {
  const Group& first = groups.front();
  return !best->rules && std::any_of(first.begin(), first.end(), [](const Candidate* c) { return c->rules; });
}

Agreement AgreementOf(const std::vector<const Candidate*>& good) {
  Agreement agreement;
  agreement.groups = GroupsOf(good);
  for (const Candidate* candidate : good) {
    if (candidate->original && !TakePlace(candidate, &agreement.groups)) agreement.twins.push_back(candidate);
  }
  // An empty result agrees with every other mistake in a condition: of equally large groups one with rows is better.
  std::stable_sort(agreement.groups.begin(), agreement.groups.end(), [](const Group& a, const Group& b) {
    return Votes(a) != Votes(b) ? Votes(a) > Votes(b) : !a.front()->empty && b.front()->empty;
  });
  const Group& first = agreement.groups.front();
  agreement.best = *std::min_element(first.begin(), first.end(), [](const Candidate* a, const Candidate* b) {
    return std::pair(a->rules, Doubts(*a)) < std::pair(b->rules, Doubts(*b));
  });
  return agreement;
}

std::string ContentKey(const QueryResult& result) {
  // Columns in the order of their sorted contents, then rows sorted.
  std::vector<std::vector<std::string>> columns(result.columns.size());
  for (const auto& row : result.rows) {
    for (std::size_t c = 0; c < columns.size() && c < row.size(); ++c) columns[c].push_back(Plain(row[c]));
  }
  std::vector<std::size_t> order(columns.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::vector<std::vector<std::string>> sorted = columns;
  for (auto& column : sorted) std::sort(column.begin(), column.end());
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return sorted[a] < sorted[b]; });
  std::vector<std::string> rows(result.rows.size());
  for (std::size_t c : order) {
    for (std::size_t r = 0; r < rows.size() && r < columns[c].size(); ++r) rows[r] += columns[c][r] + "\x02";
  }
  std::sort(rows.begin(), rows.end());
  std::string key =
      std::to_string(columns.size()) + "x" + std::to_string(rows.size()) + (result.truncated ? "+" : "") + ":";
  std::uint64_t hash = Hash64(key);
  for (const std::string& row : rows) hash = Hash64(row, hash);
  return key + std::to_string(hash);
}

// ContentKey begins with columns x rows.
bool IsEmptyKey(const std::string& key) {
  return key.find("x0:") != std::string::npos;
}

}  // namespace toomai::engine
