import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { types } from '../dev/types.mjs';

const SLOW_MS = 120_000;

it('are fresh: the types of the contract are those of docs/openapi.json', { timeout: SLOW_MS }, async () => {
  const written = readFileSync(new URL('../generated/openapi.ts', import.meta.url), 'utf8');
  expect(written === (await types()), 'run `npm run types`').toBe(true);
});
