// Loose typing: text compared with numbers, flags kept as integers, moments kept as text. PostgreSQL wants it said.
#include <algorithm>

#include "base/text.h"
#include "engine/mend_rules.h"
#include "validator/walker.h"

namespace toomai::engine::mend {

using namespace validator;
using schema::TypeClass;

namespace {

bool LooksNumeric(std::string_view text) {
  text = Trim(text);
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);
  bool digit = false, dot = false;
  for (char c : text) {
    if (c >= '0' && c <= '9')
      digit = true;
    else if (c == '.' && !dot)
      dot = true;
    else
      return false;
  }
  return digit;
}

bool IsText(Type type) {
  return type == Type(TypeClass::kText);
}
bool IsNumeric(Type type) {
  return type && schema::IsNumber(*type);
}
bool IsDay(Type type) {
  return type && schema::IsMoment(*type);
}
bool IsBoolean(Type type) {
  return type == Type(TypeClass::kBoolean);
}

bool IsComparison(std::string_view op) {
  return op == "=" || op == "<>" || op == "<" || op == ">" || op == "<=" || op == ">=";
}

class TypeMender {
 public:
  TypeMender(const Statement& statement, Edits* edits)
      : s_(statement), edits_(edits), parents_(statement.tree.size(), kNoNode) {
    for (NodeId id = 0; id < s_.tree.size(); ++id) {
      for (NodeId child : s_.tree.Children(id)) {
        if (child != kNoNode) parents_[child] = id;
      }
    }
  }

  void Node(NodeId id) {
    switch (s_.tree[id].kind) {
      case NodeKind::kBinary:
        Binary(id);
        return;
      case NodeKind::kBetween:
        Between(id);
        return;
      case NodeKind::kIn:
        In(id);
        return;
      case NodeKind::kLike:
        Like(id);
        return;
      case NodeKind::kFunctionCall:
        Aggregate(id);
        return;
      case NodeKind::kAnd:
      case NodeKind::kOr:
      case NodeKind::kNot:
        for (NodeId part : s_.tree.Children(id)) Truth(part);
        return;
      case NodeKind::kSelect:
        Truth(s_.tree.Child(id, SelectSlots::kWhere));
        Truth(s_.tree.Child(id, SelectSlots::kHaving));
        return;
      case NodeKind::kSetOperation:
        Arms(id);
        return;
      case NodeKind::kSpecialCall:
        Special(id);
        return;
      default:
        return;
    }
  }

 private:
  void Replace(NodeId node, std::string text, const char* rule, bool risky = false) {
    const ByteRange range = s_.Range(node);
    edits_->Replace(range.begin, range.end, std::move(text), rule, risky);
  }
  Type TypeOf(NodeId node) const { return s_.scopes.TypeOf(node); }
  bool IsString(NodeId node) const {
    return s_.tree[node].kind == NodeKind::kLiteral && OpOf<LiteralOp>(s_.tree[node]) == LiteralOp::kString;
  }
  bool IsNumberLiteral(NodeId node) const {
    if (s_.tree[node].kind == NodeKind::kUnary) return IsNumberLiteral(s_.tree.Children(node)[0]);
    const LiteralOp op = OpOf<LiteralOp>(s_.tree[node]);
    return s_.tree[node].kind == NodeKind::kLiteral && (op == LiteralOp::kInteger || op == LiteralOp::kNumeric);
  }
  void Cast(NodeId node, const char* type, const char* rule, bool risky = false) {
    Replace(node, Parenthesized(s_.tree, node) + "::" + type, rule, risky);
  }

  // A number out of text. What is no number becomes NULL instead of an error, unless every value is known to be one.
  void ToNumber(NodeId node) {
    const schema::ColumnValues* values = ValuesOf(s_, s_.scopes.BaseOf(node));
    const bool clean =
        values && values->complete &&
        std::all_of(values->values.begin(), values->values.end(), [](const std::string& v) { return LooksNumeric(v); });
    const std::string text = Parenthesized(s_.tree, node);
    if (clean)
      Replace(node, text + "::numeric", "text-as-number");
    else
      Replace(node, "(CASE WHEN " + text + " ~ '^\\s*[-+]?[0-9]+(\\.[0-9]+)?\\s*$' THEN " + text + "::numeric END)",
              "text-as-number");
  }

