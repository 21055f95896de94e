// Every configuration key: name, type, default, meaning, and where its value goes. One description per section drives
// reading, `toomai config`, docs/config.md and config.example.yaml.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "app/config_tree.h"
#include "app/options.h"

namespace toomai::app {

struct KeyInfo {
  std::string path{};      // "databases[].pool.max"
  std::string type{};      // "whole number", "duration", "one of: off, normal, full", …
  std::string fallback{};  // the default as it would be written; may be empty
  std::string doc{};
  std::string example{};  // a value for the example file, when the default says too little
  bool restart = false;   // a change takes effect only after a restart
  bool secret = false;
  bool section = false;  // only a heading; "databases[]" is a list of sections
};

// All keys, section by section.
std::vector<KeyInfo> ListKeys();

struct EffectiveValue {
  std::string path{};    // "databases.small.pool.max"
  std::string value{};   // as it would be written; secrets are "[hidden]"
  std::string origin{};  // "shop.yaml:12", "environment PGHOST", "default"
  bool restart = false;
  std::uint64_t digest = 0;  // of the real value: tells whether a secret changed
};

using Environment = std::map<std::string, std::string>;

// The meaning of a merged tree. Unknown keys, wrong types and values out of range are problems; such keys keep their
// default. Secrets given by the name of a variable are looked up in `environment`.
AppOptions BindConfig(const ConfigNode& tree, const Environment& environment, Problems* problems);

// Only the problems with single keys; nothing is looked up.
void CheckKeys(const ConfigNode& tree, Problems* problems);

// Every key with its value now; lists of a tree without problems.
std::vector<EffectiveValue> ListEffective(const ConfigNode& tree);

}  // namespace toomai::app
