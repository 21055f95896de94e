// Approved answers as a YAML file that people review and keep under version control: written in a stable order, read
// back only when every statement in it is allowed.
#pragma once

#include <string>
#include <vector>

#include "base/error.h"
#include "cache/history.h"
#include "engine/engine.h"

namespace toomai::app {

struct ApprovedPair {
  std::string database, question, sql, reviewer, note;
  friend bool operator==(const ApprovedPair&, const ApprovedPair&) = default;
};

constexpr std::size_t kMaxPairsBytes = 16u << 20;
constexpr std::size_t kMaxPairs = 10'000;

std::vector<ApprovedPair> PairsOf(const std::vector<cache::HistoryEntry>& approved);
std::string WritePairs(std::vector<ApprovedPair> pairs);
// kInvalidArgument names the line.
Expected<std::vector<ApprovedPair>> ReadPairs(const std::string& yaml);

struct ImportReport {
  int added = 0, changed = 0, same = 0;
  std::vector<std::string> refused;  // when any: nothing was imported
};
// `dry_run`: looks only.
Expected<ImportReport> ImportPairs(const Deadline& deadline, engine::Engine& engine,
                                   const std::vector<ApprovedPair>& pairs, const std::string& reviewer, bool dry_run);

}  // namespace toomai::app