  void Binary(NodeId id) {
    const std::string op(s_.tree.LastName(id));
    const NodeId left = s_.tree.Children(id)[0], right = s_.tree.Children(id)[1];
    if (IsComparison(op)) {
      if (op == "=" && s_.tree[right].kind == NodeKind::kSubquery) ScalarToIn(id, left, right);
      Compare(left, right, op);
      return;
    }
    if (op == "+" || op == "-" || op == "*" || op == "/" || op == "%") {
      if (IsText(TypeOf(left)) && !IsString(left)) ToNumber(left);
      if (IsText(TypeOf(right)) && !IsString(right)) ToNumber(right);
      if (op == "/") Ratio(left, right);
    }
  }

  // count(…) / count(…) and sum(int) * 100 / count(*) are meant as ratios; between integers they would be cut to whole
  // numbers.
  void Ratio(NodeId left, NodeId right) {
    if (TypeOf(left) != Type(TypeClass::kInteger) || TypeOf(right) != Type(TypeClass::kInteger)) return;
    if (!HasAggregate(s_.tree, left) || !(HasAggregate(s_.tree, right) || s_.tree[right].kind == NodeKind::kSubquery))
      return;
    Cast(left, "numeric", "integer-ratio");
  }

  void Compare(NodeId left, NodeId right, const std::string& op) {
    const Type a = TypeOf(left), b = TypeOf(right);
    if (s_.tree[right].kind == NodeKind::kLiteral && OpOf<LiteralOp>(s_.tree[right]) == LiteralOp::kNull &&
        (op == "=" || op == "<>")) {
      const ByteRange l = s_.Range(left), r = s_.Range(right);
      edits_->Replace(l.end, r.end, op == "=" ? " IS NULL" : " IS NOT NULL", "null-test");
      return;
    }
    if (op == "=" && ((IsText(a) && IsNumeric(b)) || (IsNumeric(a) && IsText(b))) && JoinByKey(left, right)) return;
    if (IsText(a) && IsNumeric(b)) return TextAndNumber(left, right, op);
    if (IsText(b) && IsNumeric(a)) return TextAndNumber(right, left, op);
    if (IsNumeric(a) && IsString(right)) return NumberAndString(left, right);
    if (IsNumeric(b) && IsString(left)) return NumberAndString(right, left);
    if (IsBoolean(a) && IsNumberLiteral(right)) return Flag(right);
    if (IsBoolean(b) && IsNumberLiteral(left)) return Flag(left);
    if (IsDay(a) && IsNumberLiteral(right)) return Year(left, right);
    if (IsDay(b) && IsNumberLiteral(left)) return Year(right, left);
    if (IsDay(a) && IsText(b) && !IsString(right))
      return Cast(right, a == Type(TypeClass::kDate) ? "date" : "timestamp", "text-as-date");
    if (IsDay(b) && IsText(a) && !IsString(left))
      return Cast(left, b == Type(TypeClass::kDate) ? "date" : "timestamp", "text-as-date");
    if (IsBoolean(a) && IsNumeric(b)) return Cast(left, "int", "boolean-as-number");
    if (IsBoolean(b) && IsNumeric(a)) return Cast(right, "int", "boolean-as-number");
  }

  // cars.id = names.model, a number and a text, where a declared key joins the two tables: the key was meant.
  bool JoinByKey(NodeId left, NodeId right) {
    const RefInfo *a = s_.scopes.Ref(left), *b = s_.scopes.Ref(right);
    const SourceInfo* one = a ? s_.scopes.SourceOf(*a) : nullptr;
    const SourceInfo* two = b ? s_.scopes.SourceOf(*b) : nullptr;
    if (!s_.context.joins || !one || !two || one->table < 0 || two->table < 0 || one->table == two->table) return false;
    const schema::JoinEdge* key = nullptr;
    for (int index : s_.context.joins->EdgesOf(one->table)) {
      const schema::JoinEdge& edge = s_.context.joins->edges()[static_cast<std::size_t>(index)];
      if (!edge.declared || edge.columns.size() != 1 || (edge.table1 != two->table && edge.table2 != two->table))
        continue;
      if (key) return false;
      key = &edge;
    }
    if (!key) return JoinBySameName(left, *one, *a, right, *two, *b);
    const auto [first, second] = key->columns[0];
    const bool forward = key->table1 == one->table;
    ReplaceName(left, *one, forward ? first : second);
    ReplaceName(right, *two, forward ? second : first);
    return true;
  }

