// Reviews, one by one and as files.
#include <cstdio>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include "app/context.h"
#include "app/formats.h"
#include "app/history_pairs.h"
#include "app/history_words.h"
#include "base/file.h"
#include "cache/history_json.h"

namespace toomai::app {
namespace {

std::string ReviewerOf(const HistoryFlags& flags) {
  return flags.reviewer.empty() ? LocalCaller().name : flags.reviewer;
}

// SQL that may be learned from must be SQL that may run. A database that cannot be asked does not stop a review of what
// is one read-only SELECT: what turns out not to be allowed is never learned from.
Expected<void> CheckCorrection(engine::Engine& engine, const HistoryFlags& flags) {
  if (flags.sql.empty()) return {};
  const auto entry = engine.history().Get(flags.id);
  if (!entry) return Fail(entry.error());
  const auto check = engine.Check(HistoryPatience(), LocalCaller(), entry->database, flags.sql);
  const validator::Verdict verdict = check ? check->verdict : validator::Validate(flags.sql, nullptr, {});
  if (verdict.allowed || verdict.findings.empty()) {
    if (!check)
      std::fprintf(stderr, "The names in the SQL are kept unchecked: %s\n",
                   TerminalSafe(check.error().message).c_str());
    return {};
  }
  const auto& finding = verdict.findings.front();
  return Fail(ErrorCode::kRejected, "the corrected SQL is not allowed: " + finding.message + " [" + finding.rule + "]",
              finding.hint);
}

int WriteText(const std::string& file, const std::string& text) {
  if (file.empty()) {
    std::cout << text << std::flush;
    return kDone;
  }
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out << text << std::flush;
  if (!out) return Report(Error(ErrorCode::kInvalidArgument, "cannot write '" + file + "'"));
  return kDone;
}

}  // namespace

int ReviewHistoryEntry(engine::Engine& engine, const HistoryFlags& flags, cache::ReviewState state) {
  if (auto allowed = CheckCorrection(engine, flags); !allowed) return Report(allowed.error());
  const auto entry =
      engine.history().SetReview(HistoryPatience(), flags.id, {state, ReviewerOf(flags), flags.note, flags.sql});
  if (!entry) return Report(entry.error());
  if (flags.json) {
    std::printf("%s\n", cache::ToJson(*entry).c_str());
  } else {
    std::printf("Entry %lld is now %s.\n", static_cast<long long>(entry->id),
                std::string(cache::ToString(entry->state)).c_str());
  }
  return kDone;
}

int WriteHistoryPairs(cache::History& history, const HistoryFlags& flags) {
  const auto approved = history.Approved(flags.query.database);
  if (!approved) return Report(approved.error());
  const std::vector<ApprovedPair> pairs = PairsOf(*approved);
  const int status = WriteText(flags.output, WritePairs(pairs));
  if (status == kDone && !flags.output.empty()) std::fprintf(stderr, "%zu approved answers written.\n", pairs.size());
  return status;
}

int ImportHistoryPairs(engine::Engine& engine, const HistoryFlags& flags) {
  const auto text = ReadFile(flags.file);
  if (!text) return Report(text.error());
  const auto pairs = ReadPairs(*text);
  if (!pairs) return Report(pairs.error());
  const auto report = ImportPairs(HistoryPatience(), engine, *pairs, ReviewerOf(flags), flags.dry_run);
  if (!report) return Report(report.error());
  for (const std::string& refused : report->refused) std::fprintf(stderr, "%s\n", TerminalSafe(refused).c_str());
  if (!report->refused.empty()) {
    return Report(Error(ErrorCode::kRejected,
                        std::to_string(report->refused.size()) + " statements are not allowed; nothing was imported",
                        "mend them in " + flags.file + ", or look at them with toomai check"));
  }
  std::printf("%s%d added, %d changed, %d as they were.\n", flags.dry_run ? "Would be: " : "", report->added,
              report->changed, report->same);
  return kDone;
}

}  // namespace toomai::app
