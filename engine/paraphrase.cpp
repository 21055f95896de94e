#include "engine/paraphrase.h"

#include <algorithm>
#include <vector>

#include "base/text.h"
#include "engine/mend_scope.h"
#include "validator/parser.h"

namespace toomai::engine {

using namespace validator;

namespace {

constexpr int kMaxDepth = 3;                // of queries inside queries; deeper ones are only mentioned
constexpr std::size_t kMaxExpression = 80;  // an expression we have no words for is shown as written, cut here

// The words of one language; $1 and $2 are filled in.
struct Words {
  const char *list, *list_distinct, *from, *where, *grouped, *having, *ordered, *descending, *ascending, *first,
      *first_one, *and_, *or_, *comma, *stop;
  const char *count, *count_of, *count_distinct, *sum, *avg, *min, *max;
  const char *is, *is_not, *more, *less, *at_least, *at_most, *contains, *starts, *ends, *matches, *not_matches,
      *one_of, *none_of, *between, *empty, *not_empty, *exists, *not_exists, *not_;
  const char *unite, *intersect, *except, *of, *subquery, *all_columns, *joined;
};

constexpr Words kEnglish = {"Lists $1",
                            "Lists the different $1",
                            " of $1",
                            ", where $1",
                            ", for each $1",
                            ", keeping groups where $1",
                            ", ordered by $1",
                            "$1 from high to low",
                            "$1 from low to high",
                            ", the first $1 rows",
                            ", the first row only",
                            " and ",
                            " or ",
                            ", ",
                            ".",
                            "the number of rows",
                            "the number of $1",
                            "the number of different $1",
                            "the total of $1",
                            "the average of $1",
                            "the smallest $1",
                            "the largest $1",
                            "$1 is $2",
                            "$1 is not $2",
                            "$1 is more than $2",
                            "$1 is less than $2",
                            "$1 is at least $2",
                            "$1 is at most $2",
                            "$1 contains $2",
                            "$1 starts with $2",
                            "$1 ends with $2",
                            "$1 matches $2",
                            "$1 does not match $2",
                            "$1 is one of $2",
                            "$1 is none of $2",
                            "$1 is between $2",
                            "$1 is empty",
                            "$1 is not empty",
                            "there is $1",
                            "there is no $1",
                            "not ($1)",
                            "$1 Adds the rows of: $2",
                            "$1 Keeps only rows that are also in: $2",
                            "$1 Leaves out the rows of: $2",
                            "$1 of $2",
                            "(a query inside: $1)",
                            "all columns",
                            "$1 with $2"};

constexpr Words kChinese = {"列出$1",
                            "列出不重复的$1",
                            "（来自 $1）",
                            "，条件：$1",
                            "，按 $1 分组",
                            "，只保留满足 $1 的组",
                            "，按 $1 排序",
                            "$1 从高到低",
                            "$1 从低到高",
                            "，取前 $1 行",
                            "，只取第一行",
                            " 且 ",
                            " 或 ",
                            "、",
                            "。",
                            "行数",
                            "$1 的个数",
                            "不重复的 $1 的个数",
                            "$1 的总和",
                            "$1 的平均值",
                            "最小的 $1",
                            "最大的 $1",
                            "$1 等于 $2",
                            "$1 不等于 $2",
                            "$1 大于 $2",
                            "$1 小于 $2",
                            "$1 大于等于 $2",
                            "$1 小于等于 $2",
                            "$1 包含 $2",
                            "$1 以 $2 开头",
                            "$1 以 $2 结尾",
                            "$1 匹配 $2",
                            "$1 不匹配 $2",
                            "$1 属于 $2",
                            "$1 不属于 $2",
                            "$1 介于 $2",
                            "$1 为空",
                            "$1 不为空",
                            "存在 $1",
                            "不存在 $1",
                            "非（$1）",
                            "$1 并上：$2",
                            "$1 只保留同时在以下结果中的行：$2",
                            "$1 去掉以下结果中的行：$2",
                            "$2 的 $1",
                            "（子查询：$1）",
                            "全部列",
                            "$1 与 $2"};

constexpr Words kJapanese = {"$1を表示",
                             "重複を除いた$1を表示",
                             "（$1 から）",
                             "。条件：$1",
                             "。$1 ごと",
                             "。$1 のグループだけ",
                             "。$1 の順",
                             "$1 の高い順",
                             "$1 の低い順",
                             "。先頭 $1 行",
                             "。先頭の 1 行だけ",
                             "、かつ ",
                             "、または ",
                             "、",
                             "。",
                             "行数",
                             "$1 の数",
                             "重複を除いた $1 の数",
                             "$1 の合計",
                             "$1 の平均",
                             "$1 の最小値",
                             "$1 の最大値",
                             "$1 が $2",
                             "$1 が $2 でない",
                             "$1 が $2 より大きい",
                             "$1 が $2 より小さい",
                             "$1 が $2 以上",
                             "$1 が $2 以下",
                             "$1 が $2 を含む",
                             "$1 が $2 で始まる",
                             "$1 が $2 で終わる",
                             "$1 が $2 に合う",
                             "$1 が $2 に合わない",
                             "$1 が $2 のいずれか",
                             "$1 が $2 のいずれでもない",
                             "$1 が $2 の間",
                             "$1 が空",
                             "$1 が空でない",
                             "$1 がある",
                             "$1 がない",
                             "（$1）でない",
                             "$1 次の結果も加える：$2",
                             "$1 次の結果にもある行だけ：$2",
                             "$1 次の結果の行を除く：$2",
                             "$2 の $1",
                             "（内側の問い合わせ：$1）",
                             "全ての列",
                             "$1 と $2"};

std::string Fill(std::string_view pattern, std::string_view first, std::string_view second = {}) {
  std::string out;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '$' && i + 1 < pattern.size() && (pattern[i + 1] == '1' || pattern[i + 1] == '2')) {
      out += pattern[++i] == '1' ? first : second;
    } else {
      out += pattern[i];
    }
  }
  return out;
}

