export { type BrowserOptions, type LabBrowser, launchBrowser } from './launch-browser.ts'
export { callsTo, type Calls } from './calls-to.ts'
export { findBrowser, installedBrowser } from './find-browser.ts'
export { type PageOptions, servePage, type ServedPage } from './serve-page.ts'
