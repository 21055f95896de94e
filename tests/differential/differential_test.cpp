// Our parser against PostgreSQL's own grammar: "is it one read-only query?", and the canonical text must be the same
// statement to both. Short and seeded; TOOMAI_DIFFERENTIAL_ROUNDS makes it longer.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

#include "tests/differential/generator.h"
#include "tests/differential/judge.h"
#include "tests/support/test_cluster.h"
#include "validator/canonical.h"
#include "validator/lexer.h"
#include "validator/parser.h"
#include "validator/walker.h"

namespace toomai::differential {
namespace {

using namespace toomai::validator;

std::vector<std::string> Lines(const std::string& path) {
  std::ifstream file(path);
  std::vector<std::string> lines;
  const bool json = path.ends_with(".jsonl");
  for (std::string line; std::getline(file, line);) {
    lines.push_back(json ? nlohmann::json::parse(line).value("sql", "") : line);
  }
  return lines;
}

std::string Shared(const std::string& name) {
  const char* shared = std::getenv("TOOMAI_SHARED");
  return std::string(shared != nullptr ? shared : TOOMAI_SOURCE_DIR "/../shared") + "/" + name;
}

std::vector<std::string> Grammar() {
  std::vector<std::string> all = Lines(TOOMAI_SOURCE_DIR "/fixtures/validator/grammar.sql");
  for (const auto& area : std::filesystem::directory_iterator(TOOMAI_SOURCE_DIR "/fixtures/validator/grammar")) {
    for (const std::string& line : Lines(area.path())) {  // "15 ok: SELECT …"
      if (line.starts_with("15 ")) all.push_back(line.substr(line.find(": ") + 2));
    }
  }
  return all;
}

std::vector<std::string> SharedStatements() {
  std::vector<std::string> all;
  for (const char* name : {"security/attacks-sample.jsonl", "security/benign-sample.jsonl",
                           "bench-data/sql-accepted-dev.jsonl", "bench-data/sql-rejected-dev.jsonl"}) {
    const auto lines = Lines(Shared(name));
    all.insert(all.end(), lines.begin(), lines.end());
  }
  return all;
}

// libpg_query takes "type $1" as a constant, which the server does not, and its look-ahead words break at comments
// (NOT /**/ IN) and so does its string continuation; such texts are left to the server.
bool JudgeIsExact(std::string_view sql) {
  for (std::size_t i = 0; i + 1 < sql.size(); ++i) {
    if (sql[i] == '$' && sql[i + 1] >= '0' && sql[i + 1] <= '9') return false;
    if ((sql[i] == '-' && sql[i + 1] == '-') || (sql[i] == '/' && sql[i + 1] == '*')) return false;
  }
  return true;
}

long Rounds(long usual) {
  const char* wish = std::getenv("TOOMAI_DIFFERENTIAL_ROUNDS");
  return wish != nullptr ? std::atol(wish) : usual;
}

// What a program prints, "" when it cannot be run.
std::string OutputOf(const std::string& command) {
  std::string text;
  FILE* const pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return text;
  char buffer[65536];
  for (std::size_t size = 0; (size = fread(buffer, 1, sizeof buffer, pipe)) > 0;) text.append(buffer, size);
  return pclose(pipe) == 0 ? text : "";
}

class Agreement {
 public:
  void Check(const std::string& sql) {
    const Judgement judgement = Judge(sql);
    if (judgement.ruling == Ruling::kUndecided) return;
    ParseError error;
    bool ours = Parse(sql, options_, &tree_, &error);
    if (!ours && (error.finding.rule == "too-many" || error.finding.rule == "too-deep")) return;  // our own limits
    if (ours) {
      Walk(tree_, tree_.root(), [&](NodeId id) {
        if (tree_[id].kind == NodeKind::kInto || tree_[id].kind == NodeKind::kLocking) ours = false;
        return true;
      });
    }
    const bool query = judgement.ruling == Ruling::kQuery;
    ++statements_;
    queries_ += query ? 1 : 0;
    if (ours && !query) {
      ++unsafe_;
      ADD_FAILURE() << "accepted by us only: " << sql << "\n" << judgement.error;
    } else if (query && !ours) {
      ++refused_;
      std::printf("refused by us only: %s\n  %s\n", sql.c_str(), error.finding.message.c_str());
    } else if (query) {
      CheckCanonical(sql, judgement);
    }
  }

  void Report(const char* what) const {
    const double agreed =
        100.0 * static_cast<double>(statements_ - refused_ - unsafe_) / static_cast<double>(statements_);
    std::printf("%s: %ld statements, %ld queries, %ld refused by us only, %ld accepted by us only: agreement %.3f %%\n",
                what, statements_, queries_, refused_, unsafe_, agreed);
    EXPECT_GT(statements_, 0);
    EXPECT_EQ(unsafe_, 0);
    EXPECT_LE(refused_ * 1000, statements_);  // 99.9 %
  }

