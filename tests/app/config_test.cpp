#include "app/config.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "app/config_docs.h"
#include "app/config_values.h"
#include "app/reload.h"
#include "base/log.h"
#include "base/redact.h"
#include "tests/support/scratch_folder.h"

namespace toomai::app {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

class ConfigTest : public testing::Test {
 protected:
  std::string File(const std::string& name, const std::string& text) {
    const fs::path path = directory_ / name;
    std::ofstream(path) << text;
    return path.string();
  }
  // The problems of one file, each without its folder.
  std::string ProblemsOf(const std::string& text, ConfigSources sources = {}) {
    sources.files = {File("c.yaml", text)};
    Problems problems;
    (void)ReadConfig(sources, &problems);
    std::string lines;
    for (const Problem& problem : problems) {
      const std::string line = problem.ToString();
      lines += line.starts_with(directory_.string()) ? line.substr(directory_.string().size() + 1) : line;
      lines += "\n";
    }
    return lines;
  }
  LoadedConfig Load(const std::string& text, ConfigSources sources = {}) {
    if (!text.empty()) sources.files = {File("c.yaml", text)};
    auto config = LoadConfig(sources);
    EXPECT_TRUE(config) << config.error().message;
    return config ? *config : LoadedConfig{};
  }

  const test::ScratchFolder directory_{"config"};
};

std::string ValueOf(const LoadedConfig& config, const std::string& path) {
  for (const EffectiveValue& value : ListEffective(config.tree)) {
    if (value.path == path) return value.value;
  }
  return "(no such key)";
}

std::string OriginOf(const LoadedConfig& config, const std::string& path) {
  for (const EffectiveValue& value : ListEffective(config.tree)) {
    if (value.path == path) return value.origin;
  }
  return "(no such key)";
}

// ---- Without a file ----

TEST_F(ConfigTest, NothingIsNeededAndItIsQuick) {
  ConfigSources sources;
  sources.environment = {{"HOME", "/home/ann"}};
  const auto load = [](const ConfigSources& from, Expected<LoadedConfig>* config) {
    auto least = std::chrono::steady_clock::duration::max();
    for (int i = 0; i < 5; ++i) {
      const auto start = std::chrono::steady_clock::now();
      *config = LoadConfig(from);
      least = std::min(least, std::chrono::steady_clock::now() - start);
    }
    return least;
  };
  Expected<LoadedConfig> config = Fail(ErrorCode::kInternal, "not read yet"), listed = config;
  const auto elapsed = load(sources, &config);
  ASSERT_TRUE(config);
  EXPECT_TRUE(config->options.engine.databases.empty());
  EXPECT_TRUE(config->options.engine.generation.models.empty());
  EXPECT_EQ(config->options.engine.state_directory, "/home/ann/.local/state/toomai");
  EXPECT_EQ(config->options.engine.default_timeout, milliseconds(60'000));
  std::string text = "databases:\n";
  for (int i = 0; i < 10; ++i) text += "  - {name: d" + std::to_string(i) + ", host: h}\n";
  sources.files = {File("ten.yaml", text)};
  EXPECT_LT(elapsed, load(sources, &listed)) << "each database has all its keys looked at; without any, none are";
  EXPECT_TRUE(listed);
}

TEST_F(ConfigTest, DatabaseUrlIsEnough) {
  ConfigSources sources;
  sources.environment = {
      {"DATABASE_URL", "postgresql://u:s3cret-pw@h/d"}, {"POSTGRES_HOST", "ignored"}, {"POSTGRES_POOL_SIZE", "7"}};
  const LoadedConfig config = Load("", sources);
  ASSERT_EQ(config.options.engine.databases.size(), 1u);
  const engine::DatabaseOptions& database = config.options.engine.databases.front();
  EXPECT_EQ(database.name, "default");
  EXPECT_EQ(database.url, "postgresql://u:s3cret-pw@h/d");
  EXPECT_TRUE(database.parameters.empty());
  EXPECT_EQ(database.pool.max, 7);
  EXPECT_EQ(ValueOf(config, "databases.default.url"), "\"postgresql://u:[hidden]@h/d\"");
  EXPECT_EQ(OriginOf(config, "databases.default.url"), "environment DATABASE_URL");
}

TEST_F(ConfigTest, PostgresAndLibpqVariables) {
  ConfigSources sources;
  sources.environment = {
      {"POSTGRES_HOST", "h"},        {"POSTGRES_PORT", "5433"},        {"POSTGRES_DB", "d"},
      {"POSTGRES_USER", "u"},        {"POSTGRES_PASSWORD", "pw-of-u"}, {"POSTGRES_SSL_MODE", "require"},
      {"POSTGRES_MAX_OVERFLOW", "2"}};
  const LoadedConfig config = Load("", sources);
  const engine::DatabaseOptions& database = config.options.engine.databases.at(0);
  EXPECT_EQ(database.parameters.at("host"), "h");
  EXPECT_EQ(database.parameters.at("port"), "5433");
  EXPECT_EQ(database.parameters.at("dbname"), "d");
  EXPECT_EQ(database.parameters.at("sslmode"), "require");
  EXPECT_EQ(database.password.Reveal(), "pw-of-u");
  EXPECT_EQ(database.pool.overflow, 2);
  EXPECT_EQ(ValueOf(config, "databases.default.password"), "[hidden]");

  sources.environment = {{"PGHOST", "h"}, {"PGUSER", "u"}};
  EXPECT_EQ(Load("", sources).options.engine.databases.size(), 1u);
  sources.environment = {{"PGUSER", "u"}};
  EXPECT_TRUE(Load("", sources).options.engine.databases.empty());
}

TEST_F(ConfigTest, OpenAiVariables) {
  ConfigSources sources;
  sources.environment = {{"OPENAI_API_KEY", "sk-test-1234567890"}};
  LoadedConfig config = Load("", sources);
  ASSERT_EQ(config.options.engine.generation.models.size(), 1u);
  EXPECT_EQ(config.options.engine.generation.models[0].base_url, "https://api.openai.com/v1");
  EXPECT_FALSE(config.options.engine.generation.models[0].model.empty());

  sources.environment = {{"OPENAI_BASE_URL", "http://localhost:11434/v1"}, {"OPENAI_MODEL", "qwen"}};
  config = Load("", sources);
  EXPECT_EQ(config.options.engine.generation.models.at(0).model, "qwen");
  EXPECT_TRUE(config.options.engine.generation.models.at(0).api_key.empty());

  // A key goes only to the server it is for.
  sources.environment = {{"OPENAI_API_KEY", "sk-test-1234567890"}};
  config = Load(
      "models:\n  - {name: a, base_url: \"https://api.openai.com/v1\", model: m}\n"
      "  - {name: b, base_url: \"https://other.example/v1\", model: m}\n"
      "  - {name: c, base_url: \"https://api.openai.com.evil.example/v1\", model: m}\n",
      sources);
  EXPECT_EQ(config.options.engine.generation.models.at(0).api_key.Reveal(), "sk-test-1234567890");
  EXPECT_TRUE(config.options.engine.generation.models.at(1).api_key.empty());
  EXPECT_TRUE(config.options.engine.generation.models.at(2).api_key.empty());
}

// ---- Files, overlays, variables, command line ----

TEST_F(ConfigTest, LaterSourcesWinKeyByKey) {
  ConfigSources sources;
  sources.files = {File("one.yaml",
                        "execution: {max_rows: 1, max_cursors: 1, work_mem: 1MB, max_cost: 1}\n"
                        "databases:\n  - {name: small, host: a, pool: {max: 2}}\n  - {name: big, host: c}\n"),
                   File("two.yaml",
                        "execution: {max_rows: 2, max_cursors: 2, work_mem: 2MB}\n"
                        "databases:\n  - {name: small, host: b}\n"
                        "environments:\n  prod: {execution: {max_rows: 3, max_cursors: 3}}\n  dev: {}\n")};
  sources.environment_name = "prod";
  sources.environment = {{"TOOMAI_EXECUTION__MAX_ROWS", "4"},
                         {"TOOMAI_DATABASES__SMALL__POOL__MIN", "1"},
                         {"TOOMAI_STATE_DIRECTORY", "/srv/t"},
                         {"TOOMAI_BINARY", "not a setting"}};
  sources.settings = {"databases.big.description=the big one"};
  const LoadedConfig config = Load("", sources);
  EXPECT_EQ(ValueOf(config, "execution.max_rows"), "4");
  EXPECT_EQ(OriginOf(config, "execution.max_rows"), "environment TOOMAI_EXECUTION__MAX_ROWS");
  EXPECT_EQ(ValueOf(config, "execution.max_cursors"), "3");
  EXPECT_EQ(ValueOf(config, "execution.work_mem"), "2MB");
  EXPECT_EQ(ValueOf(config, "execution.max_cost"), "1");
  EXPECT_EQ(OriginOf(config, "execution.max_cost"), sources.files[0] + ":1");
  EXPECT_EQ(config.options.engine.state_directory, "/srv/t");
  ASSERT_EQ(config.options.engine.databases.size(), 2u);
  const engine::DatabaseOptions& small = config.options.engine.databases[0];
  EXPECT_EQ(small.parameters.at("host"), "b");
  EXPECT_EQ(small.pool.max, 2);
  EXPECT_EQ(small.pool.min, 1);
  EXPECT_EQ(small.execution.max_rows, 4);  // from the section for all
  EXPECT_EQ(config.options.engine.databases[1].description, "the big one");
}

TEST_F(ConfigTest, TheUrlOfTheCommandLineReplacesAllDatabases) {
  ConfigSources sources;
  sources.database_url = "postgresql://x/y";
  const LoadedConfig config = Load("databases:\n  - {name: a}\n  - {name: b}\n", sources);
  ASSERT_EQ(config.options.engine.databases.size(), 1u);
  EXPECT_EQ(config.options.engine.databases[0].url, "postgresql://x/y");
}

TEST_F(ConfigTest, SecretsComeFromVariablesAndFilesAndAreHidden) {
  File("key.txt", "  key-from-file-0123456789\n");
  ConfigSources sources;
  sources.environment = {{"DB_PW", "planted-password"}, {"TOKEN", "planted-token-0123456789"}};
  const LoadedConfig config = Load(
      "databases:\n  - {name: a, host: h, password_env_var: DB_PW}\n"
      "models:\n  - {name: m, base_url: \"https://x/v1\", model: m, api_key_file: key.txt}\n"
      "http:\n  tokens:\n    - {name: t, token_env_var: TOKEN, databases: [a]}\n    - {name: u, token: "
      "planted-in-the-file}\n",
      sources);
  EXPECT_EQ(config.options.engine.databases[0].password.Reveal(), "planted-password");
  EXPECT_EQ(config.options.engine.generation.models[0].api_key.Reveal(), "key-from-file-0123456789");
  EXPECT_EQ(config.options.server.http.tokens[0].token.Reveal(), "planted-token-0123456789");
  EXPECT_FALSE(config.options.server.http.tokens[1].databases);
  for (const EffectiveValue& value : ListEffective(config.tree)) {
    EXPECT_EQ(value.value.find("planted"), std::string::npos) << value.path;
  }
  EXPECT_EQ(Redact("it was planted-password"), "it was [hidden]");
}

TEST_F(ConfigTest, FilesAreRelativeToTheFileThatNamesThem) {
  const LoadedConfig config =
      Load("databases:\n  - {name: a, templates: [t.yaml, sub/u.yaml, /abs.yaml], glossary: ../g.yaml}\n");
  const engine::DatabaseOptions& database = config.options.engine.databases[0];
  EXPECT_EQ(database.template_files[0], (directory_ / "t.yaml").string());
  EXPECT_EQ(database.template_files[1], (directory_ / "sub/u.yaml").string());
  EXPECT_EQ(database.template_files[2], "/abs.yaml");
  EXPECT_EQ(database.glossary_file, (directory_.parent_path() / "g.yaml").string());
}

TEST_F(ConfigTest, ListsAndArgumentsInVariables) {
  ConfigSources sources;
  sources.environment = {{"TOOMAI_POLICY__ALLOWED_USER_FUNCTIONS", "public.f(int,text), public.g()"}};
  const LoadedConfig config = Load("databases: [{name: a}]\n", sources);
  EXPECT_EQ(config.options.engine.databases[0].policy.allowed_user_functions,
            (std::vector<std::string>{"public.f(int,text)", "public.g()"}));
}

// ---- What is wrong is said, all at once ----

TEST_F(ConfigTest, EveryProblemAtOnceWithItsPlace) {
  EXPECT_EQ(ProblemsOf("execution:\n"
                       "  max_row: 5\n"
                       "  statement_timeout: 30\n"
                       "  max_bytes: lots\n"
                       "  allow_analyze: maybe\n"
                       "  isolation: serializable\n"
                       "databases:\n"
                       "  - name: a\n"
                       "    hots: localhost\n"
                       "    pool: {min: 6, max: 5}\n"
                       "  - name: A\n"
                       "    port: 99999\n"
                       "  - host: x\n"
                       "zebra: 1\n"),
            "c.yaml:2: unknown key 'max_row' in 'execution'; did you mean 'max_rows'?\n"
            "c.yaml:3: 'execution.statement_timeout' must be a duration such as 500ms, 30s or 5m, not '30'\n"
            "c.yaml:4: 'execution.max_bytes' must be a size such as 64KB or 4MB, not 'lots'\n"
            "c.yaml:5: 'execution.allow_analyze' must be true or false, not 'maybe'\n"
            "c.yaml:6: 'execution.isolation' must be one of read committed, repeatable read, not 'serializable'\n"
            "c.yaml:9: unknown key 'hots' in 'databases.a'; did you mean 'host'?\n"
            "c.yaml:10: 'pool.min' is 6 but 'pool.max' is only 5\n"
            "c.yaml:11: two items of 'databases' are called 'A'\n"
            "c.yaml:12: 'port' must be 1 to 65535, not '99999'\n"
            "c.yaml:13: an item of 'databases' needs a 'name'\n"
            "c.yaml:14: unknown key 'zebra'; known are: state_directory, default_timeout, calls_per_minute, pool, "
            "execution, policy, databases, writes, models, generation, history, server, http, log\n");
}

TEST_F(ConfigTest, RangesTypesAndShapes) {
  struct Case {
    const char* yaml;
    const char* problem;
  };
  const Case cases[] = {
      {"pool: {max: 0}", "c.yaml:1: 'pool.max' is 0 but must be at least 1\n"},
      {"pool: {max: 1001}", "c.yaml:1: 'pool.max' is 1001 but must be at most 1000\n"},
      {"pool: {max: 99999999999999999999}",
       "c.yaml:1: 'pool.max' must be a whole number, not '99999999999999999999'\n"},
      {"http: {port: 65536}", "c.yaml:1: 'http.port' is 65536 but must be at most 65535\n"},
      {"execution: {max_bytes: 1000B}", "c.yaml:1: 'execution.max_bytes' is 1000 but must be at least 1KB\n"},
      {"execution: {statement_timeout: 0}", "c.yaml:1: 'execution.statement_timeout' is 0 but must be at least 1ms\n"},
      {"execution: [1]", "c.yaml:1: 'execution' must hold 'key: value' lines\n"},
      {"databases: {name: a}", "c.yaml:1: 'databases' must be a list ('- name: …')\n"},
      {"databases: [x]",
       "c.yaml:1: an item of 'databases' must hold 'key: value' lines\nc.yaml:1: an item of 'databases' needs a "
       "'name'\n"},
      {"policy: {denied_columns: {a: b}}", "c.yaml:1: 'policy.denied_columns' must be a list, not a map\n"},
      {"log: {modules: {pool: loud}}",
       "c.yaml:1: 'log.modules.pool' must be one of trace, debug, info, warn, error, off\n"},
      {"log: {level: loud}", "c.yaml:1: 'log.level' must be one of trace, debug, info, warn, error, off, not 'loud'\n"},
      {"pool: {max: 5}\npool: {min: 1}", "c.yaml:2: 'pool' is given twice\n"},
      {"pool: {max: [}", "c.yaml:1: not valid YAML: illegal flow end\n"},
      {"- a\n- b", "c.yaml:1: the file must hold 'key: value' lines\n"},
      {"pool:\n  max: \"\xFF\"", "c.yaml:2: the file is not UTF-8\n"},
      {"generation: {low_confidence: 0.9}", "c.yaml:1: 'low_confidence' is above 'high_confidence'\n"},
      {"http: {certificate_file: a}", "c.yaml:1: TLS needs both 'certificate_file' (--cert) and 'key_file' (--key)\n"},
      {"http:\n  tokens: [{name: t, token: short}]", "c.yaml:2: the token 't' is shorter than 16 characters\n"},
      {"http:\n  tokens: [{name: t}]", "c.yaml:2: the token 't' has no 'token', 'token_env_var' or 'token_file'\n"},
      {"models: [{name: m, base_url: ftp://x, model: m}]",
       "c.yaml:1: 'base_url' must start with https:// or http://\n"},
      {"models: [{name: m, base_url: \"http://x\", model: m, extra_body: \"[1]\"}]",
       "c.yaml:1: 'extra_body' must be a JSON object\n"},
      {"databases: [{name: \"a b\"}]", "c.yaml:1: the name 'a b' may hold only letters, digits, '_', '-' and '.'\n"},
      {"databases: [{name: a, url: \"mysql://h\"}]",
       "c.yaml:1: 'url' must start with postgresql:// or hold key=value words\n"},
      {"databases: [{name: a, password_env_var: NOT_SET}]",
       "c.yaml:1: the environment variable 'NOT_SET' is not set\n"},
      {"databases: [{name: a, password: x, password_command: y}]",
       "c.yaml:1: 'a' has several passwords: give one of password, password_env_var, password_file and "
       "password_command\n"},
      {"environments: {prod: {execution: {max_rowz: 1}}}",
       "c.yaml:1: unknown key 'max_rowz' in 'execution'; did you mean 'max_rows'?\n"},
      {"", ""},
      {"# only a comment", ""},
      {"pool:\nexecution:\n", ""},
  };
  for (const Case& one : cases) EXPECT_EQ(ProblemsOf(one.yaml), one.problem) << one.yaml;
}

TEST_F(ConfigTest, ProblemsOfVariablesAndFlagsNameThem) {
  ConfigSources sources;
  sources.environment = {{"TOOMAI_EXECUTION__MAX_ROWZ", "1"}, {"TOOMAI_HTTP__ADDRESS", "0.0.0.0"}};
  sources.settings = {"nonsense", "log.level=loud"};
  EXPECT_EQ(ProblemsOf("", sources),
            "--set nonsense: write it as section.key=value\n"
            "environment TOOMAI_EXECUTION__MAX_ROWZ: unknown key 'max_rowz' in 'execution'; did you mean 'max_rows'?\n"
            "--set log.level: 'log.level' must be one of trace, debug, info, warn, error, off, not 'loud'\n"
            "environment TOOMAI_HTTP__ADDRESS: '0.0.0.0' can be reached from other machines: add 'tokens' or 'oauth' "
            "(or, behind a "
            "proxy that checks who calls, 'allow_unauthenticated: true')\n");
  ConfigSources missing;
  missing.files = {"/nowhere/x.yaml"};
  const auto config = LoadConfig(missing);
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().code, ErrorCode::kInvalidArgument);
  EXPECT_NE(config.error().message.find("/nowhere/x.yaml: there is no such configuration file"), std::string::npos);
  ConfigSources overlay;
  overlay.environment_name = "prodd";
  EXPECT_EQ(ProblemsOf("environments: {prod: {}}", overlay),
            "c.yaml:1: there is no environment 'prodd'; did you mean 'prod'?\n");
}

TEST_F(ConfigTest, HostileFilesAreRefusedQuickly) {
  std::string bomb = "a: &a [x,x,x,x,x,x,x,x,x,x]\n";
  for (char c = 'b'; c < 'j'; ++c) {
    const std::string before = std::string("*") + static_cast<char>(c - 1);
    bomb += std::string(1, c) + ": &" + c + " [" + before;
    for (int i = 0; i < 9; ++i) bomb += "," + before;
    bomb += "]\n";
  }
  EXPECT_NE(ProblemsOf(bomb).find("too large"), std::string::npos);
  EXPECT_NE(ProblemsOf("pool: " + std::string(100, '[') + std::string(100, ']')).find("too deep"), std::string::npos);
  EXPECT_FALSE(ProblemsOf(std::string(200'000, '[')).empty());
  EXPECT_NE(ProblemsOf("#" + std::string(5 << 20, 'x')).find("is larger than"), std::string::npos);
}

// ---- Words ----

TEST(ConfigValues, Durations) {
  EXPECT_EQ(ParseDuration("500ms"), milliseconds(500));
  EXPECT_EQ(ParseDuration("30 s"), milliseconds(30'000));
  EXPECT_EQ(ParseDuration("2H"), milliseconds(7'200'000));
  EXPECT_EQ(ParseDuration("7d"), milliseconds(604'800'000));
  EXPECT_EQ(ParseDuration("0"), milliseconds(0));
  for (const char* bad : {"", "30", "-1s", "1.5s", "s", "1y", "9999999999999d", "1s1s"})
    EXPECT_FALSE(ParseDuration(bad)) << bad;
  EXPECT_EQ(ShowDuration(milliseconds(90'000)), "90s");
  EXPECT_EQ(ShowDuration(milliseconds(0)), "0");
}

TEST(ConfigValues, Sizes) {
  EXPECT_EQ(ParseBytes("4MB"), 4 << 20);
  EXPECT_EQ(ParseBytes("64 kb"), 64 << 10);
  EXPECT_EQ(ParseBytes("100"), 100);
  for (const char* bad : {"", "x", "4TB", "-1", "1.5MB", "99999999999GB"}) EXPECT_FALSE(ParseBytes(bad)) << bad;
  EXPECT_EQ(ShowBytes(4 << 20), "4MB");
  EXPECT_EQ(ShowBytes(1000), "1000");
}

TEST(ConfigValues, BoolsAndNumbers) {
  EXPECT_EQ(ParseBool("Yes"), true);
  EXPECT_EQ(ParseBool("off"), false);
  EXPECT_FALSE(ParseBool("2"));
  EXPECT_EQ(ParseNumber("1e3"), 1000);
  for (const char* bad : {"", "nan", "inf", "0x10", "1,5"}) EXPECT_FALSE(ParseNumber(bad)) << bad;
}

// ---- The table, the example and the page say the same ----

std::string ReadAll(const std::string& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(ConfigDocs, TheExampleFileIsWhatTheTableSays) {
  EXPECT_EQ(ReadAll(TOOMAI_SOURCE_DIR "/config.example.yaml"), ConfigExample())
      << "make it anew: toomai config --example > config.example.yaml";
}

TEST(ConfigDocs, ThePageEndsWithTheReference) {
  EXPECT_TRUE(ReadAll(TOOMAI_SOURCE_DIR "/docs/config.md").ends_with("## Reference\n\n" + ConfigReference()))
      << "make its end anew: toomai config --reference";
}

TEST(ConfigDocs, TheExampleIsValidAndNamesEveryKey) {
  ConfigSources sources;
  sources.files = {TOOMAI_SOURCE_DIR "/config.example.yaml"};
  sources.environment = {
      {"TEST_DB_PASSWORD", "x"}, {"OPENAI_API_KEY", "x"}, {"TOOMAI_REPORTING_TOKEN", "0123456789abcdef"}};
  const auto config = LoadConfig(sources);
  ASSERT_TRUE(config) << config.error().message;
  const std::string text = ConfigExample();
  for (const KeyInfo& key : ListKeys()) {
    std::string name = key.path.substr(key.path.rfind('.') + 1);
    if (name.ends_with("[]")) name.resize(name.size() - 2);
    EXPECT_NE(text.find(name + ":"), std::string::npos) << key.path;
    EXPECT_FALSE(key.doc.empty()) << key.path;
  }
}

TEST(ConfigDocs, EveryDefaultReadsBackAsItself) {
  // What the reference prints as default must be accepted when written into a file.
  for (const KeyInfo& key : ListKeys()) {
    if (key.section || key.fallback.empty() || key.path.find("[]") != std::string::npos) continue;
    Problems problems;
    std::string yaml;
    std::size_t depth = 0, start = 0;
    for (std::size_t dot = key.path.find('.'); dot != std::string::npos; dot = key.path.find('.', start)) {
      yaml += std::string(2 * depth++, ' ') + key.path.substr(start, dot - start) + ":\n";
      start = dot + 1;
    }
    yaml += std::string(2 * depth, ' ') + key.path.substr(start) + ": " + key.fallback + "\n";
    const ConfigNode tree = ParseYaml(yaml, "x", &problems);
    CheckKeys(tree, &problems);
    EXPECT_TRUE(problems.empty()) << yaml << problems.front().message;
    for (const EffectiveValue& value : ListEffective(tree)) {
      if (value.path == key.path) {
        EXPECT_EQ(value.value, key.fallback) << key.path;
        EXPECT_EQ(value.origin, "x:" + std::to_string(depth + 1));
      }
    }
  }
}

// ---- Secrets ----

constexpr const char* kManySecrets =
    "databases:\n"
    "  - {name: a, host: h, parameters: {keepalives_idle: \"30\", sslpassword: SECRET-1}, "
    "password_command: \"echo password=SECRET-2\"}\n"
    "models:\n"
    "  - name: m\n"
    "    base_url: https://user:SECRET-3@api.example/v1\n"
    "    model: x\n"
    "    query_params: {key: SECRET-4}\n"
    "    extra_headers: {Authorization: Bearer SECRET-5, X-Odd: SECRET-6}\n"
    "    extra_body: '{\"user\": \"SECRET-7\"}'\n"
    "    proxy: http://user:SECRET-8@proxy.example\n"
    "http:\n"
    "  tokens: [{name: t, token: SECRET-9-long-enough, claims: {app.tenant: SECRET-10}}]\n";

TEST_F(ConfigTest, NoSecretIsShownHoweverItIsWritten) {
  const LoadedConfig config = Load(kManySecrets);
  for (const EffectiveValue& value : ListEffective(config.tree))
    EXPECT_EQ(value.value.find("SECRET"), std::string::npos) << value.path << ": " << value.value;
  EXPECT_EQ(ValueOf(config, "models.m.extra_headers"), "{Authorization: [hidden], X-Odd: [hidden]}");
  EXPECT_EQ(ValueOf(config, "models.m.extra_body"), "[hidden]");
  EXPECT_EQ(Redact("SECRET-1 SECRET-4 SECRET-5"), "[hidden] [hidden] [hidden]")
      << "logs and the history know them, too";
}

TEST_F(ConfigTest, AReloadTellsOfAChangedSecretWithoutIt) {
  ConfigSources sources;
  sources.files = {File("c.yaml", kManySecrets)};
  ConfigReloader reloader(sources, *LoadConfig(sources), {});
  std::string other = kManySecrets;
  for (std::size_t at = 0; (at = other.find("SECRET", at)) != std::string::npos; at += 6)
    other.replace(at, 6, "HIDDEN");
  File("c.yaml", other);
  const auto change = reloader.ReloadNow();
  ASSERT_TRUE(change);
  const std::string told = change->Summary();
  EXPECT_NE(told.find("models.m.extra_headers changed"), std::string::npos) << told;
  EXPECT_EQ(told.find("SECRET"), std::string::npos) << told;
  EXPECT_EQ(told.find("HIDDEN"), std::string::npos) << told;
}

// ---- Options of commands ----

TEST_F(ConfigTest, AUrlStandsForAllDatabasesWhateverElseNamesThem) {
  ConfigSources sources;
  sources.database_url = "postgresql://u@h/d";
  EXPECT_EQ(ProblemsOf("databases: [{name: small, host: h}]\n"
                       "writes: [{database: small, tables: [public.t]}]\n"
                       "http: {tokens: [{name: t, token: 0123456789abcdef, databases: [small]}]}\n",
                       sources),
            "");
  EXPECT_NE(ProblemsOf("databases: [{name: small, host: h}]\n"
                       "http: {tokens: [{name: t, token: 0123456789abcdef, databases: [smal]}]}\n"),
            "");
}

TEST_F(ConfigTest, OptionsOfACommandCountBeforeTheWholeIsChecked) {
  const std::string open = "http: {address: 0.0.0.0}\n";
  EXPECT_NE(ProblemsOf(open).find("can be reached"), std::string::npos);
  for (const ConfigFlag& flag :
       {ConfigFlag{"http.tokens.operator.token", "0123456789abcdef", "environment TOOMAI_TOKEN"},
        ConfigFlag{"http.tokens_file", "/etc/tokens.json", "--tokens-file"},
        ConfigFlag{"http.allow_unauthenticated", "true", "--allow-unauthenticated"}}) {
    ConfigSources sources;
    sources.flags = {flag};
    EXPECT_EQ(ProblemsOf(open, sources), "") << flag.origin;
  }
  ConfigSources sources;
  sources.flags = {{"http.address", "0.0.0.0", "--address"}};
  EXPECT_TRUE(ProblemsOf("log: {level: info}\n", sources).starts_with("--address: '0.0.0.0'"));
}

TEST_F(ConfigTest, ADatabaseIsNotCalledLikeOtherResources) {
  EXPECT_NE(ProblemsOf("databases: [{name: results, host: h}]\n").find("cannot be called 'results'"),
            std::string::npos);
}

TEST_F(ConfigTest, AMisspeltVariableIsAProblemAndAStrangersIsNot) {
  ConfigSources sources;
  sources.environment = {{"TOOMAI_EXECUTION_MAX_ROWS", "5"},
                         {"TOOMAI_STATE_DIRECTRY", "/x"},
                         {"TOOMAI_CONFIG", ""},
                         {"TOOMAI_TOKEN", "0123456789abcdef"},
                         {"TOOMAI_BINARY", "/usr/bin/toomai"}};
  const std::string problems = ProblemsOf("log: {level: info}\n", sources);
  EXPECT_NE(problems.find("TOOMAI_EXECUTION_MAX_ROWS: this names no key; did you mean TOOMAI_EXECUTION__MAX_ROWS?"),
            std::string::npos)
      << problems;
  EXPECT_NE(problems.find("did you mean TOOMAI_STATE_DIRECTORY?"), std::string::npos) << problems;
  EXPECT_EQ(std::count(problems.begin(), problems.end(), '\n'), 2) << problems;
}

TEST_F(ConfigTest, RulesThatCanNeverFitAreProblems) {
  const auto policy = [&](const std::string& rules) {
    return ProblemsOf("databases: [{name: a, host: h, " + rules + "}]\n");
  };
  EXPECT_EQ(
      policy("policy: {denied_relations: [hr.salaries, salaries, \"hr.*\"], denied_columns: [ssn, p.ssn, hr.p.ssn]}"),
      "");
  EXPECT_EQ(policy("masks: [{column: \"public.\\\"Odd.name\\\".ssn\", method: redact}]"), "");
  for (const char* rules : {"policy: {denied_relations: [a.b.c]}", "policy: {denied_relations: [\"\"]}",
                            "policy: {denied_columns: [a.b.c.d]}", "policy: {denied_columns: [a..c]}",
                            "policy: {denied_columns: [.c]}", "masks: [{column: a.b.c.d.e, method: redact}]"}) {
    EXPECT_NE(policy(rules).find("can never fit: write it as schema.table"), std::string::npos) << rules;
  }
}

TEST_F(ConfigTest, AFolderIsNoFile) {
  fs::create_directories(directory_ / "folder");
  const std::string problem =
      ProblemsOf("models: [{name: m, base_url: \"http://h/v1\", model: m, api_key_file: folder}]\n");
  EXPECT_NE(problem.find("it is a folder"), std::string::npos) << problem;
  ConfigSources sources;
  sources.files = {(directory_ / "folder").string()};
  Problems problems;
  ReadConfig(sources, &problems);
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_NE(problems[0].message.find("it is a folder"), std::string::npos);
}

TEST_F(ConfigTest, ModelSettingsThatCouldNotWorkAreProblems) {
  EXPECT_NE(ProblemsOf("models: [{name: m, base_url: \"http://h/v1?key=K\", model: m}]\n").find("query_params"),
            std::string::npos);
  const std::string model = "models: [{name: m, base_url: \"http://h/v1\", model: m";
  EXPECT_NE(ProblemsOf("generation: {daily_cost: 1}\n" + model + "}]\n").find("nothing would be counted"),
            std::string::npos);
  EXPECT_EQ(ProblemsOf("generation: {daily_cost: 1}\n" + model + ", price_completion: 2}]\n"), "");
}

TEST_F(ConfigTest, AFileThatWasCutShortOrHoldsTwoDocumentsIsNotRight) {
  EXPECT_NE(ProblemsOf("databases:\n  - name: a\n    password: \"unter").find("quotes that were opened are not closed"),
            std::string::npos);
  EXPECT_NE(
      ProblemsOf("log: {level: info}\n---\nexecution: {max_rows: 7}\n").find(":3: not valid YAML: a second document"),
      std::string::npos)
      << ProblemsOf("log: {level: info}\n---\nexecution: {max_rows: 7}\n");
  EXPECT_EQ(ProblemsOf("---\nlog: {level: 'info'}\n...\n"), "");
}

TEST_F(ConfigTest, AMisspeltDatabaseIsNotANewOne) {
  const std::string file = "databases: [{name: small, host: h}]\n";
  ConfigSources typo;
  typo.settings = {"databases.smal.pool.max=4"};
  EXPECT_NE(ProblemsOf(file, typo)
                .find("--set databases.smal.pool.max: no database is called 'smal'; did you mean "
                      "'small'?"),
            std::string::npos)
      << ProblemsOf(file, typo);
  typo.settings.clear();
  typo.environment = {{"TOOMAI_DATABASES__OTHER__POOL__MAX", "4"}};
  EXPECT_NE(ProblemsOf(file, typo).find("no database is called 'other'; known are: small"), std::string::npos);
  // Names of any length: none is compared with all of itself, or shown whole.
  const std::string endless(200'000, 'n');
  EXPECT_LT(ProblemsOf("databases: [{name: " + endless + ", host: h}]\n").size(), 400u);
  ConfigSources meant;
  meant.settings = {"databases.other.pool.max=4", "databases.other.service=other", "databases.small.pool.max=4"};
  EXPECT_EQ(ProblemsOf(file, meant), "");
}

// ---- Reloading ----

TEST_F(ConfigTest, AChangedGlossaryOrTemplateFileChangesItsDatabase) {
  ConfigSources sources;
  const std::string glossary = File("words.yaml", "terms: []\n"), templates = File("t.yaml", "templates: []\n");
  sources.files = {
      File("c.yaml",
           "databases: [{name: a, host: h, glossary: words.yaml}, {name: b, host: h, templates: [t.yaml]},\n"
           "            {name: c, host: h}]\n")};
  std::vector<std::string> changed;
  ConfigReloader reloader(sources, *LoadConfig(sources),
                          [&](const LoadedConfig&, const ConfigChange& change) { changed = change.databases_changed; });
  EXPECT_TRUE(reloader.ReloadNow()->empty());
  File("words.yaml", "synonyms: {revenue: orders.total}\n");
  EXPECT_NE(reloader.ReloadNow()->Summary().find("databases.a.glossary changed"), std::string::npos);
  EXPECT_EQ(changed, std::vector<std::string>{"a"});
  File("t.yaml", "templates: [] # none yet\n");
  EXPECT_TRUE(reloader.ReloadNow());
  EXPECT_EQ(changed, std::vector<std::string>{"b"});
  EXPECT_TRUE(reloader.ReloadNow()->empty());
  // A change that falls together with a wrong configuration is not forgotten.
  File("words.yaml", "synonyms: {turnover: orders.total}\n");
  const std::string right = "databases: [{name: a, host: h, glossary: words.yaml}]\n";
  testing::internal::CaptureStderr();
  File("c.yaml", "databases: nonsense\n");
  EXPECT_FALSE(reloader.ReloadNow());
  testing::internal::GetCapturedStderr();
  File("c.yaml", right);
  EXPECT_TRUE(reloader.ReloadNow());
  EXPECT_EQ(changed, std::vector<std::string>{"a"});
}

TEST_F(ConfigTest, AWrongGlossaryOrTemplateFileChangesNothing) {
  ConfigSources sources;
  File("words.yaml", "synonyms: {client: customers}\n");
  const std::string sound = "templates:\n  - {id: all, patterns: [\"all orders\"], sql: \"SELECT * FROM orders\"}\n";
  File("t.yaml", sound);
  sources.files = {File("c.yaml", "databases: [{name: a, host: h, glossary: words.yaml, templates: [t.yaml]}]\n")};
  int applied = 0;
  ConfigReloader reloader(sources, *LoadConfig(sources), [&](const LoadedConfig&, const ConfigChange&) { ++applied; });
  const auto refusal = [&] {
    testing::internal::CaptureStderr();
    const auto change = reloader.ReloadNow();
    testing::internal::GetCapturedStderr();
    return change ? "" : change.error().message;
  };
  File("words.yaml", "synonyms: {client: customers}\nterms: [\n");
  EXPECT_NE(refusal().find("words.yaml:"), std::string::npos);
  File("t.yaml", "templates:\n  - {id: all, pattern: [\"all orders\"], sql: \"SELECT * FROM orders\"}\n");
  const std::string both = refusal();
  EXPECT_NE(both.find("words.yaml:"), std::string::npos) << both;
  EXPECT_NE(both.find("template 'all'"), std::string::npos) << both;
  EXPECT_EQ(applied, 0);
  File("t.yaml", sound + " ");
  EXPECT_NE(refusal(), "") << "the glossary is still wrong";
  File("words.yaml", "synonyms: {client: customers, buyer: customers}\n");
  EXPECT_EQ(refusal(), "");
  EXPECT_EQ(applied, 1);
}

TEST_F(ConfigTest, ReloadTellsWhatChangedAndWhatWaits) {
  ConfigSources sources;
  sources.files = {
      File("c.yaml", "databases: [{name: a, host: h}, {name: b}]\nexecution: {max_rows: 10}\nhttp: {port: 1000}\n")};
  int applied = 0;
  ConfigReloader reloader(sources, *LoadConfig(sources), [&](const LoadedConfig& config, const ConfigChange&) {
    ++applied;
    EXPECT_EQ(config.options.engine.databases.front().execution.max_rows, 20);
  });
  EXPECT_TRUE(reloader.ReloadNow()->empty());
  EXPECT_EQ(applied, 0);
  File("c.yaml",
       "databases: [{name: a, host: i, password: new-secret}, {name: c}]\nexecution: {max_rows: 20}\nhttp: {port: "
       "2000}\n");
  const auto change = reloader.ReloadNow();
  ASSERT_TRUE(change);
  EXPECT_EQ(applied, 1);
  EXPECT_EQ(change->databases_added, std::vector<std::string>{"c"});
  EXPECT_EQ(change->databases_removed, std::vector<std::string>{"b"});
  EXPECT_EQ(change->databases_changed, std::vector<std::string>{"a"});
  ASSERT_EQ(change->need_restart.size(), 1u);
  EXPECT_EQ(change->need_restart[0].path, "http.port");
  EXPECT_NE(change->Summary().find("execution.max_rows 10 -> 20"), std::string::npos) << change->Summary();
  EXPECT_EQ(change->Summary().find("new-secret"), std::string::npos);
}

TEST_F(ConfigTest, ABadFileChangesNothing) {
  testing::internal::CaptureStderr();
  ConfigSources sources;
  sources.files = {File("c.yaml", "execution: {max_rows: 10}\n")};
  int applied = 0;
  ConfigReloader reloader(sources, *LoadConfig(sources), [&](const LoadedConfig&, const ConfigChange&) { ++applied; });
  File("c.yaml", "execution: {max_rows: many}\n");
  const auto change = reloader.ReloadNow();
  ASSERT_FALSE(change);
  EXPECT_NE(change.error().message.find("c.yaml:1"), std::string::npos);
  fs::remove(sources.files[0]);
  EXPECT_FALSE(reloader.ReloadNow());
  EXPECT_EQ(applied, 0);
  EXPECT_EQ(ValueOf(reloader.current(), "execution.max_rows"), "10");
  EXPECT_NE(testing::internal::GetCapturedStderr().find("the old one stays"), std::string::npos);
}

TEST_F(ConfigTest, AChangedFileAndSighupAreNoticed) {
  InitLog({.level = Level::kOff});
  ConfigSources sources;
  sources.files = {File("c.yaml", "execution: {max_rows: 10}\nlog: {level: off}\n")};
  std::atomic<int> applied{0};
  ConfigReloader reloader(sources, *LoadConfig(sources), [&](const LoadedConfig&, const ConfigChange&) { ++applied; });
  reloader.Watch();
  const auto wait_for = [&](int count) {
    for (int i = 0; i < 600 && applied < count; ++i) std::this_thread::sleep_for(milliseconds(50));
    EXPECT_EQ(applied, count);
  };
  File("c.yaml", "execution: {max_rows: 11}\nlog: {level: off}\n");
  wait_for(1);
  File("c.yaml", "execution: {max_rows: 12}\nlog: {level: error}\n");
  raise(SIGHUP);
  wait_for(2);
  EXPECT_TRUE(LogEnabled(Level::kError, "x"));
  EXPECT_FALSE(LogEnabled(Level::kWarn, "x"));
  InitLog({.level = Level::kWarn});
}

}  // namespace
}  // namespace toomai::app
