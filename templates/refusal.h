// Why there is no answer, and what could be asked instead, in the language of the question. Pure functions, any thread.
#pragma once

#include <string>
#include <vector>

#include "templates/context.h"
#include "templates/grammar.h"
#include "templates/mentions.h"

namespace toomai::templates {

// Readings whose probabilities are nearer than this are asked about rather than chosen from.
inline constexpr double kReadingMargin = 0.1;

// The question asks to change data.
std::string OnlyQuestions(const std::string& language);
// Names the word that nothing explains, and what is known of the tables that the question speaks of.
std::string NotUnderstood(const Context& context, const std::vector<Mention>& mentions, const GrammarAnswer& answer);
// Neither of the first two readings is plainly meant.
bool TwoReadings(const GrammarAnswer& answer, const GrammarOptions& options);
std::string WhichIsMeant(const std::string& language);

}  // namespace toomai::templates
