export { dexieStorage }
export { storagePersistence }
export { type DexieStorageOptions }
export { type StoragePersistence }

export interface DexieStorageOptions {
    readonly name: string;
    readonly persist?: boolean;
    readonly blockedTimeoutMs?: number;
}

export interface StoragePersistence {
    readonly persistent: boolean | null;
    readonly usedBytes: number | null;
    readonly quotaBytes: number | null;
}

export declare function dexieStorage(options: DexieStorageOptions): Storage;

export declare function storagePersistence(): Promise<StoragePersistence>;

