#pragma once

#include <opencv2/videoio.hpp>
#include <string>

/// A Motion JPEG AVI of `frames` gray frames of 64x48: frame i has the level 20 i.
inline bool write_test_video(const std::string& path, int frames) {
  cv::VideoWriter writer(path, cv::CAP_OPENCV_MJPEG, cv::VideoWriter::fourcc('M', 'J', 'P', 'G'),
                         25.0, cv::Size(64, 48));
  if (!writer.isOpened()) return false;
  for (int i = 0; i < frames; ++i) {
    writer.write(cv::Mat(48, 64, CV_8UC3, cv::Scalar::all(20.0 * i)));
  }
  return true;
}
