// A hint that came with one question, read as a glossary for that question alone: "VIP refers to tier = 'gold'",
// "revenue means sum(total)", "client = customers". What is no such sentence is left out, and told. Pure functions.
//
// A hint is as untrusted as a question. Only names of the schema, literals, operators and a few functions are taken
// from it, rebuilt token by token; the statement that comes of it is validated like any other.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "templates/context.h"
#include "templates/glossary.h"

namespace toomai::templates {

inline constexpr std::size_t kMaxEvidenceParts = 20;

struct Evidence {
  Glossary glossary;
  std::vector<std::string> taken;     // "VIP: customers, tier = 'gold'"
  std::vector<std::string> left_out;  // sentences, as they were written
};

// `question` decides between tables that have the same columns.
Evidence ReadEvidence(const Context& context, std::string_view text, const std::vector<schema::Token>& question);

}  // namespace toomai::templates
