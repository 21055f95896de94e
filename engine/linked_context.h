// The part of a schema that a question needs, as compact text under a token budget: for prompts, and for clients that
// write the SQL themselves.
//
// Tables are chosen, columns are not pruned: a column that is left out costs more than it saves. What fits whole is
// sent whole, always in the same order, so that providers can cache the beginning of the prompt. Values and comments
// are data of strangers: they are cut, cleaned of control characters and quoted.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "schema/join_graph.h"
#include "schema/linker.h"
#include "schema/schema.h"
#include "schema/value_index.h"

namespace toomai::engine {

enum class Detail { kListed, kNames, kCompact, kFull };

struct ContextOptions {
  std::int64_t tokens = 4000;    // for the schema text
  bool values = true;            // values and ranges of the data may be shown
  bool whole_when_small = true;  // everything, when compact text of everything takes a third of the budget
};

struct ContextTable {
  int table = -1;
  Detail detail = Detail::kCompact;
};

struct LinkedContext {
  std::vector<ContextTable> tables;  // in the order of the text: schema, then name
  std::string text;
  std::int64_t tokens = 0;  // estimated, of the text
  bool whole = false;       // nothing was left out
  int left_out = 0;         // tables not even listed
};

LinkedContext MakeContext(const schema::Schema& schema, const schema::Linker& linker, const schema::Links& links,
                          const schema::ValueIndex* values, const schema::JoinGraph* joins,
                          const ContextOptions& options);

// One table at one level of detail, with its line end.
std::string TableText(const schema::Schema& schema, int table, Detail detail, const schema::ValueIndex* values,
                      bool show_values);

// "'vip' -> customer.segment = 'VIP'": the values that the question names, for the tail of a prompt.
std::vector<std::string> ValueLines(const schema::Schema& schema, const schema::Links& links, std::size_t most = 12);

}  // namespace toomai::engine
