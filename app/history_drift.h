// `toomai history drift`: approved answers that today's schema refuses, for people and as JSON.
#pragma once

#include <string>

#include "app/context.h"
#include "engine/engine.h"

namespace toomai::app {

// `database` empty: the first. Exit status kFailed when something broke.
int ShowDrift(engine::Engine& engine, const std::string& database, bool as_json);

}  // namespace toomai::app
