// What can be configured: the one place where a key gets its name, meaning and target.
#include <algorithm>

#include "app/key_visitor.h"
#include "base/text.h"
#include "validator/parser.h"

namespace toomai::app {
namespace {

using engine::DatabaseOptions;
using engine::ExecutionOptions;
using engine::ModelOptions;
using engine::PoolOptions;

void DescribePool(KeyVisitor& v, PoolOptions& o) {
  v.Visit({.name = "min", .doc = "Connections kept open when nothing happens.", .most = 1000}, &o.min);
  v.Visit({.name = "max", .doc = "Connections kept at most.", .least = 1, .most = 1000}, &o.max);
  v.Visit({.name = "overflow",
           .doc = "Connections beyond max while they are needed; closed when idle for 5 s.",
           .most = 1000},
          &o.overflow);
  v.Visit({.name = "connect_timeout", .doc = "How long one attempt to connect may take.", .least = 1},
          &o.connect_timeout);
  v.Visit(
      {.name = "wait_timeout", .doc = "How long a call waits for a free connection, within its own time.", .least = 1},
      &o.wait_timeout);
  v.Visit({.name = "idle_timeout", .doc = "An idle connection above min is closed after this."}, &o.idle_timeout);
  v.Visit({.name = "lifetime", .doc = "A connection is replaced after this, give or take 10 %; 0: never."},
          &o.lifetime);
  v.Visit({.name = "health_interval", .doc = "An idle connection is probed this often; 0: never."}, &o.health_interval);
  v.Visit({.name = "leak_after", .doc = "A borrower that keeps a connection longer is logged."}, &o.leak_after);
  v.Visit({.name = "max_waiting", .doc = "Calls that may wait for a connection; beyond: busy.", .most = 100'000},
          &o.max_waiting);
  v.Visit({.name = "retries", .doc = "Repeats after a transient failure, where repeating is safe.", .most = 20},
          &o.retries);
  v.Visit({.name = "breaker_failures",
           .doc = "Connection failures in a row after which calls fail at once for a while.",
           .least = 1,
           .most = 1000},
          &o.breaker_failures);
  v.Visit({.name = "breaker_cooldown", .doc = "How long they fail at once; then one call may try again."},
          &o.breaker_cooldown);
}

void DescribeExecution(KeyVisitor& v, ExecutionOptions& o) {
  v.Visit({.name = "statement_timeout", .doc = "How long the server may work on one statement.", .least = 1},
          &o.statement_timeout);
  v.Visit({.name = "lock_timeout", .doc = "How long a statement may wait for a lock."}, &o.lock_timeout);
  v.Visit(
      {.name = "idle_in_transaction_timeout", .doc = "The server ends a transaction that does nothing for so long."},
      &o.idle_in_transaction_timeout);
  v.Visit({.name = "work_mem", .doc = "Memory of one sort or hash, as PostgreSQL writes it."}, &o.work_mem);
  v.Visit(
      {.name = "temp_file_limit",
       .doc = "Disk for sorts and hashes of one session, as PostgreSQL writes it. Set where the role may (GRANT SET ON "
              "PARAMETER); empty: as the server has it."},
      &o.temp_file_limit);
  v.Visit({.name = "isolation",
           .doc = "Isolation of the read-only transaction.",
           .choices = "read committed|repeatable read"},
          &o.isolation);
  v.Visit({.name = "max_rows", .doc = "Rows of one result, at most.", .least = 1, .most = 1e9}, &o.max_rows);
  v.Visit({.name = "max_bytes", .doc = "Bytes of one result, at most.", .least = 1024, .bytes = true}, &o.max_bytes);
  v.Visit({.name = "max_tokens", .doc = "Tokens of one result, at most, roughly; 0: no limit."}, &o.max_tokens);
  v.Visit({.name = "max_cell_bytes", .doc = "A longer value is cut, and marked.", .least = 16, .bytes = true},
          &o.max_cell_bytes);
  v.Visit(
      {.name = "max_cost", .doc = "A statement the planner thinks dearer needs a confirmation; 0: the gate is off."},
      &o.max_cost);
  v.Visit({.name = "max_plan_rows", .doc = "The same for the rows the planner expects; 0: the gate is off."},
          &o.max_plan_rows);
  v.Visit({.name = "max_plan_bytes",
           .doc = "The same for the bytes the planner expects (rows times their width); 0: the gate is off."},
          &o.max_plan_bytes);
  v.Visit({.name = "allow_analyze", .doc = "explain_sql may run the statement (EXPLAIN ANALYZE)."}, &o.allow_analyze);
  v.Visit({.name = "result_cache_ttl", .doc = "Results may be given again for so long; 0: never."},
          &o.result_cache_ttl);
  v.Visit({.name = "result_cache_bytes", .doc = "Memory of the result cache.", .bytes = true}, &o.result_cache_bytes);
  v.Visit({.name = "max_cursors", .doc = "Results that may be open for a next page.", .most = 1000}, &o.max_cursors);
  v.Visit({.name = "cursor_ttl", .doc = "An unused one is closed after this."}, &o.cursor_ttl);
  v.Visit({.name = "cancel_grace", .doc = "How long the server may ignore a cancel before the connection is given up."},
          &o.cancel_grace);
}

void DescribePolicy(KeyVisitor& v, validator::Policy& o) {
  v.Visit({.name = "denied_relations",
           .doc = "Tables and views that may not be read; '*' matches any name.",
           .example = "[hr.salaries, \"secret.*\"]"},
          &o.denied_relations);
  v.Visit({.name = "denied_columns", .doc = "Columns that may not be read.", .example = "[public.customers.ssn]"},
          &o.denied_columns);
  v.Visit({.name = "allowed_relations", .doc = "When given, only these may be read."}, &o.allowed_relations);
  v.Visit({.name = "allowed_user_functions",
           .doc = "Functions of your own that statements may call.",
           .example = "[\"public.net_price(numeric,numeric)\"]"},
          &o.allowed_user_functions);
  v.Visit(
      {.name = "allowed_functions", .doc = "Built-in functions that are denied by default.", .example = "[version]"},
      &o.allowed_functions);
  v.Visit({.name = "denied_functions", .doc = "Built-in functions that are allowed by default."}, &o.denied_functions);
  v.Visit({.name = "allowed_system_relations", .doc = "Catalogs that may be read.", .example = "[pg_catalog.pg_class]"},
          &o.allowed_system_relations);
  v.Visit({.name = "allowed_fingerprints", .doc = "When given, only statements with these fingerprints run."},
          &o.allowed_fingerprints);
  v.Visit({.name = "search_path",
           .doc = "Schemas for names without one, instead of the database's own.",
           .example = "[public]"},
          &o.search_path);
  v.Visit({.name = "allow_reg_casts", .doc = "Casts to regclass and the like, which tell what exists."},
          &o.allow_reg_casts);
  v.Visit({.name = "max_rows",
           .doc = "The LIMIT that each statement gets or is lowered to; -1: none.",
           .least = -1,
           .most = 1e9},
          &o.max_rows);
  v.Section("limits", "How large a statement may be.", [&] {
    validator::Limits& l = o.limits;
    v.Visit({.name = "statement_bytes", .doc = "Length of the text.", .least = 16, .bytes = true}, &l.statement_bytes);
    v.Visit({.name = "tokens", .doc = "Words and signs.", .least = 4}, &l.tokens);
    v.Visit({.name = "nesting",
             .doc = "Parentheses, subqueries and the like inside each other; at most 1,000.",
             .least = 1,
             .most = validator::kMostNesting},
            &l.nesting);
    v.Visit({.name = "tree_height",
             .doc = "Also counts chains such as 1+1+1; at most 8,000.",
             .least = 1,
             .most = validator::kMostTreeHeight},
            &l.tree_height);
    v.Visit({.name = "ctes", .doc = "WITH queries.", .most = 10'000}, &l.ctes);
    v.Visit({.name = "set_operation_arms", .doc = "Arms of UNION, INTERSECT, EXCEPT.", .most = 10'000},
            &l.set_operation_arms);
    v.Visit({.name = "from_items", .doc = "Tables and subqueries in FROM.", .most = 10'000}, &l.from_items);
    v.Visit({.name = "list_items", .doc = "Items of IN lists, VALUES and select lists.", .least = 1}, &l.list_items);
    v.Visit({.name = "generated_rows", .doc = "Rows of generate_series and the like."}, &l.generated_rows);
    v.Visit({.name = "repeat_bytes", .doc = "Bytes that repeat, lpad and the like may make.", .bytes = true},
            &l.repeat_bytes);
  });
}

void DescribeConnection(KeyVisitor& v, DatabaseOptions& o, SecretSource& secret) {
  v.Visit({.name = "url",
           .doc = "postgresql://user@host:port/database, or key=value words; the keys below override its "
                  "parts.",
           .example = "postgresql://testuser@localhost:5432/ecommerce_small",
           .redact_url = true},
          &o.url);
  StringMap& p = o.parameters;
  v.Parameter({.name = "host", .doc = "Host, socket folder, or several hosts with commas.", .example = "localhost"},
              "host", p);
  v.Parameter({.name = "port", .doc = "Port, or one for each host.", .example = "5432"}, "port", p);
  v.Parameter({.name = "database", .doc = "Name of the database on the server.", .example = "ecommerce_small"},
              "dbname", p);
  v.Parameter({.name = "user", .doc = "Role to log in as: one that may only read.", .example = "testuser"}, "user", p);
  v.Parameter({.name = "sslmode", .doc = "TLS.", .choices = "disable|allow|prefer|require|verify-ca|verify-full"},
              "sslmode", p);
  v.Parameter({.name = "sslrootcert", .doc = "File with the authorities that are trusted.", .path = true},
              "sslrootcert", p);
  v.Parameter({.name = "sslcert", .doc = "File with our certificate.", .path = true}, "sslcert", p);
  v.Parameter({.name = "sslkey", .doc = "File with its key.", .path = true}, "sslkey", p);
  v.Parameter({.name = "target_session_attrs",
               .doc = "Which of several hosts will do, e.g. a replica.",
               .choices = "any|read-write|read-only|primary|standby|prefer-standby"},
              "target_session_attrs", p);
  v.Parameter({.name = "service", .doc = "Name of a section in the libpq service file."}, "service", p);
  v.Parameter({.name = "application_name", .doc = "Shown in pg_stat_activity."}, "application_name", p);
  v.Visit(
      {.name = "parameters", .doc = "Any other libpq keyword.", .example = "{keepalives_idle: \"30\"}", .hidden = true},
      &p);
  v.Visit({.name = "password", .doc = "Better kept elsewhere: in one of the next three, ~/.pgpass or a service file."},
          &o.password);
  v.Visit({.name = "password_env_var",
           .doc = "Environment variable that holds the password.",
           .example = "TEST_DB_PASSWORD"},
          &secret.env_var);
  v.Visit({.name = "password_file", .doc = "File with the password, read at each connect.", .path = true},
          &o.password_file);
  v.Visit({.name = "password_command",
           .doc = "Command that prints the password, run at connect.",
           .example = "vault kv get -field=password secret/shop",
           .redact_url = true},
          &o.password_command);
  v.Visit({.name = "password_ttl", .doc = "How long the printed password is kept."}, &o.password_ttl);
}

void DescribeDatabase(KeyVisitor& v, DatabaseOptions& o, SecretSource& secret) {
  v.Visit({.name = "name", .doc = "How people and clients call it.", .example = "small"}, &o.name);
  v.Visit({.name = "description", .doc = "What is in it, shown to clients.", .example = "Orders and customers"},
          &o.description);
  DescribeConnection(v, o, secret);
  v.Visit({.name = "statement_role", .doc = "SET LOCAL ROLE for each statement."}, &o.statement_role);
  v.Visit({.name = "allow_dangerous_role", .doc = "Work although the role is a superuser or may write."},
          &o.allow_dangerous_role);
  v.Visit({.name = "schemas",
           .doc = "Only these PostgreSQL schemas; empty: all that are readable.",
           .example = "[public, sales]"},
          &o.schemas);
  v.Visit({.name = "schema_ttl", .doc = "After this the schema is looked at again, in the background."}, &o.schema_ttl);
  v.Visit({.name = "glossary", .doc = "YAML file with terms, metrics and synonyms.", .path = true}, &o.glossary_file);
  v.Visit({.name = "templates",
           .doc = "YAML files with question templates.",
           .example = "[shop-templates.yaml]",
           .path = true},
          &o.template_files);
  v.Visit({.name = "send_values", .doc = "Values of the data may appear in prompts."}, &o.send_values);
  v.Visit({.name = "scan_values", .doc = "Read short text columns to know their values; 200,000 are indexed in all."},
          &o.scan_values);
  const engine::MaskRule no_mask;
  v.List("masks", "Columns whose values are hidden in results.", o.masks, no_mask, [&](engine::MaskRule& mask) {
    v.Visit({.name = "column",
             .doc = "schema.table.column; '*' matches any one part.",
             .example = "public.customers.email"},
            &mask.column);
    v.Visit({.name = "method", .doc = "What is shown instead.", .choices = "hash|last4|null|redact", .example = "hash"},
            &mask.method);
  });
  v.Section("pool", "Overrides `pool` for this database.", [&] { DescribePool(v, o.pool); });
  v.Section("execution", "Overrides `execution` for this database.", [&] { DescribeExecution(v, o.execution); });
  v.Section("policy", "Overrides `policy` for this database; a list replaces the list.",
            [&] { DescribePolicy(v, o.policy); });
}

void DescribeWrites(KeyVisitor& v, engine::WriteOptions& o) {
  v.Visit({.name = "database", .doc = "Name of a database above.", .example = "small", .restart = true}, &o.database);
  v.Visit({.name = "tables",
           .doc = "schema.table of each that may be changed.",
           .example = "[public.customers]",
           .restart = true},
          &o.tables);
  v.Visit({.name = "role",
           .doc = "SET LOCAL ROLE for changes: the login role itself should only read.",
           .example = "toomai_writer",
           .restart = true},
          &o.role);
  v.Visit({.name = "url",
           .doc = "Connection for changes, for instance as another role; empty: the database's own.",
           .restart = true,
           .redact_url = true},
          &o.url);
  v.Visit({.name = "max_rows",
           .doc = "Rows that one call may change; more are rolled back.",
           .least = 1,
           .most = 1e6,
           .restart = true},
          &o.max_rows);
}

void DescribeModel(KeyVisitor& v, ModelOptions& o, SecretSource& secret) {
  v.Visit({.name = "name", .doc = "How it is called in history and logs.", .example = "main"}, &o.name);
  v.Visit({.name = "base_url",
           .doc = "Endpoint that speaks the OpenAI API.",
           .example = "https://api.openai.com/v1",
           .redact_url = true},
          &o.base_url);
  v.Visit({.name = "model", .doc = "Model at that endpoint.", .example = "gpt-4o-mini"}, &o.model);
  v.Visit({.name = "api_key", .doc = "Better kept elsewhere: in one of the next two."}, &o.api_key);
  v.Visit({.name = "api_key_env_var", .doc = "Environment variable that holds the key.", .example = "OPENAI_API_KEY"},
          &secret.env_var);
  v.Visit({.name = "api_key_file", .doc = "File that holds the key.", .path = true}, &secret.file);
  v.Visit({.name = "auth_header", .doc = "Header that carries the key."}, &o.auth_header);
  v.Visit({.name = "auth_scheme", .doc = "Word before the key; empty: none."}, &o.auth_scheme);
  v.Visit(
      {.name = "query_params", .doc = "Added to the URL.", .example = "{api-version: \"2024-06-01\"}", .hidden = true},
      &o.query_params);
  v.Visit({.name = "extra_headers", .doc = "Added to each request.", .hidden = true}, &o.extra_headers);
  v.Visit({.name = "extra_body",
           .doc = "JSON object merged into each request.",
           .example = "'{\"seed\": 1}'",
           .hidden = true},
          &o.extra_body);
  v.Visit({.name = "timeout", .doc = "Of one request, within the time of the call.", .least = 1}, &o.timeout);
  v.Visit({.name = "stream",
           .doc = "Have the reply sent in pieces as it is written; a server that falls silent is noticed sooner."},
          &o.stream);
  v.Visit(
      {.name = "json_replies",
       .doc = "Hold replies to a JSON schema (response_format), for servers that do it well; others are learned from."},
      &o.json_replies);
  v.Visit({.name = "max_output_tokens", .doc = "Longest reply.", .least = 16, .most = 1e6}, &o.max_output_tokens);
  v.Visit({.name = "temperature", .doc = "0: the likeliest reply.", .most = 2}, &o.temperature);
  v.Visit({.name = "price_prompt", .doc = "Price of a million prompt tokens, for the accounts."}, &o.price_prompt);
  v.Visit({.name = "price_completion", .doc = "Price of a million reply tokens."}, &o.price_completion);
  v.Visit({.name = "max_concurrent", .doc = "Requests at the same time.", .least = 1, .most = 1000}, &o.max_concurrent);
  v.Visit({.name = "retries", .doc = "Repeats after a transient failure.", .most = 20}, &o.retries);
  v.Visit({.name = "proxy", .doc = "Proxy to use.", .redact_url = true}, &o.proxy);
  v.Visit({.name = "ca_file", .doc = "File with the authorities that are trusted.", .path = true}, &o.ca_file);
  v.Visit({.name = "tls_verify", .doc = "Check the endpoint's certificate."}, &o.tls_verify);
}

void DescribeGeneration(KeyVisitor& v, engine::GenerationOptions& o) {
  v.Visit({.name = "schema_tokens", .doc = "Budget for schema text in a prompt.", .least = 100, .most = 1e6},
          &o.schema_tokens);
  v.Visit({.name = "examples", .doc = "Approved pairs in a prompt.", .most = 50}, &o.examples);
  v.Visit({.name = "repair_rounds", .doc = "Times a model is asked to mend its SQL.", .most = 10}, &o.repair_rounds);
  v.Visit({.name = "samples", .doc = "Statements asked of a model, to choose from.", .least = 1, .most = 8},
          &o.samples);
  v.Visit({.name = "ask_all_models",
           .doc = "Each model answers, and what most agree on is taken; else the first that can."},
          &o.ask_all_models);
  v.Visit(
      {.name = "compare_results",
       .doc = "When candidates are run, read-only, to compare their results: where rows are wanted anyway or several "
              "candidates were asked for (ask), always, or never.",
       .choices = "never|ask|always"},
      &o.compare_results);
  v.Visit({.name = "daily_tokens", .doc = "Tokens a day; 0: no limit."}, &o.daily_tokens);
  v.Visit({.name = "daily_tokens_per_caller", .doc = "Tokens a day and caller; 0: no limit."},
          &o.daily_tokens_per_caller);
  v.Visit({.name = "daily_cost", .doc = "Money a day, by the prices of the models; 0: no limit."}, &o.daily_cost);
  v.Visit({.name = "high_confidence", .doc = "The grammar engine answers plainly at or above it.", .most = 1},
          &o.high_confidence);
  v.Visit({.name = "low_confidence", .doc = "It refuses below.", .most = 1}, &o.low_confidence);
  v.Visit({.name = "answer_cache", .doc = "The same question gets the same SQL while nothing changed."},
          &o.answer_cache);
  v.Visit({.name = "prompt_directory", .doc = "Folder with files that replace parts of the prompt.", .path = true},
          &o.prompt_directory);
  v.Visit({.name = "timezone",
           .doc = "Time zone of \"today\", and of sessions unless PGTZ says another; empty: the system's.",
           .example = "Europe/Berlin",
           .restart = true},
          &o.timezone);
  v.Visit({.name = "fiscal_year_start_month", .doc = "1 to 12.", .least = 1, .most = 12}, &o.fiscal_year_start_month);
}

void DescribeHistory(KeyVisitor& v, engine::HistoryOptions& o) {
  v.Visit({.name = "store",
           .doc = "SQLite file, or postgresql://… to share it between instances; empty: history.sqlite in the state "
                  "directory.",
           .restart = true,
           .path = true,
           .redact_url = true},
          &o.store);
  v.Visit({.name = "synchronous",
           .doc = "What a power cut may take; a killed process loses nothing.",
           .choices = "off|normal|full",
           .restart = true},
          &o.synchronous);
  v.Visit({.name = "required", .doc = "No answer without a written entry.", .restart = true}, &o.required);
  v.Visit({.name = "max_age_days",
           .doc = "Older entries go, but approved ones stay; 0: never.",
           .most = 100'000,
           .restart = true},
          &o.max_age_days);
  v.Visit({.name = "max_bytes",
           .doc = "The oldest go when the file is larger; 0: no limit.",
           .restart = true,
           .bytes = true},
          &o.max_bytes);
  v.Visit({.name = "redact_literals", .doc = "Values in questions and SQL become '?'.", .restart = true},
          &o.redact_literals);
  v.Visit({.name = "keep_rows_preview",
           .doc = "Keep the first 10 rows of results (8 KB at most), masked as the caller got them, for reviewers."},
          &o.keep_rows_preview);
  v.Visit({.name = "slow_call", .doc = "Calls that take longer get a line in the log; 0: none."}, &o.slow_call);
  v.Visit(
      {.name = "jsonl_file", .doc = "A line of JSON for each call, beside the store.", .restart = true, .path = true},
      &o.jsonl_file);
}

void DescribeToken(KeyVisitor& v, mcp::TokenOptions& o, SecretSource& secret) {
  v.Visit({.name = "name", .doc = "Who it is: in history, logs and limits.", .example = "reporting"}, &o.name);
  v.Visit({.name = "token", .doc = "At least 16 characters; better kept elsewhere.", .restart = true}, &o.token);
  v.Visit({.name = "token_env_var",
           .doc = "Environment variable that holds it.",
           .example = "TOOMAI_REPORTING_TOKEN",
           .restart = true},
          &secret.env_var);
  v.Visit({.name = "token_file", .doc = "File that holds it.", .restart = true, .path = true}, &secret.file);
  v.Visit({.name = "databases", .doc = "Databases it may use; not given: all.", .example = "[small]", .restart = true},
          &o.databases);
  v.Visit({.name = "tools",
           .doc = "Tools it may call; not given: all.",
           .example = "[ask, list_databases]",
           .restart = true},
          &o.tools);
  v.Visit({.name = "calls_per_minute", .doc = "0: no limit.", .most = 1e6, .restart = true}, &o.calls_per_minute);
  v.Visit({.name = "database_role", .doc = "SET LOCAL ROLE, for row-level security.", .restart = true},
          &o.database_role);
  v.Visit({.name = "claims",
           .doc = "Settings for row-level security.",
           .example = "{app.tenant: \"7\"}",
           .restart = true,
           .hidden = true},
          &o.claims);
  v.Visit({.name = "may_review", .doc = "May approve, reject and correct.", .restart = true}, &o.may_review);
  v.Visit({.name = "may_read_metrics", .doc = "May read /metrics.", .restart = true}, &o.may_read_metrics);
}

void DescribeOAuth(KeyVisitor& v, mcp::OAuthOptions& o) {
  v.Visit({.name = "resource",
           .doc = "Our own URI: the audience that a token must name.",
           .example = "https://toomai.example/mcp",
           .restart = true},
          &o.resource);
  v.Visit({.name = "issuer",
           .doc = "Who gives out the tokens; empty: OAuth is off.",
           .example = "https://login.example",
           .restart = true},
          &o.issuer);
  v.Visit({.name = "authorization_servers", .doc = "Told to clients; empty: the issuer.", .restart = true},
          &o.authorization_servers);
  v.Visit({.name = "jwks_url",
           .doc = "Where the issuer publishes its public keys; https.",
           .example = "https://login.example/.well-known/jwks.json",
           .restart = true},
          &o.jwks_url);
  v.Visit({.name = "jwks_file", .doc = "Or a file of them; read again when it changes.", .restart = true, .path = true},
          &o.jwks_file);
  v.Visit({.name = "jwks_refresh", .doc = "Keys from the URL are asked for again at this age.", .restart = true},
          &o.jwks_refresh);
  v.Visit({.name = "jwks_pause", .doc = "Between two questions to the URL at least.", .restart = true}, &o.jwks_pause);
  v.Visit({.name = "scopes", .doc = "Every call needs these.", .restart = true}, &o.scopes);
  v.Visit({.name = "review_scope", .doc = "Needed to review.", .restart = true}, &o.review_scope);
  v.Visit({.name = "databases_claim",
           .doc = "Claim that lists the allowed databases, none without it; empty: all.",
           .restart = true},
          &o.databases_claim);
  v.Visit({.name = "role_claim",
           .doc = "Claim that names the database role; tokens without it are refused.",
           .restart = true},
          &o.role_claim);
  v.Visit({.name = "leeway", .doc = "Between our clock and the issuer's.", .restart = true}, &o.leeway);
}

void DescribeHttp(KeyVisitor& v, mcp::HttpOptions& o, std::vector<SecretSource>& secrets) {
  v.Visit({.name = "address", .doc = "Address to listen on.", .restart = true}, &o.address);
  v.Visit({.name = "port", .doc = "Port to listen on; 0: any free one.", .most = 65535, .restart = true}, &o.port);
  v.Visit({.name = "certificate_file",
           .doc = "TLS certificate; with key_file, HTTPS is served.",
           .restart = true,
           .path = true},
          &o.certificate_file);
  v.Visit({.name = "key_file", .doc = "Its key.", .restart = true, .path = true}, &o.key_file);
  v.Visit({.name = "allowed_origins",
           .doc = "Web pages that may call us, beside local ones.",
           .example = "[\"https://app.example\"]",
           .restart = true},
          &o.allowed_origins);
  v.Visit({.name = "allowed_hosts",
           .doc = "Names we are called by, beside local ones.",
           .example = "[toomai.example]",
           .restart = true},
          &o.allowed_hosts);
  v.Visit({.name = "allow_unauthenticated", .doc = "Serve beyond this machine without tokens.", .restart = true},
          &o.allow_unauthenticated);
  v.Visit({.name = "review_page", .doc = "Serve the review page at /.", .restart = true}, &o.review_page);
  v.Visit({.name = "max_connections", .doc = "Open connections.", .least = 1, .restart = true}, &o.max_connections);
  v.Visit({.name = "max_streams", .doc = "Open event streams.", .restart = true}, &o.max_streams);
  v.Visit({.name = "max_in_flight", .doc = "Calls that wait or run.", .least = 1, .restart = true}, &o.max_in_flight);
  v.Visit({.name = "max_downloads",
           .doc = "Results that are downloaded at once, and no more than half of the workers; beyond: busy.",
           .least = 1,
           .most = 10'000,
           .restart = true},
          &o.max_downloads);
  v.Visit({.name = "max_sessions", .doc = "Sessions.", .least = 1, .restart = true}, &o.max_sessions);
  v.Visit({.name = "max_header_bytes", .doc = "Headers of one request.", .least = 1024, .restart = true, .bytes = true},
          &o.max_header_bytes);
  v.Visit(
      {.name = "max_unsent_bytes", .doc = "A slower reader is cut off.", .least = 1024, .restart = true, .bytes = true},
      &o.max_unsent_bytes);
  v.Visit({.name = "read_timeout", .doc = "From the first byte of a request to its last.", .least = 1, .restart = true},
          &o.read_timeout);
  v.Visit({.name = "idle_timeout", .doc = "Of a connection between requests.", .least = 1, .restart = true},
          &o.idle_timeout);
  v.Visit({.name = "write_timeout", .doc = "Of one write without progress.", .least = 1, .restart = true},
          &o.write_timeout);
  v.Visit({.name = "keep_alive", .doc = "Between comments in an event stream.", .least = 1, .restart = true},
          &o.keep_alive);
  v.Visit({.name = "session_timeout", .doc = "An unused session ends.", .least = 1, .restart = true},
          &o.session_timeout);
  v.Visit({.name = "drain_timeout", .doc = "For calls in flight, after SIGTERM.", .restart = true}, &o.drain_timeout);
  v.Visit({.name = "tokens_file",
           .doc = "JSON file with more tokens; read again when it changes.",
           .restart = true,
           .path = true},
          &o.tokens_file);
  const mcp::TokenOptions no_token;
  std::size_t next = 0;
  v.List("tokens", "Bearer tokens and what their holders may do.", o.tokens, no_token, [&](mcp::TokenOptions& token) {
    secrets.resize(std::max(secrets.size(), next + 1));
    DescribeToken(v, token, secrets[next++]);
  });
  v.Section("oauth", "Access tokens (JWT) of an authorization server.", [&] { DescribeOAuth(v, o.oauth); });
}

void DescribeServer(KeyVisitor& v, mcp::ServerOptions& o) {
  v.Choice({.name = "results",
            .doc = "Copies of a result that are sent.",
            .choices = "both|structured|text",
            .restart = true},
           o.results);
  v.Visit({.name = "workers", .doc = "Calls that run at once.", .least = 1, .most = 1000, .restart = true}, &o.workers);
  v.Visit(
      {.name = "workers_per_database",
       .doc = "Of these for one database, so that a slow one leaves some for the others; 0: three quarters where there "
              "are several databases.",
       .most = 1000,
       .restart = true},
      &o.workers_per_database);
  v.Visit({.name = "queue", .doc = "Calls that wait; beyond: busy.", .most = 100'000, .restart = true}, &o.queue);
  v.Visit(
      {.name = "call_timeout", .doc = "Of one call; common clients give up after 60 s.", .least = 1, .restart = true},
      &o.call_timeout);
  v.Visit(
      {.name = "question_timeout", .doc = "For a person's answer to a question of ours.", .least = 1, .restart = true},
      &o.question_timeout);
  v.Visit({.name = "state_ttl",
           .doc = "How long a client may come back to an unfinished call.",
           .least = 1,
           .restart = true},
          &o.state_ttl);
  v.Visit({.name = "state_key_file",
           .doc = "Key that several instances share; empty: a random one.",
           .restart = true,
           .path = true},
          &o.state_key_file);
  v.Visit(
      {.name = "max_result_bytes", .doc = "Of one result to a client.", .least = 256, .restart = true, .bytes = true},
      &o.max_result_bytes);
  v.Visit({.name = "default_rows", .doc = "Rows to a client that asks for no number.", .least = 1, .restart = true},
          &o.default_rows);
  v.Visit({.name = "template_tools",
           .doc = "Templates with tool: true that become tools of their own, at most; further ones are not offered.",
           .most = 1000,
           .restart = true},
          &o.template_tools);
  v.Visit({.name = "sampling",
           .doc = "Without an answer of our own, ask the client's model for SQL, where the client offers that.",
           .restart = true},
          &o.sampling);
  v.Visit(
      {.name = "message_bytes", .doc = "Longest message from a client.", .least = 1024, .restart = true, .bytes = true},
      &o.limits.bytes);
  v.Visit({.name = "message_depth", .doc = "Its nested arrays and objects.", .least = 4, .most = 1000, .restart = true},
          &o.limits.depth);
  v.Visit({.name = "message_values", .doc = "Values in it.", .least = 16, .restart = true}, &o.limits.values);
}

// Levels per module are words in the file and values in the options.
void DescribeLevels(KeyVisitor& v, LogOptions& o) {
  StringMap words;
  for (const auto& [module, level] : o.modules) words[module] = ToString(level);
  v.Visit({.name = "modules",
           .doc = "Level of single modules.",
           .choices = "trace|debug|info|warn|error|off",
           .example = "{pool: debug}"},
          &words);
  o.modules.clear();
  for (const auto& [module, word] : words) o.modules[module] = ParseLevel(word).value_or(Level::kInfo);
}

void DescribeLog(KeyVisitor& v, LogOptions& o) {
  v.Choice({.name = "level", .doc = "What is logged.", .choices = "trace|debug|info|warn|error|off"}, o.level);
  DescribeLevels(v, o);
  v.Choice({.name = "format",
            .doc = "auto: console text on a terminal, else JSON.",
            .choices = "auto|console|json",
            .restart = true},
           o.format);
  v.Visit({.name = "file", .doc = "Log file; empty: stderr.", .restart = true, .path = true}, &o.file);
  v.Visit({.name = "max_file_bytes",
           .doc = "A new file is begun beyond it.",
           .least = 1024,
           .restart = true,
           .bytes = true},
          &o.max_file_bytes);
  v.Visit({.name = "max_file_age", .doc = "Or when it was begun so long ago; 0: never.", .restart = true},
          &o.max_file_age);
  v.Visit({.name = "max_files", .doc = "Old files that are kept.", .least = 1, .most = 1000, .restart = true},
          &o.max_files);
  v.Visit({.name = "max_age_days", .doc = "Older ones are removed.", .least = 1, .most = 100'000, .restart = true},
          &o.max_age_days);
  v.Visit({.name = "redact_sql_literals", .doc = "Values in logged SQL become '?'.", .restart = true},
          &o.redact_sql_literals);
}

}  // namespace

std::string KeyVisitor::WordAt(const std::string& choices, int index) {
  const std::vector<std::string> words = Split(choices, '|');
  return words[static_cast<std::size_t>(std::clamp<int>(index, 0, static_cast<int>(words.size()) - 1))];
}

int KeyVisitor::IndexOf(const std::string& choices, const std::string& word) {
  const std::vector<std::string> words = Split(choices, '|');
  const auto found = std::find(words.begin(), words.end(), word);
  return found == words.end() ? 0 : static_cast<int>(found - words.begin());
}

void DescribeConfig(KeyVisitor& v, AppOptions& options, RawSecrets& secrets) {
  engine::Options& o = options.engine;
  v.Visit({.name = "state_directory",
           .doc = "Folder of history and caches; made on first use. Empty: "
                  "$XDG_STATE_HOME/toomai or ~/.local/state/toomai.",
           .restart = true,
           .path = true},
          &o.state_directory);
  v.Visit({.name = "default_timeout", .doc = "Time of a command that names none (--timeout).", .least = 1},
          &o.default_timeout);
  v.Visit({.name = "calls_per_minute", .doc = "Of one caller; 0: no limit.", .most = 1e6}, &o.calls_per_minute);

  // The sections without a database are what each database starts from.
  static const DatabaseOptions kFresh;
  DatabaseOptions prototype = kFresh;
  v.Section("pool", "Connections to each database.", [&] { DescribePool(v, prototype.pool); });
  v.Section("execution", "Limits of each statement.", [&] { DescribeExecution(v, prototype.execution); });
  v.Section("policy", "What statements may do.", [&] { DescribePolicy(v, prototype.policy); });
  std::size_t database = 0;
  v.List("databases", "The databases that can be asked; the first is the default.", o.databases, prototype,
         [&](DatabaseOptions& one) {
           secrets.databases.resize(std::max(secrets.databases.size(), database + 1));
           DescribeDatabase(v, one, secrets.databases[database++]);
         });
  v.List("writes",
         "Tables that the tools insert_rows, update_rows and delete_rows may change; without any, there are no such "
         "tools.",
         options.writes, engine::WriteOptions{}, [&](engine::WriteOptions& one) { DescribeWrites(v, one); });
  std::size_t model = 0;
  v.List("models", "Model endpoints in order of preference; without any, the grammar engine answers.",
         o.generation.models, ModelOptions{}, [&](ModelOptions& one) {
           secrets.models.resize(std::max(secrets.models.size(), model + 1));
           DescribeModel(v, one, secrets.models[model++]);
         });
  v.Section("generation", "From questions to SQL.", [&] { DescribeGeneration(v, o.generation); });
  v.Section("history", "What is remembered.", [&] { DescribeHistory(v, o.history); });
  v.Section("server", "The MCP server.", [&] { DescribeServer(v, options.server); });
  v.Section("http", "The MCP server over HTTP (`toomai serve`).",
            [&] { DescribeHttp(v, options.server.http, secrets.tokens); });
  v.Section("log", "Logging.", [&] { DescribeLog(v, options.log); });
}

}  // namespace toomai::app
