import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { basemap } from './build/basemap.js';
import { compressed } from './build/compressed.js';

/** Addresses are relative, so that the page works below any path. Nothing is inlined: the page's policy forbids it. */
export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: './',
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1200,
    rolldownOptions: { checks: { pluginTimings: false } },
  },
  plugins: [basemap(), compressed()],
});
