// The command line's global options as sources of configuration.
#pragma once

#include "app/config.h"
#include "app/context.h"

namespace toomai::app {

ConfigSources SourcesOf(const Globals& globals);

}  // namespace toomai::app
