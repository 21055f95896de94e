// What is it, if it is not a query? For messages: "this is a DELETE".
#pragma once

#include <string>

#include "validator/ast.h"

namespace toomai::validator {

// "SELECT", "DELETE", "CREATE TABLE", … for the statement that begins at `first`; "" when no PostgreSQL statement
// begins like that.
std::string StatementKind(const TokenList& tokens, TokenId first);

}  // namespace toomai::validator
