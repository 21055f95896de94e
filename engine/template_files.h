// The operator's template files, and the dates that their parameters are written in.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/options.h"
#include "templates/operator_templates.h"

namespace toomai::engine {

// As they are now, in the order of the configuration. What cannot be used is a problem, and is left out.
std::vector<templates::OperatorTemplate> ReadTemplateFiles(const DatabaseOptions& database,
                                                           std::vector<std::string>* problems);

// "last month" -> its first day and the day after its last, as SQL of our own date rules; nullopt: it is no time.
std::optional<std::pair<std::string, std::string>> DaysOf(std::string_view phrase, std::string_view today);

}  // namespace toomai::engine
