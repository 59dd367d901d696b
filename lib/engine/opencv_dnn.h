#pragma once

#include <memory>

#include "engine/engine.h"

namespace vernier {

/// OpenCV's DNN module as an engine: CPU, fp32, one inference in flight, no options. Part of the
/// worker program `opencv-system_worker` only, so that libvernier does not link the module. Errors
/// beside those of Engine: unsupported E-UNSUPPORTED with OpenCV's own words, E-ENGINE-PRECISION,
/// E-ENGINE-STREAMS, E-ENGINE-THREADS, E-INPUT-DTYPE; usage E-ENGINE-OPTION; invalid_model
/// E-MODEL-PARSE.
std::unique_ptr<Engine> make_opencv_engine();

}  // namespace vernier
