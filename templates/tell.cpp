#include "templates/tell.h"

#include <utility>

namespace toomai::templates {
namespace {

struct Words {
  const char *of, *where, *per, *ordered, *descending, *first, *among, *none, *count, *all, *both, *distinct,
      *only_groups;
};

constexpr Words kEnglish = {" of ",
                            ", where ",
                            ", for each ",
                            ", ordered by ",
                            " (highest first)",
                            ", first ",
                            " among ",
                            " not among ",
                            "the number of rows",
                            " and ",
                            "; only those that are also in: ",
                            "different ",
                            ", only groups with "};
constexpr Words kChinese = {"，来自 ",        "，条件：", "，按每个 ",  "，排序：", "（从高到低）",
                            "，前 ",          " 属于 ",   " 不属于 ",   "行数",     " 且 ",
                            "；且同时属于：", "不同的 ",  "，仅限分组 "};
constexpr Words kJapanese = {"、対象：",
                             "、条件：",
                             "、次ごと：",
                             "、並び順：",
                             "（高い順）",
                             "、先頭 ",
                             " が次に含まれる：",
                             " が次に含まれない：",
                             "行数",
                             " かつ ",
                             "；かつ次にも含まれる：",
                             "重複なしの ",
                             "、グループの条件："};

class Teller {
 public:
  Teller(const schema::Schema& schema, const Words& words) : schema_(schema), w_(words) {}

  std::string Block(const Query& q) {
    std::string text = q.distinct ? w_.distinct : "";
    for (std::size_t i = 0; i < q.select.size(); ++i) text += (i ? ", " : "") + Text(q, *q.select[i].expr);
    std::string tables;
    for (const Source& s : q.sources) {
      tables += tables.empty() ? "" : ", ";
      tables += s.derived ? "(" + Block(*s.derived) + ")" : schema_.tables[static_cast<std::size_t>(s.table)].name;
    }
    if (!tables.empty()) text += w_.of + tables;
    text += List(q, q.where, w_.where, w_.all);
    text += List(q, q.group, w_.per, ", ");
    text += List(q, q.having, w_.only_groups, w_.all);
    for (std::size_t i = 0; i < q.order.size(); ++i) {
      text += (i ? ", " : w_.ordered) + Text(q, *q.order[i].expr) + (q.order[i].descending ? w_.descending : "");
    }
    if (q.limit) text += w_.first + std::to_string(*q.limit);
    if (q.other) text += w_.both + Block(*q.other);
    return text;
  }

 private:
  std::string List(const Query& q, const std::vector<ExprPtr>& parts, const char* before, const char* between) {
    std::string text;
    for (std::size_t i = 0; i < parts.size(); ++i) text += (i ? between : before) + Text(q, *parts[i]);
    return text;
  }

  std::string Text(const Query& q, const Expr& e) {
    auto arg = [&](std::size_t i) { return Text(q, *e.args[i]); };
    switch (e.kind) {
      case ExprKind::kColumn: {
        const Source& s = q.sources[static_cast<std::size_t>(e.source)];
        if (s.derived) return s.derived->select[static_cast<std::size_t>(e.column)].alias;
        const schema::Table& table = schema_.tables[static_cast<std::size_t>(s.table)];
        const std::string& column = table.columns[static_cast<std::size_t>(e.column)].name;
        return q.sources.size() > 1 ? table.name + "." + column : column;
      }
      case ExprKind::kStar:
        return "*";
      case ExprKind::kAggregate:
        if (e.args[0]->kind == ExprKind::kStar) return w_.count;
        return e.name + "(" + (e.distinct ? w_.distinct : "") + arg(0) + ")" +
               (e.args.size() > 1 ? w_.where + arg(1) : "");
      case ExprKind::kText:
        return "'" + e.name + "'";
      case ExprKind::kBinary:
        return arg(0) + " " + e.name + " " + arg(1);
      case ExprKind::kAnd:
      case ExprKind::kOr: {
        std::string text;
        for (std::size_t i = 0; i < e.args.size(); ++i)
          text += (i ? (e.kind == ExprKind::kAnd ? " and " : " or ") : "") + arg(i);
        return "(" + text + ")";
      }
      case ExprKind::kNot:
        return "not " + arg(0);
      case ExprKind::kIn:
      case ExprKind::kNotIn:
        return arg(0) + (e.kind == ExprKind::kIn ? w_.among : w_.none) + "(" + (e.query ? Block(*e.query) : "") + ")";
      case ExprKind::kBetween:
        return arg(0) + " " + arg(1) + " – " + arg(2);
      case ExprKind::kIsNull:
        return arg(0) + " = ∅";
      case ExprKind::kIsNotNull:
        return arg(0) + " ≠ ∅";
      case ExprKind::kSubquery:
        return "(" + Block(*e.query) + ")";
      case ExprKind::kCast:
        return arg(0);
      case ExprKind::kCall:
        return e.args.empty() ? e.name : Text(q, *e.args[e.name == "nullif" ? 0 : e.args.size() - 1]);
      default:
        return e.name;
    }
  }

  const schema::Schema& schema_;
  const Words& w_;
};

}  // namespace

std::string Tell(const schema::Schema& schema, const Query& query, std::string_view language) {
  const Words& words = language == "zh" ? kChinese : language == "ja" ? kJapanese : kEnglish;
  return Teller(schema, words).Block(query);
}

}  // namespace toomai::templates
