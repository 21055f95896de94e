#include "templates/yaml_document.h"

#include <yaml-cpp/yaml.h>

#include <vector>

namespace toomai {

YAML::Node YamlDocument(const std::string& text) {
  try {
    // The mark of the end may not stand inside quotes, so that it finds those that are open.
    const std::vector<YAML::Node> documents = YAML::LoadAll(text + "\n...\n");
    if (documents.size() > 1)
      throw YAML::ParserException(documents[1].Mark(), "a second document: write one in a file");
    return documents.empty() ? YAML::Node() : documents.front();
  } catch (const YAML::ParserException& error) {
    if (error.msg != YAML::ErrorMsg::DOC_IN_SCALAR) throw;
    throw YAML::ParserException(error.mark, "quotes that were opened are not closed: is the file cut short?");
  }
}

}  // namespace toomai
