import compression from 'compression';
import type { RequestHandler } from 'express';

const BYTES_LEAST = 1024;
/** What is sent piece by piece: a compressor would hold pieces back. */
const STREAMED = /^(text\/event-stream|application\/x-ndjson)\b/;

/** Brotli or gzip for text that is not compressed already. */
export function compressAnswers(): RequestHandler {
  return compression({
    threshold: BYTES_LEAST,
    filter: (request, response) =>
      !STREAMED.test(String(response.getHeader('Content-Type') ?? '')) && compression.filter(request, response),
  });
}
