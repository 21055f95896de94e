// The values a CHECK constraint allows, read out of the text of pg_get_constraintdef:
//
//   CHECK ((status = ANY (ARRAY['new'::text, 'paid'::text])))          -> new, paid
//   CHECK (((kind = 'a'::text) OR (kind IS NULL)))                     -> a
//
// Anything with another operator, a number or a function in it gives nothing: a wrong list is worse than none. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace toomai::engine::pg {

std::vector<std::string> ValuesOfCheck(std::string_view definition);

}  // namespace toomai::engine::pg
