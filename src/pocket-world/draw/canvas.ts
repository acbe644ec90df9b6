export type Point = readonly [x: number, y: number];

/** Collects SVG elements; coordinates are rounded to a tenth of a pixel. */
export class Canvas {
  readonly #parts: string[] = [];

  constructor(
    readonly width: number,
    readonly height: number,
  ) {}

  polygon(points: readonly Point[], fill: string, opacity = 1): void {
    this.path(outline(points), fill, opacity);
  }

  /** A filled path; `d` is made by `outline`, and several may be concatenated. */
  path(d: string, fill: string, opacity = 1): void {
    if (d !== '')
      this.#parts.push(`<path d="${d}" fill="${fill}"${opacity < 1 ? ` opacity="${round(opacity)}"` : ''}/>`);
  }

  /** Open lines drawn with a pen. */
  strokes(lines: readonly (readonly Point[])[], colour: string, width: number, opacity = 1): void {
    const d = lines.map((line) => `M${line.map(pair).join('L')}`).join('');
    if (d !== '')
      this.#parts.push(
        `<path d="${d}" fill="none" stroke="${colour}" stroke-width="${round(width)}" stroke-linecap="round" stroke-linejoin="round"${opacity < 1 ? ` opacity="${round(opacity)}"` : ''}/>`,
      );
  }

  rect(x: number, y: number, width: number, height: number, fill: string, radius = 0): void {
    if (width <= 0 || height <= 0) return;
    const rx = radius > 0 ? ` rx="${round(radius)}"` : '';
    this.#parts.push(
      `<rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}"${rx} fill="${fill}"/>`,
    );
  }

  ellipse(x: number, y: number, rx: number, ry: number, fill: string, opacity = 1): void {
    if (rx <= 0 || ry <= 0) return;
    const o = opacity < 1 ? ` opacity="${round(opacity)}"` : '';
    this.#parts.push(
      `<ellipse cx="${round(x)}" cy="${round(y)}" rx="${round(rx)}" ry="${round(ry)}" fill="${fill}"${o}/>`,
    );
  }

  /** A rectangle that fades from one colour to another from top to bottom. */
  fade(id: string, x: number, y: number, width: number, height: number, top: string, bottom: string): void {
    this.#parts.push(
      `<linearGradient id="${id}" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="${top}"/><stop offset="1" stop-color="${bottom}"/></linearGradient>`,
    );
    this.rect(x, y, width, height, `url(#${id})`);
  }

  svg(outputWidth: number, outputHeight: number): string {
    return `<svg xmlns="http://www.w3.org/2000/svg" width="${outputWidth}" height="${outputHeight}" viewBox="0 0 ${this.width} ${this.height}" preserveAspectRatio="xMidYMid slice">${this.#parts.join('')}</svg>`;
  }
}

/** Path data of a closed polygon. */
export function outline(points: readonly Point[]): string {
  return `M${points.map(pair).join('L')}Z`;
}

/** Path data of an axis-parallel rectangle. */
export function box(x: number, y: number, width: number, height: number): string {
  return `M${round(x)} ${round(y)}h${round(width)}v${round(height)}h${round(-width)}Z`;
}

function pair(point: Point): string {
  return `${round(point[0])} ${round(point[1])}`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
