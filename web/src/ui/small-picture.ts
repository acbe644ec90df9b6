const WIDTH_PX = 128;

let last: Promise<unknown> = Promise.resolve();

/**
 * A photo as a small bitmap. Photos are decoded one after the other, since a large one takes time; one that was scrolled past
 * is aborted.
 * @throws an AbortError, and the browser's error for a picture that it can't show
 */
export function smallPicture(file: Blob, signal?: AbortSignal): Promise<ImageBitmap> {
  const decode = () => {
    signal?.throwIfAborted();
    return createImageBitmap(file, { resizeWidth: WIDTH_PX, resizeQuality: 'medium' });
  };
  const picture = last.then(decode, decode);
  last = picture.catch(() => undefined);
  return picture;
}