  // places.code = votes.state where places has a column state of that type, and votes has no code.
  bool JoinBySameName(NodeId left, const SourceInfo& one, const RefInfo& a, NodeId right, const SourceInfo& two,
                      const RefInfo& b) {
    const auto twin = [&](const SourceInfo& here, const SourceInfo& there, const RefInfo& ref) {
      const int at = here.Find(there.columns[static_cast<std::size_t>(ref.column)].name);
      return at >= 0 && here.columns[static_cast<std::size_t>(at)].type ==
                            there.columns[static_cast<std::size_t>(ref.column)].type
                 ? here.columns[static_cast<std::size_t>(at)].column
                 : -1;
    };
    const int in_one = twin(one, two, b), in_two = twin(two, one, a);
    if ((in_one < 0) == (in_two < 0)) return false;
    if (in_one >= 0)
      ReplaceName(left, one, in_one);
    else
      ReplaceName(right, two, in_two);
    return true;
  }

  void ReplaceName(NodeId ref, const SourceInfo& source, int column) {
    const ByteRange range = s_.tree.NameRange(ref);
    const std::string& name = s_.context.schema->column(source.table, column).name;
    edits_->Replace(range.begin, range.end, schema::QuoteIdentifier(source.name) + "." + schema::QuoteIdentifier(name),
                    "join-by-key", true);
  }

  void TextAndNumber(NodeId text, NodeId number, const std::string& op) {
    const bool equality = op == "=" || op == "<>";
    if (!equality) return ToNumber(text);
    if (!IsNumberLiteral(number)) return Cast(number, "text", "cast-to-text");
    // '4' and '4.0' are one number and two texts: quote the literal only where the data spell it so.
    const std::string literal = s_.Text(number);
    const schema::ColumnValues* values = ValuesOf(s_, s_.scopes.BaseOf(text));
    const bool spelled =
        values && std::find(values->values.begin(), values->values.end(), literal) != values->values.end();
    const bool numbers =
        values && values->complete && !values->values.empty() &&
        std::all_of(values->values.begin(), values->values.end(), [](const std::string& v) { return LooksNumeric(v); });
    if (!spelled && numbers) return ToNumber(text);
    Replace(number, QuoteLiteral(literal), "literal-as-text");
  }

  // airline = 'United Airlines' where airline is a number: perhaps a reference whose label is meant; perhaps a flag.
  void NumberAndString(NodeId number, NodeId literal) {
    const std::string value(s_.tree.LiteralValue(literal));
    if (LooksNumeric(value)) return;
    if (AsFlag(number, literal, value) || AsLabel(number, literal, value)) return;
    Cast(number, "text", "cast-to-text", true);
  }

  bool AsFlag(NodeId number, NodeId literal, const std::string& value) {
    const std::string word = AsciiLower(value);
    const bool yes = word == "y" || word == "yes" || word == "true" || word == "t",
               no = word == "n" || word == "no" || word == "false" || word == "f";
    const schema::ColumnValues* values = ValuesOf(s_, s_.scopes.BaseOf(number));
    if (!yes && !no) return false;
    if (values) {
      for (const std::string& known : values->values) {
        if (known != "0" && known != "1") return false;
      }
    }
    Replace(literal, yes ? "1" : "0", "flag", true);
    return true;
  }

  bool AsLabel(NodeId number, NodeId literal, const std::string& value) {
    const OutputInfo* column = s_.scopes.BaseOf(number);
    if (!column || !s_.context.joins || !s_.context.values) return false;
    const int index = s_.context.joins->EdgeFromColumn(column->table, column->column);
    if (index < 0) return false;
    const schema::JoinEdge& edge = s_.context.joins->edges()[index];
    const int key = edge.columns[0].second;
    const schema::Table& target = s_.context.schema->tables[edge.table2];
    for (std::size_t i = 0; i < target.columns.size(); ++i) {
      const schema::ColumnValues* values = s_.context.values->Of(edge.table2, static_cast<int>(i));
      if (!values) continue;
      const auto known = std::find_if(values->values.begin(), values->values.end(),
                                      [&](const std::string& v) { return schema::Fold(v) == schema::Fold(value); });
      const NodeId parent = parents_[literal];
      if (known == values->values.end() || parent == kNoNode || parents_[number] != parent) continue;
      if (s_.tree[parent].kind != NodeKind::kBinary || s_.tree.LastName(parent) != "=") return false;
      Replace(parent,
              s_.Text(number) + " IN (SELECT " + schema::QuoteIdentifier(target.columns[key].name) + " FROM " +
                  schema::QualifiedName(*s_.context.schema, edge.table2) + " WHERE " +
                  schema::QuoteIdentifier(target.columns[i].name) + " = " + QuoteLiteral(*known) + ")",
              "label-of-reference", true);
      return true;
    }
    return false;
  }

