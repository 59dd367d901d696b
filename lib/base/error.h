#pragma once

#include "vernier/error.h"  // the public surface owns the definition
