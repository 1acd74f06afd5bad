// Builds the console into a temporary folder and compares it with the committed build, byte for
// byte. Exit 0: equal; 1: the differing files, one per line.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const root = fileURLToPath(new URL('..', import.meta.url));
const committed = join(root, '../gridops/api/console');

function contents(folder) {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  return new Map(files.map((file) => [relative(folder, file), readFileSync(file)]));
}

const fresh = mkdtempSync(join(tmpdir(), 'gridops-console-'));
try {
  await build({ root, logLevel: 'warn', build: { outDir: fresh, emptyOutDir: true } });
  const [before, after] = [contents(committed), contents(fresh)];
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  const different = names.filter((name) => {
    const [a, b] = [before.get(name), after.get(name)];
    return a === undefined || b === undefined || !a.equals(b);
  });
  for (const name of different) console.log(name);
  if (different.length > 0) {
    console.error('gridops/api/console is not a build of console/: run `npm run build` there');
    process.exitCode = 1;
  }
} finally {
  rmSync(fresh, { recursive: true, force: true });
}
