#include "app/history_pairs.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "app/context.h"
#include "base/text.h"
#include "templates/yaml_document.h"

namespace toomai::app {
namespace {

constexpr int kFormat = 1;
constexpr const char* kHeader =
    "# Approved answers of toomai. Review changes here, then read them back: toomai history import FILE\n";

// A literal block keeps line breaks readable, but cannot say everything, and ends with a line break of its own: only a
// statement does not mind.
bool FitsLiteralBlock(const std::string& text) {
  if (text.empty() || text.find('\n') == std::string::npos) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool at_edge = i == 0 || text[i - 1] == '\n' || i + 1 == text.size() || text[i + 1] == '\n';
    if ((c == ' ' && (i == 0 || i + 1 == text.size() || text[i + 1] == '\n')) || c == '\t' || c == '\r') return false;
    if (c == '\n' && i == 0) return false;
    if (static_cast<unsigned char>(c) < 0x20 && c != '\n') return false;
    if (c == '\n' && at_edge && (i + 1 == text.size())) return false;
  }
  return true;
}

void Put(YAML::Emitter& out, const char* key, const std::string& value) {
  if (value.empty()) return;
  out << YAML::Key << key << YAML::Value;
  if (std::string_view(key) == "sql" && FitsLiteralBlock(value)) {
    out << YAML::Literal << value;
  } else {
    out << value;
  }
}

Error WrongAt(const YAML::Mark& mark, const std::string& what) {
  const std::string place = mark.line >= 0 ? "line " + std::to_string(mark.line + 1) + ": " : "";
  return {ErrorCode::kInvalidArgument, place + what, "see what `toomai history pairs` writes"};
}

Expected<ApprovedPair> ReadPair(const YAML::Node& node) {
  if (!node.IsMap()) return Fail(WrongAt(node.Mark(), "a pair must be a mapping"));
  ApprovedPair pair;
  const std::map<std::string, std::string*> fields = {{"database", &pair.database},
                                                      {"question", &pair.question},
                                                      {"sql", &pair.sql},
                                                      {"reviewer", &pair.reviewer},
                                                      {"note", &pair.note}};
  for (const auto& item : node) {
    const auto field = fields.find(item.first.Scalar());
    if (field == fields.end())
      return Fail(WrongAt(item.first.Mark(), "'" + Ellipsis(item.first.Scalar(), 60) + "' is not a field of a pair"));
    if (!item.second.IsScalar()) return Fail(WrongAt(item.second.Mark(), field->first + " must be a text"));
    *field->second = item.second.Scalar();
    if (!IsValidUtf8(*field->second)) return Fail(WrongAt(item.second.Mark(), field->first + " is not UTF-8"));
  }
  // A literal block ends with a line break that is not part of the statement.
  pair.sql = std::string(Trim(pair.sql));
  if (pair.database.empty() || Trim(pair.question).empty() || pair.sql.empty())
    return Fail(WrongAt(node.Mark(), "a pair needs database, question and sql"));
  return pair;
}

std::string SqlOf(const cache::HistoryEntry& entry) {
  const std::string& sql = !entry.corrected_sql.empty()   ? entry.corrected_sql
                           : !entry.sql_generated.empty() ? entry.sql_generated
                                                          : entry.sql_run;
  return std::string(Trim(sql));
}

// What a pair of the file means for the history: the entry that says the same, or the one whose SQL it replaces. An
// entry that another pair of the file speaks for is left alone.
struct Place {
  const cache::HistoryEntry* entry = nullptr;
  bool same = false;
};
Place FindPlace(const std::vector<cache::HistoryEntry>& approved, const ApprovedPair& pair,
                const std::set<std::pair<std::string, std::string>>& wanted) {
  Place place;
  for (const cache::HistoryEntry& entry : approved) {
    if (entry.question != pair.question) continue;
    if (SqlOf(entry) == pair.sql) return {&entry, true};
    if (place.entry == nullptr && wanted.count({entry.question, SqlOf(entry)}) == 0) place.entry = &entry;
  }
  return place;
}

Expected<void> Approve(const Deadline& deadline, cache::History& history, std::int64_t id, const ApprovedPair& pair,
                       const std::string& reviewer, bool corrects) {
  cache::Review review;
  review.state = cache::ReviewState::kApproved;
  review.reviewer = pair.reviewer.empty() ? reviewer : pair.reviewer;
  review.note = pair.note;
  if (corrects) review.corrected_sql = pair.sql;
  const auto done = history.SetReview(deadline, id, review);
  return done ? Expected<void>() : Fail(done.error());
}

Expected<void> AddPair(const Deadline& deadline, cache::History& history, const ApprovedPair& pair,
                       const std::string& reviewer) {
  cache::HistoryEntry entry;
  entry.kind = "import";
  entry.caller = reviewer;
  entry.client = "cli";
  entry.database = pair.database;
  entry.question = pair.question;
  entry.sql_generated = entry.sql_run = pair.sql;
  entry.source = "client";
  entry.verdict = "accept";
  entry.origin = "imported pair";
  const auto id = history.Append(deadline, entry);
  if (!id) return Fail(id.error());
  return Approve(deadline, history, *id, pair, reviewer, false);
}

}  // namespace

