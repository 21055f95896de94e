// Names of relations and columns as operators write them in policies: "hr.salaries", "secret.*", "Public.Orders",
// "customers.email", "public.\"Odd name\".ssn". '*' stands for any text; a name without its schema means every schema.
#pragma once

#include <string_view>

namespace toomai::validator {

// The part before the last dot outside quotes ("" when there is none), and the part after it without quotes.
struct DottedName {
  std::string_view head, last;
};
DottedName SplitLast(std::string_view text);

// Takes the first item off a list separated by commas, without blanks around it. Commas in parentheses, numeric(12,2),
// or in quotes belong to the item.
std::string_view TakeItem(std::string_view* list);

// Whether one part means this name. '*' stands for any text, and what is written by hand may be folded: Orders means
// orders as well.
bool PartMatches(std::string_view pattern, std::string_view name);
bool RelationMatches(std::string_view pattern, std::string_view schema, std::string_view name);
bool ColumnMatches(std::string_view pattern, std::string_view schema, std::string_view table, std::string_view column);

}  // namespace toomai::validator
