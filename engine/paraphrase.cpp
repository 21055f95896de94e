#include "engine/paraphrase.h"

#include <algorithm>
#include <charconv>
#include <span>
#include <vector>

#include "base/text.h"
#include "engine/mend_scope.h"
#include "engine/paraphrase_words.h"
#include "validator/parser.h"

namespace toomai::engine {

using namespace validator;

namespace {

constexpr int kMaxDepth = 3;                // of queries inside queries; deeper ones are only mentioned
constexpr std::size_t kMaxExpression = 80;  // an expression we have no words for is shown as written, cut here

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

void Append(std::string* list, std::string_view between, std::string_view item) {
  if (!list->empty()) *list += between;
  *list += item;
}

class Teller {
 public:
  Teller(const Tree& tree, const StatementScopes& scopes, const schema::Schema& schema, const ParaphraseWords& words)
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
        Append(&list, w_.comma, Fill(down ? w_.descending : w_.ascending, Meant(tree_.Children(sort)[0])));
      }
      text += Fill(w_.ordered, list);
    }
    text += FirstRows(tree_.Child(query, QuerySlots::kLimit));
    if (const NodeId offset = tree_.Child(query, QuerySlots::kOffset); offset != kNoNode)
      text += Fill(w_.skipped, Text(tree_.Children(offset)[0]));
    --depth_;
    return text;
  }

 private:
  std::string Text(NodeId node) const { return Ellipsis(TextOf(tree_, node), kMaxExpression); }

  std::string FirstRows(NodeId limit) const {
    if (limit == kNoNode || tree_.Has(limit, kLimitAll)) return {};
    const std::span<const NodeId> rows = tree_.Children(limit);
    const std::string count = rows.empty() || rows[0] == kNoNode ? "1" : Text(rows[0]);  // FETCH FIRST ROW ONLY
    const std::string ties = tree_.Has(limit, kWithTies) ? w_.with_ties : "";
    if (count == "1") return w_.first_one + ties;
    // The cap that is always there is no part of the question.
    return count.size() <= 3 || !ties.empty() ? Fill(w_.first, count) + ties : std::string();
  }

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
    const std::vector<NodeId> outputs = Outputs(select);
    std::string what;
    for (NodeId output : outputs) Append(&what, w_.comma, Value(output));
    std::string text = Fill(tree_.Child(select, SelectSlots::kDistinct) != kNoNode ? w_.list_distinct : w_.list, what);
    std::string tables;
    for (const SourceInfo& source : mine->sources) Append(&tables, w_.comma, NameOf(source));
    scope_ = mine;
    if (!tables.empty()) text += Fill(mine->sources.size() == 1 ? w_.from : w_.from_tables, tables);
    if (const NodeId from = tree_.Child(select, SelectSlots::kFrom); from != kNoNode) {
      for (NodeId item : tree_.Children(from)) text += Joins(item);
    }
    const auto clause = [&](NodeId node, const char* pattern) {
      scope_ = mine;
      if (node != kNoNode) text += Fill(pattern, Condition(node));
    };
    clause(tree_.Child(select, SelectSlots::kWhere), w_.where);
    scope_ = mine;
    text += Groups(select, outputs);
    clause(tree_.Child(select, SelectSlots::kHaving), w_.having);
    scope_ = mine;
    outputs_ = outputs;
    return text;
  }

  // What a join does beyond following a key: rows without a partner, and conditions of its own.
  std::string Joins(NodeId item) {
    if (tree_[item].kind != NodeKind::kJoin) return {};
    const NodeId left = tree_.Child(item, JoinSlots::kLeft), right = tree_.Child(item, JoinSlots::kRight);
    std::string text = Joins(left) + Joins(right);
    if (const NodeId on = tree_.Child(item, JoinSlots::kOn); on != kNoNode && !FollowsKey(on))
      text += Fill(w_.joined_where, Condition(on));
    const JoinType type = OpOf<JoinType>(tree_[item]);
    if (type == JoinType::kLeft || type == JoinType::kFull)
      text += Fill(w_.also_without, NamesIn(left), NamesIn(right));
    if (type == JoinType::kRight || type == JoinType::kFull)
      text += Fill(w_.also_without, NamesIn(right), NamesIn(left));
    return text;
  }

  // The tables below a FROM item.
  std::string NamesIn(NodeId item) const {
    if (tree_[item].kind == NodeKind::kJoin) {
      const std::string left = NamesIn(tree_.Child(item, JoinSlots::kLeft));
      return left + w_.comma + NamesIn(tree_.Child(item, JoinSlots::kRight));
    }
    for (const SourceInfo& source : scope_->sources)
      if (source.node == item) return PlainName(source);
    return Text(item);
  }

  // Equal columns, all of them a foreign key and what it refers to.
  bool FollowsKey(NodeId on) const {
    if (tree_[on].kind == NodeKind::kAnd) {
      const std::span<const NodeId> parts = tree_.Children(on);
      return std::all_of(parts.begin(), parts.end(), [&](NodeId part) { return FollowsKey(part); });
    }
    if (tree_[on].kind != NodeKind::kBinary || tree_.LastName(on) != "=") return false;
    const OutputInfo *a = scopes_.BaseOf(tree_.Children(on)[0]), *b = scopes_.BaseOf(tree_.Children(on)[1]);
    return a != nullptr && b != nullptr && (Refers(*a, *b) || Refers(*b, *a));
  }

  bool Refers(const OutputInfo& from, const OutputInfo& to) const {
    if (from.table < 0 || to.table < 0) return false;
    for (const schema::ForeignKey& key : schema_.tables[static_cast<std::size_t>(from.table)].foreign_keys) {
      if (key.target_table != to.table) continue;
      for (std::size_t i = 0; i < std::min(key.columns.size(), key.target_columns.size()); ++i)
        if (key.columns[i] == from.column && key.target_columns[i] == to.column) return true;
    }
    return false;
  }

  std::vector<NodeId> Outputs(NodeId select) const {
    std::vector<NodeId> outputs;
    if (const NodeId targets = tree_.Child(select, SelectSlots::kTargets); targets != kNoNode) {
      for (NodeId target : tree_.Children(targets)) outputs.push_back(tree_.Children(target)[0]);
    }
    return outputs;
  }

  std::string NameOf(const SourceInfo& source) {
    if (tree_[source.node].kind != NodeKind::kRangeSubquery) return PlainName(source);
    return Inside(tree_.Child(source.node, RangeSubquerySlots::kQuery));
  }

  std::string PlainName(const SourceInfo& source) const {
    return source.table >= 0 ? schema_.tables[static_cast<std::size_t>(source.table)].name : source.name;
  }

  std::string Inside(NodeId query) {
    const ScopeInfo* mine = scope_;
    const std::vector<NodeId> outputs = outputs_;
    std::string text = Fill(w_.subquery, Query(query));
    scope_ = mine;
    outputs_ = outputs;
    return text;
  }

  // Keys that are grouped by but not shown only keep namesakes apart: they are left out.
  std::string Groups(NodeId select, const std::vector<NodeId>& outputs) {
    const NodeId group = tree_.Child(select, SelectSlots::kGroupBy);
    if (group == kNoNode) return {};
    outputs_ = outputs;
    std::string shown, all;
    for (NodeId item : tree_.Children(group)) {
      const std::string text = Meant(item);
      Append(&all, w_.comma, text);
      const bool is_shown = std::any_of(outputs.begin(), outputs.end(),
                                        [&](NodeId output) { return Text(output) == Text(Target(item)); });
      if (is_shown) Append(&shown, w_.comma, text);
    }
    return Fill(w_.grouped, shown.empty() ? all : shown);
  }

  // ORDER BY 2 and ORDER BY its_alias mean an output; GROUP BY too.
  NodeId Target(NodeId node) const {
    const Node& info = tree_[node];
    std::size_t place = 0;
    if (info.kind == NodeKind::kLiteral && OpOf<LiteralOp>(info) == LiteralOp::kInteger) {
      const std::string_view digits = tree_.LiteralValue(node);
      std::from_chars(digits.data(), digits.data() + digits.size(), place);
    } else if (info.kind == NodeKind::kColumnRef) {
      const RefInfo* ref = scopes_.Ref(node);
      if (ref && ref->status == RefInfo::Status::kOutput) place = static_cast<std::size_t>(ref->output) + 1;
    }
    return place >= 1 && place <= outputs_.size() ? outputs_[place - 1] : node;
  }

  std::string Meant(NodeId node) { return Value(Target(node)); }

  std::string Value(NodeId node) {
    if (const std::string moment = Moment(node); !moment.empty()) return moment;
    switch (tree_[node].kind) {
      case NodeKind::kColumnRef: {
        if (tree_.Has(node, kStarFlag)) return w_.all_columns;
        std::string name(tree_.LastName(node));
        const RefInfo* ref = scopes_.Ref(node);
        const SourceInfo* source = ref ? scopes_.SourceOf(*ref) : nullptr;
        // The table is named where there are several.
        if (source && scope_ && scope_->sources.size() > 1) return Fill(w_.of, name, PlainName(*source));
        return name;
      }
      case NodeKind::kFunctionCall:
        return Call(node);
      case NodeKind::kCast:
        return Value(tree_.Children(node)[0]);
      case NodeKind::kSubquery:
        return Inside(tree_.Children(node)[0]);
      case NodeKind::kSpecialCall:
        return Special(node);
      case NodeKind::kBinary:
        return Operand(tree_.Children(node)[0]) + " " + std::string(tree_.LastName(node)) + " " +
               Operand(tree_.Children(node)[1]);
      default:
        return Text(node);
    }
  }

  std::string Call(NodeId node) {
    const std::string_view name = tree_.LastName(node);
    const NodeId list = tree_.Child(node, FunctionCallSlots::kArguments);
    const NodeId filter = tree_.Child(node, FunctionCallSlots::kFilter);
    if (name == "count" && (list == kNoNode || tree_.Children(list).empty())) return Filtered(w_.count, filter);
    if (list == kNoNode || tree_.Child(node, FunctionCallSlots::kOver) != kNoNode) return Text(node);
    const std::span<const NodeId> arguments = tree_.Children(list);
    if ((name == "date_part" || name == "date_trunc") && arguments.size() == 2) return Part(arguments, node);
    const char* pattern = name == "count" ? (tree_.Has(node, kDistinctFlag) ? w_.count_distinct : w_.count_of)
                          : name == "sum" ? w_.sum
                          : name == "avg" ? w_.avg
                          : name == "min" ? w_.min
                          : name == "max" ? w_.max
                                          : nullptr;
    const bool other_rows = tree_.Has(node, kDistinctFlag) && (name == "sum" || name == "avg");
    if (!pattern || arguments.size() != 1 || other_rows) return Text(node);
    return Filtered(Fill(pattern, Value(arguments[0])), filter);
  }

  std::string Filtered(std::string what, NodeId filter) {
    return filter == kNoNode ? what : Fill(w_.only_where, what, Condition(filter));
  }

  std::string Special(NodeId node) {
    const NodeId list = tree_.Child(node, SpecialCallSlots::kArguments);
    if (list == kNoNode || tree_.Children(list).empty()) return Text(node);
    const std::span<const NodeId> arguments = tree_.Children(list);
    switch (OpOf<SpecialFunction>(tree_[node])) {
      case SpecialFunction::kExtract:
        return Part(arguments, node);
      case SpecialFunction::kNullif:  // guards a division
        return Value(arguments[0]);
      default:
        return Text(node);
    }
  }

  // "the year of ordered_at"
  std::string Part(std::span<const NodeId> arguments, NodeId whole) {
    const int unit = arguments.size() == 2 ? UnitOf(arguments[0]) : -1;
    return unit < 0 ? Text(whole) : Fill(w_.part_of_date, w_.units[unit], Value(arguments[1]));
  }

  int UnitOf(NodeId node) const {
    return tree_[node].kind == NodeKind::kLiteral ? TimeUnit(tree_.LiteralValue(node)) : -1;
  }

  // A moment counted from today in words; empty for everything else.
  std::string Moment(NodeId node) {
    const Node& info = tree_[node];
    if (info.kind == NodeKind::kSpecialCall) {
      const auto function = OpOf<SpecialFunction>(info);
      if (function == SpecialFunction::kCurrentDate) return w_.today;
      return function == SpecialFunction::kCurrentTimestamp ? w_.now : "";
    }
    if (const int unit = StartOf(node); unit >= 0) return Fill(w_.start_of_this, w_.units[unit]);
    if (info.kind == NodeKind::kFunctionCall) return tree_.LastName(node) == "now" ? w_.now : "";
    if (info.kind != NodeKind::kBinary) return {};
    const NodeId left = tree_.Children(node)[0];
    const std::string from = Moment(left), span = Span(tree_.Children(node)[1]);
    const bool back = tree_.LastName(node) == "-";
    if (from.empty() || span.empty() || (!back && tree_.LastName(node) != "+")) return {};
    if (const int unit = StartOf(left); back && unit >= 0 && span == "1 " + std::string(w_.units[unit]))
      return Fill(w_.start_of_last, w_.units[unit]);
    return Fill(back ? w_.before : w_.after, span, from);
  }

  // The unit of date_trunc(unit, today or now); -1 for others.
  int StartOf(NodeId node) {
    if (tree_[node].kind != NodeKind::kFunctionCall || tree_.LastName(node) != "date_trunc") return -1;
    const NodeId list = tree_.Child(node, FunctionCallSlots::kArguments);
    if (list == kNoNode || tree_.Children(list).size() != 2) return -1;
    const std::string of = Moment(tree_.Children(list)[1]);
    return of == w_.today || of == w_.now ? UnitOf(tree_.Children(list)[0]) : -1;
  }

  // INTERVAL '3 months' as "3 months"; empty for what is no single number and unit.
  std::string Span(NodeId node) {
    if (tree_[node].kind != NodeKind::kCast) return {};
    const NodeId literal = tree_.Children(node)[0], type = tree_.Children(node)[1];
    if (tree_[literal].kind != NodeKind::kLiteral || OpOf<BuiltinType>(tree_[type]) != BuiltinType::kInterval)
      return {};
    const std::string_view value = tree_.LiteralValue(literal);
    const std::size_t digits = std::min(value.find_first_not_of("0123456789"), value.size());
    if (digits == 0 || digits == value.size() || value[digits] != ' ') return {};
    const int unit = TimeUnit(value.substr(digits + 1));
    if (unit < 0) return {};
    const bool plural = &w_ == &ParaphraseWordsOf("en") && value.substr(0, digits) != "1";
    return std::string(value.substr(0, digits)) + " " + w_.units[unit] + (plural ? "s" : "");
  }

  std::string Operand(NodeId node) {
    const bool compound = tree_[node].kind == NodeKind::kBinary && Moment(node).empty();
    return compound ? "(" + Value(node) + ")" : Value(node);
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
          Append(&text, both ? w_.and_ : w_.or_, parens ? "(" + Condition(part) + ")" : Condition(part));
        }
        return text;
      }
      case NodeKind::kNot: {
        const NodeId inner = tree_.Children(node)[0];
        if (tree_[inner].kind == NodeKind::kExists) return Fill(w_.not_exists, Inside(tree_.Children(inner)[0]));
        return Fill(w_.not_, Condition(inner));
      }
      case NodeKind::kBinary: {
        const std::string_view op = tree_.LastName(node);
        const char* pattern = op == "="    ? w_.is
                              : op == "<>" ? w_.is_not
                              : op == ">"  ? w_.more
                              : op == "<"  ? w_.less
                              : op == ">=" ? w_.at_least
                              : op == "<=" ? w_.at_most
                                           : nullptr;
        if (!pattern) return Value(node);
        return Fill(pattern, Value(tree_.Children(node)[0]), Value(tree_.Children(node)[1]));
      }
      case NodeKind::kLike:
        return Like(node);
      case NodeKind::kIn: {
        const NodeId right = tree_.Children(node)[1];
        const char* pattern = tree_.Has(node, kNegated) ? w_.none_of : w_.one_of;
        std::string list;
        if (tree_[right].kind == NodeKind::kList) {
          for (NodeId item : tree_.Children(right)) Append(&list, w_.comma, Text(item));
        } else {
          list = Inside(right);
        }
        return Fill(pattern, Value(tree_.Children(node)[0]), list);
      }
      case NodeKind::kBetween:
        return Negated(node, Fill(w_.between, Value(tree_.Children(node)[0]),
                                  Text(tree_.Children(node)[1]) + " – " + Text(tree_.Children(node)[2])));
      case NodeKind::kIsTest:
        if (OpOf<IsOp>(info) != IsOp::kNull) return Text(node);
        return Fill(tree_.Has(node, kNegated) ? w_.not_empty : w_.empty, Value(tree_.Children(node)[0]));
      case NodeKind::kExists:
        return Fill(w_.exists, Inside(tree_.Children(node)[0]));
      default:
        return Value(node);
    }
  }

  std::string Negated(NodeId node, std::string condition) {
    return tree_.Has(node, kNegated) ? Fill(w_.not_, condition) : condition;
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
  const ParaphraseWords& w_;
  const ScopeInfo* scope_ = nullptr;
  std::vector<NodeId> outputs_;  // of the select that was told last
  int depth_ = 0;
};

}  // namespace

std::string Paraphrase(std::string_view sql, const schema::Schema& schema, std::string_view language) {
  Tree tree;
  ParseError error;
  if (!Parse(sql, {}, &tree, &error)) return {};
  const StatementScopes scopes(tree, schema);
  const ParaphraseWords& words = ParaphraseWordsOf(language);
  return Teller(tree, scopes, schema, words).Query(tree.root()) + words.stop;
}

}  // namespace toomai::engine
