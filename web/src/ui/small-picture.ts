const WIDTH_PX = 128;

let last: Promise<unknown> = Promise.resolve();

/**
 * A photo as a small bitmap, one after the other: a large photo takes a processor some time, and who scrolls past does not
 * wait for it.
 * @throws an AbortError, and what the browser throws for a picture that it can't show
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
