import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';

export default {
  preprocess: vitePreprocess(),
  compilerOptions: {
    runes: true,
    // From the content, never from the path: a build in another folder gives the same bytes.
    cssHash: ({ hash, css }) => `g${hash(css)}`,
  },
};
