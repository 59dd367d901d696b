#pragma once

#include <optional>
#include <string>
#include <vector>

#include "report/report.h"

namespace vernier {

/// Facts that several outputs derive from a report in the same way.

/// The worst of all results' checks, and which results have it.
struct OverallValidity {
  struct Check {
    std::string id;
    ValidityCheck::Status status = ValidityCheck::Status::ok;
    std::vector<std::string> results;  ///< display names of the results with that status
  };
  ValidityCheck::Status status = ValidityCheck::Status::ok;
  std::vector<Check> checks;  ///< one an id, in order of appearance
};
OverallValidity overall_validity(const Measurement& measurement);

/// From the wall time of the blocks; without it, for one stream, batch / mean latency. Absent when
/// nothing was measured.
std::optional<double> inferences_per_s(const EngineMeasurement& m);

/// Label and case: "onnxruntime [batch=8]".
std::string display_name(const std::string& label, const std::string& case_label);

/// A name for each result that no other one of the report has: display_name, with the model's file
/// name in front when results have different models, numbered when still equal.
std::vector<std::string> unique_names(const Measurement& measurement);

/// Why a comparison is more than a finding: the outputs differ, or it is slower than allowed
/// (Report::gate; without one, in reports of kind "compare", beyond the margin). Empty: nothing.
std::string gate_failure(const Report& report, const Comparison& comparison);

/// "onnxruntime is 1.33 times as slow as vernier" and the like, one sentence without a full stop.
std::string headline(const Comparison& comparison);

}  // namespace vernier
