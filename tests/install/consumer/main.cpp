#include <cstdio>

#include <vernier/vernier.h>

int main(int argc, char** argv) {
  const auto report = vernier::inspect(argc > 1 ? argv[1] : "", {});
  if (!report) return std::fprintf(stderr, "%s\n", format_error(report.error()).c_str()), 1;
  std::printf("%s: %lld MACs\n", report->path.c_str(), static_cast<long long>(report->macs));
}
