/** ONNX Runtime's message of a failure in one line, without the place in its sources. */
export function runtimeReason(message: string): string {
  const line = message.trim().split('\n')[0] ?? '';
  return line
    .replace(/^\w*Error: /, '')
    .replace(/^\/\S+:\d+ .*? was false\. /, '')
    .replace(/\.$/, '');
}
