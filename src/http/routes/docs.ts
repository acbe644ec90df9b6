import { createHash } from 'node:crypto';
import { describeApi, type OpenApiDocument } from '../openapi.js';
import { DOCS_STYLE, renderDocs } from '../render-docs.js';
import { call, type Route } from '../route.js';

/** `GET /openapi.json` and `GET /docs`, over all routes and themselves. */
export function docsRoutes(others: readonly Route[], version: string): readonly Route[] {
  let api: OpenApiDocument | undefined;
  let page: string | undefined;
  const document = () => {
    api ??= describeApi([...others, ...routes], version);
    return api;
  };
  const styleHash = createHash('sha256').update(DOCS_STYLE).digest('base64');
  const routes: Route[] = [
    {
      ...call('GET /openapi.json'),
      scope: null,
      summary: 'This API as OpenAPI 3.1',
      problems: [],
      handle: async (_request, response) => {
        response.json(document());
      },
    },
    {
      ...call('GET /docs'),
      scope: null,
      summary: 'This API as a page for people',
      problems: [],
      handle: async (_request, response) => {
        page ??= renderDocs(document());
        response.setHeader(
          'Content-Security-Policy',
          `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
        );
        response.type('html').send(page);
      },
    },
  ];
  return routes;
}
