// Everything the engine can be told. Each field has its meaning and default here; YAML and environment are known to
// app/config alone, and docs/config.md describes the keys.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/secret.h"
#include "validator/policy.h"

namespace toomai::engine {

using std::chrono::milliseconds;

// How to reach one PostgreSQL database, and how many connections to keep.
struct PoolOptions {
  int min = 0;       // kept open when idle
  int max = 5;       // kept at most
  int overflow = 5;  // beyond max while needed, closed when idle for 5 s
  milliseconds connect_timeout{10'000};
  milliseconds wait_timeout{10'000};     // for a free connection, inside the caller's deadline
  milliseconds idle_timeout{300'000};    // an idle connection above min is closed
  milliseconds lifetime{3'600'000};      // with up to 10 % jitter; 0: for ever
  milliseconds health_interval{30'000};  // an idle connection is probed this often
  milliseconds leak_after{600'000};      // a borrower that keeps a connection longer is logged
  int max_waiting = 256;                 // borrowers in the queue; beyond: busy
  int retries = 3;                       // of transient failures, where repeating is safe
  int breaker_failures = 5;              // consecutive connection failures that open the breaker
  milliseconds breaker_cooldown{5'000};  // then one call may try again
};

// What to do with a column's values: hash, last4, null, redact.
struct MaskRule {
  std::string column;  // "public.customers.email"; '*' matches any one part
  std::string method;  // "hash" | "last4" | "null" | "redact"
};

struct ExecutionOptions {
  milliseconds statement_timeout{30'000};
  milliseconds lock_timeout{2'000};
  milliseconds idle_in_transaction_timeout{60'000};
  std::string work_mem = "64MB";
  std::string temp_file_limit;               // as PostgreSQL writes it; set where the role may; empty: the server's own
  std::string isolation = "read committed";  // or "repeatable read"
  std::int64_t max_rows = 1000;
  std::int64_t max_bytes = 4 << 20;
  std::int64_t max_tokens = 0;  // 0: no limit by tokens
  std::int64_t max_cell_bytes = 64 << 10;
  double max_cost = 0;  // planner's units; 0: the cost gate does not look at it
  double max_plan_rows = 0;
  double max_plan_bytes = 0;         // rows times their expected width
  bool allow_analyze = false;        // explain_sql may run the statement
  milliseconds result_cache_ttl{0};  // 0: off
  std::size_t result_cache_bytes = 32 << 20;
  int max_cursors = 32;
  milliseconds cursor_ttl{60'000};
  milliseconds cancel_grace{2'000};  // how long a backend may ignore a cancel before it is abandoned
};

struct DatabaseOptions {
  std::string name;
  std::string description;                        // shown to clients
  std::string url;                                // postgresql://… or key=value; parts below override
  std::map<std::string, std::string> parameters;  // libpq keywords: host, port, dbname, user, sslmode, …
  Secret password;                                // already resolved from env var or file
  std::string password_file;                      // read at each connect
  std::string password_command;                   // run at connect, cached for the ttl
  milliseconds password_ttl{300'000};
  PoolOptions pool;
  ExecutionOptions execution;
  validator::Policy policy;
  std::vector<MaskRule> masks;
  std::string statement_role;               // SET LOCAL ROLE for every statement
  bool allow_dangerous_role = false;        // start although the role is a superuser or may write
  milliseconds schema_ttl{300'000};         // after it, the schema is looked at again in the background
  std::vector<std::string> schemas;         // restrict to these PostgreSQL schemas; empty: all readable
  std::string glossary_file;                // YAML: terms, metrics, synonyms
  std::vector<std::string> template_files;  // YAML templates
  bool send_values = true;                  // values of the data may appear in prompts
  bool scan_values = false;                 // SELECT DISTINCT of short text columns for the value index
};

// One OpenAI-compatible endpoint.
struct ModelOptions {
  std::string name = "default";
  std::string base_url;  // https://api.openai.com/v1
  std::string model;
  Secret api_key;
  std::string auth_header = "Authorization";
  std::string auth_scheme = "Bearer";
  std::map<std::string, std::string> query_params, extra_headers;
  std::string extra_body;  // JSON object merged into each request
  milliseconds timeout{60'000};
  bool stream = false;
  bool json_replies = false;
  int max_output_tokens = 2048;
  double temperature = 0;
  double price_prompt = 0, price_completion = 0;  // per million tokens
  int max_concurrent = 16;
  int retries = 2;
  std::string proxy, ca_file;
  bool tls_verify = true;
};

struct GenerationOptions {
  std::vector<ModelOptions> models;  // in order of preference; empty: no model
  int schema_tokens = 4000;          // budget for schema text in a prompt
  int examples = 4;                  // approved pairs in a prompt
  int repair_rounds = 2;             // times a model is asked again
  int samples = 1;                   // statements asked of a model, to choose from
  bool ask_all_models = false;       // each model answers, not only the first that can
  std::string compare_results =
      "ask";                      // candidates are run to compare them: "never", "ask" (rows are wanted), "always"
  std::int64_t daily_tokens = 0;  // 0: no limit
  std::int64_t daily_tokens_per_caller = 0;
  double daily_cost = 0;
  double high_confidence = 0.8;  // the grammar engine answers plainly at or above
  double low_confidence = 0.4;   // and refuses below
  bool answer_cache = true;
  std::string prompt_directory;  // files that replace the built-in prompt parts
  std::string timezone;          // of "today"; empty: the system's
  int fiscal_year_start_month = 1;
};

struct HistoryOptions {
  std::string store;                   // path of the SQLite file or postgresql://…; empty: in the state directory
  std::string synchronous = "normal";  // off | normal | full
  bool required = false;               // true: no answer without a written entry
  std::int64_t max_age_days = 0;       // 0: for ever
  std::int64_t max_bytes = 0;
  bool redact_literals = false;
  bool keep_rows_preview = false;  // the first rows of a result, masked as the caller got them
  std::string jsonl_file;          // one line per call beside the store
  milliseconds slow_call{5'000};   // calls that take longer get a line in the log; 0: none
};

struct Options {
  std::vector<DatabaseOptions> databases;  // the first is the default
  GenerationOptions generation;
  HistoryOptions history;
  std::string state_directory;  // caches and history; created on first use
  milliseconds default_timeout{60'000};
  int calls_per_minute = 0;  // per caller; 0: no limit
  // Called when a schema turned out to be another than before, by whichever thread read it.
  std::function<void(const std::string& database)> on_schema_change;
};

}  // namespace toomai::engine
