;; One minus the inner product of the query with the vector at each address, in the order of sums that hnswlib has on x86:
;; four lanes over `quads` times four floats, then the lanes one by one, then the `tail`. Four vectors at a time, since
;; each sum waits for the one before.
(module
  (import "js" "memory" (memory 1))

  (func $finish (param $sum v128) (param $row i32) (param $at i32) (param $tail i32) (result f32)
    (local $rest f32)
    (block $done
      (loop $each
        (br_if $done (i32.eqz (local.get $tail)))
        (local.set $rest (f32.add (local.get $rest) (f32.mul (f32.load (local.get $row)) (f32.load (local.get $at)))))
        (local.set $row (i32.add (local.get $row) (i32.const 4)))
        (local.set $at (i32.add (local.get $at) (i32.const 4)))
        (local.set $tail (i32.sub (local.get $tail) (i32.const 1)))
        (br $each)))
    (f32.sub
      (f32.const 1)
      (f32.add
        (f32.add
          (f32.add
            (f32.add (f32x4.extract_lane 0 (local.get $sum)) (f32x4.extract_lane 1 (local.get $sum)))
            (f32x4.extract_lane 2 (local.get $sum)))
          (f32x4.extract_lane 3 (local.get $sum)))
        (local.get $rest))))

  (func (export "distances")
    (param $query i32) (param $addresses i32) (param $out i32) (param $count i32) (param $quads i32) (param $tail i32)
    (local $r0 i32) (local $r1 i32) (local $r2 i32) (local $r3 i32) (local $at i32) (local $end i32) (local $q v128)
    (local $a v128) (local $b v128) (local $c v128) (local $d v128)
    (local.set $end (i32.add (local.get $query) (i32.shl (local.get $quads) (i32.const 4))))
    (block $few
      (loop $four
        (br_if $few (i32.lt_u (local.get $count) (i32.const 4)))
        (local.set $r0 (i32.load (local.get $addresses)))
        (local.set $r1 (i32.load offset=4 (local.get $addresses)))
        (local.set $r2 (i32.load offset=8 (local.get $addresses)))
        (local.set $r3 (i32.load offset=12 (local.get $addresses)))
        (local.set $at (local.get $query))
        (local.set $a (v128.const i32x4 0 0 0 0))
        (local.set $b (v128.const i32x4 0 0 0 0))
        (local.set $c (v128.const i32x4 0 0 0 0))
        (local.set $d (v128.const i32x4 0 0 0 0))
        (block $stop
          (loop $step
            (br_if $stop (i32.eq (local.get $at) (local.get $end)))
            (local.set $q (v128.load (local.get $at)))
            (local.set $a (f32x4.add (local.get $a) (f32x4.mul (local.get $q) (v128.load (local.get $r0)))))
            (local.set $b (f32x4.add (local.get $b) (f32x4.mul (local.get $q) (v128.load (local.get $r1)))))
            (local.set $c (f32x4.add (local.get $c) (f32x4.mul (local.get $q) (v128.load (local.get $r2)))))
            (local.set $d (f32x4.add (local.get $d) (f32x4.mul (local.get $q) (v128.load (local.get $r3)))))
            (local.set $r0 (i32.add (local.get $r0) (i32.const 16)))
            (local.set $r1 (i32.add (local.get $r1) (i32.const 16)))
            (local.set $r2 (i32.add (local.get $r2) (i32.const 16)))
            (local.set $r3 (i32.add (local.get $r3) (i32.const 16)))
            (local.set $at (i32.add (local.get $at) (i32.const 16)))
            (br $step)))
        (f32.store (local.get $out)
          (call $finish (local.get $a) (local.get $r0) (local.get $at) (local.get $tail)))
        (f32.store offset=4 (local.get $out)
          (call $finish (local.get $b) (local.get $r1) (local.get $at) (local.get $tail)))
        (f32.store offset=8 (local.get $out)
          (call $finish (local.get $c) (local.get $r2) (local.get $at) (local.get $tail)))
        (f32.store offset=12 (local.get $out)
          (call $finish (local.get $d) (local.get $r3) (local.get $at) (local.get $tail)))
        (local.set $addresses (i32.add (local.get $addresses) (i32.const 16)))
        (local.set $out (i32.add (local.get $out) (i32.const 16)))
        (local.set $count (i32.sub (local.get $count) (i32.const 4)))
        (br $four)))
    (block $none
      (loop $one
        (br_if $none (i32.eqz (local.get $count)))
        (local.set $r0 (i32.load (local.get $addresses)))
        (local.set $at (local.get $query))
        (local.set $a (v128.const i32x4 0 0 0 0))
        (block $stop
          (loop $step
            (br_if $stop (i32.eq (local.get $at) (local.get $end)))
            (local.set $a (f32x4.add (local.get $a) (f32x4.mul (v128.load (local.get $at)) (v128.load (local.get $r0)))))
            (local.set $r0 (i32.add (local.get $r0) (i32.const 16)))
            (local.set $at (i32.add (local.get $at) (i32.const 16)))
            (br $step)))
        (f32.store (local.get $out)
          (call $finish (local.get $a) (local.get $r0) (local.get $at) (local.get $tail)))
        (local.set $addresses (i32.add (local.get $addresses) (i32.const 4)))
        (local.set $out (i32.add (local.get $out) (i32.const 4)))
        (local.set $count (i32.sub (local.get $count) (i32.const 1)))
        (br $one))))

  ;; Inner products in float64: four sums over `quads` times four floats, the `tail` to the first of them, then (first +
  ;; second) + (third + fourth).
  (func (export "dots")
    (param $query i32) (param $addresses i32) (param $out i32) (param $count i32) (param $quads i32) (param $tail i32)
    (local $row i32) (local $at i32) (local $end i32) (local $left i32) (local $first f64) (local $ab v128) (local $cd v128)
    (local.set $end (i32.add (local.get $query) (i32.shl (local.get $quads) (i32.const 4))))
    (block $none
      (loop $one
        (br_if $none (i32.eqz (local.get $count)))
        (local.set $row (i32.load (local.get $addresses)))
        (local.set $at (local.get $query))
        (local.set $ab (v128.const i32x4 0 0 0 0))
        (local.set $cd (v128.const i32x4 0 0 0 0))
        (block $stop
          (loop $step
            (br_if $stop (i32.eq (local.get $at) (local.get $end)))
            (local.set $ab (f64x2.add (local.get $ab) (f64x2.mul
              (f64x2.promote_low_f32x4 (v128.load64_zero (local.get $row)))
              (f64x2.promote_low_f32x4 (v128.load64_zero (local.get $at))))))
            (local.set $cd (f64x2.add (local.get $cd) (f64x2.mul
              (f64x2.promote_low_f32x4 (v128.load64_zero offset=8 (local.get $row)))
              (f64x2.promote_low_f32x4 (v128.load64_zero offset=8 (local.get $at))))))
            (local.set $row (i32.add (local.get $row) (i32.const 16)))
            (local.set $at (i32.add (local.get $at) (i32.const 16)))
            (br $step)))
        (local.set $first (f64x2.extract_lane 0 (local.get $ab)))
        (local.set $left (local.get $tail))
        (block $done
          (loop $each
            (br_if $done (i32.eqz (local.get $left)))
            (local.set $first (f64.add (local.get $first) (f64.mul
              (f64.promote_f32 (f32.load (local.get $row)))
              (f64.promote_f32 (f32.load (local.get $at))))))
            (local.set $row (i32.add (local.get $row) (i32.const 4)))
            (local.set $at (i32.add (local.get $at) (i32.const 4)))
            (local.set $left (i32.sub (local.get $left) (i32.const 1)))
            (br $each)))
        (f64.store (local.get $out) (f64.add
          (f64.add (local.get $first) (f64x2.extract_lane 1 (local.get $ab)))
          (f64.add (f64x2.extract_lane 0 (local.get $cd)) (f64x2.extract_lane 1 (local.get $cd)))))
        (local.set $addresses (i32.add (local.get $addresses) (i32.const 4)))
        (local.set $out (i32.add (local.get $out) (i32.const 8)))
        (local.set $count (i32.sub (local.get $count) (i32.const 1)))
        (br $one)))))
