#include "engine/plan.h"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <set>

namespace toomai::engine {
namespace {

using Json = nlohmann::json;

double Number(const Json& node, const char* key) {
  const auto it = node.find(key);
  return it != node.end() && it->is_number() ? it->get<double>() : 0;
}

std::string Text(const Json& node, const char* key) {
  const auto it = node.find(key);
  return it != node.end() && it->is_string() ? it->get<std::string>() : std::string();
}

std::string Count(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.0f", value);
  return text;
}

std::string NameOf(const Json& node) {
  std::string name = Text(node, "Node Type");
  if (const std::string relation = Text(node, "Relation Name"); !relation.empty()) name += " on " + relation;
  if (const std::string index = Text(node, "Index Name"); !index.empty()) name += " using " + index;
  if (const std::string cte = Text(node, "CTE Name"); !cte.empty()) name += " on " + cte;
  return name;
}

Expected<Json> RootOf(std::string_view text) {
  Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded() || !json.is_array() || json.empty() || !json[0].contains("Plan")) {
    return Fail(ErrorCode::kInternal, "the server's plan could not be read");
  }
  return json[0];
}

class PlanReader {
 public:
  PlanReader(const schema::Schema* schema, bool analyzed) : schema_(schema), analyzed_(analyzed) {}

  void Visit(const Json& node, const std::string& indent, bool last, int depth) {
    if (depth > kMaxPlanDepth) return;
    text_ += indent +
             (depth == 0 ? ""
              : last     ? "└─ "
                         : "├─ ") +
             NameOf(node) + "  (cost " + Count(Number(node, "Total Cost")) + ", rows " +
             Count(Number(node, "Plan Rows"));
    if (analyzed_ && node.contains("Actual Rows")) {
      char truth[96];
      std::snprintf(truth, sizeof truth, "; really %.0f rows, %.1f ms, %.0f times", Number(node, "Actual Rows"),
                    Number(node, "Actual Total Time"), Number(node, "Actual Loops"));
      text_ += truth;
    }
    text_ += ")\n";
    const std::string below = indent + (depth == 0 ? "" : last ? "   " : "│  ");
    for (const char* condition : {"Filter", "Hash Cond", "Join Filter", "Index Cond", "Merge Cond"}) {
      if (const std::string what = Text(node, condition); !what.empty())
        text_ += below + "     " + condition + ": " + what + "\n";
    }
    Advise(node);
    const auto children = node.find("Plans");
    if (children == node.end() || !children->is_array()) return;
    for (std::size_t i = 0; i < children->size(); ++i)
      Visit((*children)[i], below, i + 1 == children->size(), depth + 1);
  }

  std::string text_;
  std::vector<std::string> advice_;

 private:
  void Advise(const Json& node) {
    const std::string type = Text(node, "Node Type"), relation = Text(node, "Relation Name"),
                      filter = Text(node, "Filter");
    if (type == "Seq Scan" && RowsOf(relation) > kLargeTableRows) {
      if (filter.empty()) {
        Add("all of " + relation + " (about " + Count(RowsOf(relation)) +
            " rows) is read: a filter or a LIMIT would spare that");
      } else {
        Add("all of " + relation + " is read to apply " + filter + ": an index on the filtered column may help");
      }
    }
    if (type == "Nested Loop" && Text(node, "Join Filter").empty() && Number(node, "Plan Rows") > kLargeTableRows &&
        !HasInnerCondition(node)) {
      Add("two tables are combined without a condition (" + Count(Number(node, "Plan Rows")) +
          " rows): is a join condition missing?");
    }
    if (type == "Sort" && Text(node, "Sort Space Type") == "Disk")
      Add("a sort did not fit into work_mem and went to disk");
  }

  static bool HasInnerCondition(const Json& node) {
    const auto children = node.find("Plans");
    if (children == node.end() || !children->is_array() || children->size() < 2) return false;
    return !Text((*children)[1], "Index Cond").empty() || !Text((*children)[1], "Filter").empty();
  }

  double RowsOf(const std::string& relation) const {
    if (schema_ == nullptr) return 0;
    for (const schema::Table& table : schema_->tables) {
      if (table.name == relation) return table.row_estimate;
    }
    return 0;
  }

  void Add(std::string advice) {
    if (std::find(advice_.begin(), advice_.end(), advice) == advice_.end()) advice_.push_back(std::move(advice));
  }

  const schema::Schema* schema_;
  bool analyzed_;
};

void FindMostExpensive(const Json& node, double* worst, std::string* name, int depth) {
  if (depth > kMaxPlanDepth) return;
  double own = Number(node, "Total Cost");
  const auto children = node.find("Plans");
  if (children != node.end() && children->is_array()) {
    for (const Json& child : *children) {
      own -= Number(child, "Total Cost");
      FindMostExpensive(child, worst, name, depth + 1);
    }
  }
  if (own > *worst) {
    *worst = own;
    *name = NameOf(node) + " (cost " + Count(Number(node, "Total Cost")) + ", " + Count(Number(node, "Plan Rows")) +
            " rows)";
  }
}

}  // namespace

Expected<PlanReport> ReadPlan(std::string_view json, const schema::Schema* schema) {
  const auto root = RootOf(json);
  if (!root) return Fail(root.error());
  const Json& plan = (*root)["Plan"];
  PlanReport report;
  report.cost = Number(plan, "Total Cost");
  report.rows = Number(plan, "Plan Rows");
  report.bytes = report.rows * Number(plan, "Plan Width");
  report.analyzed = root->contains("Execution Time");
  report.elapsed_ms = Number(*root, "Execution Time");
  PlanReader reader(schema, report.analyzed);
  reader.Visit(plan, "", true, 0);
  report.text = std::move(reader.text_);
  report.advice = std::move(reader.advice_);
  return report;
}

Expected<std::string> MostExpensiveNode(std::string_view json) {
  const auto root = RootOf(json);
  if (!root) return Fail(root.error());
  double worst = -1;
  std::string name;
  FindMostExpensive((*root)["Plan"], &worst, &name, 0);
  return name;
}

}  // namespace toomai::engine
