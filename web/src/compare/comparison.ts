import { effect, signal } from '@preact/signals';
import type { LocateAnswer, Neighbour } from '../api/types.js';
import { chosenKey, type QueuedPhoto } from '../locate/photo-queue.js';
import { address } from '../state/address.js';

/** A photo beside one of the scenes that look like it. */
export interface Comparison {
  readonly photo: QueuedPhoto;
  readonly neighbours: readonly Neighbour[];
  readonly at: number;
}

export const comparison = signal<Comparison | null>(null);

/** Back or a link may leave the photo while it is compared. */
effect(() => {
  if (address.value.view !== 'locate' || chosenKey.value !== comparison.value?.photo.key) comparison.value = null;
});

export function openComparison(photo: QueuedPhoto, answer: LocateAnswer, id: string): void {
  const at = answer.neighbours.findIndex((neighbour) => neighbour.id === id);
  if (at >= 0) comparison.value = { photo, neighbours: answer.neighbours, at };
}

/** Steps to the next or previous scene, around the ends. */
export function stepComparison(by: number): void {
  const now = comparison.peek();
  if (now === null) return;
  const { length } = now.neighbours;
  comparison.value = { ...now, at: (now.at + by + length) % length };
}
