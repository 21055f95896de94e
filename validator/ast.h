// The tree of one query. Nodes live in one arena and name each other by NodeId; text is named by token and byte ranges.
// There are no pointers, no ownership inside, nothing to destroy recursively, and a Tree may be moved and used again.
//
// Children always have smaller ids than their parent, so a loop over ids 0..size()-1 is a walk bottom up.
//
// How to read a node:
//   kind, op, flags        what it is; the enums below say which op and flags a kind uses
//   tree.Child(id, slot)   a fixed slot, kNoNode when the clause is absent; the *Slots structs name the slots
//   tree.Children(id)      all slots in order (for kinds marked "list": the items, never kNoNode)
//   tree.Name(id, i)       part i of the name the node carries (a.b.c has three), folded and cut as PostgreSQL does
//   tree.Range(id)         the bytes it was read from
//
// What was written is kept: the tree answers "what is there", never "may it run". WHERE a IN (1) and WHERE (a) IN (1)
// give the same nodes: parentheses leave no trace except where they change the meaning (rows, queries, indirection).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "validator/token.h"

namespace toomai::validator {

using NodeId = std::uint32_t;
inline constexpr NodeId kNoNode = 0xFFFFFFFFu;

enum class NodeKind : std::uint8_t {
  // --- queries ---
  kQuery,         // QuerySlots. One select_no_parens. Clauses written outside parentheses around a query, as in
                  // (SELECT …) LIMIT 5, are merged into it, as PostgreSQL does.
  kSelect,        // SelectSlots; flags: none
  kValues,        // list of kRow
  kTableCommand,  // TABLE t: [kRangeVar]
  kSetOperation,  // SetOperationSlots; op: SetOp; flags: kAll. Arms are kSelect, kValues, kTableCommand,
                  // kSetOperation, or kQuery when the arm was parenthesised
  kWith,          // list of kCte; flags: kRecursive
  kCte,           // CteSlots; name[0]; flags: kMaterialized, kNotMaterialized
  kCteSearch,     // CteSearchSlots; op: 0 depth first, 1 breadth first; name[0]: SET column
  kCteCycle,      // CteCycleSlots; name[0]: SET column (see CteCycleSlots for USING)
  kDistinct,      // list: the ON expressions; empty for plain DISTINCT
  kTarget,        // [expression]; name[0]: label if there is one. "*" is a kColumnRef with kStarFlag
  kInto,          // SELECT … INTO [kRangeVar]; always to be refused
  kGroupBy,       // list of expressions and kGroupingSet; flags: kDistinctFlag, kAll
  kGroupingSet,   // list; op: GroupingSetOp
  kSortBy,        // [expression]; op: SortDirection; flags: kNullsFirst, kNullsLast; name: operator of USING
  kLimit,    // [expression or kNoNode]; flags: kLimitAll, kFetch, kWithTies. FETCH FIRST ROW ONLY has no expression
  kOffset,   // [expression]
  kLocking,  // list of kRangeVar-like kName; op: LockStrength; flags: kNoWait, kSkipLocked; always to be refused
  kList,     // list of anything: select list, ORDER BY, FROM, arguments, …
  kName,     // name[0..]: a plain name in a list (column alias, USING column, FOR UPDATE OF table)
  // --- FROM items ---
  kRangeVar,       // RangeVarSlots; name: [database.][schema.]table; flags: kOnly, kStarFlag
  kAlias,          // AliasSlots; name[0] if there is one ("AS (a int)" has none)
  kColumnDef,      // ColumnDefSlots; name[0]
  kTableSample,    // TableSampleSlots; name: the sampling method
  kRangeFunction,  // RangeFunctionSlots; flags: kLateral, kOrdinality, kRowsFrom
  kFunctionItem,   // FunctionItemSlots: one function of a kRangeFunction
  kRangeSubquery,  // RangeSubquerySlots; flags: kLateral
  kJoin,           // JoinSlots; op: JoinType; flags: kNatural
  kXmlTable,       // XmlTableSlots; flags: kLateral
  kXmlNamespace,   // [expression]; name[0] if named, else DEFAULT
  kXmlColumn,      // XmlColumnSlots; name[0]; flags: kOrdinality (FOR ORDINALITY), kNotNull
  kJsonTable,      // JsonTableSlots; flags: kLateral; name[0]: AS path name
  kJsonColumn,     // JsonColumnSlots; name[0]; op: JsonColumnOp; flags: kWithWrapper, kConditional, kWithoutWrapper,
                   // kKeepQuotes, kOmitQuotes
  // --- expressions ---
  kColumnRef,    // name parts; flags: kStarFlag for a.* and *
  kLiteral,      // op: LiteralOp; the value is Value(first token)
  kParameter,    // $n: value of the token without $
  kIndirection,  // list: [base, then kField, kFieldStar, kSubscript, kSlice in order]: (x).a, f(1)[2], $1.b, a[1].b
  kField,        // name[0]
  kFieldStar,    // .*
  kSubscript,    // [expression]
  kSlice,        // [lower or kNoNode, upper or kNoNode]
  kUnary,        // [operand]; name: operator
  kBinary,       // [left, right]; name: operator, as name part(s): "+", or pg_catalog.+ from OPERATOR(); != is "<>"
  kAnd,
  kOr,             // list of two or more
  kNot,            // [operand]
  kIsTest,         // [operand]; op: IsOp; flags: kNegated
  kIsJson,         // [operand]; op: JsonTypeOp; flags: kNegated, kUniqueKeys
  kIsDistinct,     // [left, right]; flags: kNegated (IS NOT DISTINCT FROM)
  kLike,           // [left, right, escape or kNoNode]; op: LikeOp; flags: kNegated
  kBetween,        // [operand, low, high]; flags: kNegated, kSymmetric
  kIn,             // [left, kList or kQuery]; flags: kNegated
  kQuantified,     // [left, kQuery or expression]; name: operator ("~~" for LIKE etc.); flags: kAll, else ANY
  kOverlaps,       // [kRow left, kRow right]
  kAtTimeZone,     // [operand, zone or kNoNode for AT LOCAL]
  kCollate,        // [operand]; name: collation
  kCast,           // [operand, kType]; op: CastOp
  kType,           // TypeSlots; name: the type's name, unless op says a built-in spelling; op: BuiltinType;
                   // flags: kSetof, kArrayFlag
  kCase,           // CaseSlots
  kWhen,           // [condition or value, result]
  kArray,          // list: ARRAY[…] and the nested […]
  kArrayQuery,     // [kQuery]: ARRAY(SELECT …)
  kRow,            // list: (a, b), ROW(…); also each row of VALUES; flags: kExplicitRow
  kSubquery,       // [kQuery] as a value
  kExists,         // [kQuery]
  kFunctionCall,   // FunctionCallSlots; name; flags: kStarFlag, kDistinctFlag, kAll, kVariadic (last argument),
                   // kIgnoreNulls, kRespectNulls
  kNamedArgument,  // [expression]; name[0]
  kSpecialCall,    // SpecialCallSlots; op: SpecialFunction: functions with their own grammar. The name PostgreSQL will
                   // call is SpecialFunctionName(op)
  kGrouping,       // list: GROUPING(…)
  kWindow,         // WindowSlots; name[0]: WINDOW name AS (…) gives the name; see WindowSlots::kBase
  kWindowName,     // OVER w: name[0]
  kFrame,          // [start bound, end bound or kNoNode]; op: FrameMode; flags: kExcludeCurrent/Group/Ties
  kFrameBound,     // [expression or kNoNode]; op: FrameBoundOp
  // --- SQL/JSON parts ---
  kJsonValue,      // [expression]; op: JsonFormatOp: an expression with FORMAT JSON
  kJsonReturning,  // [kType]; op: JsonFormatOp
  kJsonPair,       // [key, kJsonValue]: key VALUE value, key : value
  kJsonPassing,    // [kJsonValue]; name[0]: PASSING x AS name
  kJsonBehavior,   // [expression or kNoNode]; op: JsonBehaviorOp; flags: kForError or kForEmpty
};

enum class SetOp : std::uint8_t { kUnion, kIntersect, kExcept };
enum class GroupingSetOp : std::uint8_t { kEmpty, kRollup, kCube, kSets };
enum class SortDirection : std::uint8_t { kDefault, kAscending, kDescending, kUsing };
enum class LockStrength : std::uint8_t { kKeyShare, kShare, kNoKeyUpdate, kUpdate };
enum class JoinType : std::uint8_t { kInner, kLeft, kRight, kFull, kCross };
enum class LiteralOp : std::uint8_t { kInteger, kNumeric, kString, kBit, kHex, kTrue, kFalse, kNull, kDefault };
enum class IsOp : std::uint8_t { kNull, kTrue, kFalse, kUnknown, kDocument, kNormalized, kNfc, kNfd, kNfkc, kNfkd };
enum class LikeOp : std::uint8_t { kLike, kIlike, kSimilar };
enum class CastOp : std::uint8_t {
  kTypecast,
  kCast,
  kTypedLiteral,
  kFunctionLiteral
};  // x::t, CAST(x AS t), t 'x', f(1) 'x'
enum class FrameMode : std::uint8_t { kRange, kRows, kGroups };
enum class FrameBoundOp : std::uint8_t {
  kUnboundedPreceding,
  kUnboundedFollowing,
  kCurrentRow,
  kPreceding,
  kFollowing
};
enum class JsonTypeOp : std::uint8_t { kAny, kValue, kObject, kArray, kScalar };
enum class JsonFormatOp : std::uint8_t { kNone, kJson, kJsonUtf8, kJsonUtf16, kJsonUtf32 };
enum class JsonBehaviorOp : std::uint8_t {
  kNull,
  kError,
  kEmptyArray,
  kEmptyObject,
  kTrue,
  kFalse,
  kUnknown,
  kDefault
};
enum class JsonColumnOp : std::uint8_t { kRegular, kOrdinality, kExists, kNested };

// Types with keywords of their own. The name is what PostgreSQL stores, always in pg_catalog; kNamed: see Name().
enum class BuiltinType : std::uint8_t {
  kNamed,
  kInt2,
  kInt4,
  kInt8,
  kFloat4,
  kFloat8,
  kNumeric,
  kBool,
  kBit,
  kVarbit,
  kBpchar,
  kVarchar,
  kTime,
  kTimetz,
  kTimestamp,
  kTimestamptz,
  kInterval,
  kJson,
};
std::string_view BuiltinTypeName(BuiltinType type);  // "int4", …; "" for kNamed

enum class SpecialFunction : std::uint8_t {
  kCoalesce,
  kGreatest,
  kLeast,
  kNullif,
  kExtract,  // EXTRACT(field FROM x): arguments: kLiteral field, x
  kNormalize,
  kOverlay,
  kPosition,
  kSubstring,
  kTrimBoth,
  kTrimLeading,
  kTrimTrailing,
  kOverlayCall,
  kSubstringCall,  // overlay(a, b, …) and substring(a, b) in plain function form: names resolve as any call
  kTreat,
  kCollationFor,
  kCurrentDate,
  kCurrentTime,
  kCurrentTimestamp,
  kLocaltime,
  kLocaltimestamp,  // may have a precision as argument
  kCurrentRole,
  kCurrentUser,
  kSessionUser,
  kUser,
  kSystemUser,
  kCurrentCatalog,
  kCurrentSchema,
  kXmlConcat,
  kXmlElement,
  kXmlExists,
  kXmlForest,
  kXmlParse,
  kXmlPi,
  kXmlRoot,
  kXmlSerialize,
  kXmlAttributes,
  kJsonObject,
  kJsonArray,
  kJsonArrayQuery,
  kJsonObjectAgg,
  kJsonArrayAgg,
  kJsonParse,
  kJsonScalar,
  kJsonSerialize,
  kJsonQuery,
  kJsonExists,
  kJsonValue,
  kMergeAction,
};
// The function that runs: "coalesce", "extract", "btrim", "current_user", "xmlelement", …
std::string_view SpecialFunctionName(SpecialFunction function);

// Flags. Values are shared where no kind uses both.
enum NodeFlag : std::uint16_t {
  kAll = 1 << 0,
  kDistinctFlag = 1 << 1,
  kNegated = 1 << 2,
  kSymmetric = 1 << 3,
  kStarFlag = 1 << 4,
  kLateral = 1 << 5,
  kOrdinality = 1 << 6,
  kRowsFrom = 1 << 7,
  kNatural = 1 << 7,
  kOnly = 1 << 8,
  kVariadic = 1 << 9,
  kRecursive = 1 << 10,
  kMaterialized = 1 << 10,
  kNotMaterialized = 1 << 11,
  kNullsFirst = 1 << 10,
  kNullsLast = 1 << 11,
  kLimitAll = 1 << 10,
  kFetch = 1 << 11,
  kWithTies = 1 << 12,
  kNoWait = 1 << 10,
  kSkipLocked = 1 << 11,
  kSetof = 1 << 10,
  kArrayFlag = 1 << 11,
  kExplicitRow = 1 << 10,
  kIgnoreNulls = 1 << 10,
  kRespectNulls = 1 << 11,
  kNotNull = 1 << 10,
  kExcludeCurrent = 1 << 10,
  kExcludeGroup = 1 << 11,
  kExcludeTies = 1 << 12,
  kUniqueKeys = 1 << 10,
  kNullOnNull = 1 << 11,
  kAbsentOnNull = 1 << 12,
  kForError = 1 << 10,
  kForEmpty = 1 << 11,
  kWithWrapper = 1 << 10,
  kConditional = 1 << 11,
  kWithoutWrapper = 1 << 12,
  kKeepQuotes = 1 << 13,
  kOmitQuotes = 1 << 14,
};

// Slots: tree.Child(id, QuerySlots::kWith).
struct QuerySlots {
  enum { kWith, kBody, kOrderBy /*kList of kSortBy*/, kLimit, kOffset, kLocking /*kList*/, kCount };
};
struct SelectSlots {
  enum {
    kDistinct,
    kTargets /*kList; absent for zero columns*/,
    kInto,
    kFrom /*kList*/,
    kWhere,
    kGroupBy,
    kHaving,
    kWindows /*kList of kWindow*/,
    kCount
  };
};
struct SetOperationSlots {
  enum { kLeft, kRight, kCount };
};
struct CteSlots {
  enum { kColumns /*kList of kName*/, kQuery, kSearch, kCycle, kCount };
};
struct CteSearchSlots {
  enum { kColumns, kCount };
};
struct CteCycleSlots {
  enum { kColumns, kValue, kDefault, kPath /*kName: USING column*/, kCount };
};
struct RangeVarSlots {
  enum { kAlias, kSample, kCount };
};
struct AliasSlots {
  enum { kColumns /*kList of kName*/, kColumnDefs /*kList of kColumnDef*/, kCount };
};
struct ColumnDefSlots {
  enum { kType, kCollation /*kName*/, kCount };
};
struct TableSampleSlots {
  enum { kArguments, kRepeatable, kCount };
};
struct RangeFunctionSlots {
  enum { kFunctions /*kList of kFunctionItem*/, kAlias, kCount };
};
struct FunctionItemSlots {
  enum { kCall /*kFunctionCall, kSpecialCall, or a kCast around one*/, kColumnDefs, kCount };
};
struct RangeSubquerySlots {
  enum { kQuery, kAlias, kCount };
};
struct JoinSlots {
  enum {
    kLeft,
    kRight,
    kOn,
    kUsing /*kList of kName*/,
    kUsingAlias /*kAlias*/,
    kAlias /*of the whole: (a JOIN b) AS j*/,
    kCount
  };
};
struct XmlTableSlots {
  enum { kNamespaces, kRow, kDocument, kColumns, kAlias, kCount };
};
struct XmlColumnSlots {
  enum { kType, kPath, kDefault, kCount };
};
struct JsonTableSlots {
  enum { kContext, kPath, kPassing, kColumns, kOnError, kAlias, kCount };
};
struct JsonColumnSlots {
  enum { kType, kFormat /*kJsonReturning*/, kPath, kBehaviors /*kList*/, kColumns, kCount };
};
struct TypeSlots {
  enum { kModifiers /*kList*/, kCount };
};
struct CaseSlots {
  enum { kOperand, kWhens /*kList of kWhen*/, kElse, kCount };
};
struct FunctionCallSlots {
  enum { kArguments /*kList*/, kOrderBy, kWithinGroup, kFilter, kOver /*kWindow, kWindowName*/, kCount };
};
struct SpecialCallSlots {
  enum {
    kArguments /*kList*/,
    kType /*kType or kJsonReturning*/,
    kOrderBy,
    kFilter,
    kOver,
    kBehaviors /*kList*/,
    kCount
  };
};
struct WindowSlots {
  enum { kBase /*kName: an existing window*/, kPartitionBy, kOrderBy, kFrame, kCount };
};

struct Node {
  NodeKind kind = NodeKind::kList;
  std::uint8_t op = 0;
  std::uint16_t flags = 0;
  std::uint16_t height = 0;  // longest path down; leaves are 1
  std::uint16_t name_count = 0;
  TokenId first_token = 0, end_token = 0;
  std::uint32_t first_child = 0, child_count = 0;
  TokenId name_token = 0;  // part i of the name is token name_token + 2 * i: the dots lie between
};

// A byte range of the text that was given.
struct ByteRange {
  std::size_t begin = 0, end = 0;
};

// Memory for text. It is not cleared: of a long one only what is used takes memory.
class TextBuffer {
 public:
  // At least so many bytes; what was there is gone when there were fewer.
  char* Reserve(std::size_t bytes) {
    if (size_ < bytes) {
      bytes_.reset();
      bytes_ = std::make_unique_for_overwrite<char[]>(bytes);
      size_ = bytes;
    }
    return bytes_.get();
  }
  char* get() const { return bytes_.get(); }