  // x = (SELECT y …) fails when there are two rows of y; x IN (SELECT y …) says the same for one row and goes on for
  // more. Only where a NULL and a false come to the same: under AND, up to WHERE, HAVING or ON.
  void ScalarToIn(NodeId id, NodeId left, NodeId right) {
    NodeId child = id, above = parents_[id];
    while (above != kNoNode && s_.tree[above].kind == NodeKind::kAnd) {
      child = above;
      above = parents_[above];
    }
    const bool condition =
        above != kNoNode &&
        ((s_.tree[above].kind == NodeKind::kSelect && (s_.tree.Child(above, SelectSlots::kWhere) == child ||
                                                       s_.tree.Child(above, SelectSlots::kHaving) == child)) ||
         (s_.tree[above].kind == NodeKind::kJoin && s_.tree.Child(above, JoinSlots::kOn) == child));
    if (!condition || GivesOneRow(s_.tree.Children(right)[0])) return;
    edits_->Replace(s_.Range(left).end, s_.Range(right).begin, " IN ", "scalar-subquery");
  }

  bool GivesOneRow(NodeId query) const {
    const NodeId limit = s_.tree.Child(query, QuerySlots::kLimit);
    if (limit != kNoNode) return true;  // as the writer decided
    const NodeId body = s_.tree.Child(query, QuerySlots::kBody);
    if (s_.tree[body].kind != NodeKind::kSelect) return false;
    const NodeId targets = s_.tree.Child(body, SelectSlots::kTargets);
    if (s_.tree.Child(body, SelectSlots::kGroupBy) == kNoNode && targets != kNoNode && HasAggregate(s_.tree, targets))
      return true;
    if (s_.tree.Child(body, SelectSlots::kFrom) == kNoNode) return true;
    for (const ScopeInfo& scope : s_.scopes.scopes()) {
      if (scope.select == body) return scope.sources.size() == 1 && FixesKey(scope);
    }
    return false;
  }

  // WHERE fixes every column of a key of the only table.
  bool FixesKey(const ScopeInfo& scope) const {
    if (scope.sources[0].table < 0) return false;
    const NodeId where = s_.tree.Child(scope.select, SelectSlots::kWhere);
    if (where == kNoNode) return false;
    std::vector<int> fixed;
    Walk(s_.tree, where, [&](NodeId id) {
      if (s_.tree[id].kind == NodeKind::kBinary && s_.tree.LastName(id) == "=") {
        for (NodeId side : s_.tree.Children(id)) {
          const RefInfo* ref = s_.scopes.Ref(side);
          if (ref && s_.scopes.SourceOf(*ref) == &scope.sources[0]) fixed.push_back(ref->column);
        }
      }
      return s_.tree[id].kind == NodeKind::kAnd;
    });
    const schema::Table& table = s_.context.schema->tables[scope.sources[0].table];
    std::vector<std::vector<int>> keys = table.unique_keys;
    if (!table.primary_key.empty()) keys.push_back(table.primary_key);
    return std::any_of(keys.begin(), keys.end(), [&](const std::vector<int>& key) {
      return std::all_of(key.begin(), key.end(),
                         [&](int c) { return std::find(fixed.begin(), fixed.end(), c) != fixed.end(); });
    });
  }

  void Flag(NodeId literal) {
    const std::string text = s_.Text(literal);
    if (text == "1") Replace(literal, "true", "flag");
    if (text == "0") Replace(literal, "false", "flag");
  }

  // date = 2014
  void Year(NodeId moment, NodeId literal) {
    const std::string text = s_.Text(literal);
    if (text.size() != 4 || text < "1000" || text > "2999") return;
    Replace(moment, "extract(year FROM " + s_.Text(moment) + ")", "year-of-date", true);
  }

  void Between(NodeId id) {
    const auto parts = s_.tree.Children(id);
    const Type type = TypeOf(parts[0]);
    if (IsText(type) && IsNumeric(TypeOf(parts[1])) && IsNumeric(TypeOf(parts[2]))) return ToNumber(parts[0]);
    if (IsDay(type) && IsNumberLiteral(parts[1]) && IsNumberLiteral(parts[2])) Year(parts[0], parts[1]);
  }

  void In(NodeId id) {
    const NodeId left = s_.tree.Children(id)[0], right = s_.tree.Children(id)[1];
    const Type type = TypeOf(left);
    if (s_.tree[right].kind == NodeKind::kList) {
      for (NodeId item : s_.tree.Children(right)) {
        if (IsText(type) && IsNumberLiteral(item))
          Replace(item, QuoteLiteral(s_.Text(item)), "literal-as-text");
        else if (IsNumeric(type) && IsString(item) && !LooksNumeric(s_.tree.LiteralValue(item)))
          return Cast(left, "text", "cast-to-text", true);
      }
      return;
    }
    const auto* outputs = s_.scopes.OutputsOf(right);
    if (!outputs || outputs->size() != 1) return;
    const Type inner = outputs->front().type;
    if (IsNumeric(type) && IsText(inner)) return Cast(left, "text", "cast-to-text");
    if (IsText(type) && IsNumeric(inner)) return CastTarget(right);
  }

