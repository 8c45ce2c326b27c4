//===- DifferentiableOpInterface.cpp - Reverse-mode rules -----------------===//

#include "bptt/Differentiation/DifferentiableOpInterface.h"

#include "bptt/Differentiation/DifferentiableOpInterface.cpp.inc"
