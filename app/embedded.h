// Files of fixtures/ that travel inside the binary (see cmake/Embed.cmake), so that `toomai demo` works anywhere.
#pragma once

#include <string_view>

namespace toomai::app {

struct EmbeddedFile {
  std::string_view name;  // "fixtures/databases/roles.sql"
  std::string_view text;
};

extern const EmbeddedFile kEmbeddedFiles[];  // ends with an empty name

// The file's text; empty when there is no such file.
inline std::string_view FindEmbedded(std::string_view name) {
  for (const EmbeddedFile* file = kEmbeddedFiles; !file->name.empty(); ++file) {
    if (file->name == name) return file->text;
  }
  return {};
}

}  // namespace toomai::app
