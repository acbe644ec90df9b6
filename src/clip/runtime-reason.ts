/** What ONNX Runtime says of a failure, in a line, without the place in its sources where it was noticed. */
export function runtimeReason(message: string): string {
  const line = message.trim().split('\n')[0] ?? '';
  return line
    .replace(/^\w*Error: /, '')
    .replace(/^\/\S+:\d+ .*? was false\. /, '')
    .replace(/\.$/, '');
}
