/** Keeps the app at hand offline by its service worker, and tells when there is a new version; nobody is interrupted. */
import type { NoticeStore } from '../notices/notice-store.ts'

const LOOK_EVERY_MS = 60 * 60 * 1000

export function followUpdates(notices: NoticeStore): void {
  // Not while the app is being worked on, and not in every browser.
  if (!('serviceWorker' in navigator) || import.meta.env.DEV) return
  void register(notices).catch((error: unknown) => {
    console.warn('[todo] The app cannot be kept for offline use.', error)
  })
}

async function register(notices: NoticeStore): Promise<void> {
  const { serviceWorker } = navigator
  let reloads = false
  // The worker of a first visit takes charge too, and changes nothing then.
  serviceWorker.addEventListener('controllerchange', () => {
    if (reloads) location.reload()
  })
  const registration = await serviceWorker.register('/service-worker.js', { updateViaCache: 'none' })
  const offer = (): void => {
    // Without a controller there is no older version that it replaces.
    if (registration.waiting === null || serviceWorker.controller === null) return
    notices.show({
      kind: 'done',
      text: 'A new version is ready',
      stays: true,
      action: {
        label: 'Reload',
        run() {
          reloads = true
          // Another window may have let it take charge already.
          if (registration.waiting === null) location.reload()
          else registration.waiting.postMessage('activate')
        },
      },
    })
  }
  const offerInstalled = ({ target }: Event): void => {
    if ((target as ServiceWorker).state === 'installed') offer()
  }
  const awaitInstalled = (): void => {
    registration.installing?.addEventListener('statechange', offerInstalled)
  }
  registration.addEventListener('updatefound', awaitInstalled)
  // The browser looks for a new version by itself, and may have found one before this page listens.
  awaitInstalled()
  offer()
  const look = (): void => void registration.update().catch(() => undefined)
  setInterval(look, LOOK_EVERY_MS)
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') look()
  })
}
