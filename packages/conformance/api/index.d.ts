export { adapterConformance }
export { seededRandom }
export { storageConformance }
export { type AdapterSuiteOptions }
export { type AdapterUnderTest }
export { type RunSettings }
export { type SeededRandom }
export { type StorageConformanceOptions }
export { type StorageContext }
export { type TestRunner }

export interface AdapterSuiteOptions extends TestRunner {
    readonly create: () => Promise<AdapterUnderTest>;
    readonly concurrent?: RunSettings;
    readonly patienceMs?: number;
}

export interface AdapterUnderTest {
    readonly adapter: BackendAdapter;
    readonly second?: () => BackendAdapter | Promise<BackendAdapter>;
    readonly backup?: () => Promise<() => Promise<BackendAdapter>>;
    readonly maxClientIdLength?: number;
    readonly close: () => Promise<void>;
}

export interface RunSettings {
    readonly ms?: number;
    readonly seed?: number;
}

export interface SeededRandom {
    readonly whole: (below: number) => number;
    readonly chance: (probability?: number) => boolean;
    readonly pick: <T>(items: readonly T[]) => T;
}

export interface StorageConformanceOptions extends TestRunner {
    readonly create: (context: StorageContext) => Storage | Promise<Storage>;
    readonly destroy?: (context: StorageContext) => void | Promise<void>;
    readonly shared?: boolean;
    readonly seeds?: readonly number[];
    readonly random?: RunSettings;
}

export interface StorageContext {
    readonly location: string;
}

export interface TestRunner {
    readonly describe: (name: string, body: () => void) => unknown;
    readonly test: (name: string, body: () => Promise<void>, timeoutMs?: number) => unknown;
}

export declare function adapterConformance(options: AdapterSuiteOptions): void;

export declare function seededRandom(seed: number): SeededRandom;

export declare function storageConformance(options: StorageConformanceOptions): void;

