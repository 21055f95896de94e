// The door for tests to text that no validator has seen.
#pragma once

#include "engine/pg/executor.h"
#include "tests/engine/pg_test_util.h"

namespace toomai::engine::pg {

struct ExecutorProbe {
  static Expected<QueryResult> Execute(Executor& executor, const Deadline& deadline, const std::string& sql,
                                       const Budget& caps, const StatementScope& scope = {},
                                       const std::vector<Parameter>& parameters = {}) {
    return executor.ExecuteText(deadline, sql, parameters, scope, caps);
  }
  static Expected<StreamEnd> Stream(Executor& executor, const Deadline& deadline, const std::string& sql,
                                    const Budget& caps, RowSink& sink) {
    return executor.StreamText(deadline, sql, {}, {}, caps, sink);
  }
  static Expected<std::vector<ResultColumn>> Describe(Executor& executor, const std::string& sql) {
    return executor.DescribeText(Soon(), sql, {});
  }
};

}  // namespace toomai::engine::pg
