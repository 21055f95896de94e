#include "templates/sketch.h"

#include "templates/sketch/sketch_parser.h"

namespace toomai::templates {

Sketch SketchParser::Run() {
  int i = 0;
  while (i < n_) {
    int before = i;
    i = Step(i);
    if (i <= before) i = before + 1;
  }
  Finish();
  return std::move(s_);
}

Sketch SketchEnglish(const std::vector<Mention>& mentions) {
  return SketchParser(mentions).Run();
}

}  // namespace toomai::templates
