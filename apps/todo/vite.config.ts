import react from '@vitejs/plugin-react'
import { defaultClientConditions, defineConfig, type UserConfig } from 'vite'
import { iconsPlugin } from './src/build/icons-plugin.ts'
import { serviceWorkerPlugin } from './src/build/service-worker-plugin.ts'

/** Where `npm run dev` finds the reference server. */
const SERVER = process.env['SYNCLAYER_SERVER'] ?? 'http://127.0.0.1:8787'

const config: UserConfig = defineConfig({
  plugins: [react(), iconsPlugin(), serviceWorkerPlugin()],
  // The packages of this repository are taken from their sources.
  resolve: { conditions: ['@synclayer/source', ...defaultClientConditions] },
  server: { proxy: { '/sync': { target: SERVER, ws: true }, '/demo': SERVER } },
  build: {
    // The server's policy allows no data in addresses but for pictures.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // All of it is kept for offline use anyway, so there is nothing to load later; two thirds are React and Dexie.
    chunkSizeWarningLimit: 750,
    rolldownOptions: {
      input: { index: 'index.html', 'service-worker': 'src/service-worker/main.ts' },
      output: {
        // A service worker keeps its address over all versions.
        entryFileNames: (chunk) =>
          chunk.name === 'service-worker' ? 'service-worker.js' : 'assets/[name]-[hash].js',
      },
    },
  },
})

export default config
