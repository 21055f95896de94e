// A policy on its own, for `toomai check --policy FILE`: YAML or JSON with the keys of the configuration's policy
// section, and max_statement_bytes, max_nesting and max_tokens for the limits.
#pragma once

#include <string>

#include "base/error.h"
#include "validator/policy.h"

namespace toomai::app {

inline constexpr std::size_t kMaxPolicyBytes = 4u << 20;

// The keys comment, functions and system_catalogs are remarks; any other unknown key is an error, since a misspelt
// denial would deny nothing.
Expected<validator::Policy> ParsePolicy(const std::string& text, const std::string& file);
Expected<validator::Policy> LoadPolicyFile(const std::string& path);

}  // namespace toomai::app
