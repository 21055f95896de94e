// Configuration as it was written: a tree of values, each with the place it came from. Files, environment and command
// line become such trees and are merged; what the keys mean is known to config_keys.h.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"

namespace toomai::app {

// Where a value was given: a file with a line, or "environment PGHOST", or "--set".
struct Origin {
  std::string where{};
  int line = 0;
  std::string ToString() const { return line > 0 ? where + ":" + std::to_string(line) : where; }
};

// One thing that is wrong. All are collected, so that a person mends a file in one go.
struct Problem {
  Origin origin;
  std::string message;
  std::string ToString() const { return origin.ToString() + ": " + message; }
};
using Problems = std::vector<Problem>;

struct ConfigNode {
  enum class Kind { kNull, kScalar, kMap, kList };

  Kind kind = Kind::kNull;
  std::string text{};                                         // of a scalar
  std::vector<std::pair<std::string, ConfigNode>> members{};  // of a map, in the order written
  std::vector<ConfigNode> items{};                            // of a list
  Origin origin{};

  static ConfigNode Scalar(std::string text, Origin origin);
  static ConfigNode Map(Origin origin);

  const ConfigNode* Find(const std::string& key) const;
  // The member, made as a map when it is missing.
  ConfigNode& Member(const std::string& key, const Origin& origin);
};

// The tree of a YAML text. Wrong syntax, a key given twice and absurd sizes are problems; the tree is what could be
// read.
ConfigNode ParseYaml(const std::string& text, const std::string& file, Problems* problems);

// `over` wins: maps are merged, lists of maps that have names are merged by name, everything else is replaced.
void Merge(const ConfigNode& over, ConfigNode* base);

// Puts a scalar at "section.key" (or "databases.small.pool.max": list items are found by their name).
void SetPath(const std::vector<std::string>& path, std::string text, const Origin& origin, ConfigNode* root);

}  // namespace toomai::app
