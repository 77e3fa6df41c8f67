/** What the browser has granted to the data of this origin. */
export interface StoragePersistence {
  /** False: the browser may delete the data when the disk runs low. Null where it does not say. */
  readonly persistent: boolean | null
  /** What the origin uses, in bytes, about; null where the browser does not say. */
  readonly usedBytes: number | null
  /** What the origin may use, in bytes, about; null where the browser does not say. */
  readonly quotaBytes: number | null
}

/** Asks the browser how the data of this origin is kept: all of its stores together. Never rejects. */
export async function storagePersistence(): Promise<StoragePersistence> {
  const [persistent, { usage, quota }] = await Promise.all([
    ask((storage) => storage.persisted(), null),
    ask<StorageEstimate>((storage) => storage.estimate(), {}),
  ])
  return { persistent, usedBytes: usage ?? null, quotaBytes: quota ?? null }
}

/** Asks the browser to keep the data. It may ask its user, so nobody waits for the answer. */
export function askForPersistence(): void {
  void ask((storage) => storage.persist(), false)
}

async function ask<T>(question: (storage: StorageManager) => Promise<T>, otherwise: T): Promise<T> {
  try {
    // Outside of secure contexts there is none, and in old browsers it lacks some of its functions.
    const { storage } = globalThis.navigator as { readonly storage?: StorageManager }
    return storage === undefined ? otherwise : await question(storage)
  } catch {
    return otherwise
  }
}
