// One field of the configuration: its type in words, its value as a person would write it, and how it is read from what
// was written. Internal to app/config*.
#pragma once

#include <string>
#include <vector>

#include "app/config_tree.h"
#include "app/key_visitor.h"

namespace toomai::app {

// What a person should write: "whole number", "duration such as 500ms, 30s or 5m", "one of off, normal, full".
std::string TypeName(const KeySpec& spec, const FieldRef& field);
// The value as it would be written in a file.
std::string Show(const KeySpec& spec, const FieldRef& field);
// A wrong type or a value out of range is a problem; the field then keeps what it had. `path` is for messages.
void ReadField(const KeySpec& spec, const std::string& path, const ConfigNode& node, const FieldRef& field,
               Problems* problems);

}  // namespace toomai::app