std::vector<ApprovedPair> PairsOf(const std::vector<cache::HistoryEntry>& approved) {
  std::vector<ApprovedPair> pairs;
  for (const cache::HistoryEntry& entry : approved) {
    const std::string sql = SqlOf(entry);
    // What was run without a question, or asked of no database, teaches nothing.
    if (entry.question.empty() || sql.empty() || entry.database.empty()) continue;
    pairs.push_back({entry.database, entry.question, sql, entry.reviewer, entry.note});
  }
  return pairs;
}

std::string WritePairs(std::vector<ApprovedPair> pairs) {
  const auto key = [](const ApprovedPair& pair) {
    return std::tie(pair.database, pair.question, pair.sql, pair.reviewer, pair.note);
  };
  std::sort(pairs.begin(), pairs.end(), [&](const auto& a, const auto& b) { return key(a) < key(b); });
  const auto same = [](const auto& a, const auto& b) {
    return std::tie(a.database, a.question, a.sql) == std::tie(b.database, b.question, b.sql);
  };
  pairs.erase(std::unique(pairs.begin(), pairs.end(), same), pairs.end());
  YAML::Emitter out;
  out << YAML::BeginMap << YAML::Key << "format" << YAML::Value << kFormat << YAML::Key << "pairs" << YAML::Value
      << YAML::BeginSeq;
  for (const ApprovedPair& pair : pairs) {
    out << YAML::BeginMap;
    Put(out, "database", pair.database), Put(out, "question", pair.question), Put(out, "sql", pair.sql);
    Put(out, "reviewer", pair.reviewer), Put(out, "note", pair.note);
    out << YAML::EndMap;
  }
  out << YAML::EndSeq << YAML::EndMap;
  return kHeader + std::string(out.c_str()) + "\n";
}

Expected<std::vector<ApprovedPair>> ReadPairs(const std::string& yaml) {
  if (yaml.size() > kMaxPairsBytes)
    return Fail(ErrorCode::kInvalidArgument, "the file is larger than " + std::to_string(kMaxPairsBytes >> 20) + " MB");
  try {
    const YAML::Node root = YamlDocument(yaml);
    if (!root.IsMap() || !root["format"] || root["format"].as<int>(0) != kFormat)
      return Fail(WrongAt(root.Mark(), "not a file of pairs of format " + std::to_string(kFormat)));
    const YAML::Node list = root["pairs"];
    if (!list || !list.IsSequence()) return Fail(WrongAt(root.Mark(), "'pairs' must be a list"));
    if (list.size() > kMaxPairs)
      return Fail(ErrorCode::kInvalidArgument, "more than " + std::to_string(kMaxPairs) + " pairs");
    std::vector<ApprovedPair> pairs;
    for (const YAML::Node& node : list) {
      auto pair = ReadPair(node);
      if (!pair) return Fail(pair.error());
      pairs.push_back(std::move(*pair));
    }
    return pairs;
  } catch (const YAML::Exception& error) {
    return Fail(WrongAt(error.mark, error.msg));
  }
}

Expected<ImportReport> ImportPairs(const Deadline& deadline, engine::Engine& engine,
                                   const std::vector<ApprovedPair>& pairs, const std::string& reviewer, bool dry_run) {
  const engine::Caller caller = LocalCaller();
  ImportReport report;
  for (const ApprovedPair& pair : pairs) {
    const auto check = engine.Check(deadline, caller, pair.database, pair.sql);
    if (!check) return Fail(check.error());
    if (check->verdict.allowed) continue;
    const auto& findings = check->verdict.findings;
    report.refused.push_back(pair.database + ": " + Ellipsis(pair.question, 80) + ": " +
                             (findings.empty() ? "refused" : findings.front().message));
  }
  if (!report.refused.empty()) return report;

  std::map<std::string, std::vector<cache::HistoryEntry>> approved;
  std::map<std::string, std::set<std::pair<std::string, std::string>>> wanted;
  for (const ApprovedPair& pair : pairs) wanted[pair.database].insert({pair.question, pair.sql});
  for (const ApprovedPair& pair : pairs) {
    if (approved.count(pair.database) == 0) {
      auto known = engine.history().Approved(pair.database);
      if (!known) return Fail(known.error());
      approved[pair.database] = std::move(*known);
    }
    const Place place = FindPlace(approved[pair.database], pair, wanted[pair.database]);
    ++(place.same ? report.same : place.entry != nullptr ? report.changed : report.added);
    if (dry_run || place.same) continue;
    const auto done = place.entry == nullptr
                          ? AddPair(deadline, engine.history(), pair, reviewer)
                          : Approve(deadline, engine.history(), place.entry->id, pair, reviewer, true);
    if (!done) return Fail(done.error());
  }
  return report;
}

}  // namespace toomai::app
