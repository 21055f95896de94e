// The reference of all keys, as a page and as a file to start from; both are made from the table of keys, and a test
// holds docs/config.md and config.example.yaml to them.
#pragma once

#include <string>

namespace toomai::app {

// The part of docs/config.md below its "Reference" heading.
std::string ConfigReference();
// config.example.yaml: every key, with its default or an example.
std::string ConfigExample();

}  // namespace toomai::app
