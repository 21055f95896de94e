// Reading YAML as a person meant it. What yaml-cpp takes without a word is refused here: a second document, which
// nobody would look at, and a text in quotes that the end of the file cut short.
#pragma once

#include <string>

namespace YAML {
class Node;
}

namespace toomai {

// The text's one document; throws YAML::Exception.
YAML::Node YamlDocument(const std::string& text);

}  // namespace toomai
