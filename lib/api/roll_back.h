#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"

namespace vernier {

/// How far the outputs are off (relative L2) when some rewrites are left out.
using ErrorWithout = std::function<Result<double>(const std::vector<std::string>& left_out)>;

/// Rewrites to leave out so that the outputs are off by at most `goal`: one alone where that is
/// enough, otherwise one more in each round, that without which they are off the least. The last
/// call of `error_without` was with the result. nullopt, after one call, when they are off more
/// without all of them.
Result<std::optional<std::vector<std::string>>> find_roll_back(
    std::span<const std::string> rewrites, double goal, const ErrorWithout& error_without);

}  // namespace vernier
