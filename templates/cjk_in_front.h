// Chinese and Japanese words that come after what they are about (数, ごと, 以上, 最も高い), put in front of it.
#pragma once

#include "templates/cjk_row.h"

namespace toomai::templates::cjk {

void PutInFront(Row* row);

}  // namespace toomai::templates::cjk