class Teller {
 public:
  Teller(const Tree& tree, const StatementScopes& scopes, const schema::Schema& schema, const Words& words)
      : tree_(tree), scopes_(scopes), schema_(schema), w_(words) {}

  std::string Query(NodeId query) {
    if (++depth_ > kMaxDepth) {
      --depth_;
      return "…";
    }
    std::string text = Body(tree_.Child(query, QuerySlots::kBody), query);
    if (const NodeId order = tree_.Child(query, QuerySlots::kOrderBy); order != kNoNode) {
      std::string list;
      for (NodeId sort : tree_.Children(order)) {
        const bool down = OpOf<SortDirection>(tree_[sort]) == SortDirection::kDescending;
        list +=
            (list.empty() ? "" : w_.comma) + Fill(down ? w_.descending : w_.ascending, Value(tree_.Children(sort)[0]));
      }
      text += Fill(w_.ordered, list);
    }
    if (const NodeId limit = tree_.Child(query, QuerySlots::kLimit);
        limit != kNoNode && !tree_.Children(limit).empty() && tree_.Children(limit)[0] != kNoNode) {
      const std::string rows = Text(tree_.Children(limit)[0]);
      // The cap that is always there is no part of the question.
      if (rows == "1")
        text += w_.first_one;
      else if (rows.size() <= 3)
        text += Fill(w_.first, rows);
    }
    --depth_;
    return text;
  }

 private:
  std::string Text(NodeId node) const { return Ellipsis(TextOf(tree_, node), kMaxExpression); }

  std::string Body(NodeId body, NodeId query) {
    switch (tree_[body].kind) {
      case NodeKind::kSelect:
        return Select(body);
      case NodeKind::kQuery:
        return Query(body);
      case NodeKind::kSetOperation: {
        const SetOp op = OpOf<SetOp>(tree_[body]);
        const char* pattern = op == SetOp::kUnion ? w_.unite : op == SetOp::kIntersect ? w_.intersect : w_.except;
        return Fill(pattern, Body(tree_.Child(body, SetOperationSlots::kLeft), query) + w_.stop,
                    Body(tree_.Child(body, SetOperationSlots::kRight), query));
      }
      default:
        return Text(body);
    }
  }

