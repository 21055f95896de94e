// How long the whole verdict takes beside libpg_query's parse and fingerprint of the same statements, in one run.
//
//   bench_validator [--statements sql-accepted-dev.jsonl] [--schemas DIRECTORY] [--repeat N]
//   bench_validator --verdicts N    only the verdicts, N times, for a profiler
//
// The verdict is everything: text checks, lexing, parsing, names against the statement's own schema, rules, canonical
// text with LIMIT, reading that again and comparing. Schemas are read from the CREATE TABLE statements of
// DIRECTORY/<db>.sql. Prints tables and, last, "validator: RATIO" (our median time / libpg_query's median time).
#include <malloc.h>
#include <pg_query.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "schema/catalog_view.h"
#include "schema/schema.h"
#include "validator/canonical.h"
#include "validator/checker.h"
#include "validator/fingerprint.h"
#include "validator/lexer.h"
#include "validator/parser.h"

namespace {

using namespace toomai;
using namespace toomai::validator;
using Clock = std::chrono::steady_clock;

double MicrosecondsSince(Clock::time_point start) {
  return std::chrono::duration<double, std::micro>(Clock::now() - start).count();
}

// The least of `repeat` runs: what the work costs when nothing disturbs it.
template <typename Work>
double Time(int repeat, Work work) {
  double best = 1e18;
  for (int i = 0; i < repeat; ++i) {
    const auto start = Clock::now();
    work();
    best = std::min(best, MicrosecondsSince(start));
  }
  return best;
}

double Median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

double Sum(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum;
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// Tables and columns of a dump: CREATE TABLE [schema.]name ( column type …, constraint … ).
schema::SchemaPtr ReadSchema(const std::string& sql) {
  auto result = std::make_shared<schema::Schema>();
  result->search_path = {"public"};
  TokenList tokens;
  Lex(sql, 15, 1u << 24, &tokens);
  const auto is_name = [&](TokenId id) {
    return tokens[id].kind == TokenKind::kIdentifier || tokens[id].kind == TokenKind::kQuotedIdentifier ||
           tokens[id].kind == TokenKind::kKeyword;
  };
  const auto is = [&](TokenId id, Keyword word) { return tokens[id].AsKeyword() == word; };
  const auto size = static_cast<TokenId>(tokens.size());
  for (TokenId i = 0; i + 4 < size; ++i) {
    if (!is(i, Keyword::kCreate) || !is(i + 1, Keyword::kTable)) continue;
    i += 2;
    schema::Table table;
    table.schema = "public";
    table.name = tokens.Value(i);
    if (tokens[i + 1].kind == TokenKind::kDot) {
      table.schema = table.name;
      table.name = tokens.Value(i += 2);
    }
    int depth = 0;
    for (++i; i < size; ++i) {
      const TokenKind kind = tokens[i].kind;
      const bool starts_item =
          (kind == TokenKind::kLeftParen && depth == 0) || (kind == TokenKind::kComma && depth == 1);
      if (kind == TokenKind::kLeftParen) ++depth;
      if (kind == TokenKind::kRightParen && --depth == 0) break;
      if (!starts_item || !is_name(i + 1)) continue;
      const bool constraint = is(i + 1, Keyword::kPrimary) || is(i + 1, Keyword::kForeign) ||
                              is(i + 1, Keyword::kUnique) || is(i + 1, Keyword::kConstraint) ||
                              is(i + 1, Keyword::kCheck);
      if (constraint) continue;
      schema::Column column;
      column.name = tokens.Value(i + 1);
      column.base_type = is(i + 2, Keyword::kInteger) ? "int4" : std::string(tokens.Value(i + 2));
      column.type = column.base_type;
      table.columns.push_back(std::move(column));
    }
    result->tables.push_back(std::move(table));
  }
  return result;
}

struct Database {
  explicit Database(const std::string& sql) : view(ReadSchema(sql)), checker(&view, policy) {}
  Policy policy;
  schema::CatalogView view;
  Checker checker;
};

struct Statement {
  std::string sql;
  Database* database;
};

void BenchLexing(const std::vector<Statement>& statements, int repeat) {
  std::string all;
  for (const Statement& statement : statements) all += statement.sql + ";\n";
  all.resize(std::min<std::size_t>(all.size(), 1u << 20));
  TokenList tokens;
  const double whole = Time(repeat, [&] { Lex(all, 15, 1u << 24, &tokens); });
  std::vector<double> single;
  std::size_t bytes = 0;
  for (const Statement& statement : statements) {
    bytes += statement.sql.size();
    single.push_back(Time(repeat, [&] { Lex(statement.sql, 15, 1u << 24, &tokens); }));
  }
  std::printf("lexing, one text of %zu KB     %8.0f MB/s\n", all.size() >> 10, static_cast<double>(all.size()) / whole);
  std::printf("lexing, statement by statement %8.0f MB/s\n\n", static_cast<double>(bytes) / Sum(single));
}

// Statements of growing size up to the default limit: the time for a byte must stay the same.
void BenchLinearity(int repeat) {
  const auto repeated = [](std::string head, const std::string& piece, std::string tail, std::size_t bytes) {
    while (head.size() + piece.size() + tail.size() <= bytes) head += piece;
    return head + tail;
  };
  std::printf("%-34s", "microseconds per KB at");
  const std::size_t sizes[] = {1u << 10, 4u << 10, 16u << 10, 64u << 10};
  for (const std::size_t size : sizes) std::printf("%8zuK", size >> 10);
  std::printf("\n");
  Policy policy;
  policy.limits.tokens = 1u << 20;
  policy.limits.list_items = 1u << 20;
  policy.limits.tree_height = 60000;
  const Checker checker(nullptr, policy);
  struct Shape {
    const char* name;
    std::string head, piece, tail;
  };
  const Shape shapes[] = {
      {"select list", "SELECT a", ", some_column + 1 AS label", " FROM t"},
      {"IN list of numbers", "SELECT a FROM t WHERE b IN (1", ", 12345", ")"},
      {"AND chain", "SELECT a FROM t WHERE a = 1", " AND b <> 'text'", ""},
      {"sum 1+1+…", "SELECT 1", "+1", ""},
      {"one string", "SELECT '", "some text ", "'"},
      {"nested comments", "SELECT 1 /* ", "/* x */ ", "*/"},
      {"run of + (refused)", "SELECT 1 ", "+", " 1"},
  };
  for (const Shape& shape : shapes) {
    std::printf("%-34s", shape.name);
    for (const std::size_t size : sizes) {
      const std::string sql = repeated(shape.head, shape.piece, shape.tail, size);
      const double time = Time(repeat, [&] { Validate(sql, checker); });
      std::printf("%9.2f", time / (static_cast<double>(sql.size()) / 1024));
    }
    std::printf("\n");
  }
  std::printf("\n");
}

struct Bomb {
  const char* name;
  std::string text;
};
std::vector<Bomb> Bombs(std::size_t size) {
  const auto fill = [&](std::string text, const std::string& piece, const std::string& tail) {
    while (text.size() + piece.size() + tail.size() <= size) text += piece;
    return text + tail;
  };
  return {{"open parentheses", fill("SELECT ", "(", "")},
          {"nested queries", fill("", "SELECT (", "")},
          {"open comments", fill("SELECT ", "/*", "")},
          {"one comment", fill("SELECT 1 /*", "x", "*/")},
          {"one string", fill("SELECT '", "x", "'")},
          {"doubled quotes", fill("SELECT '", "''", "'")},
          {"run of +", fill("SELECT ", "+", " 1")},
          {"sum", fill("SELECT 1", "+1", "")},
          {"select list", fill("SELECT 1", ",1", "")},
          {"IN list", fill("SELECT 1 FROM t WHERE a IN (1", ",1", ")")},
          {"VALUES", fill("VALUES (1)", ",(1)", "")},
          {"UNION", fill("SELECT 1", " UNION SELECT 1", "")},
          {"dotted name", fill("SELECT a", ".a", "")},
          {"semicolons", fill("SELECT 1", ";", "")},
          {"digits", fill("SELECT ", "1", "")},
          {"dollar quotes", fill("SELECT ", "$a$b", "")},
          {"DELETE", fill("DELETE FROM t WHERE a IN (1", ",1", ")")}};
}

// A line of /proc/self/status in bytes: VmRSS, what is in memory; VmHWM, the most there was since ForgetPeak.
double MemoryOf(const char* name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind(name, 0) == 0) return std::atof(line.c_str() + std::strlen(name) + 1) * 1024;
  }
  return 0;
}
void ForgetPeak() {
  malloc_trim(0);  // what was freed before would not be seen when it is used again
  std::ofstream("/proc/self/clear_refs") << "5";
}

