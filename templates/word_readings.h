// How each stretch of a question was read, for people who ask why: `toomai ask --explain`.
#pragma once

#include <vector>

#include "templates/context.h"
#include "templates/grammar.h"
#include "templates/mentions.h"
#include "templates/render.h"

namespace toomai::templates {

// In the order of the question. `said`: what became of each mention in the statement.
std::vector<WordReading> ReadWords(const Context& context, const std::vector<schema::Token>& tokens,
                                   const std::vector<Mention>& mentions, const std::vector<SaidPart>& said);

}  // namespace toomai::templates
