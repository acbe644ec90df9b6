import { signal } from '@preact/signals';
import type { Box, Coverage, LocateAnswer, Point } from '../api/types.js';
import { address } from '../state/address.js';

/** A photo on the map, by its reference. */
export interface Spot {
  readonly id: string;
  readonly point: Point;
}

/** An answer on the map, by its photo. */
export interface AnswerSpot {
  readonly photo: number;
  readonly point: Point;
}

export interface HintShape {
  readonly box: Box | null;
  readonly circle: { readonly centre: Point; readonly km: number } | null;
}

/** What lies on the map besides the map itself. A view sets what it shows and takes it away when it goes. */
export const shownAnswer = signal<LocateAnswer | null>(null);
/** Where the answers to all photos of the list are. */
export const shownAnswers = signal<readonly AnswerSpot[]>([]);
export const shownSpots = signal<readonly Spot[]>([]);
export const shownCoverage = signal<Coverage | null>(null);
export const shownHint = signal<HintShape>({ box: null, circle: null });

/** What the pointer or the keyboard is on, in the list or on the map: `candidate-0`, `photo-1`, or the id of a reference. */
export const pointed = signal<string | null>(null);
/** The candidate whose circles are filled. */
export const chosenCandidate = signal(0);

/** Whether anyone has needed the live map yet. Until then the page does not spend the reader's processor on it. */
export const mapWanted = signal(false);

type Sight = { readonly box: Box; readonly zoomMax?: number } | { readonly centre: Point; readonly zoom: number };
/** What is asked of the map: to show an area, for the address that the reader was at then. */
export type Look = Sight & { readonly arrival: number };
export const look = signal<Look | null>(null);

/** Moves the map, unless the reader leaves for another address before it has come to rest there. */
export function lookAt(sight: Sight): void {
  look.value = { ...sight, arrival: address.peek().arrival };
}

/** What the map tells: what is clicked, and what it shows now. */
export const clicked = signal<{
  readonly kind: 'candidate' | 'answer' | 'spot' | 'cluster';
  readonly id: string;
} | null>(null);
export const viewed = signal<{ readonly box: Box; readonly zoom: number } | null>(null);

/** Whether this browser can not show the map. */
export const mapFailed = signal(false);

/** A shape that is being drawn; `done` gets it, or null when it is given up. */
export interface Drawing {
  readonly kind: 'box' | 'circle';
  readonly done: (shape: HintShape | null) => void;
}
export const drawing = signal<Drawing | null>(null);

export interface MapPicture {
  /** A data URL. */
  readonly png: string;
  /** Whose data it shows. */
  readonly sources: string;
}

/** The map as it is now; null while there is none. Set by the map when it opens. */
export const mapPicture = signal<(() => Promise<MapPicture>) | null>(null);
export const takeMapPicture = async (): Promise<MapPicture | null> => (await mapPicture.peek()?.()) ?? null;

export const candidateKey = (i: number): string => `candidate-${i}`;
export const photoMark = (photo: number): string => `photo-${photo}`;
