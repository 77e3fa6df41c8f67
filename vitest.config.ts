import { defaultServerConditions } from 'vite'
import { defineConfig, type ViteUserConfig } from 'vitest/config'

// Tests run on the sources: the condition picks ./src/*.ts in every package's exports, so nothing is built first.
const conditions = ['@synclayer/source', ...defaultServerConditions]

// `npm run check` leaves them to `npm test`.
const withoutServers = process.env['SYNCLAYER_SERVER_TESTS'] === 'none' ? ['**/*.server.test.*'] : []
const withoutBrowser = process.env['SYNCLAYER_BROWSER_TESTS'] === 'none' ? ['**/*.browser.test.*'] : []

const config: ViteUserConfig = defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: [
      'packages/*/src/**/*.test.{ts,tsx}',
      'tooling/*/**/*.test.ts',
      'apps/*/src/**/*.test.{ts,tsx}',
      'docs/examples/**/*.test.{ts,tsx}',
    ],
    exclude: ['**/node_modules/**', '**/dist/**', 'tooling/e2e/**', ...withoutBrowser, ...withoutServers],
    // One more than the cores of a small machine: tests with servers, storms and browsers wait a good part of their time.
    maxWorkers: 3,
    // Limits for what never comes: a machine may be busy, and with servers and browsers of its own.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 15_000 } },
    restoreMocks: true,
    unstubGlobals: true,
  },
})

export default config
