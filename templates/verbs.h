// English verbs said of rows: what was done to them ("have been shipped"), when ("paid last month"), what was spent or
// sold, and nouns that count pieces. Marks the mentions so that the sketch need not know verbs.
#pragma once

#include <vector>

#include "templates/context.h"
#include "templates/mentions.h"

namespace toomai::templates {

void ReadVerbs(const Context& context, const std::vector<schema::Token>& tokens, std::vector<Mention>* mentions);

// "ordered", "sent", "born".
bool IsParticiple(const std::string& word);
// "sent" -> the stem of "send"; the stem of any other word.
std::string VerbStem(const std::string& word);

}  // namespace toomai::templates
