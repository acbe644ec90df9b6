import type { Problem } from '../api/types.js';
import type { StreetdexError } from '../domain/errors.js';

const TITLES: Readonly<Record<number, string>> = {
  400: 'The request is not valid',
  401: 'A key is needed',
  403: 'Not allowed',
  404: 'Not found',
  405: 'This method is not offered here',
  408: 'Too slow',
  409: 'Something else is in the way',
  413: 'Too large',
  415: 'This content type is not understood',
  422: 'The content can not be used',
  429: 'Too many requests',
  500: 'Our fault',
  503: 'Try again later',
};

/** Whether a caller learns the code alone: the details are for the log, and an operator's fault names the operator's folders. */
export function isPrivate(error: StreetdexError): boolean {
  return error.family === 'ours' || error.family === 'operator';
}

/** @param url of the request, of which the path is told */
export function toProblem(error: StreetdexError, url: string, requestId: string): Problem {
  const { status } = error;
  return {
    type: `urn:streetdex:problem:${error.code}`,
    title: TITLES[status] ?? 'The request failed',
    status,
    detail: isPrivate(error) ? 'Something went wrong on our side; the log has the details.' : error.message,
    instance: url.split('?', 1)[0] ?? '',
    code: error.code,
    errors: isPrivate(error) ? [] : (error.options.errors ?? []),
    request_id: requestId,
  };
}
