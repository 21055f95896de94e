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

// Yes or no, as flags are spelt; nullopt for other words.
std::optional<bool> TruthOf(std::string_view value) {
  const std::string word = AsciiLower(value);
  for (const char* yes : {"y", "yes", "true", "t"}) {
    if (word == yes) return true;
  }
  for (const char* no : {"n", "no", "false", "f"}) {
    if (word == no) return false;
  }
  return std::nullopt;
}

bool IsComparison(std::string_view op) {
  return op == "=" || op == "<>" || op == "<" || op == ">" || op == "<=" || op == ">=";
}

bool AsksForRatio(std::string_view question) {
  static const char* const kWords[] = {"ratio",   "percent", "share", "rate", "proportion", "fraction",
                                       "average", "mean",    "per ",  "占比", "比例",       "百分比",
                                       "比率",    "平均",    "割合",  "率"};
  const std::string folded = schema::Fold(question);
  return std::any_of(std::begin(kWords), std::end(kWords),
                     [&](const char* word) { return folded.find(word) != std::string::npos; });
}

class TypeMender {
 public:
  TypeMender(const Statement& statement, Edits* edits)
      : s_(statement), edits_(edits), parents_(ParentsOf(statement.tree)) {}

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
    if (IsComparison(op)) return Compare(left, right, op);
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
    if (s_.as_written && !AsksForRatio(s_.context.question)) return;
    Cast(left, "numeric", "integer-ratio");
  }

  void Compare(NodeId left, NodeId right, const std::string& op) {
    const Type a = TypeOf(left), b = TypeOf(right);
    const bool null = s_.tree[right].kind == NodeKind::kLiteral && OpOf<LiteralOp>(s_.tree[right]) == LiteralOp::kNull;
    if (null && !s_.as_written && (op == "=" || op == "<>")) {
      const ByteRange l = s_.Range(left), r = s_.Range(right);
      edits_->Replace(l.end, r.end, op == "=" ? " IS NULL" : " IS NOT NULL", "null-test");
      return;
    }
    if (op == "=" && ((IsText(a) && IsNumeric(b)) || (IsNumeric(a) && IsText(b))) && ByKey(left, right)) return;
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

  bool ByKey(NodeId left, NodeId right) {
    if (s_.tree[right].kind == NodeKind::kSubquery) return MemberByKey(s_, left, s_.tree.Children(right)[0], edits_);
    return JoinByKey(s_, left, right, edits_);
  }

  void TextAndNumber(NodeId text, NodeId number, const std::string& op) {
    const bool equality = op == "=" || op == "<>";
    if (!equality) return ToNumber(text);
    // Two columns of different kinds seldom hold the same things.
    if (!IsNumberLiteral(number)) return Cast(number, "text", "cast-to-text", s_.scopes.BaseOf(text) != nullptr);
    if (FlagAsText(text, number)) return;
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

  // official = 1 where the column holds 'T' and 'F'.
  bool FlagAsText(NodeId text, NodeId number) {
    const std::string literal = s_.Text(number);
    const schema::ColumnValues* values = ValuesOf(s_, s_.scopes.BaseOf(text));
    if (!values || !values->complete || (literal != "0" && literal != "1")) return false;
    const std::string* found = nullptr;
    for (const std::string& known : values->values) {
      const std::optional<bool> truth = TruthOf(known);
      if (!truth || known == literal) return false;
      if (*truth != (literal == "1")) continue;
      if (found) return false;
      found = &known;
    }
    if (!found) return false;
    Replace(number, QuoteLiteral(*found), "flag");
    return true;
  }

  // airline = 'United Airlines' where airline is a number: perhaps a reference whose label is meant; perhaps a flag.
  void NumberAndString(NodeId number, NodeId literal) {
    const std::string value(s_.tree.LiteralValue(literal));
    if (LooksNumeric(value)) return;
    if (AsFlag(number, literal, value) || AsLabel(number, literal, value)) return;
    Cast(number, "text", "cast-to-text", true);
  }

  bool AsFlag(NodeId number, NodeId literal, const std::string& value) {
    const std::optional<bool> truth = TruthOf(value);
    const schema::ColumnValues* values = ValuesOf(s_, s_.scopes.BaseOf(number));
    if (!truth) return false;
    if (values) {
      for (const std::string& known : values->values) {
        if (known != "0" && known != "1") return false;
      }
    }
    Replace(literal, *truth ? "1" : "0", "flag", true);
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
    if (((IsNumeric(type) && IsText(inner)) || (IsText(type) && IsNumeric(inner))) &&
        MemberByKey(s_, left, right, edits_))
      return;
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
  const std::vector<NodeId> parents_;
};

}  // namespace

void Types(const Statement& statement, Edits* edits) {
  TypeMender mender(statement, edits);
  for (NodeId id = 0; id < statement.tree.size(); ++id) mender.Node(id);
}

}  // namespace toomai::engine::mend
