// Every run prints the same text, whatever the addresses.
// RUN: bptt-opt %inputs/lstm.mlir --bptt-differentiate > %t.first
// RUN: bptt-opt %inputs/lstm.mlir --bptt-differentiate | diff %t.first -
// RUN: bptt-opt %inputs/lstm.mlir --bptt-differentiate | diff %t.first -
// RUN: bptt-opt %inputs/lstm.mlir --bptt-differentiate | diff %t.first -
