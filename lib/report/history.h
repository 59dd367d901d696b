#pragma once

#include <string>
#include <vector>

#include "report/report.h"

namespace vernier {

/// A report out of a folder of earlier ones.
struct HistoryChoice {
  std::string file;
  Report report;
  std::vector<std::string> passed_over;  ///< newer or unreadable files and why, one line each
};

/// Files of a folder that are looked at, at most.
inline constexpr std::size_t kMaxHistoryFiles = 10'000;

/// The newest report (tool.created_utc, then file name) among the .json files of `folder`, not its
/// subfolders, that is comparable with `report`: a report of the same model file, with a result of
/// the same label, whose conditions differ in nothing severe. `except` is the file of `report`
/// itself. Errors: invalid_data E-FILE-OPEN (no such folder), E-HISTORY-EMPTY (none is comparable,
/// with the first reasons); limit E-LIMIT-FILES.
Result<HistoryChoice> newest_comparable(const std::string& folder, const Report& report,
                                        const std::string& except);

}  // namespace vernier
