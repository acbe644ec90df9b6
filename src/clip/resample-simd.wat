;; The two passes of resample.ts, bit for bit the same. A weight of 22 fraction bits does not fit the 16-bit lanes of the
;; one multiply-and-add instruction there is, so it is split: w = high · 2^11 + low, and
;; Σ p·w = (Σ p·high << 11) + Σ p·low. Sums may wrap around at 2^32: the total fits, and arithmetic modulo 2^32 is exact.
(module
  (import "js" "memory" (memory 1))

  ;; A table has for each output the address of its first input and its number of groups of taps.
  (func (export "shrinkRows")
    (param $source i32) (param $result i32) (param $rows i32) (param $sourcePitch i32) (param $resultPitch i32)
    (param $count i32) (param $table i32) (param $weights i32)
    (local $out i32) (local $left i32) (local $entry i32) (local $weight i32) (local $pixel i32) (local $quads i32)
    (local $high v128) (local $low v128) (local $four v128) (local $two v128)
    (loop $row
      (local.set $out (local.get $result))
      (local.set $left (local.get $count))
      (local.set $entry (local.get $table))
      (local.set $weight (local.get $weights))
      (loop $output
        (local.set $pixel (i32.add (local.get $source) (i32.load (local.get $entry))))
        (local.set $quads (i32.load offset=4 (local.get $entry)))
        (local.set $high (v128.const i32x4 0 0 0 0))
        (local.set $low (v128.const i32x4 0 0 0 0))
        (loop $quad
          (local.set $four (v128.load (local.get $pixel)))
          ;; Of four RGB pixels in a row, two as 16-bit lanes R R G G B B 0 0: the index 128 gives 0.
          (local.set $two (i8x16.swizzle (local.get $four)
            (v128.const i8x16 0 128 3 128 1 128 4 128 2 128 5 128 128 128 128 128)))
          (local.set $high (i32x4.add (local.get $high)
            (i32x4.dot_i16x8_s (local.get $two) (v128.load32_splat (local.get $weight)))))
          (local.set $low (i32x4.add (local.get $low)
            (i32x4.dot_i16x8_s (local.get $two) (v128.load32_splat offset=4 (local.get $weight)))))
          (local.set $two (i8x16.swizzle (local.get $four)
            (v128.const i8x16 6 128 9 128 7 128 10 128 8 128 11 128 128 128 128 128)))
          (local.set $high (i32x4.add (local.get $high)
            (i32x4.dot_i16x8_s (local.get $two) (v128.load32_splat offset=8 (local.get $weight)))))
          (local.set $low (i32x4.add (local.get $low)
            (i32x4.dot_i16x8_s (local.get $two) (v128.load32_splat offset=12 (local.get $weight)))))
          (local.set $pixel (i32.add (local.get $pixel) (i32.const 12)))
          (local.set $weight (i32.add (local.get $weight) (i32.const 16)))
          (br_if $quad (local.tee $quads (i32.add (local.get $quads) (i32.const -1)))))
        ;; To rounded levels, and by saturation to bytes.
        (v128.store32_lane 0 (local.get $out)
          (i8x16.narrow_i16x8_u
            (i16x8.narrow_i32x4_u
              (i32x4.shr_s
                (i32x4.add
                  (i32x4.add (i32x4.shl (local.get $high) (i32.const 11)) (local.get $low))
                  (i32x4.splat (i32.const 0x200000)))
                (i32.const 22))
              (v128.const i32x4 0 0 0 0))
            (v128.const i32x4 0 0 0 0)))
        (local.set $out (i32.add (local.get $out) (i32.const 3)))
        (local.set $entry (i32.add (local.get $entry) (i32.const 8)))
        (br_if $output (local.tee $left (i32.add (local.get $left) (i32.const -1)))))
      (local.set $source (i32.add (local.get $source) (local.get $sourcePitch)))
      (local.set $result (i32.add (local.get $result) (local.get $resultPitch)))
      (br_if $row (local.tee $rows (i32.add (local.get $rows) (i32.const -1))))))

  ;; Eight columns at a time, two rows of them at once.
  (func (export "shrinkColumns")
    (param $source i32) (param $result i32) (param $rows i32) (param $pitch i32) (param $eights i32)
    (param $table i32) (param $weights i32)
    (local $top i32) (local $left i32) (local $weight i32) (local $pixel i32) (local $pairs i32)
    (local $highA v128) (local $lowA v128) (local $highB v128) (local $lowB v128)
    (local $one v128) (local $two v128) (local $lanes v128) (local $split v128)
    (loop $row
      (local.set $top (i32.add (local.get $source) (i32.load (local.get $table))))
      (local.set $left (local.get $eights))
      (loop $eight
        (local.set $pixel (local.get $top))
        (local.set $weight (local.get $weights))
        (local.set $pairs (i32.load offset=4 (local.get $table)))
        (local.set $highA (v128.const i32x4 0 0 0 0))
        (local.set $lowA (v128.const i32x4 0 0 0 0))
        (local.set $highB (v128.const i32x4 0 0 0 0))
        (local.set $lowB (v128.const i32x4 0 0 0 0))
        (loop $pair
          (local.set $one (v128.load8x8_u (local.get $pixel)))
          (local.set $two (v128.load8x8_u (i32.add (local.get $pixel) (local.get $pitch))))
          (local.set $lanes (i8x16.shuffle 0 1 16 17 2 3 18 19 4 5 20 21 6 7 22 23 (local.get $one) (local.get $two)))
          (local.set $split (v128.load32_splat (local.get $weight)))
          (local.set $highA (i32x4.add (local.get $highA)
            (i32x4.dot_i16x8_s (local.get $lanes) (local.get $split))))
          (local.set $lowA (i32x4.add (local.get $lowA)
            (i32x4.dot_i16x8_s (local.get $lanes) (v128.load32_splat offset=4 (local.get $weight)))))
          (local.set $lanes
            (i8x16.shuffle 8 9 24 25 10 11 26 27 12 13 28 29 14 15 30 31 (local.get $one) (local.get $two)))
          (local.set $highB (i32x4.add (local.get $highB)
            (i32x4.dot_i16x8_s (local.get $lanes) (local.get $split))))
          (local.set $lowB (i32x4.add (local.get $lowB)
            (i32x4.dot_i16x8_s (local.get $lanes) (v128.load32_splat offset=4 (local.get $weight)))))
          (local.set $pixel (i32.add (local.get $pixel) (i32.add (local.get $pitch) (local.get $pitch))))
          (local.set $weight (i32.add (local.get $weight) (i32.const 8)))
          (br_if $pair (local.tee $pairs (i32.add (local.get $pairs) (i32.const -1)))))
        (v128.store64_lane 0 (local.get $result)
          (i8x16.narrow_i16x8_u
            (i16x8.narrow_i32x4_u
              (i32x4.shr_s
                (i32x4.add
                  (i32x4.add (i32x4.shl (local.get $highA) (i32.const 11)) (local.get $lowA))
                  (i32x4.splat (i32.const 0x200000)))
                (i32.const 22))
              (i32x4.shr_s
                (i32x4.add
                  (i32x4.add (i32x4.shl (local.get $highB) (i32.const 11)) (local.get $lowB))
                  (i32x4.splat (i32.const 0x200000)))
                (i32.const 22)))
            (v128.const i32x4 0 0 0 0)))
        (local.set $result (i32.add (local.get $result) (i32.const 8)))
        (local.set $top (i32.add (local.get $top) (i32.const 8)))
        (br_if $eight (local.tee $left (i32.add (local.get $left) (i32.const -1)))))
      (local.set $weights (local.get $weight))
      (local.set $table (i32.add (local.get $table) (i32.const 8)))
      (br_if $row (local.tee $rows (i32.add (local.get $rows) (i32.const -1)))))))
