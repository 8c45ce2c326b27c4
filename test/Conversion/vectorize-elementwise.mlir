// RUN: bptt-opt %s --pass-pipeline="builtin.module(func.func(bptt-vectorize-elementwise,canonicalize,cse))" | FileCheck %s
// RUN: bptt-opt %s --pass-pipeline="builtin.module(func.func(bptt-vectorize-elementwise{threads=2},canonicalize,cse))" | FileCheck %s --check-prefix=TWO

// CHECK-LABEL: func @gate
// TWO-LABEL: func @gate
func.func @gate(%z: memref<64x256xf32, strided<[1024, 1], offset: ?>>) {
  // CHECK: scf.for
  // CHECK: scf.for {{.*}} to %c256 step %c16
  // CHECK: %[[Z:.*]] = vector.load
  // CHECK: math.tanh %[[Z]] : vector<16xf32>
  // CHECK: vector.store
  // TWO: scf.parallel
  linalg.map { math.tanh } ins(%z : memref<64x256xf32, strided<[1024, 1], offset: ?>>)
      outs(%z : memref<64x256xf32, strided<[1024, 1], offset: ?>>)
  return
}

// The sum of rows carries a vector of columns, in the order of plain loops.
// CHECK-LABEL: func @sum_rows
// TWO-LABEL: func @sum_rows
func.func @sum_rows(%z: memref<16x1024xf32>, %b: memref<1024xf32>) {
  // CHECK: scf.for %[[J:.*]] = %c0 to %c1024 step %c16
  // CHECK: %[[B:.*]] = vector.load %arg1[%[[J]]]
  // CHECK: scf.for {{.*}} iter_args({{.*}} = %[[B]])
  // CHECK: arith.addf {{.*}} : vector<16xf32>
  // TWO-NOT: scf.parallel
  linalg.reduce { arith.addf } ins(%z : memref<16x1024xf32>) outs(%b : memref<1024xf32>) dimensions = [0]
  return
}

// Lanes that are not active keep what they have.
// CHECK-LABEL: func @largest_of_row
func.func @largest_of_row(%z: memref<16x100xf32>, %m: memref<16xf32>) {
  // CHECK: %[[NONE:.*]] = arith.constant dense<0xFF800000> : vector<16xf32>
  // CHECK: scf.for {{.*}} iter_args({{.*}} = %[[NONE]])
  // CHECK: arith.maximumf {{.*}} : vector<16xf32>
  // CHECK: %[[TAIL:.*]] = vector.maskedload
  // CHECK: %[[ALL:.*]] = arith.maximumf {{.*}}%[[TAIL]]
  // CHECK: arith.select {{.*}} %[[ALL]]
  linalg.reduce { arith.maximumf } ins(%z : memref<16x100xf32>) outs(%m : memref<16xf32>) dimensions = [1]
  return
}

// An unknown innermost stride, a lookup, and a division that could trap are
// left to plain loops.
// CHECK-LABEL: func @left_alone
func.func @left_alone(%a: memref<16x16xf32, strided<[?, ?], offset: ?>>, %i: memref<16xi32>, %j: memref<16xi32>) {
  // CHECK: linalg.map { math.tanh }
  linalg.map { math.tanh } ins(%a : memref<16x16xf32, strided<[?, ?], offset: ?>>)
      outs(%a : memref<16x16xf32, strided<[?, ?], offset: ?>>)
  // CHECK: linalg.map { arith.divsi }
  linalg.map { arith.divsi } ins(%i, %j : memref<16xi32>, memref<16xi32>) outs(%i : memref<16xi32>)
  // CHECK: memref.load
  linalg.map ins(%i : memref<16xi32>) outs(%j : memref<16xi32>)
    (%in: i32, %out: i32) {
      %at = arith.index_cast %in : i32 to index
      %found = memref.load %i[%at] : memref<16xi32>
      linalg.yield %found : i32
    }
  return
}
