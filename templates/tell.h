// A query told back to the asker in English, Chinese or Japanese. Pure function.
#pragma once

#include <string>
#include <string_view>

#include "schema/schema.h"
#include "templates/ir.h"

namespace toomai::templates {

std::string Tell(const schema::Schema& schema, const Query& query, std::string_view language);

}  // namespace toomai::templates
