#pragma once

#include <cstdint>
#include <vector>

namespace vernier {

/// Regularised incomplete beta function I_x(a, b); a, b > 0, x in [0, 1]. Continued fraction by
/// Lentz's method (Abramowitz & Stegun 26.5.8), relative error about 1e-10.
double incomplete_beta(double a, double b, double x);

/// The two-sided 95 % quantile of the normal distribution.
inline constexpr double kNormal95 = 1.959963984540054;
/// The one-sided 90 % quantile.
inline constexpr double kNormal90 = 1.2815515655446004;

/// x with P(|T| <= x) = `confidence` for Student's t; degrees > 0, confidence in (0, 1).
double student_t(double degrees, double confidence);

/// Upper `tail` quantile of chi-square over its degrees of freedom; `z` is the normal quantile of
/// the tail (Wilson & Hilferty 1931).
double chi_square_ratio(double degrees, double z);

/// P(W <= k), k = 0, 1, ..., of Wilcoxon's signed-rank sum of n values without ties; n in [1, 60].
std::vector<double> signed_rank_distribution(int n);

/// P(U <= k), k = 0, 1, ..., of the Mann-Whitney statistic of n and m values without ties; n * m at
/// most 10,000.
std::vector<double> mann_whitney_distribution(int n, int m);

}  // namespace vernier
