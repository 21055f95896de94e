// Why tables were linked, as a page for people: `toomai schema --link`.
#include <algorithm>
#include <cstdio>
#include <unordered_map>

#include "base/text.h"
#include "schema/lexicon.h"
#include "schema/linker.h"

namespace toomai::schema {

std::string Linker::Explain(std::string_view question, const LearnedAliases* learned, std::size_t most) const {
  Links links = Link(question, learned);
  if (links.tables.size() > most) links.tables.resize(most);
  std::unordered_map<int, std::size_t> place;
  for (std::size_t i = 0; i < links.tables.size(); ++i) place[links.tables[i].table] = i;
  for (const std::string& word : LearnedAliases::GramsOf(question)) {
    const int term = FindTerm(word);
    if (term < 0 || IsStopWord(word)) continue;
    std::unordered_map<int, LinkReason> best;
    for (const Posting& posting : terms_[static_cast<std::size_t>(term)].postings) {
      if (!place.count(posting.table)) continue;
      const double score = static_cast<double>(terms_[static_cast<std::size_t>(term)].idf * posting.weight);
      LinkReason& reason = best[posting.table];
      if (score <= reason.score) continue;
      const std::string column = posting.column >= 0 ? schema_.column(posting.table, posting.column).name : "";
      const char* field = posting.field == Field::kTableName    ? "table name"
                          : posting.field == Field::kSchemaName ? "schema name"
                          : posting.field == Field::kComment    ? "comment"
                                                                : "column";
      reason = {word, column.empty() ? field : field + (" " + column), score};
    }
    for (auto& [table, reason] : best) links.tables[place[table]].reasons.push_back(std::move(reason));
  }
  std::string out;
  char line[64];
  for (TableLink& link : links.tables) {
    std::snprintf(line, sizeof line, "%8.2f  ", link.score);
    out += line + QualifiedName(schema_, link.table) + "\n";
    std::sort(link.reasons.begin(), link.reasons.end(),
              [](const LinkReason& a, const LinkReason& b) { return a.score > b.score; });
    for (std::size_t r = 0; r < std::min<std::size_t>(5, link.reasons.size()); ++r) {
      const LinkReason& reason = link.reasons[r];
      std::snprintf(line, sizeof line, "%14.2f  ", reason.score);
      out += line + (reason.word.empty() ? reason.what : "'" + reason.word + "': " + reason.what) + "\n";
    }
  }
  for (const ValueLink& value : links.values) {
    out += "value '" + value.words + "' -> " + schema_.tables[static_cast<std::size_t>(value.table)].name + "." +
           schema_.column(value.table, value.column).name + " = '" + value.value + "'\n";
  }
  return out;
}

}  // namespace toomai::schema
