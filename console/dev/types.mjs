// Writes generated/openapi.ts from docs/openapi.json: every shape that the service answers with or
// takes. `npm run types`; a test fails when it is not fresh.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import openapi, { astToString } from 'openapi-typescript';

const DOCUMENT = new URL('../../docs/openapi.json', import.meta.url);
const WRITTEN = new URL('../generated/openapi.ts', import.meta.url);

/** The types as text. Paths are left out: `api.ts` words each request once. */
export async function types() {
  const { openapi: version, info, components } = JSON.parse(readFileSync(DOCUMENT, 'utf8'));
  const { schemas } = components;
  const nodes = await openapi(
    { openapi: version, info, paths: {}, components: { schemas } },
    { silent: true, alphabetize: true, defaultNonNullable: false },
  );
  const text = astToString(nodes);
  const start = text.indexOf('export interface components');
  const end = text.indexOf('export type $defs');
  return `/** From docs/openapi.json by \`npm run types\`; not to be edited. */\n${text.slice(start, end)}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(WRITTEN, await types());
