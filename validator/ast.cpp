#include "validator/ast.h"

#include <cstring>
#include <type_traits>

namespace toomai::validator {

ByteRange Tree::Range(NodeId id) const {
  const Node& node = nodes_[id];
  if (node.end_token <= node.first_token) return {tokens[node.first_token].begin, tokens[node.first_token].begin};
  return {tokens[node.first_token].begin, tokens[node.end_token - 1].end};
}

bool Tree::SameNodesBelowRoot(const Tree& other) const {
  static_assert(std::has_unique_object_representations_v<Node>, "nodes are compared byte by byte");
  if (other.root_ < root_) return false;  // a root is the last of its nodes
  const std::uint32_t children = nodes_[root_].first_child;
  return std::memcmp(nodes_.data(), other.nodes_.data(), root_ * sizeof(Node)) == 0 &&
         std::memcmp(children_.data(), other.children_.data(), children * sizeof(NodeId)) == 0;
}

ByteRange Tree::NameRange(NodeId id) const {
  const Node& node = nodes_[id];
  if (node.name_count == 0) return Range(id);
  return {tokens[node.name_token].begin, tokens[NameToken(id, node.name_count - 1u)].end};
}

std::string_view BuiltinTypeName(BuiltinType type) {
  switch (type) {
    case BuiltinType::kNamed:
      return "";
    case BuiltinType::kInt2:
      return "int2";
    case BuiltinType::kInt4:
      return "int4";
    case BuiltinType::kInt8:
      return "int8";
    case BuiltinType::kFloat4:
      return "float4";
    case BuiltinType::kFloat8:
      return "float8";
    case BuiltinType::kNumeric:
      return "numeric";
    case BuiltinType::kBool:
      return "bool";
    case BuiltinType::kBit:
      return "bit";
    case BuiltinType::kVarbit:
      return "varbit";
    case BuiltinType::kBpchar:
      return "bpchar";
    case BuiltinType::kVarchar:
      return "varchar";
    case BuiltinType::kTime:
      return "time";
    case BuiltinType::kTimetz:
      return "timetz";
    case BuiltinType::kTimestamp:
      return "timestamp";
    case BuiltinType::kTimestamptz:
      return "timestamptz";
    case BuiltinType::kInterval:
      return "interval";
    case BuiltinType::kJson:
      return "json";
  }
  return "";
}

std::string_view SpecialFunctionName(SpecialFunction function) {
  switch (function) {
    case SpecialFunction::kCoalesce:
      return "coalesce";
    case SpecialFunction::kGreatest:
      return "greatest";
    case SpecialFunction::kLeast:
      return "least";
    case SpecialFunction::kNullif:
      return "nullif";
    case SpecialFunction::kExtract:
      return "extract";
    case SpecialFunction::kNormalize:
      return "normalize";
    case SpecialFunction::kOverlay:
    case SpecialFunction::kOverlayCall:
      return "overlay";
    case SpecialFunction::kPosition:
      return "position";
    case SpecialFunction::kSubstring:
    case SpecialFunction::kSubstringCall:
      return "substring";
    case SpecialFunction::kTrimBoth:
      return "btrim";
    case SpecialFunction::kTrimLeading:
      return "ltrim";
    case SpecialFunction::kTrimTrailing:
      return "rtrim";
    case SpecialFunction::kTreat:
      return "treat";
    case SpecialFunction::kCollationFor:
      return "pg_collation_for";
    case SpecialFunction::kCurrentDate:
      return "current_date";
    case SpecialFunction::kCurrentTime:
      return "current_time";
    case SpecialFunction::kCurrentTimestamp:
      return "current_timestamp";
    case SpecialFunction::kLocaltime:
      return "localtime";
    case SpecialFunction::kLocaltimestamp:
      return "localtimestamp";
    case SpecialFunction::kCurrentRole:
      return "current_role";
    case SpecialFunction::kCurrentUser:
      return "current_user";
    case SpecialFunction::kSessionUser:
      return "session_user";
    case SpecialFunction::kUser:
      return "user";
    case SpecialFunction::kSystemUser:
      return "system_user";
    case SpecialFunction::kCurrentCatalog:
      return "current_catalog";
    case SpecialFunction::kCurrentSchema:
      return "current_schema";
    case SpecialFunction::kXmlConcat:
      return "xmlconcat";
    case SpecialFunction::kXmlElement:
      return "xmlelement";
    case SpecialFunction::kXmlExists:
      return "xmlexists";
    case SpecialFunction::kXmlForest:
      return "xmlforest";
    case SpecialFunction::kXmlParse:
      return "xmlparse";
    case SpecialFunction::kXmlPi:
      return "xmlpi";
    case SpecialFunction::kXmlRoot:
      return "xmlroot";
    case SpecialFunction::kXmlSerialize:
      return "xmlserialize";
    case SpecialFunction::kXmlAttributes:
      return "xmlattributes";
    case SpecialFunction::kJsonObject:
      return "json_object";
    case SpecialFunction::kJsonArray:
    case SpecialFunction::kJsonArrayQuery:
      return "json_array";
    case SpecialFunction::kJsonObjectAgg:
      return "json_objectagg";
    case SpecialFunction::kJsonArrayAgg:
      return "json_arrayagg";
    case SpecialFunction::kJsonParse:
      return "json";
    case SpecialFunction::kJsonScalar:
      return "json_scalar";
    case SpecialFunction::kJsonSerialize:
      return "json_serialize";
    case SpecialFunction::kJsonQuery:
      return "json_query";
    case SpecialFunction::kJsonExists:
      return "json_exists";
    case SpecialFunction::kJsonValue:
      return "json_value";
    case SpecialFunction::kMergeAction:
      return "merge_action";
  }
  return "";
}

}  // namespace toomai::validator
