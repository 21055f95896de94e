// PostgreSQL's own grammar (libpg_query) as the judge of ours.
#pragma once

#include <string>
#include <string_view>

namespace toomai::differential {

enum class Ruling {
  kQuery,      // one statement, a query that neither writes, nor locks, nor makes a table
  kOther,      // anything else PostgreSQL's grammar takes
  kError,      // a syntax error
  kUndecided,  // the judge cannot take it: stack depth, or a NUL byte
};

struct Judgement {
  Ruling ruling = Ruling::kError;
  std::string error;  // the judge's words
  std::string tree;   // parse tree as JSON without positions; for kQuery and kOther
};

Judgement Judge(std::string_view sql);
// The same tree without the LIMIT clauses of its outermost query.
std::string WithoutLimit(const std::string& tree);
std::string JudgeFingerprint(std::string_view sql);

}  // namespace toomai::differential
