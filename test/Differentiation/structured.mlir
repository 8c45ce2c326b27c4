// RUN: bptt-opt %s --bptt-differentiate="function=product" | FileCheck %s --check-prefix=PRODUCT
// RUN: bptt-opt %s --bptt-differentiate="function=maximum" | FileCheck %s --check-prefix=MAXIMUM
// RUN: bptt-opt %s --bptt-differentiate="function=lookup wrt=1" | FileCheck %s --check-prefix=LOOKUP
// RUN: bptt-opt %s --bptt-differentiate="function=half" | FileCheck %s --check-prefix=HALF

// The adjoint of a product of matrices with respect to an operand is a product
// over the same loops, whose output map is the operand's.
// PRODUCT-DAG: #[[A:.*]] = affine_map<(d0, d1, d2) -> (d0, d2)>
// PRODUCT-DAG: #[[B:.*]] = affine_map<(d0, d1, d2) -> (d2, d1)>
// PRODUCT-DAG: #[[C:.*]] = affine_map<(d0, d1, d2) -> (d0, d1)>
// PRODUCT-LABEL: func.func @product_value_and_grad(
// PRODUCT-SAME: %[[LHS:.*]]: tensor<3x4xf32>, %[[RHS:.*]]: tensor<4x5xf32>)
// PRODUCT: linalg.generic {indexing_maps = [#[[C]], #[[B]], #[[A]]], iterator_types = ["parallel", "reduction", "parallel"]} ins(%{{.*}}, %[[RHS]] :
// PRODUCT: linalg.generic {indexing_maps = [#[[C]], #[[A]], #[[B]]], iterator_types = ["reduction", "parallel", "parallel"]} ins(%{{.*}}, %[[LHS]] :
func.func @product(%a: tensor<3x4xf32>, %b: tensor<4x5xf32>) -> tensor<f32> {
  %zeros = arith.constant dense<0.0> : tensor<3x5xf32>
  %c = linalg.matmul ins(%a, %b : tensor<3x4xf32>, tensor<4x5xf32>) outs(%zeros : tensor<3x5xf32>) -> tensor<3x5xf32>
  %square = arith.mulf %c, %c : tensor<3x5xf32>
  %zero = arith.constant dense<0.0> : tensor<f32>
  %loss = linalg.reduce {arith.addf} ins(%square : tensor<3x5xf32>) outs(%zero : tensor<f32>) dimensions = [0, 1]
  return %loss : tensor<f32>
}

// Elements that attain a maximum share its cotangent.
// MAXIMUM-LABEL: func.func @maximum_value_and_grad(
// MAXIMUM: %[[MAX:.*]] = linalg.generic
// MAXIMUM: arith.maximumf
// MAXIMUM: %[[COUNT:.*]] = linalg.generic {{.*}}iterator_types = ["reduction"]}
// MAXIMUM: %[[IS:.*]] = arith.cmpf oeq
// MAXIMUM: %[[ONE:.*]] = arith.select %[[IS]]
// MAXIMUM: arith.addf %{{.*}}, %[[ONE]]
// MAXIMUM: arith.divf
func.func @maximum(%x: tensor<4xf32>) -> tensor<f32> {
  %lowest = arith.constant dense<0xFF800000> : tensor<f32>
  %loss = linalg.reduce {arith.maximumf} ins(%x : tensor<4xf32>) outs(%lowest : tensor<f32>) dimensions = [0]
  return %loss : tensor<f32>
}

// A position that is a loop index needs no search, the other is compared.
// LOOKUP-DAG: #[[TABLE:.*]] = affine_map<(d0, d1, d2) -> (d2, d1)>
// LOOKUP-LABEL: func.func @lookup_value_and_grad(
// LOOKUP: linalg.generic {{.*}}#[[TABLE]]], iterator_types = ["reduction", "parallel", "parallel"]}
// LOOKUP: %[[POSITION:.*]] = linalg.index 2
// LOOKUP: %[[READ:.*]] = arith.cmpi eq, %{{.*}}, %[[POSITION]]
// LOOKUP: arith.select %[[READ]]
func.func @lookup(%tokens: tensor<3xindex>, %table: tensor<7x4xf32>) -> tensor<f32> {
  %e = tensor.empty() : tensor<3x4xf32>
  %rows = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i)>, affine_map<(i, j) -> (i, j)>],
      iterator_types = ["parallel", "parallel"]} ins(%tokens : tensor<3xindex>) outs(%e : tensor<3x4xf32>) {
  ^bb0(%token: index, %unused: f32):
    %j = linalg.index 1 : index
    %x = tensor.extract %table[%token, %j] : tensor<7x4xf32>
    %y = arith.mulf %x, %x : f32
    linalg.yield %y : f32
  } -> tensor<3x4xf32>
  %zero = arith.constant dense<0.0> : tensor<f32>
  %loss = linalg.reduce {arith.addf} ins(%rows : tensor<3x4xf32>) outs(%zero : tensor<f32>) dimensions = [0, 1]
  return %loss : tensor<f32>
}

// Narrow storage with wide sums: cotangents have the types of their values.
// HALF-LABEL: func.func @half_value_and_grad(
// HALF-SAME: -> (f32, tensor<4xbf16>, tensor<4xf16>)
// HALF-DAG: arith.truncf %{{.*}} : f32 to bf16
// HALF-DAG: arith.truncf %{{.*}} : f32 to f16
func.func @half(%x: tensor<4xbf16>, %y: tensor<4xf16>) -> f32 {
  %zero = arith.constant dense<0.0> : tensor<f32>
  %sum = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>, affine_map<(i) -> ()>],
      iterator_types = ["reduction"]} ins(%x, %y : tensor<4xbf16>, tensor<4xf16>) outs(%zero : tensor<f32>) {
  ^bb0(%a: bf16, %b: f16, %s: f32):
    %wide = arith.extf %a : bf16 to f32
    %wide2 = arith.extf %b : f16 to f32
    %product = arith.mulf %wide, %wide2 : f32
    %more = arith.addf %s, %product : f32
    linalg.yield %more : f32
  } -> tensor<f32>
  %loss = tensor.extract %sum[] : tensor<f32>
  return %loss : f32
}
