import type { LocateAnswer } from '../api/types.js';
import type { QueuedPhoto } from './photo-queue.js';

export function HintForm(_props: { readonly photo: QueuedPhoto; readonly answer: LocateAnswer }) {
  return null;
}
