#include "mcp/result_links.h"

#include <algorithm>

#include "base/text.h"
#include "engine/result_csv.h"
#include "mcp/render.h"

namespace toomai::mcp {
namespace {

constexpr std::size_t kIdLength = 32;

// Rows as lines until the text is full; a line is there whole or not at all.
class CsvConsumer : public engine::RowConsumer {
 public:
  CsvConsumer(CsvText* csv, std::size_t max_bytes) : csv_(csv), max_bytes_(max_bytes) {}

  void OnColumns(const std::vector<engine::ResultColumn>& columns) override {
    std::vector<std::optional<std::string_view>> names;
    for (const engine::ResultColumn& column : columns) names.emplace_back(column.name);
    AppendCsvLine(names, &csv_->text);
  }
  bool OnRow(const std::vector<std::optional<std::string_view>>& cells) override {
    std::string line;
    AppendCsvLine(cells, &line);
    if (csv_->text.size() + line.size() > max_bytes_) {
      csv_->truncated = true;
      return false;
    }
    csv_->text += line;
    ++csv_->rows;
    return true;
  }

 private:
  CsvText* csv_;
  const std::size_t max_bytes_;
};

}  // namespace

void AppendCsvLine(const std::vector<std::optional<std::string_view>>& cells, std::string* out) {
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) *out += ',';
    engine::AppendCsvField(cells[i] ? engine::Cell(CleanUtf8(*cells[i])) : std::nullopt, ',', out);
  }
  *out += "\r\n";
}

std::string ResultLinks::Offer(const engine::Caller& caller, const engine::ExecuteRequest& request,
                               Clock::time_point now) {
  Link link{RandomId(kIdLength), caller.name, request, now + kResultLinkTtl};
  link.request.cursor.clear();
  link.request.paged = false;
  link.request.budget = {};
  const std::string uri = "toomai://results/" + link.id;
  const std::lock_guard lock(mutex_);
  if (links_.size() >= kMaxResultLinks) links_.pop_front();
  links_.push_back(std::move(link));
  return uri;
}

std::optional<engine::ExecuteRequest> ResultLinks::Find(const engine::Caller& caller, const std::string& id,
                                                        Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  while (!links_.empty() && links_.front().expires <= now) links_.pop_front();
  const auto found = std::find_if(links_.begin(), links_.end(), [&](const Link& link) { return link.id == id; });
  if (found == links_.end() || found->owner != caller.name) return std::nullopt;
  return found->request;
}

Expected<CsvText> ReadAsCsv(engine::Engine& engine, const Deadline& deadline, const engine::Caller& caller,
                            const engine::ExecuteRequest& request, std::size_t max_bytes) {
  CsvText csv;
  CsvConsumer consumer(&csv, max_bytes);
  // Every row, because the consumer keeps the limit.
  const auto result = engine.Stream(deadline, caller, request, consumer, true);
  if (!result) return Fail(result.error());
  return csv;
}

Json ToolResultWithCsv(Json value, const std::string& uri, const std::string& version) {
  value["csv"] = uri;
  Json result = ToolResult(std::move(value));
  if (version < "2025-06-18") return result;
  result["content"].push_back({{"type", "resource_link"},
                               {"uri", uri},
                               {"name", "result.csv"},
                               {"title", "The whole result as CSV"},
                               {"mimeType", "text/csv"}});
  return result;
}

}  // namespace toomai::mcp
