#include "app/reload.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <map>
#include <set>
#include <thread>
#include <utility>

#include "base/file.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/mutex.h"
#include "base/text.h"
#include "templates/glossary.h"
#include "templates/operator_templates.h"

namespace toomai::app {
namespace {

using std::chrono::milliseconds;

constexpr char kModule[] = "config";
constexpr milliseconds kFileLook{1000};
// An editor empties a file before it fills it: a change counts when the file has been still for so long.
constexpr milliseconds kStill{200};

// The signal handler may only write here; the watching thread polls it.
std::atomic<int> hangup_fd{-1};
extern "C" void OnHangup(int) {
  const int saved = errno;
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(hangup_fd, &one, sizeof one);
  errno = saved;
}

void HandleHangups(void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  sigaction(SIGHUP, &action, nullptr);
}

// Size and time of each file; a change of any is a reason to look.
using Stamp = std::map<std::string, std::pair<std::int64_t, std::int64_t>>;
Stamp StampOf(const std::vector<std::string>& files) {
  Stamp stamp;
  for (const std::string& file : files) {
    struct stat info {};
    const bool there = stat(file.c_str(), &info) == 0;
    stamp[file] = {there ? info.st_size : -1, there ? info.st_mtim.tv_sec * 1'000'000'000LL + info.st_mtim.tv_nsec +
                                                          static_cast<std::int64_t>(info.st_ino)
                                                    : 0};
  }
  return stamp;
}

// What describes a database beside the configuration that names these files.
std::vector<std::string> FilesOf(const engine::DatabaseOptions& database) {
  std::vector<std::string> files = database.template_files;
  if (!database.glossary_file.empty()) files.push_back(database.glossary_file);
  return files;
}

std::vector<std::string> WatchedFiles(const LoadedConfig& config) {
  std::vector<std::string> files = config.files;
  for (const engine::DatabaseOptions& database : config.options.engine.databases) {
    for (std::string& file : FilesOf(database)) files.push_back(std::move(file));
  }
  return files;
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

// A key that lies in a file of its own may change while the configuration that names the file does not.
void AddChangedKeys(const LoadedConfig& before, const LoadedConfig& after, ConfigChange* change) {
  for (const engine::ModelOptions& now : after.options.engine.generation.models) {
    for (const engine::ModelOptions& was : before.options.engine.generation.models) {
      const std::string path = "models." + now.name + ".api_key";
      if (was.name != now.name || was.api_key.Equals(now.api_key.Reveal()) || change->Touches(path)) continue;
      change->applied.push_back({path, std::string(now.api_key.Shown()), std::string(now.api_key.Shown())});
    }
  }
}

// The same of glossaries and templates: a database is made anew when one of its files is another than `before`.
void AddChangedFiles(const Stamp& before, const Stamp& now, const LoadedConfig& after, ConfigChange* change) {
  std::vector<std::string>& changed = change->databases_changed;
  for (const engine::DatabaseOptions& database : after.options.engine.databases) {
    for (const std::string& file : FilesOf(database)) {
      const auto was = before.find(file), is = now.find(file);
      if (was == before.end() || is == now.end() || was->second == is->second) continue;
      const bool glossary = file == database.glossary_file;
      change->applied.push_back({"databases." + database.name + (glossary ? ".glossary" : ".templates"), file, file});
      if (std::find(changed.begin(), changed.end(), database.name) == changed.end()) changed.push_back(database.name);
    }
  }
}

std::vector<std::string> GlossaryProblems(const std::string& file) {
  const auto text = ReadFile(file);
  const auto glossary = text ? templates::ParseGlossary(*text, file) : Fail(text.error());
  return glossary ? std::vector<std::string>() : std::vector{glossary.error().message};
}

std::vector<std::string> TemplateProblems(const std::string& file) {
  const auto text = ReadFile(file);
  const auto parsed = text ? templates::OperatorTemplates::Parse(*text, file) : Fail(text.error());
  if (!parsed) return {parsed.error().message};
  std::vector<std::string> problems;
  for (const templates::OperatorTemplate& one : *parsed)
    if (!one.disabled.empty()) problems.push_back(one.source + ": template '" + one.id + "': " + one.disabled);
  return problems;
}

// What is wrong with the glossaries and templates that are others than `before`. Those that were wrong then are known.
Expected<void> CheckChangedFiles(const Stamp& before, const LoadedConfig& after) {
  const Stamp now = StampOf(WatchedFiles(after));
  std::vector<std::string> problems;
  for (const engine::DatabaseOptions& database : after.options.engine.databases) {
    for (const std::string& file : FilesOf(database)) {
      if (const auto was = before.find(file); was != before.end() && was->second == now.at(file)) continue;
      for (std::string& problem : file == database.glossary_file ? GlossaryProblems(file) : TemplateProblems(file))
        problems.push_back(std::move(problem));
    }
  }
  if (problems.empty()) return {};
  return Fail(ErrorCode::kInvalidArgument, Join(problems, "\n"), "correct the file; it is looked at again by itself");
}

void CountReload(const char* result) {
  GetCounter("toomai_config_reloads_total", "Configuration reloads", {{"result", result}}).Add();
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

bool ConfigChange::Touches(std::string_view prefix) const {
  return std::any_of(applied.begin(), applied.end(), [&](const Key& key) { return key.path.starts_with(prefix); });
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
  AddChangedKeys(before, after, &change);
  return change;
}

struct ConfigReloader::State {
  ConfigSources sources;
  Apply apply;
  Mutex mutex;
  LoadedConfig current TOOMAI_GUARDED_BY(mutex);
  Stamp seen TOOMAI_GUARDED_BY(mutex);     // at the last look, so that a wrong file is told of once
  Stamp applied TOOMAI_GUARDED_BY(mutex);  // when `current` was read
  int wake = -1;                           // an eventfd, written by SIGHUP and by the end
  std::jthread thread;

  bool FilesMoved() {
    MutexLock lock(mutex);
    return StampOf(WatchedFiles(current)) != seen;
  }
  void WaitUntilStill(const std::stop_token& stop) {
    const auto look = [this] {
      MutexLock lock(mutex);
      return StampOf(WatchedFiles(current));
    };
    for (Stamp before = look(), now; !stop.stop_requested(); before = std::move(now)) {
      std::this_thread::sleep_for(kStill);
      if ((now = look()) == before) return;
    }
  }
  // True when SIGHUP came (or the end is near), false when it is time to look at the files.
  bool WaitForHangup() const {
    pollfd wait{wake, POLLIN, 0};
    std::uint64_t count = 0;
    return poll(&wait, 1, static_cast<int>(kFileLook.count())) > 0 && read(wake, &count, sizeof count) > 0;
  }
};

ConfigReloader::ConfigReloader(ConfigSources sources, LoadedConfig current, Apply apply)
    : state_(std::make_unique<State>()) {
  state_->sources = std::move(sources);
  state_->apply = std::move(apply);
  MutexLock lock(state_->mutex);
  state_->seen = state_->applied = StampOf(WatchedFiles(current));
  state_->current = std::move(current);
}

ConfigReloader::~ConfigReloader() {
  if (!state_->thread.joinable()) return;
  HandleHangups(SIG_IGN);  // until the program has ended
  state_->thread.request_stop();
  OnHangup(0);
  state_->thread.join();
  hangup_fd = -1;
  close(state_->wake);
}

LoadedConfig ConfigReloader::current() const {
  MutexLock lock(state_->mutex);
  return state_->current;
}

Expected<ConfigChange> ConfigReloader::ReloadNow() {
  MutexLock lock(state_->mutex);
  // Taken first: a change while we read is seen the next time.
  const Stamp seen = state_->seen = StampOf(WatchedFiles(state_->current));
  auto loaded = LoadConfig(state_->sources);
  if (loaded) {
    if (auto good = CheckChangedFiles(state_->applied, *loaded); !good) loaded = Fail(good.error());
  }
  if (!loaded) {
    CountReload("refused");
    Log(Level::kError, kModule, "the new configuration is wrong, the old one stays",
        {{"problems", loaded.error().message}});
    return Fail(loaded.error());
  }
  ConfigChange change = Compare(state_->current, *loaded);
  AddChangedFiles(state_->applied, seen, *loaded, &change);
  // Files that are named for the first time are as they are now.
  Stamp applied = StampOf(WatchedFiles(*loaded));
  for (auto& [file, stamp] : applied) {
    if (const auto before = seen.find(file); before != seen.end()) stamp = before->second;
  }
  state_->seen = state_->applied = std::move(applied);
  if (change.empty()) {
    CountReload("unchanged");
    Log(Level::kInfo, kModule, "configuration read again: nothing changed");
    return change;
  }
  CountReload("applied");
  state_->current = std::move(*loaded);
  SetLogLevels(state_->current.options.log.level, state_->current.options.log.modules);
  if (state_->apply) state_->apply(state_->current, change);
  Log(Level::kInfo, kModule, "configuration reloaded", {{"changes", change.Summary()}});
  if (!change.need_restart.empty()) {
    Log(Level::kWarn, kModule, "some changes take effect only after a restart",
        {{"changes", KeysText(change.need_restart)}});
  }
  return change;
}

void ConfigReloader::Watch() {
  state_->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  hangup_fd = state_->wake;
  HandleHangups(&OnHangup);
  state_->thread = std::jthread([state = state_.get(), this](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      const bool asked = state->WaitForHangup();
      if (stop.stop_requested()) return;
      const bool moved = !asked && state->FilesMoved();
      if (moved) state->WaitUntilStill(stop);
      if (asked || moved) (void)ReloadNow();
    }
  });
}

}  // namespace toomai::app
