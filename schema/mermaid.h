// A Schema as a Mermaid entity-relationship diagram: tables with their columns and the foreign keys between them.
#pragma once

#include <string>
#include <vector>

#include "schema/schema.h"

namespace toomai::schema {

struct MermaidOptions {
  std::vector<int> tables;  // which; empty: all
  bool columns = true;      // false: only boxes and lines
  bool comments = true;
};

// Starts with "erDiagram". Characters that Mermaid cannot take in a name are replaced.
std::string ToMermaid(const Schema& schema, const MermaidOptions& options = {});

}  // namespace toomai::schema
