#include "cache/clean_entry.h"

#include <nlohmann/json.hpp>
#include <type_traits>

#include "base/redact.h"
#include "base/text.h"
#include "cache/rows.h"
#include "cache/unix_time.h"

namespace toomai::cache {
namespace {

constexpr std::size_t kMaxText = 256 * 1024;  // of one field

std::string Safe(const std::string& text) {
  return text.empty() ? text : Redact(CleanUtf8(Ellipsis(text, kMaxText)));
}

// The rules of repairs stay, what they changed goes.
std::string RulesOfRepairs(const std::string& repairs) {
  if (repairs.empty()) return repairs;
  const auto json = nlohmann::json::parse(repairs, nullptr, false);
  auto rules = nlohmann::json::array();
  if (json.is_array()) {
    for (const auto& repair : json) {
      if (repair.is_object() && repair.contains("rule")) rules.push_back({{"rule", repair["rule"]}});
    }
  }
  return rules.dump();
}

}  // namespace

void HideValues(HistoryEntry* entry) {
  // In prose, numbers and quoted words are the values.
  for (std::string HistoryEntry::*field : {&HistoryEntry::question, &HistoryEntry::sql_generated,
                                           &HistoryEntry::sql_run, &HistoryEntry::paraphrase, &HistoryEntry::error}) {
    entry->*field = RedactSqlLiterals(entry->*field);
  }
  entry->repairs = RulesOfRepairs(entry->repairs);
  entry->preview.clear();
}

HistoryEntry CleanEntry(const HistoryEntry& entry, bool redact_literals) {
  HistoryEntry clean = entry;
  const bool sent_as_written = entry.sql_generated == entry.sql_run;
  ForEachEntryField(clean, [&](const char*, auto& field) {
    if constexpr (std::is_same_v<std::decay_t<decltype(field)>, std::string>) {
      // Mostly the two are the same.
      if (!(sent_as_written && &field == &clean.sql_generated)) field = Safe(field);
    }
  });
  if (sent_as_written) clean.sql_generated = clean.sql_run;
  if (redact_literals) HideValues(&clean);
  if (clean.at_ms == 0) clean.at_ms = UnixMs();
  clean.id = 0;
  clean.chain_hash.clear();
  clean.state = ReviewState::kNew;
  clean.reviewer.clear(), clean.note.clear(), clean.corrected_sql.clear(), clean.reviewed_at_ms = 0;
  return clean;
}

Review CleanReview(const Review& review) {
  return {review.state, Safe(review.reviewer), Safe(review.note), Safe(review.corrected_sql)};
}

}  // namespace toomai::cache
