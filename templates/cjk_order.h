// Chinese and Japanese word order -> the order that the sketch parser reads: what is wanted first, then what must hold.
// Words that follow what they are about (数, ごと, 以上, 最も高い) come before it; parts joined by 的 or の are turned
// round.
#pragma once

#include <string_view>
#include <vector>

#include "templates/mentions.h"

namespace toomai::templates {

std::vector<Mention> InEnglishOrder(std::vector<Mention> mentions);

}  // namespace toomai::templates
