// `toomai doctor`: looks at everything toomai depends on, and says what to do about what is not well.
#pragma once

#include <string>
#include <vector>

#include "app/config.h"
#include "app/context.h"
#include "base/deadline.h"

namespace toomai::app {

struct Diagnosis {
  enum class Level { kGood, kNote, kWarning, kBad };
  struct Row {
    Level level = Level::kGood;
    std::string part;    // "database small"
    std::string check;   // "role"
    std::string result;  // "may write 3 tables: …"
    std::string advice;  // what to do; empty when all is well
  };
  std::vector<Row> rows;
  std::vector<std::pair<std::string, std::string>> role_sql;  // database -> SQL of a role that may only read

  bool healthy() const;  // nothing is bad
};

// Looks at the configuration, each database, each model and the history, side by side, within the deadline. Only
// `database` when it is named.
Diagnosis Diagnose(const Deadline& deadline, const ConfigSources& sources, const std::string& database = {});

void DefineDoctorCommand(CLI::App* command, const Globals& globals, int* status);

}  // namespace toomai::app
