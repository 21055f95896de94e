#include "engine/drift.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>

#include "base/text.h"
#include "engine/renames.h"
#include "schema/catalog_view.h"
#include "schema/json_io.h"

namespace toomai::engine {
namespace {

constexpr int kMaxReplacements = 50;  // names in one statement

// A schema as it was, and what became of its names.
struct Past {
  std::unique_ptr<schema::CatalogView> catalog;
  std::vector<Rename> renames;
};

bool NamesSomethingGone(const validator::Finding& finding) {
  return finding.sqlstate == "42P01" || finding.sqlstate == "42703";
}

// The last part of a name as it is written: where it begins, and what it means.
struct WrittenName {
  std::size_t begin = 0, end = 0;
  std::string name;
};

WrittenName LastName(const std::string& sql, const validator::Finding& finding) {
  WrittenName written{finding.begin, std::min(finding.end, sql.size()), ""};
  const std::string text = sql.substr(written.begin, written.end - written.begin);
  const bool quoted = text.size() > 1 && text.back() == '"';
  const std::size_t mark = quoted ? text.rfind('"', text.size() - 2) : text.rfind('.');
  const std::size_t from = mark == std::string::npos ? 0 : quoted ? mark : mark + 1;
  written.begin += from;
  written.name = quoted ? text.substr(from + 1, text.size() - from - 2) : AsciiLower(Trim(text.substr(from)));
  return written;
}

using Judge = std::function<Expected<validator::Verdict>(const std::string& sql)>;

class Mender {
 public:
  explicit Mender(Judge judge) : judge_(std::move(judge)) {}

  // Puts new names in the place of those that went until the statement is allowed, or nothing more is known.
  void Mend(const std::vector<Rename>& renames, validator::Finding finding, DriftItem* item) const {
    std::string sql = item->sql;
    for (int i = 0; i < kMaxReplacements; ++i) {
      if (!NamesSomethingGone(finding)) return;
      const WrittenName gone = LastName(sql, finding);
      const std::string to = NewName(gone.name, finding, renames, item);
      if (to.empty()) return;
      sql.replace(gone.begin, gone.end - gone.begin, schema::QuoteIdentifier(to));
      const auto verdict = judge_(sql);
      if (!verdict) return;
      if (verdict->allowed) item->suggested_sql = sql;
      if (verdict->allowed || verdict->findings.empty()) return;
      finding = verdict->findings.front();
    }
  }

 private:
  // Tables in findings about tables, columns in those about columns; else a name that looks alike.
  std::string NewName(const std::string& gone, const validator::Finding& finding, const std::vector<Rename>& renames,
                      DriftItem* item) const {
    for (const Rename& rename : renames) {
      const bool table = finding.sqlstate == "42P01";
      if (rename.column.empty() != table || (table ? rename.table : rename.column) != gone) continue;
      Say(rename.Describe(), item);
      return rename.to;
    }
    if (finding.candidates.empty()) return "";
    Say(gone + " is perhaps " + finding.candidates.front() + " now (a name like it)", item);
    const std::string& candidate = finding.candidates.front();
    const std::size_t dot = candidate.rfind('.');
    return dot == std::string::npos ? candidate : candidate.substr(dot + 1);
  }
  static void Say(std::string text, DriftItem* item) {
    auto& said = item->renames;
    if (std::find(said.begin(), said.end(), text) == said.end()) said.push_back(std::move(text));
  }

  const Judge judge_;
};

std::vector<Past> ReadPasts(const std::vector<cache::StoredSchema>& old, const schema::Schema& now) {
  std::vector<Past> pasts;
  for (const cache::StoredSchema& stored : old) {
    auto before = schema::FromJson(stored.json);
    if (!before) continue;  // written by another version
    auto renames = FindRenames(*before, now);
    pasts.push_back({std::make_unique<schema::CatalogView>(std::make_shared<schema::Schema>(std::move(*before))),
                     std::move(renames)});
  }
  return pasts;
}

// What became of the names since the newest schema in which the statement was right.
std::vector<Rename> RenamesFor(const std::string& sql, const std::vector<Past>& pasts) {
  for (const Past& past : pasts) {
    if (validator::Validate(sql, past.catalog.get(), validator::Policy{}).allowed) return past.renames;
  }
  return {};
}

}  // namespace

Expected<DriftReport> FindDrift(const Deadline& deadline, Engine& engine, const Caller& caller, std::string database) {
  const auto usable = engine.ListDatabases(caller);
  if (database.empty() && !usable.empty()) database = usable.front().name;
  // The schema of this moment: a report about yesterday's would mislead.
  const auto now = engine.GetSchema(deadline, caller, database, true);
  if (!now) return Fail(now.error());
  const auto approved = engine.history().Approved(database);
  if (!approved) return Fail(approved.error());
  const Judge judge = [&](const std::string& sql) -> Expected<validator::Verdict> {
    auto check = engine.Check(deadline, caller, database, sql);
    if (!check) return Fail(check.error());
    return std::move(check->verdict);
  };
  const Mender mender(judge);
  std::optional<std::vector<Past>> pasts;  // read when something is broken
  DriftReport report{database, static_cast<std::int64_t>(approved->size()), {}};
  for (const cache::HistoryEntry& entry : *approved) {
    if (deadline.over()) return Fail(deadline.ToError("looking for drift"));
    DriftItem item{entry.id, entry.question, cache::ApprovedSql(entry), "", {}, ""};
    const auto verdict = judge(item.sql);
    if (!verdict) return Fail(verdict.error());
    if (verdict->allowed || verdict->findings.empty()) continue;
    item.broken = verdict->findings.front().message;
    if (!pasts) {
      const auto stored = engine.OldSchemas(database);
      if (!stored) return Fail(stored.error());
      pasts = ReadPasts(*stored, **now);
    }
    mender.Mend(RenamesFor(item.sql, *pasts), verdict->findings.front(), &item);
    report.broken.push_back(std::move(item));
  }
  return report;
}

}  // namespace toomai::engine
