import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// One script and one stylesheet under names that stay, since the host page links them; see the README.
export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  build: {
    target: 'es2023',
    cssCodeSplit: false,
    modulePreload: false,
    // What counts is what it weighs gzipped, and a test sees to that.
    chunkSizeWarningLimit: 1_000,
    rolldownOptions: {
      input: { console: 'src/console.tsx' },
      preserveEntrySignatures: 'exports-only',
      output: { entryFileNames: '[name].js', assetFileNames: 'console[extname]', codeSplitting: false },
    },
  },
});