 private:
  std::unique_ptr<char[]> bytes_;
  std::size_t size_ = 0;
};

// Tokens and their text. Holds its own copy of the text, with the values that are not spelled as written after it.
class TokenList {
 public:
  // Memory for a text of at most `bytes` bytes, for whoever writes one to be read where it stands; what was there is
  // gone. No value is longer than its spelling, so text, end mark, pool and padding for wide reads fit in this.
  char* Reserve(std::size_t bytes) { return buffer_.Reserve(2 * bytes + 64); }
  std::string_view text() const { return {buffer_.get(), text_size_}; }
  std::size_t size() const { return count_; }  // with the kEnd token
  const Token& operator[](TokenId id) const { return tokens_[id]; }
  Token& operator[](TokenId id) { return tokens_[id]; }
  std::string_view Spelling(TokenId id) const {
    return {buffer_.get() + tokens_[id].begin, tokens_[id].end - tokens_[id].begin};
  }
  const Token* data() const { return tokens_.data(); }
  Token* data() { return tokens_.data(); }
  // An identifier folded and cut, a keyword in lower case, a string without quotes and escapes, a parameter's digits, a
  // number or an operator as written (but != is <>).
  std::string_view Value(TokenId id) const {
    const Token& token = tokens_[id];
    const bool as_spelled = token.kind != TokenKind::kKeyword && token.kind != TokenKind::kNotEqual;
    return as_spelled ? std::string_view(buffer_.get() + token.value, token.value_size) : FixedValue(token);
  }

