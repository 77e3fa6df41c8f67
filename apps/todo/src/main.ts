/** Where the page begins. */
import { isInFrame } from './features/devices/open-second-device.ts'
import { applyTheme } from './features/theme/apply-theme.ts'
import { deviceOf, deviceTitle, FIRST_DEVICE } from './platform/device.ts'
import { followUpdates } from './platform/follow-updates.ts'
import { renderApp } from './render-app.tsx'
import { createServices } from './services.ts'
import { sessionOf } from './session/session-store.ts'

const device = deviceOf(location.href)
const services = createServices(device)
document.documentElement.dataset['device'] = device
document.title = [document.title, deviceTitle(device) ?? []].flat().join(' – ')
applyTheme(services.theme, document.documentElement)

// Whoever opens a second device to see two of them sync is the same person.
const first = device === FIRST_DEVICE ? null : sessionOf(FIRST_DEVICE)
if (first !== null && services.sessions.isNew()) services.sessions.set(first)

renderApp(services, document.querySelector('#app')!)
// One of the two pages side by side tells of a new version.
if (!isInFrame()) followUpdates(services.notices)
