// Arguments shared by several tools, and the questions tools may put to a person: which reading is meant, and whether
// an expensive statement shall run. Each question has an argument that answers it beforehand.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "mcp/call.h"
#include "mcp/tools.h"

namespace toomai::mcp {

std::string TextArgument(const Call& call, const char* name);
std::int64_t IntegerArgument(const Call& call, const char* name, std::int64_t otherwise);
bool FlagArgument(const Call& call, const char* name);

engine::Question QuestionFrom(const Call& call);
engine::Budget BudgetFrom(const Call& call, const ServerOptions& options);

// The question "which of these did you mean?", or nullopt when the client cannot be asked.
std::optional<Outcome> AskWhichReading(const Call& call, const engine::GeneratedSql& generated);
// The reading that was chosen, by answer or by the argument "reading"; nullopt: none.
std::optional<engine::Alternative> ChosenReading(const Call& call, const engine::GeneratedSql& generated);

// The argument "reading" names one that was not offered: a caller must not take another answer for it.
Error NoSuchReading(const Call& call, const engine::GeneratedSql& generated);

// A form with one box to tick; nullopt when the client cannot ask, or has asked already.
std::optional<Outcome> AskToConfirm(const Call& call, const std::string& question, const char* title,
                                    const char* description);
// The same where a statement is expensive: `error` says how much.
std::optional<Outcome> AskToRunDearly(const Call& call, const Error& error);
// The box was ticked.
bool PersonAgreed(const Call& call);
// By answer or by the argument "confirm".
bool Confirmed(const Call& call);

}  // namespace toomai::mcp
