// What the resolver knows about one database: the schema with its lexicon, values, joins and default columns. Built
// once, immutable, any thread.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "schema/join_graph.h"
#include "schema/lexicon.h"
#include "schema/schema.h"
#include "schema/value_index.h"
#include "templates/glossary.h"
#include "templates/grammar.h"

namespace toomai::templates {

struct TableDefaults {
  double display_strength = 0;  // 10: called name; below 8 a guess
  int display = -1;             // what a row is called
  int key = -1;                 // what tells rows apart; -1: nothing single does
  int time = -1;                // when it happened
  int measure = -1;             // how much it was
};

// What does not depend on what people call things.
struct Ground {
  schema::ValueIndex values;
  schema::JoinGraph joins;
};

struct Context {
  explicit Context(std::shared_ptr<const Ground> made)
      : ground(std::move(made)), values(ground->values), joins(ground->joins) {}

  schema::SchemaPtr schema;  // with the glossary's terms and metrics as columns
  schema::Lexicon lexicon;
  std::shared_ptr<const Ground> ground;
  const schema::ValueIndex& values;
  const schema::JoinGraph& joins;
  Glossary glossary;
  GrammarOptions options;
  std::vector<TableDefaults> defaults;
  std::vector<std::string> problems;  // of the glossary

  const schema::Column& Column(int table, int column) const { return schema->column(table, column); }
};

// A moment of a life or of a record ("birth date", "updated at") rather than when the row happened.
bool AboutLife(const std::vector<std::string>& words);
std::vector<TableDefaults> FindDefaults(const Context& context);

}  // namespace toomai::templates
