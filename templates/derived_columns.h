// The glossary's terms and metrics as columns that no table stores: a term is a yes-or-no column, a metric a number
// with the aggregate that it is usually asked by. They are added to the engine's own copy of the schema, so that
// whatever understands columns understands them too; the renderer writes their expression in their place.
#pragma once

#include <string>
#include <vector>

#include "schema/schema.h"
#include "templates/glossary.h"

namespace toomai::templates {

inline constexpr int kDerivedNumber = -1000;                   // Column::number of a derived column
inline constexpr const char* kWholeExpression = "expression";  // "aggregate" of sum(a) / count(*): it holds its own

// "table" or "schema.table", as a glossary names it; -1: there is none.
int FindTable(const schema::Schema& schema, const std::string& name);

// Adds them; what names an unknown table or says nothing is left out and told.
std::vector<std::string> AddDerivedColumns(const Glossary& glossary, schema::Schema* schema);

// Where a date of birth is kept and no age: a column "age", in years.
void AddAges(schema::Schema* schema);

// How long it is from one moment of a row to another: columns that no word names; questions about durations do.
void AddSpans(schema::Schema* schema);
// The column from moment `from` to `to` of `table`; -1: there is none.
int SpanColumn(const schema::Table& table, int from, int to);
bool IsSpan(const schema::Column& column);
bool CountsDays(const schema::Column& span);  // whole days, rather than an interval

inline bool IsDerived(const schema::Column& column) {
  return column.number == kDerivedNumber;
}
// "sum", "avg", …, kWholeExpression; empty for plain columns, terms and metrics without an aggregate.
std::string MetricAggregate(const schema::Column& column);
// The expression, each column of `table` behind `qualifier` ("t1." or nothing).
std::string DerivedText(const schema::Table& table, const schema::Column& column, const std::string& qualifier);

}  // namespace toomai::templates
