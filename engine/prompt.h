// What is sent to a model: stable rules first, then the database, then what belongs to this question alone, the
// question last: providers cache equal beginnings. Everything that comes from the database (names, comments, values) is
// fenced as data.
//
// The built-in texts can be replaced by files of the same names in a directory: system.md, repair.md. Pure but for
// reading those files; any thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "engine/linked_context.h"
#include "llm/message.h"
#include "templates/glossary.h"
#include "templates/learned.h"

namespace toomai::engine {

struct PromptInput {
  const schema::Schema* schema = nullptr;
  const schema::Linker* linker = nullptr;
  const schema::ValueIndex* values = nullptr;
  const schema::JoinGraph* joins = nullptr;
  const templates::Glossary* glossary = nullptr;          // may be null
  std::shared_ptr<const schema::LearnedAliases> learned;  // may be null
  std::vector<templates::ApprovedPair> examples;          // most like the question first
  std::string question, evidence;
  std::string today, timezone;  // "2026-03-14", "Asia/Tokyo"
  std::string database;         // name as configured
  std::string directory;        // of replacement texts; may be empty
  ContextOptions context;
};

struct Prompt {
  std::vector<llm::Message> messages;
  std::string version;    // changes with the texts: a part of the answer cache's key
  std::string cache_key;  // equal for prompts that begin alike
  LinkedContext context;
  schema::Links links;
  std::int64_t tokens = 0;  // estimated, of all messages
};

// kInvalidArgument when a replacement text cannot be read.
Expected<Prompt> MakePrompt(const PromptInput& input);

// The next turn after a statement that was refused: what was wrong, in one line, and what to do.
std::string RepairTurn(const std::string& directory, const std::string& sql, const std::string& diagnostic);

// Exactly what would be sent, for people: `--show-prompt`.
std::string ShowMessages(const Prompt& prompt);

}  // namespace toomai::engine
