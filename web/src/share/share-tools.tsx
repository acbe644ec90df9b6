import type { LocateAnswer } from '../api/types.js';
import type { QueuedPhoto } from '../locate/photo-queue.js';

export function ShareTools(_props: { readonly photo: QueuedPhoto; readonly answer: LocateAnswer }) {
  return null;
}
