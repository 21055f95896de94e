// The tree as text, for people who look at what was understood: one node a line, children indented.
#pragma once

#include <string>
#include <string_view>

#include "validator/ast.h"
#include "validator/policy.h"

namespace toomai::validator {

std::string_view KindName(NodeKind kind);  // "Select"
std::string DumpTree(const Tree& tree);
// Parses first; the finding when that fails.
std::string DumpTree(std::string_view sql, const Policy& policy);

}  // namespace toomai::validator
