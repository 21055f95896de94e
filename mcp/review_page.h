// The review page: one self-contained HTML page (mcp/review_page.html, compiled in) over the JSON of mcp/review_api.
#pragma once

#include <string_view>

namespace toomai::mcp {

std::string_view ReviewPageHtml();

}  // namespace toomai::mcp
