import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'
import { type Services, ServicesProvider } from './services.ts'
import { FailureBoundary } from './ui/failure-boundary.tsx'

export function renderApp(services: Services, root: Element): void {
  createRoot(root).render(
    <StrictMode>
      <FailureBoundary>
        <ServicesProvider value={services}>
          <App />
        </ServicesProvider>
      </FailureBoundary>
    </StrictMode>,
  )
}
