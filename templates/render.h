// Query -> PostgreSQL text. Deterministic; identifiers are quoted where needed, text is escaped, aliases are t1, t2, ….
#pragma once

#include <string>
#include <vector>

#include "schema/schema.h"
#include "templates/ir.h"

namespace toomai::templates {

// A part of the statement that a mention of the question asked for.
struct SaidPart {
  int mention = -1;
  const char* rule = "";
  std::string sql;
};

std::string RenderSql(const schema::Schema& schema, const Query& query, std::vector<SaidPart>* said = nullptr);
std::string QuoteText(const std::string& text);

}  // namespace toomai::templates
