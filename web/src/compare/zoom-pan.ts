/** The view of both pictures: enlarged by `zoom`, then moved by shares of the frame. */
export interface ZoomPan {
  readonly zoom: number;
  readonly x: number;
  readonly y: number;
}

export const START: ZoomPan = { zoom: 1, x: 0, y: 0 };
const ZOOM_MAX = 16;

/** Zooms so that the pixel at a point of the frame (0 to 1 from its upper left corner) stays there. */
export function zoomAt({ zoom, x, y }: ZoomPan, factor: number, atX: number, atY: number): ZoomPan {
  const next = Math.max(1, Math.min(ZOOM_MAX, zoom * factor));
  const ratio = next / zoom;
  return bounded({ zoom: next, x: atX - (atX - x) * ratio, y: atY - (atY - y) * ratio });
}

export function movePan({ zoom, x, y }: ZoomPan, byX: number, byY: number): ZoomPan {
  return bounded({ zoom, x: x + byX, y: y + byY });
}

/** Limits the movement so that the picture fills the frame. */
function bounded({ zoom, x, y }: ZoomPan): ZoomPan {
  const within = (value: number) => Math.min(0, Math.max(1 - zoom, value)) + 0;
  return { zoom, x: within(x), y: within(y) };
}
