#include "mcp/call.h"

#include <algorithm>
#include <array>

namespace toomai::mcp {

int LogLevelRank(std::string_view level) {
  constexpr std::array<std::string_view, 8> kLevels{"debug", "info",     "notice", "warning",
                                                    "error", "critical", "alert",  "emergency"};
  const auto found = std::find(kLevels.begin(), kLevels.end(), level);
  return found == kLevels.end() ? -1 : static_cast<int>(found - kLevels.begin());
}

bool Call::ClientCan(std::string_view capability) const {
  const Json& declared = Member(client_capabilities, capability);
  if (declared.is_null()) return false;
  return capability != "elicitation" || declared.contains("form") || !declared.contains("url");
}

void Call::Progress(double done, double total, std::string_view message) {
  if (!HasProgressToken() || !notify || done <= last_progress_ || deadline.stopped()) return;
  last_progress_ = done;
  Json params = {{"progressToken", progress_token}, {"progress", done}};
  if (total > 0) params["total"] = total;
  if (!message.empty() && version >= "2025-03-26") params["message"] = message;
  notify(MakeNotification("notifications/progress", std::move(params)));
}

engine::Progress Call::EngineProgress() {
  if (!HasProgressToken()) return {};
  return [this](std::string_view stage, double, double) { Progress(++steps_, 0, stage); };
}

void Call::Log(std::string_view level, const std::string& logger, Json data) {
  if (log_level.empty() || !notify || LogLevelRank(level) < LogLevelRank(log_level)) return;
  notify(MakeNotification("notifications/message", {{"level", level}, {"logger", logger}, {"data", std::move(data)}}));
}

}  // namespace toomai::mcp
