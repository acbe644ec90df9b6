import type { Random } from '../random.js';
import type { Scene } from '../scene.js';
import type { Canvas } from './canvas.js';
import { css } from './colour.js';
import { faded, type Light } from './light.js';
import type { View } from './view.js';

/** Sky, clouds, the ridge around the town, and the sea where the camera looks towards it. */
export function drawSky(canvas: Canvas, scene: Scene, view: View, light: Light, random: Random): void {
  canvas.fade('sky', 0, 0, canvas.width, view.horizonY + 4, light.skyTop, light.skyLow);
  if (scene.weather === 'clouds') {
    for (let i = 0; i < 3 + random.int(3); i++) {
      const x = random.range(0, canvas.width);
      const y = random.range(8, view.horizonY * 0.6);
      const size = random.range(14, 30);
      for (const [dx, dy, r] of [
        [-0.9, 0.15, 0.5],
        [0, -0.1, 0.75],
        [0.9, 0.12, 0.55],
      ] as const)
        canvas.ellipse(x + dx * size, y + dy * size, size * r * 1.5, size * r * 0.55, '#ffffff', 0.55);
    }
  }
  drawRidge(canvas, scene, view, light);
  drawSea(canvas, scene, view, light);
}

function drawRidge(canvas: Canvas, scene: Scene, view: View, light: Light): void {
  const { hand, camera } = scene;
  const { relief, wetness, warmth } = hand.setting;
  const height = 5 + 58 * relief;
  const points: [number, number][] = [[-5, view.horizonY + 3]];
  const peak: [number, number][] = [];
  const halfTurnDeg = (Math.atan(canvas.width / 2 / camera.focalPx) * 180) / Math.PI;
  for (let i = 0; i <= 24; i++) {
    const bearing = camera.headingDeg + ((i - 12) / 12) * halfTurnDeg;
    const at = ((((bearing / 15) * 2) % 24) + 24) % 24;
    const floor = Math.floor(at);
    const share = at - floor;
    const rise = (hand.ridge[floor] ?? 0.5) * (1 - share) + (hand.ridge[(floor + 1) % 24] ?? 0.5) * share;
    const x = (i / 24) * canvas.width;
    points.push([x, view.horizonY - height * rise]);
    if (relief > 0.55) peak.push([x, Math.min(view.horizonY - height * 0.62, view.horizonY - height * rise)]);
  }
  points.push([canvas.width + 5, view.horizonY + 3]);
  const green = wetness > 0.45;
  const colour = css({ h: (green ? 120 : 30) + hand.ridgeHue, s: green ? 0.25 : 0.3, l: green ? 0.36 : 0.5 });
  canvas.polygon(points, faded(colour, light, 70));
  if (peak.length > 0 && warmth < 0.62) {
    const caps: [number, number][] = [
      ...peak,
      [canvas.width, view.horizonY - height * 0.62],
      [0, view.horizonY - height * 0.62],
    ];
    canvas.polygon(caps, '#f4f7fb', 0.85);
  }
}

/** Water reaches from the horizon down to the end of the street, over the part of the view that looks seawards. */
function drawSea(canvas: Canvas, scene: Scene, view: View, light: Light): void {
  const bearing = scene.hand.setting.seaBearingDeg;
  if (bearing === null) return;
  const relative = ((bearing - scene.camera.headingDeg + 540) % 360) - 180;
  if (Math.abs(relative) > 100) return;
  const middle = view.vanishX + (relative / 45) * canvas.width * 0.5;
  const left = middle - canvas.width * 0.75;
  const right = middle + canvas.width * 0.75;
  const blue = css({ h: 190 + 18 * (1 - scene.hand.setting.warmth), s: 0.55, l: 0.45 });
  canvas.rect(left, view.horizonY - 9, right - left, 14, faded(blue, light, 35));
  canvas.rect(left, view.horizonY - 9, right - left, 1.4, faded('#dff2fa', light, 40));
}
