import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';
import { mockService } from './dev/mock.ts';

/** The build is committed (`gridops/api/console/`) and served under a strict Content-Security-Policy:
 * nothing inline, nothing from elsewhere, the same bytes from the same sources. */
export default defineConfig({
  base: './',
  plugins: [svelte(), mockService()],
  json: { namedExports: false },
  // The quick card is a document, and stands among them.
  server: { fs: { allow: ['..'] } },
  build: {
    outDir: '../gridops/api/console',
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: false,
    // One sheet for all screens: it is small, and nothing has to wait for another.
    cssCodeSplit: false,
    reportCompressedSize: false,
  },
  test: { environment: 'node', include: ['tests/**/*.test.ts'], setupFiles: ['tests/words.ts'] },
});
