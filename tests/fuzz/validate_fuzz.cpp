// The whole verdict against a hostile schema, and without one: whatever comes in, an answer with a reason, and a sent
// text that is allowed too.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "hostile_catalog.h"
#include "validator/checker.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace toomai::validator;
  static const Policy policy = [] {
    Policy p;
    p.denied_columns = {"public.customers.name"};
    p.allowed_user_functions = {"public.rows_of(integer)"};
    return p;
  }();
  static const HostileCatalog catalog;
  static const Checker with_names(&catalog, policy), syntax_only(nullptr, policy);
  const Checker& checker = size % 4 == 3 ? syntax_only : with_names;
  const std::string_view sql(reinterpret_cast<const char*>(data), size);
  const Verdict verdict = Validate(sql, checker);
  if (verdict.allowed != verdict.sql.has_value() || verdict.allowed != verdict.findings.empty()) std::abort();
  if (!verdict.allowed) {
    Render(verdict.findings.front(), sql);
    RenderForModel(verdict.findings.front(), sql);
    return 0;
  }
  for (std::size_t i = 0; i <= verdict.sql->text().size(); ++i) {
    if (verdict.sql->OriginalOffset(i) > size) std::abort();
  }
  const std::string& sent = verdict.sql->text();
  if (sent.size() < policy.limits.statement_bytes && !Validate(sent, checker, {.facts = false}).allowed) std::abort();
  return 0;
}
