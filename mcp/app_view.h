// The result view of MCP Apps: one self-contained HTML page (mcp/app_view.html, compiled in) that shows the rows of
// execute and ask as a sortable table and a chart.
#pragma once

#include <string_view>

namespace toomai::mcp {

std::string_view AppViewHtml();

}  // namespace toomai::mcp
