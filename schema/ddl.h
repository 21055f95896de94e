// A Schema as SQL that PostgreSQL accepts: to read, to hand to a model, to make an empty copy.
//
// What is absent: functions, operators, casts, triggers, owners and grants. Partitions are folded into their parent,
// and a foreign table is written as a plain one.
#pragma once

#include <string>
#include <vector>

#include "schema/schema.h"

namespace toomai::schema {

struct DdlOptions {
  std::vector<int> tables;   // which; empty: all
  bool types = true;         // schemas, enums, domains, composite types, sequences
  bool keys_inline = false;  // foreign keys inside CREATE TABLE: reads better, but loads only in a lucky order
  bool indexes = true;
  bool comments = true;
};

std::string ToDdl(const Schema& schema, const DdlOptions& options = {});

// 'text', with quotes doubled; E'…' where there is a backslash.
std::string QuoteLiteral(std::string_view text);

}  // namespace toomai::schema