 private:
  friend class Lexer;
  static std::string_view FixedValue(const Token& token) {
    return token.kind == TokenKind::kKeyword ? InfoOf(token.AsKeyword()).word : std::string_view("<>");
  }

  TextBuffer buffer_;
  std::size_t text_size_ = 0;
  std::vector<Token> tokens_;  // more than count_: a few kEnd follow, so that looking ahead needs no checks
  std::size_t count_ = 0;
};

class Tree {
 public:
  TokenList tokens;

  NodeId root() const { return root_; }  // a kQuery, or kNoNode
  std::size_t size() const { return node_count_; }
  const Node& operator[](NodeId id) const { return nodes_[id]; }
  bool Has(NodeId id, NodeFlag flag) const { return (nodes_[id].flags & flag) != 0; }

  std::span<const NodeId> Children(NodeId id) const {
    return {children_.data() + nodes_[id].first_child, nodes_[id].child_count};
  }
  NodeId Child(NodeId id, std::uint32_t slot) const { return children_[nodes_[id].first_child + slot]; }

  std::size_t NameCount(NodeId id) const { return nodes_[id].name_count; }
  TokenId NameToken(NodeId id, std::size_t part) const {
    return nodes_[id].name_token + 2 * static_cast<TokenId>(part);
  }
  std::string_view Name(NodeId id, std::size_t part) const { return tokens.Value(NameToken(id, part)); }
  // The last part: the table of schema.table, the column of t.c. REQUIRES: NameCount(id) > 0.
  std::string_view LastName(NodeId id) const { return Name(id, NameCount(id) - 1); }

