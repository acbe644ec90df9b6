import { signal } from '@preact/signals';
import { callApi } from '../api/call.js';
import type { ClassifyAnswer } from '../api/types.js';
import { unnamed } from '../api/unnamed.js';
import { chosenKey, find, type KnownQuery, knownQuery } from '../locate/photo-queue.js';
import { plainText } from '../text/plain-text.js';

export interface LabelPhoto {
  readonly key: number;
  readonly name: string;
  readonly preview: string | null;
  readonly file: File | null;
  /** The query for it; null until it is embedded. */
  readonly query: KnownQuery | null;
}

/** The labelled photo with its labels; kept while another view is shown. */
export const labelPhoto = signal<LabelPhoto | null>(null);
export const labelAnswer = signal<ClassifyAnswer | null>(null);

/** Key of the photo shown under Locate when this one was chosen. */
let beside: number | null = null;
let nextKey = 1;

/** Replaces the photo, and drops the labels of the former one. */
export function labelFile(file: File | undefined): void {
  if (file === undefined) return;
  show({ name: plainText(file.name), preview: URL.createObjectURL(file), file, query: null });
}

/** Takes the photo shown under Locate, when it changed since. */
export function labelPhotoOfQueue(): void {
  const photo = find(chosenKey.peek());
  if (photo === null || photo.key === beside) return;
  const { name, file, preview } = photo;
  const query = knownQuery(photo);
  if (query !== null || file !== null) show({ name, preview, file, query });
}

function show(photo: Omit<LabelPhoto, 'key'>): void {
  beside = chosenKey.peek();
  labelPhoto.value = { ...photo, key: nextKey++ };
  labelAnswer.value = null;
}

/** The query for a photo, which is embedded once. */
export async function queryOf(photo: LabelPhoto, signal: AbortSignal): Promise<KnownQuery> {
  if (photo.query !== null) return photo.query;
  const image = await unnamed(photo.file as File);
  const { embedding } = await callApi('POST /v1/embed', { form: { image }, signal });
  const query = { embedding };
  if (labelPhoto.peek() === photo) labelPhoto.value = { ...photo, query };
  return query;
}
