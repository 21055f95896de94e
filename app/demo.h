// `toomai demo`: a private PostgreSQL with the sample databases, a look at what is in them, and questions in three
// languages, with no key, no network and nothing left behind.
//
// This file knows how to stage it; whoever calls says how a question is answered (DemoHooks), so that the demo shows
// the real engine and not a copy of it.
#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "app/private_postgres.h"
#include "base/error.h"

namespace toomai::app {

struct DemoDatabase {
  std::string name;  // "ecommerce_small"
  std::string title;
  std::string url;  // connects as toomai_reader, who can only read
};

struct DemoQuestion {
  std::string database;
  std::string language;  // "en", "zh", "ja"
  std::string text;
};

struct DemoOptions {
  bool serve = false;                  // serve instead of asking
  bool keep = false;                   // stay until stopped, so that others can connect
  std::vector<std::string> databases;  // which samples; empty: all
  PrivatePostgresOptions postgres;
  std::stop_token stop;
};

struct DemoHooks {
  std::function<void(std::string_view text)> print;  // what the person at the terminal reads
  // Called once, when the databases can be reached. May be empty.
  std::function<Expected<void>(const std::vector<DemoDatabase>&)> connect;
  // Gives the printed answer: SQL, rows, where it came from. An error is shown and the next question asked.
  std::function<Expected<std::string>(const DemoQuestion&)> ask;
  // Serves until stopped. Needed for DemoOptions::serve.
  std::function<Expected<void>(const std::vector<DemoDatabase>&)> serve;
};

// The questions that the demo asks (fixtures/questions/demo.jsonl).
std::vector<DemoQuestion> DemoQuestions();

// Runs it all; the server is gone when this returns.
Expected<void> RunDemo(const DemoOptions& options, const DemoHooks& hooks);

}  // namespace toomai::app
