// A question to SQL with a model: prompt, ask, read, mend, prove, ask again, choose.
//
//   1. The prompt is made from the linked part of the schema (prompt.h) and sent (llm/client.h).
//   2. Each answer is read (reply.h), mended (mend.h) and validated; with a live database also prepared there.
//   3. While none is good and rounds are left, the model hears what was wrong, in one line, and tries again; it is not
//   asked
//      again after the same statement twice.
//   4. Of several good ones the result that most agree on is taken (agreement.h); the grammar engine's reading has a
//   say.
//
// Everything that waits or knows a database comes in from outside, so that this can be driven by tests and benches.
// Thread-safe: no state.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/deadline.h"
#include "base/error.h"
#include "engine/prompt.h"
#include "engine/types.h"
#include "llm/client.h"
#include "validator/checker.h"
#include "validator/validator.h"

namespace toomai::engine {

struct ModelJob {
  PromptInput prompt;                           // its question, schema, linker, values, joins, …
  const validator::Checker* checker = nullptr;  // required; its policy holds the row cap
  std::string caller;
  std::string language = "en";  // of the question
  std::string rule_sql;         // the grammar engine's statement for the same question; may be empty
  double rule_confidence = 0;
  bool rules_may_answer = true;  // in place of a model's statement that only doubtful changes made run
  int samples = 1;
  std::vector<std::string> endpoints;  // each gives an answer; fewer than two: the first that can
  int repair_rounds = 2;
  int max_output_tokens = 2048;

  // Prepares (does not run) a checked statement on the live database. Null: not done. Errors with an SQLSTATE are shown
  // to the model; others end the attempt to prepare.
  std::function<Expected<void>(const Deadline&, const validator::ValidatedSql&)> describe;
  // Runs a checked statement under tight caps, to compare results. Null: nothing is run, and only equal statements
  // agree.
  std::function<Expected<QueryResult>(const Deadline&, const validator::ValidatedSql&)> execute;
  Progress progress;
};

// A refusal is a value without sql whose refusal.reason says why; an error means that no model could be asked.
// confidence is a probability; verified_by is "grammar" when rule_sql gives the same result; source is kGrammar where
// the rules were believed rather than the model.
Expected<GeneratedSql> GenerateWithModel(const Deadline& deadline, llm::Client& client, const ModelJob& job);

}  // namespace toomai::engine
