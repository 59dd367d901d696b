#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "engine/fake_engine.h"
#include "measure/conductor.h"

/// A scripted engine in this process; see FakeEngine for the options.
inline vernier::Contender fake_contender(const std::string& label,
                                         std::map<std::string, std::string> options) {
  vernier::Contender contender;
  contender.label = label;
  contender.model = "model.onnx";
  contender.settings.options = std::move(options);
  contender.engine = std::make_unique<vernier::FakeEngine>();
  return contender;
}
