import { signal } from '@preact/signals';
import type { Box, Coverage, LocateAnswer, Point, TagCells } from '../api/types.js';
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

/** What the map shows on top of the base map. A view sets its own, and clears it when it closes. */
export const shownAnswer = signal<LocateAnswer | null>(null);
/** The answers to all listed photos. */
export const shownAnswers = signal<readonly AnswerSpot[]>([]);
export const shownSpots = signal<readonly Spot[]>([]);
export const shownCoverage = signal<Coverage | null>(null);
/** Shares of a label by cells. */
export const shownShares = signal<TagCells | null>(null);
export const shownHint = signal<HintShape>({ box: null, circle: null });

/**
 * The item under the pointer or keyboard focus, in the list or on the map: `candidate-0`, `photo-1`, or the id of a reference.
 */
export const pointed = signal<string | null>(null);
/** The candidate whose circles are filled. */
export const chosenCandidate = signal(0);

/** Whether the live map was needed yet; it costs much of the reader's processor. */
export const mapWanted = signal(false);

type Sight = { readonly box: Box; readonly zoomMax?: number } | { readonly centre: Point; readonly zoom: number };
/** A request to show an area, with the address that the reader was at. */
export type Look = Sight & { readonly arrival: number };
export const look = signal<Look | null>(null);

/** Moves the map, unless the reader goes to another address before it comes to rest. */
export function lookAt(sight: Sight): void {
  look.value = { ...sight, arrival: address.peek().arrival };
}

/** Reported by the map: the clicked item, and the area it shows now. */
export const clicked = signal<{
  readonly kind: 'candidate' | 'answer' | 'spot' | 'cluster' | 'cell';
  readonly id: string;
} | null>(null);
export const viewed = signal<{ readonly box: Box; readonly zoom: number } | null>(null);

/** Whether this browser can't show the map. */
export const mapFailed = signal(false);

/** A shape that is being drawn; `done` gets it, or null when it is cancelled. */
export interface Drawing {
  readonly kind: 'box' | 'circle';
  readonly done: (shape: HintShape | null) => void;
}
export const drawing = signal<Drawing | null>(null);

export interface MapPicture {
  /** A data URL. */
  readonly png: string;
  /** Attribution of its data. */
  readonly sources: string;
}

/** The map as it is now; null while there is none. Set by the map when it opens. */
export const mapPicture = signal<(() => Promise<MapPicture>) | null>(null);
export const takeMapPicture = async (): Promise<MapPicture | null> => (await mapPicture.peek()?.()) ?? null;

export const candidateKey = (i: number): string => `candidate-${i}`;
export const photoMark = (photo: number): string => `photo-${photo}`;
