import { pointed } from '../map/overlay.js';

/** Lets a row of a list point at its mark on the map, by pointer or by keyboard. */
export function pointing(key: string) {
  const on = () => {
    pointed.value = key;
  };
  const off = () => {
    if (pointed.peek() === key) pointed.value = null;
  };
  return { onPointerEnter: on, onPointerLeave: off, onFocusIn: on, onFocusOut: off };
}
