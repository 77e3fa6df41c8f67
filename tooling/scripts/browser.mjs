// Provides the Chromium that the tests in a browser need: finds one, or installs one, and sees that it starts.
import { provideBrowser } from './lib/browser.mjs'

process.exitCode = await provideBrowser()