 private:
  void CheckCanonical(const std::string& sql, const Judgement& original) {
    for (const std::int64_t cap : {std::int64_t{-1}, std::int64_t{7}}) {
      Canonical canonical;
      if (!MakeCanonical(tree_, cap, options_, &canonical)) {
        ADD_FAILURE() << "not reproducible: " << sql << "\n" << canonical.text;
        continue;
      }
      const Judgement sent = Judge(canonical.text);
      const bool same = cap < 0
                            ? sent.tree == original.tree
                            : sent.ruling == Ruling::kQuery && WithoutLimit(sent.tree) == WithoutLimit(original.tree);
      EXPECT_TRUE(same) << sql << "\nbecame\n" << canonical.text << "\n" << sent.error;
    }
  }

  Tree tree_;
  ParseOptions options_;
  long statements_ = 0, queries_ = 0, unsafe_ = 0, refused_ = 0;
};

TEST(Differential, EveryFormOfTheGrammar) {
  Agreement agreement;
  for (const std::string& sql : Grammar()) agreement.Check(sql);
  agreement.Report("grammar");
}

TEST(Differential, Corpora) {
  const auto statements = SharedStatements();
  if (statements.empty()) GTEST_SKIP() << "no shared corpora; set TOOMAI_SHARED";
  Agreement agreement;
  for (const std::string& sql : statements) agreement.Check(sql);
  agreement.Report("corpora");
}

// Statements with one to three tokens replaced, added, removed, exchanged or repeated.
TEST(Differential, Mutations) {
  std::vector<std::string> seeds = Grammar();
  for (const std::vector<std::string>& more :
       {Lines(TOOMAI_SOURCE_DIR "/fixtures/validator/market/harmless.sql"), SharedStatements()}) {
    seeds.insert(seeds.end(), more.begin(), more.end());
  }
  std::vector<std::string> pool = {
#define KEYWORD(word, name, category, label, since) word,
#include "validator/keywords.def"
#undef KEYWORD
  };
  TokenList tokens;
  std::vector<std::vector<std::string>> statements;
  for (const std::string& seed : seeds) {
    Lex(seed, 15, 1000, &tokens);
    std::vector<std::string> words;
    for (TokenId id = 0; id + 1 < tokens.size(); ++id) {
      if (tokens[id].kind != TokenKind::kError) words.emplace_back(tokens.Spelling(id));
    }
    pool.insert(pool.end(), words.begin(), words.end());
    if (!words.empty()) statements.push_back(std::move(words));
  }
  const long rounds = Rounds(20000);
  std::mt19937_64 random(20240817);
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  Agreement agreement;
  for (long round = 0; round < rounds; ++round) {
    std::vector<std::string> words = statements[below(statements.size())];
    for (std::size_t change = 0, changes = 1 + below(3); change < changes && !words.empty(); ++change) {
      const auto at = words.begin() + static_cast<std::ptrdiff_t>(below(words.size()));
      switch (below(5)) {
        case 0:
          *at = pool[below(pool.size())];
          break;
        case 1:
          words.insert(at, pool[below(pool.size())]);
          break;
        case 2:
          words.erase(at);
          break;
        case 3:
          std::iter_swap(at, words.begin() + static_cast<std::ptrdiff_t>(below(words.size())));
          break;
        default: {
          const std::size_t from = below(words.size()), count = 1 + below(6);
          const std::vector<std::string> piece(
              words.begin() + static_cast<std::ptrdiff_t>(from),
              words.begin() + static_cast<std::ptrdiff_t>(std::min(from + count, words.size())));
          words.insert(at, piece.begin(), piece.end());
        }
      }
    }
    std::string sql;
    for (const std::string& word : words) {
      sql += word;
      const std::size_t gap = below(20);
      sql += gap == 0 ? "" : gap == 1 ? "\n" : " ";
    }
    if (JudgeIsExact(sql)) agreement.Check(sql);
  }
  agreement.Report("mutations");
}

TEST(Differential, Generated) {
  Generator generator(20261127);
  Agreement agreement;
  for (long round = Rounds(5000); round > 0; --round) agreement.Check(generator.Statement());
  agreement.Report("generated");
}

// sqlsmith makes long queries over a live schema, without running them.
TEST(Differential, Sqlsmith) {
  if (OutputOf("command -v sqlsmith").empty()) GTEST_SKIP() << "sqlsmith is not installed";
  Agreement agreement;
  for (const char* database : {"ecommerce_small", "social_medium"}) {
    const std::string output =
        OutputOf("sqlsmith --target='" + test::TestCluster::Get().Url(database) + "' --dry-run --exclude-catalog " +
                 "--seed=20261127 --max-queries=" + std::to_string(Rounds(400)) + " 2>/dev/null; true");
    ASSERT_NE(output, "") << database;
    for (std::size_t begin = 0, end; (end = output.find(";\n", begin)) != std::string::npos; begin = end + 2) {
      agreement.Check(output.substr(begin, end - begin));
    }
  }
  agreement.Report("sqlsmith");
}

}  // namespace
}  // namespace toomai::differential
