// The families of mending rules, for mend.cpp only. Each looks at one state of the text and proposes edits; none means
// it has nothing to say.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/bound_text.h"
#include "engine/mend.h"
#include "engine/mend_edit.h"
#include "engine/mend_scope.h"
#include "validator/ast.h"
#include "validator/parser.h"

namespace toomai::engine::mend {

// A statement that parses, what its names mean, and what is known of the data.
struct Statement {
  const validator::Tree& tree;
  const StatementScopes& scopes;
  const MendContext& context;
  bool foreign = false;    // an earlier rule found another system's habits in it
  bool as_written = true;  // nothing was changed so far that PostgreSQL would have refused

  std::string Text(validator::NodeId node) const { return std::string(TextOf(tree, node)); }
  validator::ByteRange Range(validator::NodeId node) const { return tree.Range(node); }
};

// For text that does not parse; `error` says where the parser stopped.
void Syntax(std::string_view sql, const validator::ParseError& error, const MendContext& context, Edits* edits);

void Quotes(const Statement& statement, Edits* edits);      // "text" that is no column -> 'text'
void Functions(const Statement& statement, Edits* edits);   // functions PostgreSQL spells otherwise
void Tables(const Statement& statement, Edits* edits);      // FROM names that the schema has under another spelling
void Columns(const Statement& statement, Edits* edits);     // qualifiers, misspelt columns, missing joins
void Joins(const Statement& statement, Edits* edits);       // ON conditions that look ahead
void Types(const Statement& statement, Edits* edits);       // text compared with numbers, and the like
void Subqueries(const Statement& statement, Edits* edits);  // = (SELECT …) that may give several rows
void Grouping(const Statement& statement, Edits* edits);    // columns neither grouped nor aggregated
void Values(const Statement& statement, Edits* edits);      // literals and patterns in another case than the data

// Shared helpers.
// A key of the two tables instead of what is compared, a number with a text. False when there is none.
bool JoinByKey(const Statement& statement, validator::NodeId left, validator::NodeId right, Edits* edits);
bool MemberByKey(const Statement& statement, validator::NodeId left, validator::NodeId query, Edits* edits);
std::vector<validator::NodeId> ParentsOf(const validator::Tree& tree);
// The values of a base column; nullptr when they were not read.
const schema::ColumnValues* ValuesOf(const Statement& statement, const OutputInfo* column);
bool NamedInQuestion(const Statement& statement, std::string_view folded);
// `text` or, when it is more than a word or call, `(text)`.
std::string Parenthesized(const validator::Tree& tree, validator::NodeId node);
// A name without case, underscores and blanks; an English plural made singular.
std::string PlainName(std::string_view name);
std::string Singular(std::string name);
// The table's or column's own spelling for a name written in any case; empty when there is none.
std::string CatalogSpelling(const schema::Schema& schema, std::string_view name);

}  // namespace toomai::engine::mend
