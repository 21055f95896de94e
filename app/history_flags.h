// What the words of `toomai history` share: their flags, and how times and texts are written.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/deadline.h"
#include "base/error.h"
#include "cache/history.h"
#include "engine/types.h"

namespace toomai::app {

struct HistoryFlags {
  cache::HistoryQuery query;
  std::string state, since, until;
  bool json = false;
  std::int64_t id = 0, other_id = 0;
  std::string reviewer, note, sql;
  std::string format = "jsonl", output, file;
  std::string expected_head;
  bool dry_run = false;
};

// The filters as a query; kInvalidArgument for a state or a time that is none.
Expected<cache::HistoryQuery> QueryOf(const HistoryFlags& flags);

// Reading a long history may take a while; a signal ends it.
Deadline HistoryPatience();

std::string LocalTime(std::int64_t at_ms);
std::string OneLine(std::string text);
// A result of texts alone, to be shown as a table.
engine::QueryResult TextTable(std::vector<std::string> names);
std::string ShownMilliseconds(double ms);

}  // namespace toomai::app
