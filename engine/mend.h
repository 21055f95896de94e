// SQL of other habits made PostgreSQL's: MySQL, SQLite and BigQuery spellings, loose typing, loose grouping, wrong
// qualifiers, names a little beside the mark. Every change is an edit of the text with its rule, so that a person can
// see what was done; nothing is re-printed and what is right already is not touched.
//
// Pure functions of text and snapshot, any thread. Mending never makes a statement allowed: the validator judges the
// outcome.
//
// Rules live by family: mend_syntax (what does not parse), mend_functions, mend_names, mend_columns, mend_joins,
// mend_types, mend_subquery, mend_group, mend_values.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/types.h"
#include "schema/join_graph.h"
#include "schema/schema.h"
#include "schema/value_index.h"

namespace toomai::engine {

struct MendContext {
  const schema::Schema* schema = nullptr;      // required
  const schema::JoinGraph* joins = nullptr;    // without it no joins are added
  const schema::ValueIndex* values = nullptr;  // without it literals stay as they are
  // A statement that runs as written keeps its rows, whatever we think of it. With a question one thing is put right: a
  // literal that no row has is spelt as the data spell it where the question names that value.
  std::string_view question = {};
};

struct Mended {
  std::string sql;
  std::vector<Repair> repairs;  // in the order they were made
  bool parses = false;          // our parser reads the outcome
};

// The families take turns until none finds anything; at most kMaxMendRounds.
Mended Mend(std::string_view sql, const MendContext& context);

inline constexpr int kMaxMendRounds = 24;

}  // namespace toomai::engine
