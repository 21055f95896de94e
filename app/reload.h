// Configuration that changes while the program runs: on SIGHUP, or when a file changed. A wrong new file changes
// nothing and is reported.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "app/config.h"

namespace toomai::app {

struct ConfigChange {
  struct Key {
    std::string path, before, after;  // secrets hidden
  };
  std::vector<Key> applied;  // take effect now
  std::vector<Key> need_restart;
  std::vector<std::string> databases_added, databases_removed, databases_changed;
  bool databases() const { return !databases_added.empty() || !databases_removed.empty(); }
  bool empty() const { return applied.empty() && need_restart.empty() && !databases(); }
  bool Touches(std::string_view prefix) const;  // of a key that takes effect now
  // One line: "databases added: erp; execution.max_rows 1000 -> 500; after a restart: http.port 8765 -> 9000"
  std::string Summary() const;
};
ConfigChange Compare(const LoadedConfig& before, const LoadedConfig& after);

// Watches in a thread of its own. `apply` is called there, one at a time, for each good configuration that differs; log
// levels are set before.
class ConfigReloader {
 public:
  using Apply = std::function<void(const LoadedConfig&, const ConfigChange&)>;

  // Environment variables and command line stay those of `sources`.
  ConfigReloader(ConfigSources sources, LoadedConfig current, Apply apply);
  ~ConfigReloader();

  // Looks now. The change that was applied (may be empty), or what is wrong with the new configuration.
  Expected<ConfigChange> ReloadNow();
  // Starts the thread: SIGHUP is answered at once, files are looked at every second. Once per process.
  void Watch();
  LoadedConfig current() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace toomai::app
