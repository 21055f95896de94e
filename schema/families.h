// Tables that are one table cut in pieces by date or number (event_2024_01, event_2024_02, …): shown once, linked once.
// Declared partitions are folded already by introspection; this finds the undeclared ones by name and columns.
#pragma once

#include <string>
#include <vector>

#include "schema/schema.h"

namespace toomai::schema {

inline constexpr int kMinFamilyMembers = 3;
inline constexpr double kSharedColumns = 0.7;  // of a member's columns must be those of the first member

struct Family {
  std::string pattern;       // "event_#_#"
  std::vector<int> members;  // by name; the last one speaks for all
};

// Every family of at least kMinFamilyMembers.
std::vector<Family> FindFamilies(const Schema& schema);

}  // namespace toomai::schema
