// Which of several statements to believe: those that find the same are one group, and the largest group wins. Pure
// functions, any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "engine/reply.h"
#include "engine/types.h"
#include "validator/validator.h"

namespace toomai::engine {

// One answer, as far as it came.
struct Candidate {
  ReplyReading reading;
  std::string model;   // that wrote it; "" for the rules
  bool rules = false;  // the grammar engine's, not the model's
  // Set in a twin of another answer, which spells a value that no row has as the data spell it and the question names
  // it.
  const Candidate* original = nullptr;
  std::vector<Repair> repairs;
  std::string mended;  // the text that was judged
  std::optional<validator::ValidatedSql> sql;
  std::string diagnostic;  // why it is not good, for the model
  std::string key;         // of its result; "" when it was not run or failed
  bool failed = false;     // running it failed
  bool empty = false;      // it gave no rows
};

std::size_t Doubts(const Candidate& candidate);  // changes that may not be what was meant

struct Agreement {
  std::vector<std::vector<const Candidate*>> groups;  // best first
  const Candidate* best = nullptr;                    // of the first group: no rules if possible, the fewest doubts
  std::vector<const Candidate*> twins;                // that nothing bears out
  double ShareOf(std::size_t group) const;            // of the votes
  bool Confirmed() const;                             // the rules find what the best one finds
};

// `good` has sql in each, and at least one that is no twin. An answer of a model has a vote, the rules have half a one:
// they settle ties and outvote nobody. A twin takes the place and the vote of its original where somebody else finds
// the same: what runs as it was written is not changed on a guess.
Agreement AgreementOf(const std::vector<const Candidate*>& good);

// One result as text in which the order of rows and columns and the spelling of numbers do not matter: equal when two
// statements found the same.
std::string ContentKey(const QueryResult& result);
bool IsEmptyKey(const std::string& key);

}  // namespace toomai::engine
