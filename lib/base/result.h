#pragma once

#include "vernier/result.h"  // the public surface owns the definition
