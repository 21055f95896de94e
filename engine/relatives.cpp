#include "engine/relatives.h"

#include "validator/name_pattern.h"

namespace toomai::engine {
namespace {

void Follow(const std::multimap<Relation, Relation>& steps, const Relation& from, std::set<Relation>* reached) {
  std::vector<Relation> open = {from};
  while (!open.empty()) {
    const Relation here = std::move(open.back());
    open.pop_back();
    const auto [begin, end] = steps.equal_range(here);
    for (auto step = begin; step != end; ++step) {
      if (reached->insert(step->second).second) open.push_back(step->second);
    }
  }
}

// A pattern for exactly this name; a quote inside becomes "any text", which is never less.
std::string Quoted(std::string name) {
  for (char& c : name) c = c == '"' ? '*' : c;
  return '"' + name + '"';
}
std::string Quoted(const Relation& relation) {
  return Quoted(relation.first) + "." + Quoted(relation.second);
}

// "schema.table.column" for every relative of the table.
std::vector<std::string> ColumnsOfRelatives(const FamilyTree& family, std::string_view column) {
  std::vector<std::string> columns;
  const validator::DottedName parts = validator::SplitLast(column);
  if (parts.head.empty()) return columns;  // it names the column of every table
  for (const Relation& relative : family.RelativesOf(parts.head))
    columns.push_back(Quoted(relative) + "." + Quoted(std::string(parts.last)));
  return columns;
}

}  // namespace

FamilyTree::FamilyTree(const schema::Schema& schema) {
  for (const schema::Inheritance& step : schema.inheritance) {
    const Relation parent(step.parent_schema, step.parent), child(step.child_schema, step.child);
    children_.emplace(parent, child);
    parents_.emplace(child, parent);
    all_.insert(parent);
    all_.insert(child);
  }
}

std::set<Relation> FamilyTree::RelativesOf(const Relation& relation) const {
  std::set<Relation> relatives;
  Follow(parents_, relation, &relatives);
  Follow(children_, relation, &relatives);
  return relatives;
}

std::set<Relation> FamilyTree::RelativesOf(std::string_view pattern) const {
  std::set<Relation> named, relatives;
  for (const Relation& relation : all_) {
    if (validator::RelationMatches(pattern, relation.first, relation.second)) named.insert(relation);
  }
  for (const Relation& relation : named) relatives.merge(RelativesOf(relation));
  for (const Relation& relation : named) relatives.erase(relation);
  return relatives;
}

validator::Policy WithRelatives(validator::Policy policy, const schema::Schema& schema) {
  const FamilyTree family(schema);
  if (family.empty()) return policy;
  std::vector<std::string> relations, columns;
  for (const std::string& pattern : policy.denied_relations) {
    for (const Relation& relative : family.RelativesOf(pattern)) relations.push_back(Quoted(relative));
  }
  for (const std::string& pattern : policy.denied_columns) {
    for (std::string& column : ColumnsOfRelatives(family, pattern)) columns.push_back(std::move(column));
  }
  policy.denied_relations.insert(policy.denied_relations.end(), relations.begin(), relations.end());
  policy.denied_columns.insert(policy.denied_columns.end(), columns.begin(), columns.end());
  return policy;
}

std::vector<MaskRule> WithRelatives(std::vector<MaskRule> rules, const schema::Schema& schema) {
  const FamilyTree family(schema);
  std::vector<MaskRule> extended;
  for (const MaskRule& rule : rules) {
    for (std::string& column : ColumnsOfRelatives(family, rule.column))
      extended.push_back({std::move(column), rule.method});
  }
  rules.insert(rules.end(), extended.begin(), extended.end());
  return rules;
}

}  // namespace toomai::engine
