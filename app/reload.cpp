#include "app/reload.h"

#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <map>
#include <set>
#include <thread>
#include <utility>

#include "base/log.h"
#include "base/metrics.h"
#include "base/mutex.h"
#include "base/text.h"

namespace toomai::app {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kSignalLook{250}, kFileLook{1000};

// Lock-free, so that the signal handler may write it.
std::atomic<unsigned> hangups{0};
extern "C" void CountHangup(int) {
  hangups.fetch_add(1, std::memory_order_relaxed);
}

// Size and time of each file; a change of any is a reason to look.
using Stamp = std::vector<std::pair<std::int64_t, std::int64_t>>;
Stamp StampOf(const std::vector<std::string>& files) {
  Stamp stamp;
  for (const std::string& file : files) {
    struct stat info {};
    const bool there = stat(file.c_str(), &info) == 0;
    stamp.emplace_back(there ? info.st_size : -1, there ? info.st_mtim.tv_sec * 1'000'000'000LL + info.st_mtim.tv_nsec +
                                                              static_cast<std::int64_t>(info.st_ino)
                                                        : 0);
  }
  return stamp;
}

std::map<std::string, EffectiveValue> ByPath(const LoadedConfig& config) {
  std::map<std::string, EffectiveValue> values;
  for (EffectiveValue& value : ListEffective(config.tree)) values[value.path] = std::move(value);
  return values;
}

std::set<std::string> DatabaseNames(const LoadedConfig& config) {
  std::set<std::string> names;
  for (const auto& database : config.options.engine.databases) names.insert(database.name);
  return names;
}

std::string KeysText(const std::vector<ConfigChange::Key>& keys) {
  std::vector<std::string> parts;
  for (const ConfigChange::Key& key : keys) {
    parts.push_back(key.before == key.after ? key.path + " changed"
                                            : key.path + " " + (key.before.empty() ? "(none)" : key.before) + " -> " +
                                                  (key.after.empty() ? "(none)" : key.after));
  }
  return Join(parts, "; ");
}

}  // namespace

std::string ConfigChange::Summary() const {
  std::vector<std::string> parts;
  const auto add = [&](const char* what, const std::vector<std::string>& names) {
    if (!names.empty()) parts.push_back(what + Join(names, ", "));
  };
  add("databases added: ", databases_added);
  add("databases removed: ", databases_removed);
  add("databases changed: ", databases_changed);
  if (!applied.empty()) parts.push_back(KeysText(applied));
  if (!need_restart.empty()) parts.push_back("after a restart: " + KeysText(need_restart));
  return parts.empty() ? "nothing changed" : Join(parts, "; ");
}

ConfigChange Compare(const LoadedConfig& before, const LoadedConfig& after) {
  ConfigChange change;
  const auto old_values = ByPath(before), new_values = ByPath(after);
  const std::set<std::string> old_names = DatabaseNames(before), new_names = DatabaseNames(after);
  std::set_difference(new_names.begin(), new_names.end(), old_names.begin(), old_names.end(),
                      std::back_inserter(change.databases_added));
  std::set_difference(old_names.begin(), old_names.end(), new_names.begin(), new_names.end(),
                      std::back_inserter(change.databases_removed));

  std::set<std::string> paths, changed;
  for (const auto& [path, value] : old_values) paths.insert(path);
  for (const auto& [path, value] : new_values) paths.insert(path);
  for (const std::string& path : paths) {
    const auto was = old_values.find(path), is = new_values.find(path);
    const bool both = was != old_values.end() && is != new_values.end();
    if (both && was->second.digest == is->second.digest) continue;
    if (path.starts_with("databases.")) {
      const std::string name = Split(path, '.')[1];
      if (old_names.count(name) != new_names.count(name)) continue;  // told as added or removed
      changed.insert(name);
    }
    const EffectiveValue& known = was != old_values.end() ? was->second : is->second;
    ConfigChange::Key key{path, was != old_values.end() ? was->second.value : "",
                          is != new_values.end() ? is->second.value : ""};
    (known.restart ? change.need_restart : change.applied).push_back(std::move(key));
  }
  change.databases_changed.assign(changed.begin(), changed.end());
  return change;
}

struct ConfigReloader::State {
  ConfigSources sources;
  Apply apply;
  Mutex mutex;
  LoadedConfig current TOOMAI_GUARDED_BY(mutex);
  Stamp stamp TOOMAI_GUARDED_BY(mutex);
  std::jthread thread;  // last: ends before what it uses

  bool FilesMoved() {
    MutexLock lock(mutex);
    return StampOf(current.files) != stamp;
  }
};

ConfigReloader::ConfigReloader(ConfigSources sources, LoadedConfig current, Apply apply)
    : state_(std::make_unique<State>()) {
  state_->sources = std::move(sources);
  state_->apply = std::move(apply);
  MutexLock lock(state_->mutex);
  state_->stamp = StampOf(current.files);
  state_->current = std::move(current);
}

ConfigReloader::~ConfigReloader() = default;

LoadedConfig ConfigReloader::current() const {
  MutexLock lock(state_->mutex);
  return state_->current;
}

Expected<ConfigChange> ConfigReloader::ReloadNow() {
  MutexLock lock(state_->mutex);
  // Taken first: a change while we read is seen the next time.
  state_->stamp = StampOf(state_->current.files);
  auto loaded = LoadConfig(state_->sources);
  if (!loaded) {
    GetCounter("toomai_config_reloads_total", "Configuration reloads", {{"result", "refused"}}).Add();
    Log(Level::kError, "config", "the new configuration is wrong, the old one stays",
        {{"problems", loaded.error().message}});
    return Fail(loaded.error());
  }
  ConfigChange change = Compare(state_->current, *loaded);
  if (change.empty() && change.databases_added.empty() && change.databases_removed.empty()) return change;
  GetCounter("toomai_config_reloads_total", "Configuration reloads", {{"result", "applied"}}).Add();
  Log(Level::kInfo, "config", "configuration reloaded", {{"changes", change.Summary()}});
  state_->current = std::move(*loaded);
  SetLogLevels(state_->current.options.log.level, state_->current.options.log.modules);
  if (state_->apply) state_->apply(state_->current, change);
  return change;
}

void ConfigReloader::Watch() {
  struct sigaction action {};
  action.sa_handler = &CountHangup;
  action.sa_flags = SA_RESTART;
  sigaction(SIGHUP, &action, nullptr);
  state_->thread = std::jthread([this](const std::stop_token& stop) {
    unsigned seen = hangups;
    auto next_look = std::chrono::steady_clock::now() + kFileLook;
    while (!stop.stop_requested()) {
      std::this_thread::sleep_for(kSignalLook);
      const bool asked = seen != hangups;
      seen = hangups;
      const bool due = std::chrono::steady_clock::now() >= next_look;
      if (due) next_look = std::chrono::steady_clock::now() + kFileLook;
      if (asked || (due && state_->FilesMoved())) (void)ReloadNow();
    }
  });
}

}  // namespace toomai::app
