// What the operator's glossary says of a database that the database does not bear out: a table or column that is not
// there, SQL that the validator refuses. Such an entry would spoil every answer that uses it.
#pragma once

#include <string>
#include <vector>

#include "schema/schema.h"
#include "templates/glossary.h"
#include "validator/checker.h"

namespace toomai::engine {

// Leaves them out; says which and why. Terms and metrics about tables that do not exist are told by the grammar engine.
std::vector<std::string> LeaveOutUnfounded(const schema::Schema& schema, const validator::Checker& checker,
                                           templates::Glossary* glossary);

}  // namespace toomai::engine