  std::string Select(NodeId select) {
    scope_ = nullptr;
    for (const ScopeInfo& scope : scopes_.scopes()) {
      if (scope.select == select) scope_ = &scope;
    }
    const ScopeInfo* mine = scope_;
    std::string what;
    if (const NodeId targets = tree_.Child(select, SelectSlots::kTargets); targets != kNoNode) {
      for (NodeId target : tree_.Children(targets))
        what += (what.empty() ? "" : w_.comma) + Value(tree_.Children(target)[0]);
    }
    scope_ = mine;
    std::string text = Fill(tree_.Child(select, SelectSlots::kDistinct) != kNoNode ? w_.list_distinct : w_.list, what);
    std::string tables;
    for (const SourceInfo& source : mine->sources) {
      std::string name = source.table >= 0 ? schema_.tables[static_cast<std::size_t>(source.table)].name : source.name;
      if (tree_[source.node].kind == NodeKind::kRangeSubquery) {
        name = Fill(w_.subquery, Query(tree_.Child(source.node, RangeSubquerySlots::kQuery)));
        scope_ = mine;
      }
      tables += (tables.empty() ? "" : w_.comma) + name;
    }
    if (!tables.empty()) text += Fill(w_.from, tables);
    const auto clause = [&](NodeId node, const char* pattern) {
      scope_ = mine;
      if (node != kNoNode) text += Fill(pattern, Condition(node));
    };
    clause(tree_.Child(select, SelectSlots::kWhere), w_.where);
    if (const NodeId group = tree_.Child(select, SelectSlots::kGroupBy); group != kNoNode) {
      std::string list;
      for (NodeId item : tree_.Children(group)) list += (list.empty() ? "" : w_.comma) + Value(item);
      text += Fill(w_.grouped, list);
    }
    clause(tree_.Child(select, SelectSlots::kHaving), w_.having);
    scope_ = mine;
    return text;
  }

  std::string Value(NodeId node) {
    switch (tree_[node].kind) {
      case NodeKind::kColumnRef: {
        if (tree_.Has(node, kStarFlag)) return w_.all_columns;
        std::string name(tree_.LastName(node));
        const RefInfo* ref = scopes_.Ref(node);
        const SourceInfo* source = ref ? scopes_.SourceOf(*ref) : nullptr;
        // The table is named where there are several.
        if (source && scope_ && scope_->sources.size() > 1) {
          const std::string table =
              source->table >= 0 ? schema_.tables[static_cast<std::size_t>(source->table)].name : source->name;
          return Fill(w_.of, name, table);
        }
        return name;
      }
      case NodeKind::kFunctionCall:
        return Call(node);
      case NodeKind::kCast:
        return Value(tree_.Children(node)[0]);
      case NodeKind::kSubquery: {
        const ScopeInfo* mine = scope_;
        std::string text = Fill(w_.subquery, Query(tree_.Children(node)[0]));
        scope_ = mine;
        return text;
      }
      default:
        return Text(node);
    }
  }

  std::string Call(NodeId node) {
    const std::string_view name = tree_.LastName(node);
    const NodeId list = tree_.Child(node, FunctionCallSlots::kArguments);
    if (name == "count" && (list == kNoNode || tree_.Children(list).empty())) return w_.count;
    if (list == kNoNode || tree_.Children(list).size() != 1 || tree_.Child(node, FunctionCallSlots::kOver) != kNoNode ||
        tree_.Child(node, FunctionCallSlots::kFilter) != kNoNode)
      return Text(node);
    const std::string inner = Value(tree_.Children(list)[0]);
    if (name == "count") return Fill(tree_.Has(node, kDistinctFlag) ? w_.count_distinct : w_.count_of, inner);
    if (name == "sum") return Fill(w_.sum, inner);
    if (name == "avg") return Fill(w_.avg, inner);
    if (name == "min") return Fill(w_.min, inner);
    if (name == "max") return Fill(w_.max, inner);
    return Text(node);
  }