  ByteRange Range(NodeId id) const;      // bytes of the whole node
  ByteRange NameRange(NodeId id) const;  // bytes of its dotted name

  // The value of a literal or parameter: Value of its token.
  std::string_view LiteralValue(NodeId id) const { return tokens.Value(nodes_[id].first_token); }

  // Whether `other` begins with exactly the nodes this tree has below its root, at the same tokens. Cheap; "no" may
  // also mean that only token positions differ. REQUIRES: both have a root.
  bool SameNodesBelowRoot(const Tree& other) const;

  // Whether INTO, row locks or parameters are anywhere in it.
  bool needs_structure_check() const { return needs_structure_check_; }

  // The lowest major version of PostgreSQL whose grammar has all that was used; at least 15.
  int min_version() const { return min_version_; }

 private:
  friend class Parser;
  friend class TreeBuilder;
  std::vector<Node> nodes_;  // room for more than node_count_, as with tokens
  std::vector<NodeId> children_;
  std::size_t node_count_ = 0, child_count_ = 0;
  std::vector<NodeId> scratch_;  // the parser's lists in the making; kept for its memory
  NodeId root_ = kNoNode;
  int min_version_ = 15;
  bool needs_structure_check_ = false;
};

template <typename Op>
Op OpOf(const Node& node) {
  return static_cast<Op>(node.op);
}

}  // namespace toomai::validator
