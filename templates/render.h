// Query -> PostgreSQL text. Deterministic; identifiers are quoted where needed, text is escaped, aliases are t1, t2, ….
#pragma once

#include <string>

#include "schema/schema.h"
#include "templates/ir.h"

namespace toomai::templates {

std::string RenderSql(const schema::Schema& schema, const Query& query);
std::string QuoteText(const std::string& text);

}  // namespace toomai::templates
