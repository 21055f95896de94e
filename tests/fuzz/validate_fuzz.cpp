// The whole verdict against a small schema: whatever comes in, an answer with a reason, and a sent text that is allowed
// too.
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string_view>

#include "schema/catalog_view.h"
#include "validator/checker.h"

namespace {

toomai::schema::SchemaPtr SmallSchema() {
  auto schema = std::make_shared<toomai::schema::Schema>();
  schema->search_path = {"public"};
  for (const char* name : {"t", "orders", "customers", "a", "b"}) {
    toomai::schema::Table table;
    table.schema = "public";
    table.name = name;
    for (const char* column_name : {"id", "a", "b", "name"}) {
      toomai::schema::Column column;
      column.name = column_name;
      column.type = column.base_type = "int4";
      table.columns.push_back(column);
    }
    schema->tables.push_back(std::move(table));
  }
  return schema;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace toomai::validator;
  static const Policy policy = [] {
    Policy p;
    p.denied_columns = {"public.customers.name"};
    return p;
  }();
  static const toomai::schema::CatalogView catalog(SmallSchema());
  static const Checker checker(&catalog, policy), syntax_only(nullptr, policy);
  const std::string_view sql(reinterpret_cast<const char*>(data), size);
  for (const Checker* each : {&checker, &syntax_only}) {
    const Verdict verdict = Validate(sql, *each);
    if (verdict.allowed != verdict.sql.has_value() || verdict.allowed != verdict.findings.empty()) std::abort();
    if (!verdict.allowed) {
      Render(verdict.findings.front(), sql);
      RenderForModel(verdict.findings.front(), sql);
      continue;
    }
    for (std::size_t i = 0; i <= verdict.sql->text().size(); ++i) {
      if (verdict.sql->OriginalOffset(i) > size) std::abort();
    }
    const std::string sent = verdict.sql->text();
    if (sent.size() < policy.limits.statement_bytes && !Validate(sent, *each).allowed) std::abort();
  }
  return 0;
}
