#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace vernier::exports {

/// Maps values to pixels, linearly or by logarithm.
class Scale {
 public:
  /// `logarithmic` needs low > 0. An empty range is widened.
  Scale(double low, double high, double from_px, double to_px, bool logarithmic = false);
  [[nodiscard]] double operator()(double value) const;
  /// Round values within the range, at most about `wanted`, ascending.
  [[nodiscard]] std::vector<double> ticks(int wanted) const;
  [[nodiscard]] double low() const noexcept { return low_; }
  [[nodiscard]] double high() const noexcept { return high_; }

 private:
  double low_;
  double high_;
  double from_;
  double to_;
  bool logarithmic_;
};

/// A coordinate with one decimal.
std::string px(double value);

/// Sizes of a plot; the narrow variant is for telephones, so that letters stay legible.
struct Frame {
  double width = 640;
  double height = 340;
  double left = 62;
  double right = 14;
  double top = 12;
  double bottom = 44;
  int x_ticks = 7;
  int y_ticks = 6;
  const char* css = "wide";
};
Frame wide_frame();
Frame narrow_frame();

/// `<svg>` with title and description (escaped here); `id` must be unique on the page.
std::string svg_open(const Frame& frame, const std::string& id, std::string_view title,
                     std::string_view description);

/// A tick's label with no more decimals than the distance of the ticks calls for.
std::string tick_label(double value, double step);

struct Axis {
  const Scale* scale = nullptr;
  std::vector<double> ticks;
  std::vector<std::string> labels;
  std::string name;
};
std::string axes(const Frame& frame, const Axis& x, const Axis& y);

}  // namespace vernier::exports
