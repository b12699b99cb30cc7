import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { openApiDocument } from './openapi';
import type { Route } from './route';
import { route } from './route';

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Okuri API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
<link rel="icon" href="data:,">
</head>
<body>
<div id="docs"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/initializer.js"></script>
</body>
</html>
`;

const INITIALIZER = `SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#docs',
  deepLinking: true,
  docExpansion: 'list',
  defaultModelsExpandDepth: 0,
  validatorUrl: null,
});
`;

const bundled = (file: string): Promise<string> =>
  readFile(join(dirname(require.resolve('swagger-ui-dist/package.json')), file), 'utf8');

/** Everything below /docs comes from this process: no content delivery network is asked. */
const FILES: readonly { path: string; says: string; type: string; read: () => Promise<string> }[] = [
  { path: '/docs', says: 'These pages', type: 'text/html', read: async () => PAGE },
  {
    path: '/docs/initializer.js',
    says: 'Their start',
    type: 'text/javascript',
    read: async () => INITIALIZER,
  },
  {
    path: '/docs/swagger-ui-bundle.js',
    says: 'Swagger UI',
    type: 'text/javascript',
    read: () => bundled('swagger-ui-bundle.js'),
  },
  {
    path: '/docs/swagger-ui.css',
    says: 'Its styles',
    type: 'text/css',
    read: () => bundled('swagger-ui.css'),
  },
];

/** The OpenAPI document of all routes, these included, and the pages that show it. */
export const docsRoutes = (others: readonly Route[]): Route[] => {
  let document: ReturnType<typeof openApiDocument> | undefined;
  const own: Route[] = [
    route({
      method: 'get',
      path: '/openapi.json',
      tag: 'Documentation',
      summary: 'This document',
      access: 'open',
      answer: { status: 200, says: 'OpenAPI 3.1', schema: z.record(z.string(), z.unknown()) },
      handle: async () => {
        // Made when it is first asked for: it takes longer than everything else that the API does at its start.
        document ??= openApiDocument([...others, ...own]);
        return { ...document };
      },
    }),
    ...FILES.map(({ path, says, type, read }) =>
      route({
        method: 'get',
        path,
        tag: 'Documentation',
        summary: says,
        access: 'open',
        answer: { status: 200, says, schema: z.string(), type },
        handle: read,
      }),
    ),
  ];
  return own;
};
