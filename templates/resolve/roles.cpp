// Which of several keys to one table is meant: where something comes from, or where it goes.
#include <algorithm>

#include "templates/resolve/resolver_state.h"

namespace toomai::templates {
namespace {

constexpr int kNoRole = 0, kOrigin = 1, kDestination = 2;

bool StartsWithAny(std::string_view word, const std::vector<std::string_view>& stems) {
  return std::any_of(stems.begin(), stems.end(), [&](std::string_view stem) { return word.starts_with(stem); });
}

int RoleOfWord(std::string_view word) {
  static const std::vector<std::string_view> kFrom = {"from",  "depart", "leav",    "sourc", "origin",
                                                      "start", "sender", "sent by", "begin", "out of"};
  static const std::vector<std::string_view> kTo = {"into",   "toward", "arriv",  "land",
                                                    "destin", "dest",   "receiv", "going to"};
  if (word == "to" || StartsWithAny(word, kTo)) return kDestination;
  return StartsWithAny(word, kFrom) ? kOrigin : kNoRole;
}

}  // namespace

// "have never sent a message": of the keys from messages to users, the sender's.
void Resolver::FindHints() {
  for (std::size_t e = 0; e < s_.entities.size(); ++e) {
    if (entity_table_[e] >= 0 && entity_table_[e] != head_) hints_.tables.push_back(entity_table_[e]);
  }
  const auto& edges = x_.joins.edges();
  std::vector<int> holders = hints_.tables;
  if (Known(head_)) holders.push_back(head_);
  for (int holder : holders) {
    for (int e : x_.joins.EdgesOf(holder)) {
      const schema::JoinEdge& edge = edges[static_cast<std::size_t>(e)];
      if (edge.table1 == holder && edge.columns.size() == 1 && NamesRole(edge)) hints_.edges.push_back(e);
    }
  }
}

bool Resolver::NamesRole(const schema::JoinEdge& edge) const {
  const int column = edge.columns[0].first;
  const std::pair<int, int> key{edge.table1, column};
  if (std::find(o_.roles.begin(), o_.roles.end(), key) != o_.roles.end()) return true;
  constexpr std::size_t kShortest = 3;
  for (const std::string& word : x_.lexicon.NameOf(edge.table1, column).words) {
    for (const std::string& verb : o_.verbs) {
      if (verb.size() >= kShortest && word.size() > verb.size() && word.starts_with(verb)) return true;
      for (const std::string& synonym : schema::SynonymsOf(word)) {
        if (verb.size() > kShortest && synonym.starts_with(verb)) return true;
      }
    }
  }
  return false;
}

int Resolver::RoleSaid(int mention) const {
  constexpr int kWindow = 4;  // mentions looked at before the value
  for (int i = mention - 1; i >= 0 && i >= mention - kWindow; --i) {
    if (M(i).tag == Tag::kStop) return kNoRole;
    if (int role = RoleOfWord(M(i).norm); role != kNoRole) return role;
  }
  return kNoRole;
}

int Resolver::RoleOfColumn(int table, int column) const {
  for (const std::string& word : x_.lexicon.NameOf(table, column).words) {
    if (int role = RoleOfWord(word); role != kNoRole) return role;
  }
  return kNoRole;
}

int Resolver::RoleByWords(int value, int table) const {
  const int said = RoleSaid(value);
  if (said == kNoRole) return -1;
  for (int holder : anchors_) {
    int keys = 0, meant = -1;
    for (int e : x_.joins.EdgesOf(holder)) {
      const schema::JoinEdge& edge = x_.joins.edges()[static_cast<std::size_t>(e)];
      if (edge.table1 != holder || edge.table2 != table || edge.columns.size() != 1) continue;
      ++keys;
      if (RoleOfColumn(holder, edge.columns[0].first) == said) meant = e;
    }
    if (keys > 1 && meant >= 0) return meant;
  }
  return -1;
}

}  // namespace toomai::templates