struct BombCost {
  double shipped = 0, raised = 0;  // microseconds
  double memory = 0;               // bytes, without the text itself
};

// In a process of its own: the memory it needs is fresh, as for the first such text that a server is sent.
std::optional<BombCost> CostOf(const Bomb& bomb, const Policy& shipped, const Policy& raised) {
  int channel[2];
  if (pipe(channel) != 0) return std::nullopt;
  if (const pid_t child = fork(); child == 0) {
    const Checker first(nullptr, shipped), second(nullptr, raised);
    BombCost cost;
    cost.shipped = Time(1, [&] { Validate(bomb.text, first); });
    ForgetPeak();
    const double before = MemoryOf("VmRSS:");
    cost.raised = Time(1, [&] { Validate(bomb.text, second); });
    cost.memory = MemoryOf("VmHWM:") - before;
    _exit(write(channel[1], &cost, sizeof cost) == sizeof cost ? 0 : 1);
  } else {
    BombCost cost;
    const bool answered = child > 0 && read(channel[0], &cost, sizeof cost) == sizeof cost;
    if (child > 0) waitpid(child, nullptr, 0);
    close(channel[0]);
    close(channel[1]);
    return answered ? std::optional(cost) : std::nullopt;
  }
}

// Time and memory of a verdict on texts of ten megabytes, with the size limits as they ship and with those of bytes and
// tokens out of the way. The least of several runs: what else the machine does can only add to them.
void BenchBombs() {
  constexpr int kRuns = 5;
  Policy shipped, raised;
  raised.limits.statement_bytes = raised.limits.tokens = 1u << 26;
  std::printf("%-34s%12s%12s%16s\n", "bombs of 10 MB", "shipped ms", "raised ms", "memory / input");
  BombCost worst;
  for (const Bomb& bomb : Bombs(10u << 20)) {
    std::optional<BombCost> least;
    for (int run = 0; run < kRuns; ++run) {
      const std::optional<BombCost> cost = CostOf(bomb, shipped, raised);
      if (!cost) {
        std::printf("%s: no answer\n", bomb.name);
        continue;
      }
      if (!least) least = cost;
      least = {std::min(least->shipped, cost->shipped), std::min(least->raised, cost->raised),
               std::max(least->memory, cost->memory)};
    }
    if (!least) continue;
    const double ratio = least->memory / static_cast<double>(bomb.text.size());
    std::printf("%-34s%12.2f%12.2f%16.1f\n", bomb.name, least->shipped / 1000, least->raised / 1000, ratio);
    worst = {std::max(worst.shipped, least->shipped), std::max(worst.raised, least->raised),
             std::max(worst.memory, ratio)};
  }
  std::printf("%-34s%12.2f%12.2f%16.1f\n\n", "worst", worst.shipped / 1000, worst.raised / 1000, worst.memory);
}

}  // namespace