  std::string Condition(NodeId node) {
    const Node& info = tree_[node];
    switch (info.kind) {
      case NodeKind::kAnd:
      case NodeKind::kOr: {
        std::string text;
        const bool both = info.kind == NodeKind::kAnd;
        for (NodeId part : tree_.Children(node)) {
          const bool parens = both && tree_[part].kind == NodeKind::kOr;
          text += (text.empty() ? ""
                   : both       ? w_.and_
                                : w_.or_) +
                  (parens ? "(" + Condition(part) + ")" : Condition(part));
        }
        return text;
      }
      case NodeKind::kNot:
        return Fill(w_.not_, Condition(tree_.Children(node)[0]));
      case NodeKind::kBinary: {
        const std::string_view op = tree_.LastName(node);
        const char* pattern = op == "="    ? w_.is
                              : op == "<>" ? w_.is_not
                              : op == ">"  ? w_.more
                              : op == "<"  ? w_.less
                              : op == ">=" ? w_.at_least
                              : op == "<=" ? w_.at_most
                                           : nullptr;
        if (!pattern) return Text(node);
        return Fill(pattern, Value(tree_.Children(node)[0]), Value(tree_.Children(node)[1]));
      }
      case NodeKind::kLike:
        return Like(node);
      case NodeKind::kIn: {
        const NodeId right = tree_.Children(node)[1];
        const char* pattern = tree_.Has(node, kNegated) ? w_.none_of : w_.one_of;
        std::string list;
        if (tree_[right].kind == NodeKind::kList) {
          for (NodeId item : tree_.Children(right)) list += (list.empty() ? "" : w_.comma) + Text(item);
        } else {
          const ScopeInfo* mine = scope_;
          list = Fill(w_.subquery, Query(right));
          scope_ = mine;
        }
        return Fill(pattern, Value(tree_.Children(node)[0]), list);
      }
      case NodeKind::kBetween:
        return Fill(w_.between, Value(tree_.Children(node)[0]),
                    Text(tree_.Children(node)[1]) + " – " + Text(tree_.Children(node)[2]));
      case NodeKind::kIsTest:
        if (OpOf<IsOp>(info) != IsOp::kNull) return Text(node);
        return Fill(tree_.Has(node, kNegated) ? w_.not_empty : w_.empty, Value(tree_.Children(node)[0]));
      case NodeKind::kExists: {
        const ScopeInfo* mine = scope_;
        std::string text = Fill(w_.exists, Fill(w_.subquery, Query(tree_.Children(node)[0])));
        scope_ = mine;
        return text;
      }
      default:
        return Value(node);
    }
  }

  std::string Like(NodeId node) {
    const NodeId left = tree_.Children(node)[0], right = tree_.Children(node)[1];
    const bool literal = tree_[right].kind == NodeKind::kLiteral;
    std::string pattern = literal ? std::string(tree_.LiteralValue(right)) : Text(right);
    if (tree_.Has(node, kNegated)) return Fill(w_.not_matches, Value(left), "'" + pattern + "'");
    const bool front = literal && !pattern.empty() && pattern.front() == '%',
               back = literal && pattern.size() > 1 && pattern.back() == '%';
    if (front) pattern.erase(0, 1);
    if (back) pattern.pop_back();
    const bool plain = pattern.find_first_of("%_") == std::string::npos;
    if (!plain || (!front && !back)) return Fill(w_.matches, Value(left), Text(right));
    return Fill(front && back ? w_.contains : front ? w_.ends : w_.starts, Value(left), "'" + pattern + "'");
  }

  const Tree& tree_;
  const StatementScopes& scopes_;
  const schema::Schema& schema_;
  const Words& w_;
  const ScopeInfo* scope_ = nullptr;
  int depth_ = 0;
};

}  // namespace

std::string Paraphrase(std::string_view sql, const schema::Schema& schema, std::string_view language) {
  Tree tree;
  ParseError error;
  if (!Parse(sql, {}, &tree, &error)) return {};
  const StatementScopes scopes(tree, schema);
  const Words& words = language == "zh" ? kChinese : language == "ja" ? kJapanese : kEnglish;
  return Teller(tree, scopes, schema, words).Query(tree.root()) + words.stop;
}

}  // namespace toomai::engine
