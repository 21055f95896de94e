// How each stretch of a question was read, for people who ask why: `toomai ask --explain`.
#pragma once

#include <vector>

#include "templates/context.h"
#include "templates/grammar.h"
#include "templates/mentions.h"

namespace toomai::templates {

std::vector<WordReading> ReadWords(const Context& context, const std::vector<schema::Token>& tokens,
                                   const std::vector<Mention>& mentions);

}  // namespace toomai::templates