  // Adds ::text to the only target of a query.
  void CastTarget(NodeId query) {
    for (const ScopeInfo& scope : s_.scopes.scopes()) {
      if (scope.query != query) continue;
      const NodeId targets = s_.tree.Child(scope.select, SelectSlots::kTargets);
      if (targets != kNoNode && s_.tree.Children(targets).size() == 1) {
        Cast(s_.tree.Children(s_.tree.Children(targets)[0])[0], "text", "cast-to-text");
      }
    }
  }

  void Like(NodeId id) {
    const NodeId left = s_.tree.Children(id)[0];
    const Type type = TypeOf(left);
    if (IsNumeric(type) || IsDay(type) || IsBoolean(type) || type == Type(TypeClass::kEnum))
      Cast(left, "text", "cast-to-text");
  }

  void Aggregate(NodeId id) {
    const std::string_view name = s_.tree.LastName(id);
    const NodeId list = s_.tree.Child(id, FunctionCallSlots::kArguments);
    if (list == kNoNode || s_.tree.Children(list).empty()) return;
    const NodeId first = s_.tree.Children(list)[0];
    if ((name == "sum" || name == "avg" || name == "round" || name == "abs") && IsText(TypeOf(first)) &&
        !IsString(first))
      ToNumber(first);
  }

  // WHERE active, where active is a number.
  void Truth(NodeId node) {
    if (node == kNoNode || !IsNumeric(TypeOf(node))) return;
    if (s_.tree[node].kind == NodeKind::kLiteral) {
      Replace(node, s_.Text(node) == "0" ? "false" : "true", "number-as-truth");
    } else if (s_.tree[node].kind == NodeKind::kColumnRef) {
      Replace(node, s_.Text(node) + " <> 0", "number-as-truth");
    }
  }

  const std::vector<OutputInfo>* OutputsOfArm(NodeId arm, NodeId* select) const {
    if (s_.tree[arm].kind == NodeKind::kQuery) return OutputsOfArm(s_.tree.Child(arm, QuerySlots::kBody), select);
    for (const ScopeInfo& scope : s_.scopes.scopes()) {
      if (scope.select == arm) {
        *select = arm;
        return &scope.outputs;
      }
    }
    return nullptr;
  }

  // SELECT text UNION SELECT number.
  void Arms(NodeId id) {
    NodeId selects[2] = {kNoNode, kNoNode};
    const auto* left = OutputsOfArm(s_.tree.Child(id, SetOperationSlots::kLeft), &selects[0]);
    const auto* right = OutputsOfArm(s_.tree.Child(id, SetOperationSlots::kRight), &selects[1]);
    if (!left || !right || left->size() != right->size()) return;
    for (std::size_t i = 0; i < left->size(); ++i) {
      const bool first = IsText((*left)[i].type) && IsNumeric((*right)[i].type);
      const bool second = IsNumeric((*left)[i].type) && IsText((*right)[i].type);
      if (!first && !second) continue;
      const NodeId targets = s_.tree.Child(selects[first ? 1 : 0], SelectSlots::kTargets);
      if (s_.tree.Children(targets).size() == left->size()) {
        Cast(s_.tree.Children(s_.tree.Children(targets)[i])[0], "text", "cast-to-text");
      }
    }
  }

  // coalesce(number, 'N/A').
  void Special(NodeId id) {
    if (OpOf<SpecialFunction>(s_.tree[id]) != SpecialFunction::kCoalesce) return;
    const auto arguments = s_.tree.Children(s_.tree.Child(id, SpecialCallSlots::kArguments));
    const bool word = std::any_of(arguments.begin(), arguments.end(),
                                  [&](NodeId a) { return IsString(a) && !LooksNumeric(s_.tree.LiteralValue(a)); });
    if (!word) return;
    for (NodeId argument : arguments) {
      if (IsNumeric(TypeOf(argument))) Cast(argument, "text", "cast-to-text");
    }
  }

  const Statement& s_;
  Edits* edits_;
  std::vector<NodeId> parents_;
};

}  // namespace

void Types(const Statement& statement, Edits* edits) {
  TypeMender mender(statement, edits);
  for (NodeId id = 0; id < statement.tree.size(); ++id) mender.Node(id);
}

}  // namespace toomai::engine::mend
