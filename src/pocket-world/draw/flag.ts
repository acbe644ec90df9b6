import type { Canvas, Point } from './canvas.js';

const CLOTH: Readonly<Record<string, string>> = {
  r: '#d3202f',
  b: '#1f4fae',
  l: '#6bb2e8',
  t: '#00a8c8',
  n: '#132a6b',
  w: '#fafaf6',
  g: '#0f8f47',
  y: '#fccf14',
  k: '#17181a',
  o: '#f58220',
  m: '#8d1b3d',
};

/**
 * A flag in a shorthand: first `h:` or `v:` and stripes by letter (`quarter:` four fields, `diag:` two triangles),
 * then emblems, each `name:colour`: tri (at the hoist), hoist (a stripe), disc, star, moon, cross (Nordic), plus,
 * saltire, canton, with a leading c in the canton.
 */
export function drawFlag(canvas: Canvas, flag: string, x: number, y: number, width: number, height: number): void {
  for (const part of flag.split(' ')) {
    const [kind = '', list = ''] = part.split(':');
    const colours = list.split(',').map((letter) => CLOTH[letter] ?? '#888888');
    drawPart(canvas, kind, colours, x, y, width, height);
  }
}

function drawPart(
  canvas: Canvas,
  kind: string,
  colours: readonly string[],
  x: number,
  y: number,
  w: number,
  h: number,
): void {
  const first = colours[0] ?? '#888888';
  const at = (u: number, v: number): Point => [x + u * w, y + v * h];
  switch (kind) {
    case 'h':
      for (const [i, colour] of colours.entries())
        canvas.rect(x, y + (i * h) / colours.length, w, h / colours.length, colour);
      return;
    case 'v':
      for (const [i, colour] of colours.entries())
        canvas.rect(x + (i * w) / colours.length, y, w / colours.length, h, colour);
      return;
    case 'quarter':
      for (const [i, colour] of colours.entries())
        canvas.rect(x + (i % 2) * (w / 2), y + (i > 1 ? h / 2 : 0), w / 2, h / 2, colour);
      return;
    case 'diag':
      canvas.polygon([at(0, 0), at(1, 0), at(0, 1)], first);
      canvas.polygon([at(1, 0), at(1, 1), at(0, 1)], colours[1] ?? first);
      return;
    case 'band':
      canvas.polygon([at(0, 1), at(0, 0.72), at(0.78, 0), at(1, 0), at(1, 0.28), at(0.22, 1)], first);
      return;
    case 'fly':
      for (const [i, colour] of colours.entries())
        canvas.rect(x + w * (0.64 + 0.12 * i), y + h * 0.4, w * 0.12, h * 0.6, colour);
      return;
    case 'tri':
      canvas.polygon([at(0, 0), at(0.45, 0.5), at(0, 1)], first);
      return;
    case 'tri2':
      canvas.polygon([at(0.5, 0.36), at(0.6, 0.62), at(0.4, 0.62)], first);
      return;
    case 'wedge':
      canvas.polygon([at(0.25, 0), at(0.85, 0), at(0.85, 1)], first);
      return;
    case 'pennant':
      canvas.polygon([at(0, 0), at(0.8, 0.48), at(0.35, 0.5), at(0.8, 1), at(0, 1)], first);
      return;
    case 'hoist':
      canvas.rect(x, y, w * 0.26, h, first);
      return;
    case 'canton':
      canvas.rect(x, y, w * 0.45, h * 0.54, first);
      return;
    case 'frame':
      canvas.rect(x, y, w * 0.38, h, '#e58a1f');
      canvas.strokes(
        [
          [at(0.04, 0.06), at(0.96, 0.06), at(0.96, 0.94), at(0.04, 0.94), at(0.04, 0.06)],
          [at(0.4, 0), at(0.4, 1)],
        ],
        first,
        h * 0.1,
      );
      return;
    case 'bar':
      canvas.rect(x + w * 0.2, y + h * 0.32, w * 0.6, h * 0.13, first);
      canvas.rect(x + w * 0.3, y + h * 0.6, w * 0.4, h * 0.07, first);
      return;
    case 'disc':
      canvas.ellipse(...at(0.5, 0.5), h * 0.24, h * 0.24, first);
      return;
    case 'cdisc':
      canvas.ellipse(...at(0.24, 0.28), h * 0.2, h * 0.2, first);
      return;
    case 'yin':
      canvas.ellipse(...at(0.5, 0.5), h * 0.26, h * 0.26, '#1f4fae');
      canvas.polygon([at(0.33, 0.5), at(0.38, 0.3), at(0.5, 0.23), at(0.62, 0.3), at(0.67, 0.5)], first);
      canvas.strokes(
        [
          [at(0.1, 0.25), at(0.2, 0.12)],
          [at(0.9, 0.25), at(0.8, 0.12)],
          [at(0.1, 0.75), at(0.2, 0.88)],
          [at(0.9, 0.75), at(0.8, 0.88)],
        ],
        '#17181a',
        h * 0.09,
      );
      return;
    case 'moon':
      canvas.path(crescent(at(0.45, 0.5), h * 0.28), first);
      canvas.ellipse(...at(0.62, 0.5), h * 0.08, h * 0.08, first);
      return;
    case 'star':
      canvas.polygon(star(at(0.5, 0.5), h * 0.3), first);
      return;
    case 'cstar':
      canvas.polygon(star(at(0.22, 0.28), h * 0.24), first);
      return;
    case 'rays':
      canvas.strokes(
        [
          [at(0, 0), at(1, 1)],
          [at(1, 0), at(0, 1)],
          [at(0.5, 0), at(0.5, 1)],
          [at(0, 0.5), at(1, 0.5)],
        ],
        first,
        h * 0.12,
      );
      return;
    case 'diamond':
      canvas.polygon([at(0.5, 0.06), at(0.93, 0.5), at(0.5, 0.94), at(0.07, 0.5)], first);
      return;
    case 'cross':
      canvas.rect(x + w * 0.28, y, w * 0.15, h, first);
      canvas.rect(x, y + h * 0.39, w, h * 0.22, first);
      return;
    case 'plus':
      canvas.rect(x + w * 0.42, y, w * 0.16, h, first);
      canvas.rect(x, y + h * 0.38, w, h * 0.24, first);
      return;
    case 'ccross':
      canvas.rect(x, y, w * 0.42, h * 0.6, first);
      canvas.rect(x + w * 0.17, y, w * 0.08, h * 0.6, '#fafaf6');
      canvas.rect(x, y + h * 0.25, w * 0.42, h * 0.1, '#fafaf6');
      return;
    case 'saltire':
      canvas.strokes(
        [
          [at(0, 0), at(1, 1)],
          [at(1, 0), at(0, 1)],
        ],
        first,
        h * 0.18,
      );
      return;
  }
}

function star([x, y]: Point, radius: number): Point[] {
  return Array.from({ length: 10 }, (_, i): Point => {
    const r = i % 2 === 0 ? radius : radius * 0.42;
    return [x + r * Math.sin((i * Math.PI) / 5), y - r * Math.cos((i * Math.PI) / 5)];
  });
}

function crescent([x, y]: Point, r: number): string {
  const f = (value: number) => value.toFixed(1);
  return `M${f(x + r * 0.5)} ${f(y - r * 0.8)}A${f(r)} ${f(r)} 0 1 0 ${f(x + r * 0.5)} ${f(y + r * 0.8)}A${f(r * 0.82)} ${f(r * 0.82)} 0 1 1 ${f(x + r * 0.5)} ${f(y - r * 0.8)}Z`;
}
