#pragma once

#include <functional>

#include "base/result.h"
#include "engine/engine.h"

namespace vernier {

/// Times `n` calls of `run(stream)`, `streams` of them in flight: stream s calls run(s) one after
/// the other, on a thread of its own (stream 0 on the caller's), and takes the next of the n when
/// it is done. What the kernel did to the process is read between runs, outside the timed parts,
/// and only when `streams` is 1 (with more, nobody could say which run it hit). The first error
/// ends the series.
Result<TimedRuns> time_runs(int n, int streams, const std::function<Result<void>(int)>& run);

}  // namespace vernier