int main(int argc, char** argv) {
  const char* shared = std::getenv("TOOMAI_SHARED");
  const std::string data = std::string(shared != nullptr ? shared : TOOMAI_SOURCE_DIR "/../shared") + "/bench-data";
  std::string statements_path = data + "/sql-accepted-dev.jsonl", schemas = data + "/dbs";
  int repeat = 7, verdicts = 0;
  for (int i = 1; i + 1 < argc; i += 2) {
    if (std::strcmp(argv[i], "--statements") == 0) statements_path = argv[i + 1];
    if (std::strcmp(argv[i], "--schemas") == 0) schemas = argv[i + 1];
    if (std::strcmp(argv[i], "--verdicts") == 0) verdicts = std::atoi(argv[i + 1]);
    if (std::strcmp(argv[i], "--repeat") == 0) repeat = std::max(1, std::atoi(argv[i + 1]));
  }
  std::ifstream file(statements_path);
  if (!file) {
    std::fprintf(stderr, "no statements at %s\n", statements_path.c_str());
    return 1;
  }
  std::map<std::string, std::unique_ptr<Database>> databases;
  std::vector<Statement> statements;
  int refused = 0;
  for (std::string line; std::getline(file, line);) {
    const auto row = nlohmann::json::parse(line);
    const std::string name = row.at("db");
    auto& database = databases[name];
    if (!database) database = std::make_unique<Database>(ReadFile(schemas + "/" + name + ".sql"));
    Statement statement{row.at("sql"), database.get()};
    const Verdict verdict = Validate(statement.sql, database->checker);
    if (!verdict.allowed) {
      if (++refused <= 5) {
        std::printf("refused: %s\n  %s\n", statement.sql.c_str(), verdict.findings.front().message.c_str());
      }
      continue;
    }
    statements.push_back(std::move(statement));
  }
  std::printf("%zu statements accepted against their schemas, %d refused\n\n", statements.size(), refused);
  if (statements.empty()) return 1;

  if (verdicts > 0) {  // for a profiler
    for (int i = 0; i < verdicts; ++i) {
      for (const Statement& statement : statements)
        Validate(statement.sql, statement.database->checker, {.facts = false});
    }
    return 0;
  }
  std::vector<double> judge, parse, verdict, with_facts, ratios, bytes;
  std::vector<double> lexing, parsing, canonical, fingerprint;
  Tree tree;
  TokenList tokens;
  ParseError error;
  Canonical text;
  for (const Statement& statement : statements) {
    const Policy& policy = statement.database->policy;
    const Checker& checker = statement.database->checker;
    ParseOptions options;
    options.limits = policy.limits;
    bytes.push_back(static_cast<double>(statement.sql.size()));
    judge.push_back(
        Time(repeat, [&] { pg_query_free_fingerprint_result(pg_query_fingerprint(statement.sql.c_str())); }));
    verdict.push_back(Time(repeat, [&] { Validate(statement.sql, checker, {.facts = false}); }));
    with_facts.push_back(Time(repeat, [&] { Validate(statement.sql, checker); }));
    parse.push_back(
        Time(repeat, [&] { pg_query_free_protobuf_parse_result(pg_query_parse_protobuf(statement.sql.c_str())); }));
    lexing.push_back(Time(repeat, [&] { Lex(statement.sql, 15, 1u << 20, &tokens); }));
    parsing.push_back(Time(repeat, [&] { Parse(statement.sql, options, &tree, &error); }));
    canonical.push_back(Time(repeat, [&] { MakeCanonical(tree, policy.max_rows, options, &text); }));
    fingerprint.push_back(Time(repeat, [&] { MakeFingerprint(tree); }));
    ratios.push_back(verdict.back() / judge.back());
  }
  const double median = Median(judge);
  const auto row = [&](const char* name, const std::vector<double>& times) {
    std::printf("%-46s %9.2f %9.2f %9.3f\n", name, Median(times), Sum(times) / static_cast<double>(times.size()),
                Median(times) / median);
  };
  std::printf("median statement: %.0f bytes\n%-46s %9s %9s %9s\n", Median(bytes), "microseconds", "median", "mean",
              "ratio");
  row("libpg_query: parse and fingerprint", judge);
  row("libpg_query: parse to protobuf", parse);
  row("verdict", verdict);
  row("verdict with facts, lineage and fingerprint", with_facts);
  row("  lexing", lexing);
  row("  lexing and parsing", parsing);
  row("  canonical text, read again and compared", canonical);
  row("  fingerprint", fingerprint);
  std::printf("median of the single ratios: %.3f\n\n", Median(ratios));
  BenchLexing(statements, repeat);
  BenchLinearity(repeat);
  BenchBombs();
  std::printf("validator: %.3f\n", Median(verdict) / median);
  return 0;
}
