// The statement in a piece of a model's reply, found with our own parser. Any thread, one reply each.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/mend.h"
#include "validator/ast.h"
#include "validator/parser.h"

namespace toomai::engine {

// A statement cut out of the reply, and how sure we are of it.
struct StatementCandidate {
  std::string sql;
  int score = 0;  // 4 parses and its tables exist, 3 parses, 2 can be mended, 1 stands where a statement should
  std::string note;
};

class StatementFinder {
 public:
  explicit StatementFinder(const MendContext& context) : context_(context) {}

  // The best reading of a block that should hold nothing but a statement.
  std::optional<StatementCandidate> Block(std::string_view block);
  // A statement somewhere in prose, beginning at a word SELECT or WITH: the longest run of whole lines that parses.
  std::optional<StatementCandidate> FromPosition(std::string_view rest);

 private:
  bool Parses(const std::string& sql, std::size_t* stopped = nullptr);
  std::optional<StatementCandidate> Judge(const std::string& text);
  bool OnKnownTables() const;  // what was parsed last reads tables, and the schema has them all

  const MendContext& context_;
  std::size_t effort_ = 0;  // bytes that were parsed so far
  validator::ParseOptions options_;
  validator::Tree tree_;
};

}  // namespace toomai::engine
